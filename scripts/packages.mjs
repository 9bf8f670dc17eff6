// What is published: the table of packages, and how each is put together out of `dist`. See scripts/pack.mjs.
import fs from 'node:fs';
import path from 'node:path';
import { builtinModules } from 'node:module';
import ts from 'typescript';

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} description
 * @property {string[]} keywords
 * @property {Record<string, string>} bin commands, and their files in `dist`
 * @property {Record<string, string>} exports the subpaths users import, and their files in `dist`, without `.js`
 * @property {string[]} [starts] files in `dist` that run as programs of their own, or as threads: nothing imports them
 * @property {(file: string) => boolean} holds whether a file of `dist` may be in it
 * @property {Record<string, string>} [instead] files of `dist` that another package has, and by which name it is imported
 * @property {string[]} dependencies
 * @property {string[]} [optional] peers, loaded where they are needed, that a project has only if it wants them
 * @property {string} readme
 * @property {string[]} [also] other files and folders of the project that are in it
 */

/** The kernel, and what it stands on: nothing of Kafka, TensorFlow or plotly. */
const kernelFiles = /^(?:kernel|process)\/|^(?:errors|options|platform|terminal)\.js$/;

const root = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** What the course imports from 'streamtrain/...': all of it is published, the kernel as a package of its own. */
const rooms = Object.fromEntries(
  Object.keys(root.exports)
    .filter((name) => name !== './kernel' && name !== './package.json')
    .map((name) => [name, name === '.' ? 'index' : `${name.slice(2)}/index`]),
);

/** @type {readonly Package[]} */
export const packages = [
  {
    name: 'streamtrain',
    description: 'Train models on streaming data, in TypeScript, on a real Kafka.',
    keywords: [
      'kafka',
      'streaming',
      'machine-learning',
      'tensorflow',
      'online-learning',
      'dataset',
      'typescript',
    ],
    bin: { streamtrain: 'cli/main' },
    exports: rooms,
    holds: (file) => !file.startsWith('kernel/'),
    instead: { 'kernel/index.js': '@streamtrain/kernel' },
    // The headers are for the addon of TensorFlow, which is compiled where its own server cannot be reached.
    dependencies: [
      'ajv',
      'avsc',
      'commander',
      'csv-parse',
      'kafkajs',
      'node-api-headers',
      'prom-client',
      'ws',
      'zod',
    ],
    optional: [
      '@resvg/resvg-js',
      '@streamtrain/kernel',
      '@tensorflow/tfjs-node',
      'danfojs-node',
      'h5wasm',
      'jsdom',
      'plotly.js',
      'protobufjs',
    ],
    readme: 'README.md',
    also: [
      'data/bananas.csv',
      'data/breast-cancer-wisconsin.csv',
      'data/phishing.csv',
      'data/vader-baseline.json',
      'data/README.md',
      'data/fonts',
      'scripts/python',
    ],
  },
  {
    name: '@streamtrain/kernel',
    description:
      'TypeScript and JavaScript kernels for Jupyter: checked cells, rich displays, complete outputs.',
    keywords: ['jupyter', 'kernel', 'notebook', 'typescript', 'javascript', 'repl'],
    bin: { 'streamtrain-kernel': 'kernel/command' },
    exports: { '.': 'kernel/index' },
    starts: [
      'kernel/main',
      'kernel/runner/child',
      'kernel/runner/watcher',
      'kernel/language/process',
      'kernel/language/make-snapshot',
      'kernel/language/prepare',
    ],
    also: ['dist/kernel/language/snapshot-entry.cjs'],
    holds: (file) => kernelFiles.test(file),
    dependencies: ['typescript', 'zeromq', 'zod'],
    optional: ['@resvg/resvg-js'],
    readme: 'docs/kernel.md',
  },
];

/** The package that an import is of, besides those of Node; TypeScript also takes some text in a pattern for an import. */
const packageName = /^(?!node:|internal\/)(?:@[\w-]+\/)?\w[\w.-]*(?=\/|$)/;

/** Packages whose private parts the code uses, or whose binary it loads: the very version that was tried. */
const exact = new Set(['kafkajs', 'typescript', 'zeromq', '@streamtrain/kernel']);

/**
 * Puts a package together in an empty folder.
 *
 * @param {Package} one
 * @param {{ project: string, to: string }} folders `project`: this one, compiled
 * @returns {string[]} its files, relative to its folder
 */
export function assemble(one, { project, to }) {
  const dist = path.join(project, 'dist');
  const files = reached(one, dist);
  /** @type {Set<string>} */
  const used = new Set();
  for (const file of files) {
    for (const each of [file, file.replace(/\.js$/, '.d.ts')]) {
      const text = fs.readFileSync(path.join(dist, each), 'utf8');
      write(
        path.join(to, 'dist', each),
        redirected(one, each, text, used).replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
      );
    }
  }
  refuseWrongTable(one, used);
  for (const each of [...(one.also ?? []), 'LICENSE'])
    fs.cpSync(path.join(project, each), path.join(to, each), { recursive: true });
  fs.copyFileSync(path.join(project, one.readme), path.join(to, 'README.md'));
  write(path.join(to, 'package.json'), `${JSON.stringify(manifest(one), null, 2)}\n`);
  for (const file of Object.values(one.bin)) fs.chmodSync(path.join(to, 'dist', `${file}.js`), 0o755);
  return fs.readdirSync(to, { recursive: true, encoding: 'utf8' });
}

/** @param {Package} one */
function manifest(one) {
  /** @param {string} name */
  const version = (name) => {
    const found = packages.some((other) => other.name === name)
      ? root['version']
      : (root['dependencies'][name] ?? root['devDependencies'][name]);
    if (found === undefined) throw new Error(`${one.name}: package.json has no dependency "${name}".`);
    return exact.has(name) ? found : `^${found}`;
  };
  const optional = one.optional ?? [];
  const at = (/** @type {string} */ file) => `./dist/${file}`;
  const subpaths = Object.entries(one.exports);
  return {
    name: one.name,
    version: root['version'],
    description: one.description,
    keywords: one.keywords,
    license: root['license'],
    type: 'module',
    engines: root['engines'],
    main: at(`${one.exports['.']}.js`),
    types: at(`${one.exports['.']}.d.ts`),
    exports: {
      ...Object.fromEntries(
        subpaths.map(([name, file]) => [name, { types: at(`${file}.d.ts`), default: at(`${file}.js`) }]),
      ),
      './package.json': './package.json',
    },
    // For TypeScript's old resolution, which knows no `exports`.
    typesVersions: {
      '*': Object.fromEntries(
        subpaths
          .filter(([name]) => name !== '.')
          .map(([name, file]) => [name.slice(2), [at(`${file}.d.ts`)]]),
      ),
    },
    bin: Object.fromEntries(Object.entries(one.bin).map(([name, file]) => [name, at(`${file}.js`)])),
    files: ['dist', ...(one.also ?? [])],
    dependencies: Object.fromEntries(one.dependencies.map((name) => [name, version(name)])),
    peerDependencies: Object.fromEntries(optional.map((name) => [name, version(name)])),
    peerDependenciesMeta: Object.fromEntries(optional.map((name) => [name, { optional: true }])),
    // `streamtrain setup` writes these into the package.json of the project that needs them: npm heeds them there only.
    ...(optional.includes('danfojs-node') ? { streamtrain: { overrides: root['overrides'] } } : {}),
  };
}

/** The files of `dist` that its faces, commands and programs import, and theirs. @param {Package} one @param {string} dist */
function reached(one, dist) {
  const found = new Set(
    [...Object.values(one.exports), ...Object.values(one.bin), ...(one.starts ?? [])].map(
      (file) => `${file}.js`,
    ),
  );
  for (const file of found) {
    if (!one.holds(file)) throw new Error(`${one.name} must not hold ${file}, which it imports.`);
    for (const each of [file, file.replace(/\.js$/, '.d.ts')]) {
      for (const { fileName } of specifiers(fs.readFileSync(path.join(dist, each), 'utf8'))) {
        const target = resolved(each, fileName);
        if (target !== undefined && one.instead?.[target] === undefined) found.add(target);
      }
    }
  }
  return [...found].sort();
}

/**
 * The text of a file with imports of what another package has by that package's name; notes which packages it uses.
 *
 * @param {Package} one
 * @param {string} file
 * @param {string} text
 * @param {Set<string>} used
 */
function redirected(one, file, text, used) {
  let result = '';
  let at = 0;
  for (const { fileName, pos, end } of specifiers(text)) {
    const target = resolved(file, fileName);
    const name = target === undefined ? fileName : one.instead?.[target];
    if (name === undefined) continue;
    const imported = packageName.exec(name)?.[0];
    if (imported !== undefined && !builtinModules.includes(name)) used.add(imported);
    if (target === undefined) continue;
    // TypeScript's range begins at the quotation mark and is as long as the name in it.
    result += text.slice(at, pos + 1) + name;
    at = end + 1;
  }
  return result + text.slice(at);
}

/** What a file imports, with the places of the names in it. @param {string} text */
function specifiers(text) {
  return ts.preProcessFile(text, true, true).importedFiles;
}

/** The file of `dist` that a relative import means; undefined for a package. @param {string} from @param {string} name */
function resolved(from, name) {
  if (!name.startsWith('.')) return undefined;
  return path.posix.join(path.posix.dirname(from), name).replace(/\.d\.ts$|\.ts$/, '.js');
}

/** @param {Package} one @param {Set<string>} used */
function refuseWrongTable(one, used) {
  const listed = new Set([...one.dependencies, ...(one.optional ?? [])]);
  const missing = [...used].filter((name) => !listed.has(name));
  if (missing.length > 0)
    throw new Error(`${one.name} imports ${missing.join(', ')}: not in the table of packages.`);
}

/** @param {string} file @param {string} text */
function write(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}
