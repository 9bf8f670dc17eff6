/** What is asked of V8 for the compiler's sake: its code is kept between starts, and its heap grows in small steps. */
import { isAscii } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';

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
  const place = path.join(folder, `${path.basename(file, '.js')}-${keyOf(file)}.code`);
  const known = readIfThere(place);
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
    if (isKept) return;
    isKept = true;
    write(place, () => script.createCachedData());
  };
  return { exports: module.exports, isFromCode, keep };
}

function cacheFolder(): string {
  const given = process.env['XDG_CACHE_HOME'];
  const base = given !== undefined && path.isAbsolute(given) ? given : path.join(os.homedir(), '.cache');
  return path.join(base, 'streamtrain', 'code');
}

/** V8 looks at the text's length only: so the file's time counts, too. */
function keyOf(file: string): string {
  const { mtimeMs, size } = statSync(file);
  const { version, arch, versions } = process;
  const facts = [file, mtimeMs, size, version, arch, versions.v8];
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 16);
}

function readIfThere(place: string): Buffer | undefined {
  try {
    return readFileSync(place);
  } catch {
    return undefined;
  }
}

/** Writes under another name first, so that nobody reads a half. What was written long ago is removed. */
function write(place: string, make: () => Buffer): void {
  const folder = path.dirname(place);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const made = `${place}.${randomUUID()}`;
    writeFileSync(made, make(), { mode: 0o600 });
    renameSync(made, place);
    for (const name of readdirSync(folder)) {
      const other = path.join(folder, name);
      if (Date.now() - statSync(other).mtimeMs > 90 * 24 * 3600 * 1000) unlinkSync(other);
    }
  } catch {
    // The next start takes longer, no more.
  }
}

/**
 * Collects the garbage of the thread, and lets heaps of this process grow by a tenth from now on before it is collected
 * again, not by half and more: each program that checked a cell leaves a MiB behind, and after a thousand cells the kernel
 * would be twice as large as it has to be. Best after the start, during which heaps have to grow, and after code was kept,
 * since V8 uses code only with the flags that it was made with.
 *
 * Node has no public way to say so: these are flags of V8, tried with Node 20, 22, 24 and 26. Where there are none, V8 says
 * so on stderr, and heaps grow as V8 likes.
 */
export function growHeapsSlowly(): void {
  v8.setFlagsFromString('--heap-growing-percent=10');
  // Until the next collection, the limit holds that the start has set.
  v8.setFlagsFromString('--expose-gc');
  const collect: unknown = vm.runInNewContext('globalThis.gc');
  v8.setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') (collect as () => void)();
}
