/** Early errors are shown where their cause stands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { earlyErrors } from '../../../src/kernel/language/early-errors.ts';

const earlier = {
  bindings: new Map(['old', 'A', 'a', 'b'].map((name) => [name, {}])),
} as unknown as Parameters<typeof earlyErrors>[2];

/** What each error underlines. */
const places = (text: string) =>
  earlyErrors(text, new Set(), earlier).map(({ start = 0, length = 0, code }) => [
    code,
    start,
    text.slice(start, start + length),
  ]);

test('a reserved name is shown where it is declared, not where a property is called so', () => {
  assert.deepEqual(places('({ static: 1 }).static; let static = 3'), [[1214, 28, 'static']]);
  assert.deepEqual(places('o.yield; const { yield: [yield] } = o'), [[1214, 25, 'yield']]);
  assert.deepEqual(places('(function let() {}); if (o) { var let = 1 }'), [[1214, 34, 'let']]);
  assert.deepEqual(places("import { public as private } from 'a'"), [[1214, 19, 'private']]);
});

test('`export =` and a second default are refused; overloads and an interface are no second one', () => {
  assert.deepEqual(places('export = 5'), [[1203, 0, 'export = 5']]);
  assert.deepEqual(places('export default 1; export default class {}'), [
    [2528, 18, 'export default class {}'],
  ]);
  assert.deepEqual(places('export { a as default, b }; export default 1; export * as default from "c"'), [
    [2528, 28, 'export default 1;'],
    [2528, 53, '* as default'],
  ]);
  assert.deepEqual(
    places('export type { A as default }; export { b, type B as default }; export default 1'),
    [],
  );
  const overloads = 'export default function f(): void; export default function f(a?: number) {}';
  assert.deepEqual(places(`export default interface A {} ${overloads}`), []);
});

test('exports name what a cell declares, each name once', () => {
  assert.deepEqual(places('export { nothing, old }'), [[2304, 9, 'nothing']]);
  assert.deepEqual(places('export const a = 1; export { a, old as b, old as "b" }'), [
    [2300, 29, 'a'],
    [2300, 49, '"b"'],
  ]);
  assert.deepEqual(
    places('interface I {} export { I, type T }; export { x } from "c"; export * from "d"'),
    [],
  );
  assert.deepEqual(places('export namespace N { export let a = 1 } export class N2 {} export { N }'), [
    [2300, 68, 'N'],
  ]);
  assert.deepEqual(places('var await = 1'), [[1214, 4, 'await']]);
});
