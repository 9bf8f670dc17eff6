/** Cells in projects of every kind: JSX, solutions, broken settings, packages that are TypeScript. */
import assert from 'node:assert/strict';
import { symlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { makeProject, writeFiles } from '../modules/project.ts';
import { CellSession, isPlain } from './cell-session.ts';

const runtime = {
  'node_modules/react/package.json': {
    name: 'react',
    exports: { './jsx-runtime': './jsx.js', './jsx-dev-runtime': './jsx.js' },
  },
  'node_modules/react/jsx.js':
    'exports.jsx = exports.jsxs = exports.jsxDEV = (type, props) => ({ type, ...props }); exports.Fragment = "frag";',
  'node_modules/react/jsx.d.ts':
    'export declare const jsx: unknown, jsxs: unknown, jsxDEV: unknown, Fragment: unknown;\n' +
    'export declare namespace JSX { type Element = object; interface IntrinsicElements { b: { id?: string; children?: unknown }; i: object } }',
};

async function sessionIn(t: TestContext, files: Readonly<Record<string, unknown>>) {
  const folder = makeProject(t, files);
  return { folder, session: await CellSession.start(t, folder) };
}

for (const jsx of ['react-jsx', 'preserve', undefined]) {
  test(`automatic JSX runs with ${jsx ?? 'no tsconfig'}, in cells and in files`, async (t) => {
    const settings = jsx ? { 'tsconfig.json': { compilerOptions: { jsx, strict: true } } } : {};
    const { session } = await sessionIn(t, {
      ...settings,
      ...runtime,
      'part.tsx': 'export const Part = ({ n }: { n: number }) => <b id="p">{n}</b>;\n',
    });
    assert.equal(
      await session.value('const cast = <number>5; const same = <T>(x: T) => x; same(cast) < 6'),
      'true',
    );
    assert.equal(await session.value('<b>1</b>'), "{ type: 'b', children: '1' }");
    assert.equal(
      await session.value('const b2 = <><b /></>; b2'),
      "{ type: 'frag', children: { type: 'b' } }",
    );
    assert.equal(
      await session.value(
        'function Set() { return <b>{cast}</b> } (<Set /> as { type: unknown }).type === Set',
      ),
      'true',
    );
    assert.equal(
      await session.value('import { Part } from "./part.tsx"; Part({ n: 3 })'),
      "{ type: 'b', id: 'p', children: 3 }",
    );
    const wrong = await session.run('<b id={5} />');
    assert.equal(wrong.diagnostics[0]?.code, 2322);
  });
}

test('classic JSX runs where the cell says what it calls', async (t) => {
  const { session } = await sessionIn(t, {});
  await session.run(
    'const h = (tag: string, props: object | null, ...rest: unknown[]) => [tag, props, ...rest];',
  );
  await session.run('declare global { namespace JSX { interface IntrinsicElements { b: object } } }');
  assert.equal(await session.value('/** @jsx h */\n<b>hi</b>'), "[ 'b', null, 'hi' ]");
});

test('the settings of a solution are those of the project it refers to', async (t) => {
  const { session } = await sessionIn(t, {
    'tsconfig.json': { files: [], references: [{ path: './tsconfig.app.json' }] },
    'tsconfig.app.json': {
      compilerOptions: { strict: true, baseUrl: '.', paths: { '~/*': ['./src/*'] } },
      include: ['src'],
    },
    'src/env.ts': 'export const one: number = 1;\n',
  });
  assert.equal(await session.value('import { one } from "~/env"; one'), '1');
  assert.equal((await session.run('let text: string = null')).diagnostics[0]?.code, 2322);
});

test('a project of nothing but the settings of tools is passed over', async (t) => {
  const { session } = await sessionIn(t, {
    'tsconfig.json': {
      files: [],
      references: [{ path: './tsconfig.node.json' }, { path: './tsconfig.app.json' }],
    },
    'tsconfig.node.json': { include: ['vite.config.*', 'eslint.config.mts'] },
    'tsconfig.app.json': { compilerOptions: { paths: { '~/*': ['./src/*'] } }, include: ['src'] },
    'src/env.ts': 'export const one: number = 1;\n',
  });
  assert.equal(await session.value('import { one } from "~/env"; one'), '1');
});

for (const types of [[], ['jest']]) {
  test(`Node's globals are there with types ${JSON.stringify(types)}`, async (t) => {
    const { session } = await sessionIn(t, { 'tsconfig.json': { compilerOptions: { strict: true, types } } });
    assert.equal(
      await session.value('import fs from "node:fs"; [typeof process.pid, fs.existsSync(".")]'),
      "[ 'number', true ]",
    );
  });
}

test('broken settings are told once, and what is edited holds from the next cell on', async (t) => {
  const { session, folder } = await sessionIn(t, { 'tsconfig.json': '{ "extends": "./missing.json" }' });
  const first = await session.run('const a: number = 1; a');
  assert.equal(first.value, '1');
  assert.match(first.diagnostics[0]!.message, /missing\.json/);
  assert.equal(first.diagnostics[0]!.severity, 'warning');
  assert.deepEqual((await session.run('a')).diagnostics, []);
  const edit = (text: unknown, seconds: number) => {
    writeFiles(folder, { 'tsconfig.json': text });
    utimesSync(path.join(folder, 'tsconfig.json'), seconds, seconds);
  };
  edit({ compilerOptions: { strict: false } }, 1000);
  assert.equal((await session.run('let loose: string = null; loose')).value, 'null');
  edit({ compilerOptions: { strict: true } }, 2000);
  assert.equal((await session.run('let tight: string = null')).diagnostics[0]?.code, 2322);
  edit('{ "compilerOptions": { "strict": true, }', 3000);
  assert.match((await session.run('a + 1')).diagnostics[0]!.message, /expected/);
});

test('settings that name projects or bases that are not there yet are told, and taken up when they come', async (t) => {
  for (const [text, told] of [
    [{ compilerOptions: { strict: true }, include: ['src'], references: [{ path: './gone' }] }, undefined],
    [{ files: [], references: [{ path: './tsconfig.app.json' }] }, /tsconfig\.app\.json/],
  ] as const) {
    const { session } = await sessionIn(t, { 'tsconfig.json': text });
    const { value, diagnostics } = await session.run('const one: number = 1; one');
    assert.equal(value, '1');
    if (told) assert.match(diagnostics[0]!.message, told);
    else assert.deepEqual(diagnostics, []);
  }
  for (const [base, file] of [
    ['./base', 'base.json'],
    ['@some/base/tsconfig.json', 'node_modules/@some/base/tsconfig.json'],
  ] as const) {
    const { session, folder } = await sessionIn(t, { 'tsconfig.json': { extends: base } });
    assert.equal((await session.run('let loose: string = null; loose')).value, 'null');
    writeFiles(folder, { [file]: { compilerOptions: { strict: true } } });
    assert.equal((await session.run('let tight: string = null')).diagnostics[0]?.code, 2322, base);
  }
});

test('a file is compiled again when a setting says otherwise', async (t) => {
  const { session, folder } = await sessionIn(t, {
    'tsconfig.json': { compilerOptions: { jsx: 'react' } },
    ...runtime,
    'view.tsx': 'export const view = () => <b>1</b>;\n',
  });
  assert.match((await session.run('import { view } from "./view.tsx"; view()')).error ?? '', /React/);
  writeFiles(folder, { 'tsconfig.json': { compilerOptions: { jsx: 'react-jsx' } } });
  utimesSync(path.join(folder, 'tsconfig.json'), 1000, 1000);
  assert.equal(
    await session.value('import { view } from "./view.tsx"; view()'),
    "{ type: 'b', children: '1' }",
  );
});

test('a half-edited file fails only cells that import it', async (t) => {
  const { session, folder } = await sessionIn(t, {
    'mod.ts': 'export const hello = 1;\n',
    'uses.ts': 'export * from "./mod.ts";\n',
  });
  assert.equal(await session.value('import { hello } from "./mod.ts"; hello'), '1');
  writeFiles(folder, { 'mod.ts': 'export const hello = ;\n' });
  assert.equal(await session.value('1 + 1'), '2');
  assert.equal(await session.value('hello'), '1');
  for (const source of [
    'import { hello } from "./mod.ts"',
    'import * as all from "./uses.ts"',
    'await import("./uses.ts")',
  ]) {
    const { ran, diagnostics } = await session.run(source);
    assert.equal(ran, false, source);
    assert.match(diagnostics.map(({ file }) => file).join(), /mod\.ts/);
  }
  assert.equal(await session.value('1 + 2'), '3');
});

test('packages of the user that are TypeScript run: workspaces, imports with #, the own name', async (t) => {
  const { session, folder } = await sessionIn(t, {
    'package.json': {
      name: 'whole',
      type: 'module',
      imports: { '#cfg': './cfg.ts' },
      exports: { './own': './own.ts' },
    },
    'cfg.ts': 'export const port: number = 8080;\n',
    'own.ts': 'import { port } from "#cfg"; export const own: number = port + 1;\n',
    'packages/core/package.json': { name: '@ws/core', type: 'module', exports: './src/index.ts' },
    'packages/core/src/index.ts': 'export * from "./part.ts"; export const core: string = "core";\n',
    'packages/core/src/part.ts': 'export enum Part { one = 1 }\n',
    'node_modules/@ws/.keep': '',
  });
  symlinkSync('../../packages/core', path.join(folder, 'node_modules/@ws/core'), 'dir');
  assert.equal(
    await session.value('import { core, Part } from "@ws/core"; [core, Part.one]'),
    "[ 'core', 1 ]",
  );
  assert.equal(await session.value('import { port } from "#cfg"; port'), '8080');
  assert.equal(await session.value('import { own } from "whole/own"; own'), '8081');
});

/** Node 24 and later link files of a chain within one another, and end with a full stack between 600 and 800 of them. */
const chain = Number(process.versions.node.split('.')[0]) >= 24 ? 500 : 1000;

test(`a chain of ${chain} files is loaded`, async (t) => {
  const files: Record<string, string> = { [`f${chain}.ts`]: 'export const depth: number = 0;\n' };
  for (let n = 0; n < chain; n += 1) {
    files[`f${n}.ts`] =
      `import { depth as next } from './f${n + 1}.ts'; export const depth: number = next + 1;\n`;
  }
  const { session } = await sessionIn(t, files);
  assert.equal(await session.value('import { depth } from "./f0.ts"; depth'), String(chain));
});

test('where no tsconfig asks for strictness, pasted JavaScript runs and is warned of', async (t) => {
  const { session } = await sessionIn(t, {});
  const fib = await session.run('function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } fib(6)');
  assert.equal(fib.value, '8');
  assert.deepEqual(new Set(fib.diagnostics.map(({ severity }) => severity)), new Set(['warning']));
  assert.equal(
    await session.value(
      'let told = ""; try { throw new Error("q") } catch (error) { told = error.message } told',
    ),
    "'q'",
  );
  assert.equal(await session.value('const parse = (text) => text.match(/\\d+/)[0]; parse("a12")'), "'12'");
  const { programs } = session.language as unknown as { programs: number };
  const lenient = [
    'class Person { name: string; constructor() {} } new Person() instanceof Person',
    'function Thing(n) { this.n = n } new Thing(1).n === 1',
    'const found: string = new Map([["a", "b"]]).get("a"); found === "b"',
    'let nothing: string = null; nothing === null',
    'const o: { f?: () => boolean } = { f: () => true }; o.f()',
    'let later: number; later === undefined',
    '[].concat([1]).length === 1',
    'const bag = {}; bag.size = 3; bag.size === 3',
    'const row = { x: null }; row?.x?.z === undefined',
  ];
  for (const source of lenient) {
    const { value, diagnostics } = await session.run(source);
    assert.equal(value, 'true', `${source}\n${diagnostics.map(({ message }) => message).join('\n')}`);
    assert.ok(diagnostics.length > 0 && diagnostics.every(({ severity }) => severity === 'warning'), source);
  }
  assert.equal(
    (session.language as unknown as { programs: number }).programs,
    programs + (isPlain() ? lenient.length : 0),
    'no program for a warning',
  );
  assert.equal((await session.run('const n: number = "text"')).ran, false);
  assert.equal((await session.run('((text: string) => text)(5)')).ran, false);
  const other = await session.run("let answer = 1; answer = 'one'; answer");
  assert.equal(other.value, "'one'");
  assert.deepEqual(
    other.diagnostics.map(({ severity, code }) => [severity, code]),
    [['warning', 2322]],
  );
  const made = 'class Account { constructor(start) { this.money = start } half() { return this.money / 2 } }';
  assert.equal(await session.value(made), undefined);
  assert.equal(await session.value('const account = new Account(8); account.money + account.half()'), '12');
  assert.equal((await session.run('account.monney.x')).ran, false);
  assert.equal(await session.value('function sum(a, b) { return a + (b ?? 2) } sum(1)'), '3');
  assert.equal((await session.run('function half(a: number) { return a / 2 } half()')).ran, false);
  assert.equal((await session.run('account.half(1)')).ran, false);
  assert.equal(await session.value("typeof window === 'undefined' ? 'Node' : 'browser'"), "'Node'");
  assert.equal(await session.value('typeof(document)'), "'undefined'");
  for (const source of ['window.name', 'typeof window.name', 'typeof nowhere()', 'let x: typeof nowhere'])
    assert.equal((await session.run(source)).ran, false, source);
  const typed = await session.run("let typed: number = 1; typed = 'one'");
  assert.equal(typed.ran, false, 'where the user wrote a type, it holds');
});
