// TypeScript of this project compiled once for all processes of the tests, and Node's hook that gives them what was compiled.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const projectFolder = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const compiledFolder = path.join(projectFolder, '.streamtrain', 'compiled');

/** Where the sources are that tests load. */
const SOURCES = ['src', 'test', 'bench'];

/** What esbuild is told, beside the file's name; the same as tsx tells it, but maps are without the texts, which are there. */
const OPTIONS = /** @type {const} */ ({
  loader: 'ts',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  sourcesContent: false,
});

/** @typedef {import('node:module').LoadHookContext} LoadHookContext */
/** @typedef {import('node:module').LoadFnOutput} LoadFnOutput */

/**
 * Gives our own TypeScript compiled, under its own address, and anything else as ever. Nothing in it waits: newer Nodes
 * call it in the thread that imports, older ones in a thread of its own.
 *
 * @template Next
 * @param {string} url
 * @param {LoadHookContext} context
 * @param {(url: string, context: LoadHookContext) => Next} next
 * @returns {Next | LoadFnOutput}
 */
export function load(url, context, next) {
  const file = /^file:.*\.ts(?:[?#]|$)/.test(url) ? fileURLToPath(url) : '';
  const isOurs = SOURCES.some((name) => file.startsWith(path.join(projectFolder, name) + path.sep));
  if (!isOurs) return next(url, context);
  return { format: 'module', shortCircuit: true, source: compiledOf(file) };
}

/** @param {string} file @returns {string} its code: what was compiled ahead, unless the file has changed since */
function compiledOf(file) {
  try {
    return fs.readFileSync(placeOf(file), 'utf8');
  } catch {
    return compileNow(file);
  }
}

/** @param {string} file @returns {string} where the compiled form is of the file as it is now */
function placeOf(file) {
  const { mtimeMs, size } = fs.statSync(file);
  return path.join(compiledFolder, `${path.relative(projectFolder, file)}.${mtimeMs}.${size}.js`);
}

/** @param {string} file @returns {string} its code, compiled here and now and kept for the next process */
function compileNow(file) {
  const place = placeOf(file);
  const { code } = esbuild().transformSync(fs.readFileSync(file, 'utf8'), { ...OPTIONS, sourcefile: file });
  keep(place, code);
  return code;
}

/**
 * Compiles every source that has changed, and removes what was compiled of those that are gone.
 *
 * @returns {Promise<void>}
 */
export async function compileAll() {
  const files = SOURCES.flatMap((name) => filesIn(path.join(projectFolder, name))).filter((file) =>
    file.endsWith('.ts'),
  );
  const wanted = new Map(files.map((file) => [placeOf(file), file]));
  const there = new Set(fs.existsSync(compiledFolder) ? filesIn(compiledFolder) : []);
  for (const place of there) if (!wanted.has(place)) fs.rmSync(place, { force: true });
  const missing = [...wanted].filter(([place]) => !there.has(place));
  if (missing.length === 0) return;
  const { transform, stop } = esbuild();
  try {
    const work = missing.map(async ([place, file]) => {
      const { code } = await transform(fs.readFileSync(file, 'utf8'), { ...OPTIONS, sourcefile: file });
      keep(place, code);
    });
    await Promise.all(work);
  } finally {
    await stop();
  }
}

/** @returns {typeof import('esbuild')} loaded where something has to be compiled: most processes need it never */
function esbuild() {
  return createRequire(import.meta.url)('esbuild');
}

/** Writes a file as a whole or not at all. @param {string} place @param {string} code */
function keep(place, code) {
  fs.mkdirSync(path.dirname(place), { recursive: true });
  const fresh = `${place}.${process.pid}`;
  fs.writeFileSync(fresh, code);
  fs.renameSync(fresh, place);
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
