/** What is asked of V8 for the compiler's sake: its code is kept between starts, and its heap is kept small. */
import { isAscii } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { isOnlyOurs } from './files.ts';

type Wrapper = (
  exports: object,
  require: NodeJS.Require,
  module: object,
  file: string,
  folder: string,
) => void;

/** A loaded file, and the way to keep its code for the next start. */
export interface Loaded {
  readonly exports: unknown;
  /** Whether code of an earlier start was used. */
  readonly isFromCode: boolean;
  /** Writes the code of all functions that ran so far, if none was there. Best once much has run. */
  keep(): void;
}

/**
 * Loads a CommonJS file as `require` does, with the code that is kept for it in `$XDG_CACHE_HOME/streamtrain` or
 * `~/.cache/streamtrain`. Code of another Node, of other flags, or for another text is not used: V8 itself refuses it.
 * Where nothing can be kept, the file is loaded all the same.
 */
export function loadWithCode(file: string, folder = cacheFolder()): Loaded {
  const bytes = readFileSync(file);
  // The compiler is ASCII, and decoding that as UTF-8 takes several times as long.
  const text = isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');
  const place =
    folder === undefined ? undefined : path.join(folder, `${path.basename(file, '.js')}-${keyOf(file)}.code`);
  const known = place === undefined ? undefined : read(place);
  const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
    filename: file,
    ...(known && { cachedData: known }),
  });
  const module = { exports: {} };
  const run = script.runInThisContext() as Wrapper;
  run(module.exports, createRequire(file), module, file, path.dirname(file));
  const isFromCode = known !== undefined && script.cachedDataRejected === false;
  let isKept = isFromCode;
  const keep = (): void => {
    if (isKept || place === undefined) return;
    isKept = true;
    write(place, () => script.createCachedData());
  };
  return { exports: module.exports, isFromCode, keep };
}

/** Where compiled code is kept: nowhere, where this user has no home. */
export function cacheFolder(): string | undefined {
  const given = process.env['XDG_CACHE_HOME'];
  try {
    const base = given !== undefined && path.isAbsolute(given) ? given : path.join(os.homedir(), '.cache');
    return path.join(base, 'streamtrain', 'code');
  } catch {
    return undefined;
  }
}

/** V8 looks at the text's length only, so the file's time counts, too; its tag stands for version, flags and processor. */
function keyOf(file: string): string {
  const { mtimeMs, size } = statSync(file);
  const facts = [file, mtimeMs, size, process.version, process.arch, v8.cachedDataVersionTag()];
  return sha256(Buffer.from(facts.join('\n')))
    .toString('hex')
    .slice(0, 16);
}

/** V8 itself looks at the beginning of kept code only: damage further on would be run. */
function read(place: string): Buffer | undefined {
  try {
    if (![path.dirname(place), place].every(isOnlyOurs)) return undefined;
    const kept = readFileSync(place);
    const code = kept.subarray(SUM_BYTES);
    return kept.subarray(0, SUM_BYTES).equals(sha256(code)) ? code : undefined;
  } catch {
    return undefined;
  }
}

const SUM_BYTES = 32;

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Writes under another name first, so that nobody reads a half. What was written long ago is removed. */
function write(place: string, make: () => Buffer): void {
  const folder = path.dirname(place);
  const draft = `${place}.${randomUUID()}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOnlyOurs(folder)) return;
    const code = make();
    try {
      writeFileSync(draft, Buffer.concat([sha256(code), code]), { mode: 0o600 });
      renameSync(draft, place);
    } finally {
      rmSync(draft, { force: true });
    }
    for (const name of readdirSync(folder)) {
      const other = path.join(folder, name);
      if (Date.now() - statSync(other).mtimeMs > 90 * 24 * 3600 * 1000) unlinkSync(other);
    }
  } catch {
    // The next start takes longer, no more.
  }
}

let collect: (() => void) | undefined;

/**
 * Collects the garbage of the process. Left to itself, V8 lets the heap of a compiler double before it does so: each checked
 * cell leaves a hundred KiB behind, and after two thousand cells the kernel would be twice as large as it has to be.
 *
 * Node has no public way to ask for it but `--expose-gc`, which is a flag of V8: tried with Node 20, 22, 24 and 26. Where
 * there is none, V8 says so on stderr, and heaps grow as V8 likes. Best after code was kept, since V8 uses code only with the
 * flags that it was made with.
 */
export function collectGarbage(): void {
  if (!collect) {
    v8.setFlagsFromString('--expose-gc');
    const exposed: unknown = vm.runInNewContext('globalThis.gc');
    v8.setFlagsFromString('--no-expose-gc');
    collect = typeof exposed === 'function' ? (exposed as () => void) : () => undefined;
  }
  collect();
}
