/**
 * What `node --build-snapshot` runs: it loads the compiler, the language service, and a
 * program that has checked a few cells. A process that starts from the snapshot has all of it at once.
 *
 * Such a build knows neither `import` nor packages, so the modules are linked here, as CommonJS.
 */
import type * as Service from './serve.ts' with { 'resolution-mode': 'import' };
import type * as Prepared from './prepare.ts' with { 'resolution-mode': 'import' };
import type * as Settings from './settings.ts' with { 'resolution-mode': 'import' };
import type * as Typescript from './typescript.ts' with { 'resolution-mode': 'import' };
import type { Compiler } from './typescript.ts' with { 'resolution-mode': 'import' };

const fs = process.getBuiltinModule('node:fs');
const path = process.getBuiltinModule('node:path');
const url = process.getBuiltinModule('node:url');
const v8 = process.getBuiltinModule('node:v8');
const vm = process.getBuiltinModule('node:vm');

/** What the builder hands over: the folder of this file, the compiler, and the file to write what was read to. */
declare const facts: {
  readonly folder: string;
  readonly compiler: string;
  readonly libraries: readonly string[];
  readonly read: string;
};

const read: string[] = [];
const modules = new Map<string, { exports: object }>();

const ts = run(facts.compiler, readText(facts.compiler, 'latin1'), builtIn) as typeof Compiler;
// TypeScript remembers the first answer, which would be the folder of the build.
ts.sys.getCurrentDirectory = () => process.cwd();
(link('./typescript.js') as typeof Typescript).useCompiler(ts);
(link('./settings.js') as typeof Settings).useLibraries(facts.libraries);
const { serve } = link('./serve.js') as typeof Service;
const { prepare } = link('./prepare.js') as typeof Prepared;
read.push(...prepare());
fs.writeFileSync(facts.read, JSON.stringify([...new Set(read)]));
v8.startupSnapshot.setDeserializeMainFunction(() =>
  serve(process.argv[1] === 'javascript' ? 'javascript' : 'typescript'),
);

function builtIn(name: string): unknown {
  return process.getBuiltinModule(name);
}

function readText(file: string, encoding: 'latin1' | 'utf8'): string {
  read.push(file);
  return fs.readFileSync(file, encoding);
}

function run(file: string, text: string, load: (name: string) => unknown, meta?: object): object {
  const module = { exports: {} };
  modules.set(file, module);
  const wrapper = `(function (exports, require, module, __filename, __dirname, importMeta) {${text}\n})`;
  const start = vm.runInThisContext(wrapper, { filename: file }) as (...given: unknown[]) => void;
  start(module.exports, load, module, file, path.dirname(file), meta);
  return module.exports;
}

/** A module of ours and all that it imports. */
function link(name: string, from = facts.folder): object {
  const file = path.resolve(from, name);
  const known = modules.get(file);
  if (known) return known.exports;
  const { outputText } = ts.transpileModule(readText(file, 'utf8'), {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
    transformers: { before: [withoutMeta] },
  });
  const load = (other: string): unknown =>
    other.startsWith('.') ? link(other, path.dirname(file)) : builtIn(other);
  return run(file, outputText, load, { url: url.pathToFileURL(file).href });
}

/** `import.meta` is no syntax of CommonJS. */
function withoutMeta(context: Compiler.TransformationContext) {
  const visit = (node: Compiler.Node): Compiler.Node =>
    ts.isMetaProperty(node)
      ? context.factory.createIdentifier('importMeta')
      : ts.visitEachChild(node, visit, context);
  return (file: Compiler.SourceFile) => ts.visitNode(file, visit) as Compiler.SourceFile;
}
