/**
 * Makes the snapshot of the language service, if there is none: `node make-snapshot.js [background]`. It ends with 1 and its
 * reason where none could be made; the kernel works without one.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../errors.ts';
import { acquireFileLock, withLock } from '../../process/locks.ts';
import { isOnlyOurs, stampOf } from './files.ts';
import { newerLibraries } from './settings.ts';
import {
  findSnapshot,
  languageFlags,
  snapshotEntry,
  snapshotPlace,
  sumOf,
  type SnapshotFacts,
} from './snapshot.ts';
import { compilerFile } from './typescript.ts';

/** At most so many are kept, of 50 MB each. */
const mostKept = 4;

/** A snapshot that is being made for longer than this is given up, ms. */
const longest = 5 * 60_000;

/** Clocks of file systems are as coarse as this, ms. */
const coarseness = 1000;

const inBackground = process.argv[2] === 'background';
// Nobody waits for it then.
if (inBackground) setPriority(constants.priority.PRIORITY_LOW);
try {
  await makeSnapshot();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}

/**
 * Makes the snapshot, in three seconds of a process, unless it is there; where another process makes it, set-up waits for
 * that and a kernel leaves it to that.
 *
 * @throws Error why there is none now
 */
async function makeSnapshot(): Promise<void> {
  const place = snapshotPlace();
  if (place === undefined) throw new Error('there is no folder to keep it in');
  if (findSnapshot()) return;
  const folder = path.dirname(place);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isOnlyOurs(folder)) throw new Error(`others may write to ${folder}`);
  const lock = `${place}.lock`;
  if (!inBackground) return withLock(lock, () => makeOfSettledFiles(place), { timeoutMs: longest });
  const taken = await acquireFileLock(lock);
  if ('heldBy' in taken) return;
  try {
    await makeOfSettledFiles(place);
  } finally {
    await taken.release();
  }
}

/**
 * A file of which one cannot say whether it was edited while it was read is one of the last second: right after `src` was
 * compiled there are some. So it waits for those it knows, and once more for those it has learnt of.
 */
async function makeOfSettledFiles(place: string): Promise<void> {
  let edited: string | undefined = snapshotEntry;
  for (let tries = 0; edited !== undefined && tries < 2 && !findSnapshot(); tries++) {
    const ageMs = Date.now() - statSync(edited).ctimeMs;
    await sleep(Math.min(Math.max(0, 1.1 * coarseness - ageMs), 2 * coarseness));
    edited = await build(place);
  }
  if (edited !== undefined && !findSnapshot()) throw new Error(`${edited} was edited meanwhile`);
}

/**
 * @returns a file that may have been edited meanwhile; then none was made
 * @throws Error where Node makes none
 */
async function build(place: string): Promise<string | undefined> {
  const blob = `${place}.${randomUUID()}.blob`;
  const [read, script, draft] = [`${blob}.read`, `${blob}.cjs`, `${blob}.facts`];
  let isKept = false;
  try {
    // What a snapshot is built from is run without any of the names that files of CommonJS have.
    const facts = {
      folder: path.dirname(snapshotEntry),
      compiler: compilerFile(),
      libraries: newerLibraries(),
      read,
    };
    const begun = Date.now();
    const entry = readFileSync(snapshotEntry, 'utf8');
    const text = `((exports, facts) => {${entry}\n})({}, ${JSON.stringify(facts)});`;
    writeFileSync(script, text, { mode: 0o600, flag: 'wx' });
    if (!(await runs([...languageFlags, '--snapshot-blob', blob, '--build-snapshot', script])))
      throw new Error(`Node ${process.version} made none`);
    chmodSync(blob, 0o600);
    const files = [snapshotEntry, ...(JSON.parse(readFileSync(read, 'utf8')) as string[])];
    // One that was edited meanwhile may have been read before that.
    const edited = files.find((file) => statSync(file).ctimeMs > begun - coarseness);
    if (edited !== undefined) return edited;
    const stamps = files.map((file) => [file, stampOf(file) ?? ''] as const);
    const made: SnapshotFacts = { blob: path.basename(blob), sum: sumOf(blob), files: stamps };
    writeFileSync(draft, JSON.stringify(made), { mode: 0o600, flag: 'wx' });
    renameSync(draft, place);
    isKept = true;
  } finally {
    for (const each of [read, script, draft]) rmSync(each, { force: true });
    if (!isKept) rmSync(blob, { force: true });
  }
  removeOthers(path.dirname(place), path.basename(blob));
  return undefined;
}

/** Whether a Node with these arguments ends well. */
function runs(args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    windowsHide: true,
    timeout: longest,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code === 0));
    child.once('error', () => resolve(false));
  });
}

/** In ms. */
function ageOf(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? Date.now() - stat.mtimeMs : 0;
}

/** Removes older snapshots, and what was given up: other makers may be at work on theirs. */
function removeOthers(folder: string, made: string): void {
  const names = readdirSync(folder).filter((name) => name.startsWith('language-'));
  const at = (name: string) => path.join(folder, name);
  const remove = (name: string) => rmSync(at(name), { force: true });
  const isOld = (name: string) => ageOf(at(name)) > 2 * longest;
  const mine = made.slice(0, made.indexOf('.'));
  names
    .filter((name) => name.endsWith('.blob'))
    .sort((one, other) => ageOf(at(one)) - ageOf(at(other)))
    .filter((name, index) => name !== made && (name.startsWith(mine) || (index >= mostKept && isOld(name))))
    .forEach(remove);
  names.filter((name) => /\.(?:blob|lock)\.[\w-]+$/.test(name) && isOld(name)).forEach(remove);
  names.filter((name) => name.endsWith('.json') && isOld(name) && !hasBlob(at(name))).forEach(remove);
}

/** Whether there is a snapshot to these facts. */
function hasBlob(facts: string): boolean {
  try {
    const { blob } = JSON.parse(readFileSync(facts, 'utf8')) as SnapshotFacts;
    return existsSync(path.join(path.dirname(facts), path.basename(blob)));
  } catch {
    return false;
  }
}
