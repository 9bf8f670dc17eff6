/**
 * Makes the snapshot of the language service, if there is none: `node make-snapshot.js [background]`. It ends with 1 where
 * none could be made; the kernel works without one.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { newerLibraries } from './settings.ts';
import {
  findSnapshot,
  languageFlags,
  snapshotEntry,
  snapshotPlace,
  stampOf,
  sumOf,
  type SnapshotFacts,
} from './snapshot.ts';
import { compilerFile } from './typescript.ts';

/** At most so many are kept, of 50 MB each. */
const mostKept = 4;

/** A snapshot that is being made for longer than this was given up, ms. */
const longest = 5 * 60_000;

// Nobody waits for it then.
if (process.argv[2] === 'background') setPriority(constants.priority.PRIORITY_LOW);
process.exitCode = (await makeSnapshot()) ? 0 : 1;

/**
 * Makes the snapshot, in three seconds of a process, unless it is there or being made.
 * @returns whether it is there now; never where the kernel runs from its TypeScript sources
 */
async function makeSnapshot(): Promise<boolean> {
  const place = snapshotPlace();
  if (place === undefined) return false;
  if (findSnapshot()) return true;
  const lock = `${place}.lock`;
  const blob = `${place}.${randomUUID()}.blob`;
  const read = `${blob}.read`;
  const script = `${blob}.cjs`;
  try {
    mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
    if (ageOf(lock) > longest) rmSync(lock, { force: true });
    closeSync(openSync(lock, 'wx'));
  } catch {
    return false;
  }
  try {
    // What a snapshot is built from is run without any of the names that files of CommonJS have.
    const facts = {
      folder: path.dirname(snapshotEntry),
      compiler: compilerFile(),
      libraries: newerLibraries(),
      read,
    };
    writeFileSync(
      script,
      `((exports, facts) => {${readFileSync(snapshotEntry, 'utf8')}\n})({}, ${JSON.stringify(facts)});`,
    );
    const flags = [...languageFlags, '--snapshot-blob', blob, '--build-snapshot', script];
    const child = spawn(process.execPath, flags, {
      stdio: ['ignore', 'ignore', 'inherit'],
      windowsHide: true,
    });
    const isMade = await new Promise<boolean>((resolve) => {
      child.once('exit', (code) => resolve(code === 0));
      child.once('error', () => resolve(false));
    });
    if (!isMade) return false;
    const files = (JSON.parse(readFileSync(read, 'utf8')) as string[]).map(
      (file) => [file, stampOf(file) ?? ''] as const,
    );
    const made: SnapshotFacts = { blob: path.basename(blob), sum: sumOf(blob), files };
    writeFileSync(read, JSON.stringify(made), { mode: 0o600 });
    renameSync(read, place);
    removeOthers(path.dirname(place), blob);
    return true;
  } catch {
    rmSync(blob, { force: true });
    return false;
  } finally {
    for (const each of [read, script]) rmSync(each, { force: true });
    rmSync(lock, { force: true });
  }
}

/** In ms. */
function ageOf(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? Date.now() - stat.mtimeMs : 0;
}

/** Removes older snapshots, and what was given up. */
function removeOthers(folder: string, made: string): void {
  const blobs = readdirSync(folder)
    .filter((name) => name.endsWith('.blob'))
    .map((name) => path.join(folder, name))
    .sort((one, other) => ageOf(one) - ageOf(other));
  const mine = path.basename(made).slice(0, path.basename(made).indexOf('.'));
  const isOld = (file: string, index: number) =>
    file !== made && (index >= mostKept || path.basename(file).startsWith(mine));
  for (const blob of blobs.filter(isOld)) rmSync(blob, { force: true });
}
