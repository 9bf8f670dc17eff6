// `node --require ./scripts/kept-code.cjs`: keeps what V8 has compiled of large CommonJS modules in STREAMTRAIN_TEST_CODE.
/* oxlint-disable typescript/no-require-imports -- Node has no other modules this early */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

/** Smaller modules compile sooner than a file is read. */
const LEAST_CHARACTERS = 20_000;
const IN_PACKAGE = `${path.sep}node_modules${path.sep}`;
/** Node's own loader alone can do this: import from a script, and leave out the first line of a program. */
const UNFIT = /\bimport\s*\(|^#!/;

/** @typedef {NodeJS.Module & { _compile: (text: string, file: string, ...rest: unknown[]) => unknown }} Loading a module that is being loaded */
/** What of Node's loader is not in its types. @typedef {{ prototype: Loading, _extensions: NodeJS.RequireExtensions, _cache: NodeJS.Dict<NodeJS.Module> }} Loader */

const folder = process.env['STREAMTRAIN_TEST_CODE'] ?? '';
const loader = /** @type {Loader} */ (/** @type {unknown} */ (Module));
const compile = loader.prototype._compile;
/** What was compiled here, to be kept at the end, when its functions are compiled, too. @type {[place: string, script: vm.Script][]} */
const fresh = [];

/** @this {Loading} @param {string} text @param {string} file @param {unknown[]} rest @returns {unknown} */
loader.prototype._compile = function compileKept(text, file, ...rest) {
  const isKept = text.length >= LEAST_CHARACTERS && file.includes(IN_PACKAGE) && !UNFIT.test(text);
  if (!isKept || folder === '') return compile.call(this, text, file, ...rest);
  const place = path.join(folder, createHash('sha1').update(file).update(text).digest('hex'));
  const cachedData = contentOf(place);
  const script = new vm.Script(Module.wrap(text), { filename: file, ...(cachedData && { cachedData }) });
  if (!cachedData || script.cachedDataRejected) fresh.push([place, script]);
  const run = /** @type {(this: unknown, ...args: unknown[]) => unknown} */ (script.runInThisContext());
  return run.call(this.exports, this.exports, requireOf(this), this, file, path.dirname(file));
};

/** @param {Loading} module @returns {NodeJS.Require} its `require` */
function requireOf(module) {
  /** @param {string} id @returns {unknown} */
  const require = (id) => module.require(id);
  return Object.assign(require, {
    resolve: Module.createRequire(module.filename).resolve,
    main: process.mainModule,
    extensions: loader._extensions,
    cache: loader._cache,
  });
}

/** @param {string} file @returns {Buffer | undefined} */
function contentOf(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined; // the first to load it
  }
}

process.on('exit', () => {
  for (const [place, script] of fresh) {
    try {
      fs.mkdirSync(folder, { recursive: true });
      // Whole or not at all, whoever else keeps the same.
      fs.writeFileSync(`${place}.${process.pid}`, script.createCachedData());
      fs.renameSync(`${place}.${process.pid}`, place);
    } catch {
      return; // A full disk, or a run that is over: the next process compiles it again.
    }
  }
});
