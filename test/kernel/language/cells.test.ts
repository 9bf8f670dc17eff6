/** Sequences of cells, checked by the language room and run for real in one process after another. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { makeProject } from '../modules/project.ts';
import { CellSession } from './cell-session.ts';

/** A cell, with its result; a RegExp is what it throws, a number the code of the type error that stops it. */
type Step = readonly [source: string, result: string | undefined | RegExp | number];

const sequences: Readonly<Record<string, readonly Step[]>> = {
  'the last expression is the result': [
    ['1 + 1', '2'],
    ['const q0 = 5', undefined],
    ['q0; interface Trailing { a: 1 } type T0 = 1;', '5'],
    ['"use strict"', "'use strict'"],
    ['({ a: 1 })', '{ a: 1 }'],
    ['() => 1', '[Function (anonymous)]'],
    ['export default () => 1', '[Function: default]'],
    ['#!/usr/bin/env node\n// @check off\nconst hashed: string = 1; hashed', '1'],
    ['undefined', 'undefined'],
    ['', undefined],
    ['// only a comment', undefined],
    ['await Promise.resolve(7)', '7'],
    ['const pairOf = <T>(value: T) => [value, value]; (<string[]>pairOf("x")).length', '2'],
  ],
  'a later assignment is seen by functions of earlier cells': [
    ['let count = 1; const readCount = () => count; function bump() { return ++count }', undefined],
    ['count = 10; readCount()', '10'],
    ['bump(); [count, readCount()]', '[ 11, 11 ]'],
    ['let count = 100; readCount()', '100'],
    ['const count = "text"; readCount() as unknown', "'text'"],
  ],
  'a function is replaced for its earlier callers too': [
    ['function inner() { return "old" } function outer() { return inner() } outer()', "'old'"],
    ['function inner() { return "new" } outer()', "'new'"],
    [
      'function fact(n: number): number { return n <= 1 ? 1 : n * fact(n - 1) } const f1 = fact; fact(4)',
      '24',
    ],
    ['function fact(n: number): number { return n + 0.5 } f1(4)', '14'],
    ['inner.name + fact.name', "'innerfact'"],
  ],
  'functions are there before their line': [
    ['const early = later(); function later() { return 3 } early', '3'],
    [
      'async function* gen() { yield 1; yield 2 } const got: number[] = []; for await (const each of gen()) got.push(each); got',
      '[ 1, 2 ]',
    ],
    [
      'function over(a: string): string; function over(a: number): number; function over(a: unknown) { return a } over("x").length + over(2)',
      '3',
    ],
  ],
  'every kind of declaration can be declared again, as any other kind': [
    ['const thing = 1; thing', '1'],
    ['let thing = "a"; thing', "'a'"],
    ['class thing { static kind = "class" } thing.kind', "'class'"],
    ['function thing() { return "function" } thing()', "'function'"],
    ['enum thing { A = 3 } thing.A', '3'],
    ['enum thing { B = 4 } Object.keys(thing)', "[ '4', 'B' ]"],
    ['namespace thing { export const inside = 5 } Object.keys(thing)', "[ 'inside' ]"],
    ['var thing = 6; thing', '6'],
    ['import thing from "node:path"; typeof thing.join', "'function'"],
    ['const { thing } = { thing: 8 }; thing', '8'],
    ['const thing: string = "end"; thing', "'end'"],
  ],
  'types are declared again': [
    ['interface Row { a: number } type Id = number; const row: Row = { a: 1 }', undefined],
    [
      'interface Row { b: string } type Id = string; const second: Row = { b: "x" }; const id: Id = "i"; [row.a, second.b, id]',
      "[ 1, 'x', 'i' ]",
    ],
    ['const third: Row = { a: 1 }', 2353],
    [
      'class Box<T> { constructor(readonly value: T) {} map<U>(f: (v: T) => U) { return new Box(f(this.value)) } }',
      undefined,
    ],
    ['const box: Box<number> = new Box(3); box.map((v) => `${v}!`).value', "'3!'"],
    ['class Box { other = 1 } box.map((v) => v + 1).value + new Box().other', '5'],
    ['const wrong: Box = box', 2741],
  ],
  'a type and a value of one name, from two cells': [
    ['interface Pair<T> { left: T } ', undefined],
    ['const Pair = <T,>(left: T): Pair<T> => ({ left }); Pair(1).left', '1'],
    ['const p5: Pair<string> = Pair("s"); p5', "{ left: 's' }"],
    ['interface Pair<T> { left: T; right?: T } const p6: Pair<number> = Pair(1); p6.left', '1'],
    ['interface Side<T> { a: T } let Side = 10', undefined],
    ['const side7: Side<number> = { a: Side }; Side = 11; [side7.a, Side]', '[ 10, 11 ]'],
  ],
  'names of globals are free': [
    [
      'const name = "n", fetch = 1, process = { argv: 2 }, Buffer = 3; [name, fetch, process.argv, Buffer]',
      "[ 'n', 1, 2, 3 ]",
    ],
    ['name + fetch', "'n1'"],
    ['typeof globalThis.fetch', "'function'"],
  ],
  'a constant stays one': [
    ['const fixed = 1', undefined],
    ['fixed = 2', 2632],
    ['let fixed = 3; fixed += 1; fixed', '4'],
    ['fixed = 9; fixed', '9'],
    ['fixed = "text"', 2322],
  ],
  'a failed cell keeps what it assigned and leaves the rest': [
    ['let a1 = 1, b1 = 1', undefined],
    ['a1 = 2; throw new Error("stop"); b1 = 2', /stop/],
    ['[a1, b1]', '[ 2, 1 ]'],
    ['const a2 = 5; nothingLikeIt; const b2 = 6', 2304],
    ['a2', 2304],
    ['const a3 = 5; (null as unknown as { x: 1 }).x; const b3 = 6', /Cannot read/],
    ['a3', '5'],
    ['b3 + 1', /ReferenceError: b3.* is not defined/],
    ['const b3 = 7; const readB4 = () => b4; readB4(); const b4 = 8', /ReferenceError: b4.* is not defined/],
    ['var b4 = 9; [b3, b4, readB4()]', '[ 7, 9, 9 ]'],
  ],
  'what cannot be taken apart is said as Node says it, and leaves its names as they were': [
    ['const reply7: any = { deep: {} }; let was7 = 1; let list7: any', undefined],
    [
      'const { a7 } = reply7.data',
      /^TypeError: Cannot destructure property 'a7' of 'reply7[^']*\.data' as it is undefined\.$/,
    ],
    [
      'var { v7 } = reply7.data',
      /Cannot destructure property 'v7' of 'reply7[^']*\.data' as it is undefined\.$/,
    ],
    ['a7', /ReferenceError: a7.* is not defined/],
    ['let { was7, b7: { c7 } } = { was7: 2 } as any', /Cannot read properties of undefined \(reading 'c7'\)/],
    ['was7', '1'],
    ['c7', /ReferenceError: c7.* is not defined/],
    ['const [d7] = 5 as any', /TypeError: 5 is not iterable/],
    ['d7', /ReferenceError: d7.* is not defined/],
    ['const e7 = 1, { f7 = (() => { throw new Error("stop") })(), g7 } = { g7: 2 } as any', /stop/],
    ['e7', '1'],
    ['f7', /ReferenceError: f7.* is not defined/],
    ['const {} = reply7.data', /Cannot destructure 'reply7[^']*\.data' as it is undefined\.$/],
  ],
  'defaults and keys of a pattern see the names on their left': [
    [
      'const { h8 = 1, i8 = h8 + 1, ["k" + i8]: j8, ...rest8 } = { k2: "two", m: 0 } as any; [h8, i8, j8, rest8]',
      "[ 1, 2, 'two', { m: 0 } ]",
    ],
    [
      'let { l8 = 1, m8 = l8++, n8 = () => l8, o8 = n8() } = {} as any; [l8, m8, n8.name, o8]',
      "[ 2, 1, 'n8', 2 ]",
    ],
    ['l8 = 9; n8()', '9'],
    [
      'function p8() { return q8 } const [q8, [r8] = [p8()], ...[s8]] = [5, , 6] as any; [q8, r8, s8]',
      '[ 5, 5, 6 ]',
    ],
    ['// @check off\nconst { t8 = u8, u8 } = {}', /ReferenceError: u8.* is not defined/],
    [
      'const { __proto__: w8, "x-y": x8 = class {} } = { "x-y": undefined } as any; [w8 === Object.prototype, x8.name]',
      "[ true, 'x8' ]",
    ],
  ],
  'destructuring, loops and blocks': [
    [
      'const { x1, y: [y1 = 4, ...z1], ...rest1 } = { x1: 1, y: [undefined, 2, 3], k: 5 }; [x1, y1, z1, rest1]',
      '[ 1, 4, [ 2, 3 ], { k: 5 } ]',
    ],
    ['for (var i1 = 0; i1 < 3; i1++) { var last1 = i1; const hidden1 = 1 } [i1, last1!]', '[ 3, 2 ]'],
    ['for (var k1 in { p: 1 }) {} for (var [m1, n1] of [[1, 2]]) {} [k1!, m1!, n1!]', "[ 'p', 1, 2 ]"],
    ['hidden1', 2304],
    [
      'const fs1: (() => number)[] = []; for (let i = 0; i < 3; i++) fs1.push(() => i); fs1.map((f) => f())',
      '[ 0, 1, 2 ]',
    ],
    ['let noValue: number | undefined; noValue', 'undefined'],
    ['outer: for (const a of [1, 2]) { for (const b of [1]) continue outer }', undefined],
    ['var kept1: number | undefined = 3', undefined],
    ['[i1, kept1]', '[ 3, 3 ]'],
    ['if (kept1) var bare1: undefined; for (;;) { var bare1: undefined; break } bare1', 'undefined'],
  ],
  'using ends with the cell': [
    [
      'const log1: string[] = []; const open = (n: string) => ({ n, [Symbol.dispose]() { log1.push(n) }, async [Symbol.asyncDispose]() { log1.push("async " + n) } })',
      undefined,
    ],
    [
      'using u1 = open("a"); await using u2 = open("b"); const inside1 = log1.length; enum UE { A = 2 } u1.n + u2.n',
      "'ab'",
    ],
    ['[log1, inside1, UE.A]', "[ [ 'async b', 'a' ], 0, 2 ]"],
    [
      'using u3 = open("c"); const near1 = 1, name1 = () => 2; throw new Error("stop"); const far1 = 3; class Far1 {}',
      /stop/,
    ],
    ['[near1, name1.name, log1.at(-1)]', "[ 1, 'name1', 'c' ]"],
    ['u3.n', "'c'"],
    ['far1', /ReferenceError: far1.* is not defined/],
    ['Far1', /ReferenceError: Far1.* is not defined/],
    [
      'using u4 = open("d"); const read4 = () => a4; read4(); const { a4, b: [c4 = a4 + 1] } = { a4: 1, b: [] as number[] }',
      /ReferenceError: a4.* is not defined/,
    ],
    ['[typeof read4, typeof c4]', "[ 'function', 'undefined' ]"],
    [
      'using u5 = open("e"); let kept5 = 5, p5; const { k5, m: { n5 = k5 + 1 }, ...r5 } = { k5: 1, m: {} as { n5?: number }, o: 3 }; [k5, n5, r5]',
      '[ 1, 2, { o: 3 } ]',
    ],
    [
      'using u6 = open("f"); let kept5: number | undefined; const [h6, , ...t6] = [1, 2, 3, 4]; [kept5, h6, t6]',
      '[ undefined, 1, [ 3, 4 ] ]',
    ],
    [
      'using u7 = open("g"); let said7 = ""; const e7 = () => [x7, Y7]; try { e7() } catch (error) { said7 = (error as Error).name } export const x7 = 1; export default class Y7 {} [said7, e7().length]',
      "[ 'ReferenceError', 2 ]",
    ],
  ],
  'classes, decorators, enums, namespaces': [
    [
      'class A1 { static made = 0; #p = 1; static self() { return A1 } get p() { return this.#p } static { A1.made += 1 } } [A1.made, A1.self() === A1, new A1().p, A1.name]',
      "[ 1, true, 1, 'A1' ]",
    ],
    [
      'abstract class S1 { abstract area(): number; twice() { return this.area() * 2 } } class Q1 extends S1 { area() { return 4 } } new Q1().twice()',
      '8',
    ],
    [
      'const seen1: string[] = []; function note(_: unknown, c: { name: string | symbol | undefined }) { seen1.push(String(c.name)) } @note class D1 { @note m() {} @note accessor f = 1 } [seen1, D1.name, new D1().f]',
      "[ [ 'm', 'f', 'D1' ], 'D1', 1 ]",
    ],
    [
      'enum E1 { A, B = "b", C = 1 << 4 } const enum CE { X = 3 } [E1.A, E1.B, E1.C, E1[0], CE.X]',
      "[ 0, 'b', 16, 'A', 3 ]",
    ],
    ['const e1: E1 = E1.B; e1 === E1.B', 'true'],
    [
      'namespace N1 { export interface I { a: number } export const one: I = { a: 1 }; export namespace Deep { export const two = 2 } } const ni: N1.I = N1.one; [ni.a, N1.Deep.two]',
      '[ 1, 2 ]',
    ],
    ['import Deep1 = N1.Deep; Deep1.two', '2'],
    ['const low1 = 3, word1 = "w", most1 = Infinity', undefined],
    ['enum E7 { A = most1, B, C = -most1 } [E7.B, E7.C]', '[ Infinity, -Infinity ]'],
    [
      'enum E2 { A = low1, B, C = word1, D = -low1 } E2',
      "{ '3': 'A', '4': 'B', A: 3, B: 4, C: 'w', D: -3, '-3': 'D' }",
    ],
    ['enum E3 { A = E2.B, B } const enum CE4 { A = low1 + 6, B } [E3.B, CE4.B]', '[ 5, 10 ]'],
    [
      'function* gen2(): Generator { yield 1 } function* gen3() { const got = yield 1; return got } [...gen3()]',
      '[ 1 ]',
    ],
    [
      'namespace T1 { export interface I { a: number } } import I1 = T1.I; const i1of: I1 = { a: 9 }; i1of.a',
      '9',
    ],
    ['function withNs() { return withNs.extra } namespace withNs { export const extra = 9 } withNs()', '9'],
  ],
  'declare global and ambient declarations': [
    [
      'declare global { var shared1: number; interface Array<T> { lastOne(): T | undefined } }\nglobalThis.shared1 = 4; Array.prototype.lastOne = function () { return this[this.length - 1] }; shared1',
      '4',
    ],
    ['[1, 2, shared1].lastOne()', '4'],
    ['declare const maps: string[]; Array.isArray(maps)', 'true'],
    ['Array.isArray(maps)', 'true'],
  ],
  'checking can be turned down by a comment': [
    ['const strictly: number = "s"', 2322],
    ['// @check off\nconst loosely: number = "s"; loosely', "'s'"],
    ['// @ts-nocheck\nunknownName1 ?? 1', /unknownName1 is not defined/],
    ['// @check warn\nconst warned: number = "w"; warned', "'w'"],
    ['// @ts-expect-error wanted\nconst expected: number = "e"; expected', "'e'"],
    ['// @check off\nconst broken = (', 1109],
    ['// @check off\nconst twice = 1; const twice = 2', 2451],
    ['// @check off\nif (1) { return 5 }', 1108],
    ['// @check warn\nconst none;', 1155],
    ['// @check off\nfor (;;) { var { gone }; break }', 1182],
    ['// @check off\n() => arguments.length', 2304],
    ['// @check off\nnew.target', 17013],
    ['// @check off\nlet let = 1', 1214],
    ['// @check off\nclass { }', 1211],
    ['// @check off\nexport = 5', 1203],
    ['// @check off\nexport { nowhere1 }', 2304],
    ['// @check off\nenum E5 { A = Date.now(), B }', 1061],
    ['// @check off\ndeclare namespace Ambient1 { enum E6 { A, B } }', undefined],
    [
      '// @check off\nfor (const k in { a: 1 }) { var [v0] = k } for (var { b0 } of [{ b0: 1 }]) {} (function () { return [arguments, new.target] })(); v0 + b0',
      "'a1'",
    ],
  ],
  'syntax of today': [
    ['const t1 = { a: 1 } satisfies Record<string, number>; t1.a', '1'],
    ['function id1<const T>(v: T) { return v } id1(["a"])[0]', "'a'"],
    ['const big = 2n ** 70n; [1, 2, 3].toSorted((a, b) => b - a).at(0)! + Number(big % 7n)', '5'],
    ['const tpl = String.raw`\\n${1}`; tpl', "'\\\\n1'"],
    ['label1: { break label1 } this === undefined', 'true'],
    ["import defer * as path1 from 'node:path'; path1.sep", 18060],
    ['const fn1 = async () => { await null; return 2 }; await fn1()', '2'],
    ['[..."ab"].map((c, i) => ({ c, i }))', "[ { c: 'a', i: 0 }, { c: 'b', i: 1 } ]"],
    [
      'const o1 = { async *[Symbol.asyncIterator]() { yield 1 } }; let sum1 = 0; for await (const v of o1) sum1 += v; sum1',
      '1',
    ],
    [
      'type Fn = (...args: readonly [a: number, b?: string]) => void; let un1: Fn | undefined; un1',
      'undefined',
    ],
  ],
};

suite('cells', () => {
  const cleaners: (() => unknown)[] = [];
  const owner = { after: (clean: () => unknown) => void cleaners.push(clean) } as Parameters<
    typeof makeProject
  >[0];
  let session: CellSession;
  before(async () => {
    session = await CellSession.start(owner, makeProject(owner, {}));
  });
  after(async () => {
    for (const clean of cleaners.reverse()) await clean();
  });
  for (const [title, steps] of Object.entries(sequences)) {
    test(title, async () => {
      for (const [source, result] of steps) {
        const outcome = await session.run(source);
        const told = JSON.stringify({ source, outcome }, undefined, 1);
        if (typeof result === 'number') {
          assert.equal(outcome.ran, false, told);
          assert.ok(
            outcome.diagnostics.some(({ code }) => code === result),
            told,
          );
        } else if (result instanceof RegExp) {
          assert.match(outcome.error ?? '', result, told);
        } else {
          assert.ok(outcome.ran && outcome.error === undefined, told);
          assert.equal(outcome.value, result, told);
        }
      }
    });
  }
});
