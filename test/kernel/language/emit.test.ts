/** Both checkers compile texts as TypeScript's own way to compile one does. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { PlainChecker, type EmittedText } from '../../../src/kernel/language/checker.ts';
import { KeptChecker } from '../../../src/kernel/language/kept-checker.ts';
import { emitOptions } from '../../../src/kernel/language/settings.ts';
import { compiler, type CompilerOptions } from '../../../src/kernel/language/typescript.ts';

const ts = compiler();

const folder = new URL('../../../notebooks/', import.meta.url);

function cellsOfCourse(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ipynb'))
    .flatMap((name) => {
      const { cells } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
        cells: { cell_type: string; source: string[] | string }[];
      };
      const code = cells.filter(({ cell_type }) => cell_type === 'code');
      return code.map(({ source }) => (typeof source === 'string' ? source : source.join('')));
    });
}

const special = [
  '',
  'enum A { x = 1, y = x << 2, z = "s".length } const enum B { b = 7 } A.y + B.b',
  'namespace N { export const a = 1; export namespace M { export let b = a } }',
  'abstract class P<T> { constructor(private readonly t: T, public u?: string) {} declare v: T; #w = this.t }',
  'function mark(..._: unknown[]): any {} @mark class D { @mark m(@mark a: number): string { return `${a}` } }',
  'import a, { type B, c } from "x"; import type T from "y"; import * as n from "z"; import "w"; a; c; n;',
  'export const e = 1; export default e; export { e as f }; export type G = typeof e;',
  'await using r = { async [Symbol.asyncDispose]() {} }; for await (const x of []) x satisfies never;',
  'let x = <any>1 as unknown as string; x!.length; const f = <T>(y: T): y is NonNullable<T> => y != null;',
  'const = ; } {',
  'label: for (;;) { break label } // comment\n/* other */ "\\u{1F600}" + `a${1}b`',
];

function emittersOf(options: CompilerOptions) {
  return [KeptChecker, PlainChecker].map((Checker) => {
    const checker = new Checker('/nowhere', { options, problems: [] }, '');
    return (text: string, isJsx = false): EmittedText =>
      checker.emit(text, { isJsx, isClassic: false, passes: {} });
  });
}

function same(options: CompilerOptions, jsx: boolean, texts: readonly string[]): void {
  const emitters = emittersOf(options);
  for (const text of texts) {
    const fileName = jsx ? '/cell.tsx' : '/cell.ts';
    const expected = ts.transpileModule(text, { fileName, compilerOptions: emitOptions(options) });
    for (const emit of emitters) {
      const { code, sourceMap } = emit(text, jsx);
      assert.equal(code.replaceAll('\r\n', '\n'), expected.outputText.replaceAll('\r\n', '\n'), text);
      assert.equal(sourceMap, expected.sourceMapText, text);
    }
  }
}

test('every cell of the course and every kind of syntax compile as by ts.transpileModule', () => {
  const texts = [...cellsOfCourse(), ...special];
  assert.ok(texts.length > 200);
  same({}, false, texts);
});

test('with decorators of old, other fields, and JSX of each kind', () => {
  same({ experimentalDecorators: true, emitDecoratorMetadata: true }, false, special);
  same({ useDefineForClassFields: false }, false, special);
  const elements = ['const e = <div a="1" {...{}}>{1}<>{"x"}</></div>; e', '/** @jsx h */ <b>bold</b>'];
  for (const jsx of [ts.JsxEmit.React, ts.JsxEmit.ReactJSX, ts.JsxEmit.Preserve])
    same({ jsx }, true, elements);
  same({ jsx: ts.JsxEmit.ReactJSX, jsxImportSource: 'preact' }, true, elements);
});

test('a thousand texts change nothing', () => {
  const [emit] = emittersOf({});
  const text = 'enum E { a } class C { #p = E.a }; new C()';
  const { code } = emit!(text);
  for (let n = 0; n < 1100; n += 1) emit!(`const n${n}: number = ${n}; n${n}`);
  assert.equal(emit!(text).code, code);
});
