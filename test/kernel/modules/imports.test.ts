/** Every way to import, from a notebook in a project folder, with the types checked and the code run. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test, { suite, before, after } from 'node:test';
import { CellSession } from '../language/cell-session.ts';
import { makeProject, writeFiles } from './project.ts';

const files = {
  'package.json': { name: 'their-project', type: 'module', imports: { '#inner': './inner.js' } },
  'tsconfig.json': {
    compilerOptions: {
      strict: true,
      module: 'ESNext',
      moduleResolution: 'bundler',
      target: 'ESNext',
      resolveJsonModule: true,
      paths: { '@lib/*': ['./lib/*'] },
      types: ['node'],
    },
  },
  'inner.js': 'export const inner = "inner";',
  'util.ts':
    'export interface Point { x: number }\nexport const one: number = 1;\nexport enum Color { Red = 7 }\nexport default (p: Point): number => p.x;\n',
  'lib/deep.ts':
    'import { one } from "../util.js";\nimport type { Point } from "../util.ts";\nexport const two: number = one + 1;\nexport const at = (p: Point) => p.x;\n',
  'lib/index.ts': 'export * from "./deep";',
  'plain.js': 'export const plain = "js";',
  'old.cjs': 'exports.first = 1; module.exports.second = "two";',
  'typed.cts': 'import fs = require("node:fs");\nexport const exists: boolean = fs.existsSync(__filename);\n',
  'data.json': { rows: [1, 2, 3] },
  'thrower.ts': '\n\nexport function fail(): never {\n  throw new Error("from the file");\n}\n',
  'shows.ts': 'import { newDisplay } from "tslab";\nexport const shown = newDisplay();\n',
  'where.ts': 'export const here = import.meta.dirname;\nexport const lazily = () => import("./plain.js");\n',
  'broken.ts': 'export const a = ;\n',
  'counts.ts':
    'import { one } from "./util.ts";\nexport enum Other { High }\nexport enum Count { Low = one, High, Count = 9 }\n',
  'node_modules/esm-only/package.json': {
    name: 'esm-only',
    type: 'module',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './sub': { types: './sub.d.ts', default: './sub.js' },
    },
  },
  'node_modules/esm-only/index.js': 'export const esm = "esm";',
  'node_modules/esm-only/index.d.ts': 'export declare const esm: string;',
  'node_modules/esm-only/sub.js': 'export default "sub";',
  'node_modules/esm-only/sub.d.ts': 'declare const sub: string; export default sub;',
  'node_modules/old-cjs/package.json': { name: 'old-cjs', main: './index.js', types: './index.d.ts' },
  // Node cannot see these names in the text.
  'node_modules/old-cjs/index.js':
    'const make = () => ({ hiddenName: 5, other: 6 }); module.exports = make();',
  'node_modules/old-cjs/index.d.ts':
    'export declare const hiddenName: number; export declare const other: number;',
  'node_modules/two-faced/package.json': {
    name: 'two-faced',
    exports: { '.': { import: './a.mjs', require: './b.cjs' }, './facts': './facts.json' },
  },
  'node_modules/two-faced/a.mjs': 'throw new Error("from the package");',
  'node_modules/two-faced/b.cjs': '',
  'node_modules/two-faced/facts.json': { most: 3 },
  'node_modules/types-only/package.json': { name: 'types-only', types: './index.d.ts' },
  'node_modules/types-only/index.d.ts': 'export interface Shape { sides: number }',
};

const cells: readonly (readonly [title: string, source: string, value: string | undefined])[] = [
  ['a TypeScript file by its name', 'import { one } from "./util.ts"; one', '1'],
  ['a TypeScript file by .js', 'import { one as uno } from "./util.js"; uno', '1'],
  ['a file without ending', 'import area, { Color } from "./util"; [area({ x: 3 }), Color.Red]', '[ 3, 7 ]'],
  [
    'a type among values',
    'import { Point, one } from "./util.ts"; const p: Point = { x: one }; p',
    '{ x: 1 }',
  ],
  ['import type', 'import type { Point as P } from "./util.ts"; const q: P = { x: 2 }; q.x', '2'],
  ['the type in a later cell', 'const later: P = { x: 9 }; later.x', '9'],
  ['paths of the tsconfig', 'import { two } from "@lib/deep"; two', '2'],
  ['a folder', 'import * as lib from "./lib"; Object.keys(lib).sort()', "[ 'at', 'two' ]"],
  ['JavaScript', 'import { plain } from "./plain.js"; plain', "'js'"],
  ['JSON', 'import data from "./data.json"; data.rows.length', '3'],
  ['JSON with its attribute', 'import again from "./data.json" with { type: "json" }; again.rows[0]', '1'],
  ['CommonJS', 'import old, { first } from "./old.cjs"; [old.second, first]', "[ 'two', 1 ]"],
  ['CommonJS TypeScript', 'import { exists } from "./typed.cts"; exists', 'true'],
  [
    'node:',
    'import { basename } from "node:path"; import * as os from "os"; [basename("a/b"), typeof os.cpus]',
    "[ 'b', 'function' ]",
  ],
  [
    'a package with exports',
    'import { esm } from "esm-only"; import sub from "esm-only/sub"; [esm, sub]',
    "[ 'esm', 'sub' ]",
  ],
  ['a CommonJS package by hidden names', 'import { hiddenName } from "old-cjs"; hiddenName', '5'],
  [
    'all of a CommonJS package',
    'import * as whole from "old-cjs"; [whole.other, whole.hiddenName]',
    '[ 6, 5 ]',
  ],
  [
    'a package of types only',
    'import { Shape } from "types-only"; const s: Shape = { sides: 3 }; s.sides',
    '3',
  ],
  ['the imports map', 'import { inner } from "#inner"; inner', "'inner'"],
  ['dynamic import', 'const dynamic = await import("./util.ts"); dynamic.one', '1'],
  ['dynamic import of a package', '(await import("esm-only")).esm', "'esm'"],
  ['dynamic import by a computed name', 'const file = "./plain" + ".js"; (await import(file)).plain', "'js'"],
  ['require', 'const r = require("./typed.cts") as { exists: boolean }; r.exists', 'true'],
  ['require of a package', 'require("old-cjs").hiddenName', '5'],
  ['import = require', 'import p2 = require("node:path"); p2.basename("x/y")', "'y'"],
  ['import for effects', 'import "./plain.js"; 1', '1'],
  ['export from tolerated', 'export { one } from "./util.ts"; export const mine = 4; mine', '4'],
  ['export default tolerated', 'export default mine + 1', '5'],
  [
    'import.meta',
    'import { fileURLToPath } from "node:url"; [fileURLToPath(new URL(".", import.meta.url)) === import.meta.dirname + "/", import.meta.filename.startsWith(import.meta.dirname)]',
    '[ true, true ]',
  ],
  ['import.meta.resolve', 'import.meta.resolve("./util.ts").endsWith("/util.ts")', 'true'],
  ['import.meta.resolve of a package', 'import.meta.resolve("two-faced").split("/").at(-1)', "'a.mjs'"],
  ['JSON of a package', 'import facts, { most } from "two-faced/facts"; [facts.most, most]', '[ 3, 3 ]'],
  ['__dirname', '__dirname === process.cwd()', 'true'],
  [
    'import.meta and import() of files',
    'import { here, lazily } from "./where.ts"; [here === import.meta.dirname, (await lazily()).plain]',
    "[ true, 'js' ]",
  ],
  ['tslab', 'import * as tslab from "tslab"; typeof tslab.newDisplay', "'function'"],
  ['tslab in a file', 'import { shown } from "./shows.ts"; shown as unknown', "'display'"],
  ['a name that is imported again', 'import { two as one } from "./lib/deep.ts"; one', '2'],
];

suite('a cell can import', () => {
  const cleaners: (() => unknown)[] = [];
  const owner = { after: (clean: () => unknown) => void cleaners.push(clean) } as Parameters<
    typeof makeProject
  >[0];
  let session: CellSession;
  before(async () => {
    session = await CellSession.start(owner, makeProject(owner, files));
  });
  after(async () => {
    for (const clean of cleaners.reverse()) await clean();
  });
  for (const [title, source, value] of cells) {
    test(title, async () => assert.equal(await session.value(source), value));
  }

  test('and reads a missing file as an error of types, not of the running cell', async () => {
    const { ran, diagnostics } = await session.run('import { x } from "./missing.ts"; x');
    assert.equal(ran, false);
    assert.match(diagnostics[0]!.message, /Cannot find module '.\/missing.ts'/);
  });

  test('and reads the place of a syntax error in a file it imports', async () => {
    const { ran, diagnostics } = await session.run('import { a } from "./broken.ts"; a');
    assert.equal(ran, false);
    const fault = diagnostics.find(({ file }) => file.endsWith('broken.ts'));
    assert.deepEqual([fault?.line, fault?.column], [1, 18]);
  });

  test('and reads which package imports JSON without saying so', async () => {
    const source = `await import('data:text/javascript,import "data:application/json,1"')`;
    assert.match((await session.run(source)).error!, /"data:\S* needs an import .*json"/);
  });

  test('and reads where an enum of a file needs a value of another one', async () => {
    assert.match(
      (await session.run('import { Count } from "./counts.ts"; Count.High')).error!,
      /"High" counts on from a value of another file.*counts\.ts:3:32/,
    );
    assert.equal(
      await session.value('import { Color as Hue } from "./util.ts"; enum C { A = Hue.Red, B } C.B'),
      '8',
    );
  });

  test('and a file that fails names its own place', async () => {
    const { stack, error } = await session.run('import { fail } from "./thrower.ts"; fail()');
    assert.match(error!, /from the file/);
    assert.match(stack!, /thrower\.ts/);
    assert.match((await session.value('maps.some((file) => file.endsWith("thrower.ts"))'))!, /true/);
  });
});

test('an edited file gives its new code to the next import, and cells that hold the old one keep it', async (t) => {
  const folder = makeProject(t, {
    'package.json': { type: 'module' },
    'a.ts': 'import { b } from "./b.ts";\nexport const a = () => `a1 ${b}`;\n',
    'b.ts': 'export const b: string = "b1";\n',
    'c.ts': 'export const c = { count: 0 };\n',
  });
  const session = await CellSession.start(t, folder);
  assert.equal(
    await session.value(
      'import { a } from "./a.ts"; import { c } from "./c.ts"; const held = a; c.count += 1; a()',
    ),
    "'a1 b1'",
  );
  writeFiles(folder, { 'b.ts': 'export const b: number = 2;\n' });
  assert.equal(await session.value('import { a } from "./a.ts"; [a(), held()]'), "[ 'a1 2', 'a1 b1' ]");
  assert.equal(await session.value('import { b } from "./b.ts"; const n: number = b; n'), '2', 'new types');
  assert.equal(
    await session.value('import { c as same } from "./c.ts"; [same === c, same.count]'),
    '[ true, 1 ]',
  );
  writeFiles(folder, { 'b.ts': 'export const b: string = "b1";\n' });
  assert.equal(
    await session.value('const back = await import("./a.ts"); back.a === held'),
    'true',
    'the old code is the old module',
  );
});

test('an edited CommonJS file is loaded again by require, its edited needs too', async (t) => {
  const folder = makeProject(t, {
    'top.cts': 'const part = require("./part.cjs");\nexport const top = () => part.value;\n',
    'part.cjs': 'exports.value = 1;',
    'other.cjs': 'exports.self = {};',
  });
  const session = await CellSession.start(t, folder);
  assert.equal(
    await session.value('const t1 = require("./top.cts"); const o1 = require("./other.cjs"); t1.top()'),
    '1',
  );
  writeFiles(folder, { 'part.cjs': 'exports.value = 2;' });
  assert.equal(await session.value('const t2 = require("./top.cts"); [t2.top(), t1.top()]'), '[ 2, 1 ]');
  assert.equal(await session.value('require("./other.cjs") === o1'), 'true');
});

test('a file that appears after a failed import is found', async (t) => {
  const folder = makeProject(t, { 'package.json': { type: 'module' } });
  const session = await CellSession.start(t, folder);
  assert.equal((await session.run('import { x } from "./new.ts"; x')).ran, false);
  writeFiles(folder, { 'new.ts': 'export const x = 3;\n' });
  assert.equal(await session.value('import { x } from "./new.ts"; x'), '3');
});

test('cells work in a folder of no project, with the types of Node', async (t) => {
  const folder = makeProject(t, { 'only.ts': 'export const only = 1 as const;\n' });
  const session = await CellSession.start(t, folder);
  assert.equal(
    await session.value('import { only } from "./only"; const b: Buffer = Buffer.from([only]); b.length'),
    '1',
  );
  assert.equal(await session.value(`process.cwd() === ${JSON.stringify(path.resolve(folder))}`), 'true');
});

test('the process of the cells loads the compiler with the first file that needs it', async (t) => {
  const session = await CellSession.start(t, makeProject(t, {}));
  const source = `const { Session } = process.getBuiltinModule('node:inspector');
const [asked, urls] = [new Session(), [] as string[]];
asked.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
asked.connect();
asked.post('Debugger.enable');
asked.disconnect();
[urls.length > 0, urls.filter((url) => url.endsWith('/typescript.js'))]`;
  assert.equal(await session.value(source), '[ true, [] ]');
});
