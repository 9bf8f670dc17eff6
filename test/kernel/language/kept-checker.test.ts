/** Cells that are checked by the program that is kept, beside the same cells checked by a program each. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Compiled } from '../../../src/kernel/contracts.ts';
import { globalsTypes } from '../../../src/kernel/display/globals-types.ts';
import { canKeep } from '../../../src/kernel/language/kept-checker.ts';
import { Language } from '../../../src/kernel/language/language.ts';
import { compiler } from '../../../src/kernel/language/typescript.ts';
import { makeProject, writeFiles } from '../modules/project.ts';

/** The same cells in two languages, which must agree on each. */
class Pair {
  readonly quick: Language;
  readonly thorough: Language;
  #number = 0;

  constructor(t: TestContext, cwd: string) {
    this.quick = new Language({ cwd, globals: globalsTypes });
    this.thorough = new Language({ cwd, globals: globalsTypes, reuse: false });
    t.after(() => [this.quick, this.thorough].map((each) => each.dispose()));
  }

  /** Compiles in both and lets the cell begin to run. @returns what the checker said, and how many programs it took */
  run(source: string): { ok: boolean; said: string; programs: number } {
    this.#number += 1;
    const before = this.quick.programs;
    const [one, other] = [this.quick, this.thorough].map((each) => each.compile(source, this.#number));
    assert.deepEqual(one, other, source);
    if (one!.ok) this.quick.accept(one!.cell);
    if (other!.ok) this.thorough.accept(other!.cell);
    return { ok: one!.ok, said: told(one!), programs: this.quick.programs - before };
  }
}

function told(compiled: Compiled): string {
  const found = compiled.ok ? compiled.cell.diagnostics : compiled.diagnostics;
  return found.map(({ message }) => message).join('\n');
}

const files = {
  'tsconfig.json': { compilerOptions: { strict: true } },
  'counter.ts': 'export class Counter { #n = 0; next(): number { return (this.#n += 1); } }',
  'other.ts': 'export type Other = { other: string };',
  'node_modules/wide/package.json': { name: 'wide', types: 'index.d.ts', main: 'index.js' },
  'node_modules/wide/index.d.ts': 'export {}; declare global { interface Array<T> { widest(): T } }',
  'node_modules/wide/index.js': '',
  'node_modules/plain/package.json': { name: 'plain', main: 'index.js' },
  'node_modules/plain/index.js': 'exports.plain = 1;',
  'node_modules/@types/wild/package.json': { name: '@types/wild', types: 'index.d.ts' },
  'node_modules/@types/wild/index.d.ts': 'declare const wild: number;',
};

test('a TypeScript that lacks a part is seen, and the plain checker serves', () => {
  assert.equal(canKeep(), true);
  for (const name of ['bindSourceFile', 'getJSXImplicitImportBase', 'getJSXRuntimeImport'])
    assert.equal(canKeep({ ...compiler(), [name]: undefined }), false, name);
});

test('one program checks cell after cell', (t) => {
  const pair = new Pair(t, makeProject(t, files));
  assert.equal(pair.run('let count = 1;').programs, 1, 'the first cell makes one');
  for (const source of [
    'class Point { constructor(readonly x: number) {} }; const p = new Point(count);',
    'count += p.x; const double = (n: number) => n * 2;',
    'class Point { readonly y = "anew" }; p.x + new Point().y.length',
    'type Pair<T> = [T, T]; const both: Pair<Point> = [new Point(), new Point()];',
    'const Pair = <T>(one: T): Pair<T> => [one, one]; Pair(3)',
    'enum Colour { red, green }',
    'namespace Paint { export const all = [Colour.red] }',
    'const { length, ...rest } = { length: 1, width: Paint.all };',
    'await Promise.resolve(rest.width[0] === Colour.red)',
    'function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2) }',
    'import type { Stats } from "node:fs"; undefined',
    '// @ts-expect-error\nconst wrong: string = double(2);',
  ]) {
    const { ok, programs, said } = pair.run(source);
    assert.deepEqual({ ok, programs, said }, { ok: true, programs: 0, said: '' }, source);
  }
  // The private field of `p` is that of the first class, which has no name any more.
  assert.match(pair.run('const q: Point = p;').said, /Property 'y' is missing in type/);
  assert.equal(pair.run('count').programs, 0);
});

test('errors are told as by a program of its own, and what failed leaves nothing', (t) => {
  const pair = new Pair(t, makeProject(t, files));
  pair.run('let good = 1; let text = "a";');
  for (const [source, message] of [
    ['const bad: string = good;', /Type 'number' is not assignable to type 'string'/],
    ['good = text;', /not assignable/],
    ['missing + 1', /Cannot find name 'missing'/],
    ['const later = ;', /Expression expected/],
    ['// @ts-expect-error\ngood + 1', /Unused '@ts-expect-error' directive/],
    ['declare global { interface String { shout(): string } }; "a".shout() + 1 as string[]', /Conversion/],
    ['"a".shout()', /Property 'shout' does not exist/],
    ['/// <reference types="wild" />\nconst n: string = wild;', /Type 'number' is not assignable/],
    ['wild', /Cannot find name 'wild'/],
    ['import { none } from "./none.ts"', /Cannot find module/],
    ['import "wide"; const n: string = [1].widest()', /Type 'number' is not assignable/],
    ['[1].widest()', /Property 'widest' does not exist/],
    ['import * as wide from "wide"; wide.none', /Property 'none' does not exist/],
    ['[1].widest()', /Property 'widest' does not exist/],
  ] as const) {
    const { ok, said } = pair.run(source);
    assert.equal(ok, false, source);
    assert.match(said, message);
  }
  pair.quick.checking = pair.thorough.checking = 'warn';
  assert.match(pair.run('const bad: string = good; bad').said, /not assignable/);
  pair.quick.checking = pair.thorough.checking = 'off';
  assert.equal(pair.run('const worse: string = good; worse').said, '');
});

test('what a program did not load makes a new one, once', (t) => {
  const folder = makeProject(t, files);
  const pair = new Pair(t, folder);
  pair.run('const start = 1;');
  for (const [source, programs] of [
    ['import { Counter } from "./counter.ts"; const counter = new Counter();', 1],
    ['counter.next() + start', 0],
    ['import { Counter as Again } from "./counter"; new Again().next()', 0],
    ['const other = await import("./other.ts"); let it: import("./other.ts").Other | undefined;', 1],
    ['it = { other: "a" }', 0],
    ['import "wide";', 1],
    ['[start].widest().toFixed()', 1],
    ['[start].widest().toFixed(1)', 0],
    ['import plain from "plain"; plain.plain', 1],
    ['const again = plain.any.thing;', 0],
    ['declare global { interface Array<T> { own(): T } }', 1],
    ['[1].own() + [2].widest()', 1],
    ['/// <reference types="wild" />\nconst n: number = wild;', 1],
    ['const m: number = wild + n;', 1],
    ['m + again', 0],
  ] as const) {
    const made = pair.run(source);
    assert.deepEqual({ ...made, said: '' }, { ok: true, said: '', programs }, `${source}: ${made.said}`);
  }
  writeFiles(folder, { 'counter.ts': 'export class Counter { next(): string { return "changed"; } }' });
  const changed = pair.run('import { Counter } from "./counter.ts"; new Counter().next().length');
  assert.deepEqual(changed, { ok: true, said: '', programs: 1 });
  rmSync(path.join(folder, 'other.ts'));
  assert.equal(pair.run('import { type Other } from "./other.ts";').ok, false);
});

test('completion and inspection between cells take nothing away', async (t) => {
  const pair = new Pair(t, makeProject(t, files));
  pair.run('const first = { alpha: 1, beta: "b" };');
  for (let cell = 0; cell < 8; cell += 1) {
    for (const each of [pair.quick, pair.thorough]) {
      const { entries } = await each.complete('first.', 6);
      assert.deepEqual(entries.map(({ text }) => text).slice(0, 2), ['alpha', 'beta']);
      if (cell % 2 === 0) assert.match((await each.inspect('first', 2, 0))!.plain, /alpha: number/);
      if (cell === 5) await each.complete('declare global { var leaked: number }; fi', 41);
    }
    assert.equal(pair.run(`const c${cell} = first.alpha + ${cell};`).programs, cell === 5 ? 1 : 0);
  }
  assert.equal(pair.run('c0 + c7').said, '');
  assert.match(pair.run('leaked').said, /Cannot find name 'leaked'/);
});

test('a checker is replaced before it has gathered too much', (t) => {
  const language = new Language({ cwd: makeProject(t, files), globals: globalsTypes });
  t.after(() => language.dispose());
  for (let number = 1; number <= 1100; number += 1) {
    const compiled = language.compile(`const n${number % 150} = ${number}; n${number % 150} + 1`, number);
    assert.ok(compiled.ok, told(compiled));
    language.accept(compiled.cell);
  }
  assert.ok(language.programs > 1 && language.programs < 8, `${language.programs} programs`);
});

const notebooks = fileURLToPath(new URL('../../../notebooks/', import.meta.url));

for (const chapter of ['01', '05', '09']) {
  test(`chapter ${chapter}: every cell, as it is and with a fault`, { timeout: 240_000 }, (t) => {
    const name = readdirSync(notebooks).find(
      (each) => each.startsWith(`${chapter}-`) && !each.includes('.zh.'),
    );
    const { cells } = JSON.parse(readFileSync(path.join(notebooks, name!), 'utf8')) as {
      cells: { cell_type: string; source: string[] | string }[];
    };
    const pair = new Pair(t, notebooks.replace(/\/$/, ''));
    let code = 0;
    let programs = 0;
    for (const { cell_type, source } of cells) {
      if (cell_type !== 'code') continue;
      const text = typeof source === 'string' ? source : source.join('');
      code += 1;
      // Every third cell is first typed wrong: a name is misspelt.
      if (code % 3 === 0) pair.run(text.replace(/\b([a-z]\w{3,})(?=[.(])/, '$1x'));
      const made = pair.run(text);
      assert.ok(made.ok, made.said);
      programs += made.programs;
    }
    assert.ok(code > 20 && programs < code / 2, `${programs} programs for ${code} cells`);
  });
}
