/** What a user reads of type errors: all of them, at their place, in terms of the cell. */
import assert from 'node:assert/strict';
import { SourceMap } from 'node:module';
import test from 'node:test';
import type { CellLanguage } from '../../../src/kernel/contracts.ts';
import { withoutMarks } from '../../../src/kernel/cell-names.ts';
import { makeProject } from '../modules/project.ts';
import { makeLanguage } from './cell-session.ts';

const faults = (language: CellLanguage, source: string, number = 5) => {
  const compiled = language.compile(source, number);
  return compiled.ok ? [] : compiled.diagnostics;
};

test('several type errors are told at once, with line, column and the source', (t) => {
  const language = makeLanguage(makeProject(t, {}));
  t.after(() => language.dispose());
  const found = faults(language, 'const a: number = "x";\n\nlet b = a.foo;\nreadFileSync("x")');
  assert.deepEqual(
    found.map(({ code, line, column, file, severity }) => [code, line, column, file, severity]),
    [
      [2322, 1, 7, 'In [5]', 'error'],
      [2339, 3, 11, 'In [5]', 'error'],
      [2304, 4, 1, 'In [5]', 'error'],
    ],
  );
  assert.equal(found[1]!.excerpt, '2 | \n3 | let b = a.foo;\n  |           ~~~');
  assert.match(found[2]!.message, /import \{ readFileSync \} from 'node:fs'/);
});

test('types of earlier cells are named without our file names', (t) => {
  const language = makeLanguage(makeProject(t, {}));
  t.after(() => language.dispose());
  for (const source of ['class Point { x = 1 }\nconst first = new Point()', 'class Point { y = "" }']) {
    const compiled = language.compile(source, 1);
    assert.ok(compiled.ok);
    language.accept(compiled.cell);
  }
  const [fault] = faults(language, 'const p: Point = first');
  assert.match(fault!.message, /Point/);
  assert.doesNotMatch(fault!.message, /\^|\$st|import\(/);
});

test('a global that this Node lacks is a fault, a name of the cells or of their modules is not', (t) => {
  const own = 'export class EventSource {}';
  const language = makeLanguage(makeProject(t, { 'own.ts': own }));
  t.after(() => language.dispose());
  const isThere = 'EventSource' in globalThis;
  const missing = () => faults(language, "new EventSource('http://localhost')").map(({ code }) => code);
  assert.deepEqual(missing(), isThere ? [] : [2304]);
  for (const source of [
    'function open(EventSource: new () => object) { return new EventSource() }',
    '{ class EventSource {} new EventSource() }',
    "import { EventSource } from './own.ts'; new EventSource()",
  ])
    assert.deepEqual(faults(language, source), [], source);
  assert.deepEqual(missing(), isThere ? [] : [2304]);
  const declared = language.compile('class EventSource { constructor(readonly url = "") {} }', 1);
  assert.ok(declared.ok);
  language.accept(declared.cell);
  assert.deepEqual(missing(), []);
});

test('a global that this Node lacks may come from a module of the user', (t) => {
  const polyfill = 'declare global { var EventSource: new (url: string) => object }\nexport {};\n';
  const language = makeLanguage(makeProject(t, { 'polyfill.ts': polyfill }));
  t.after(() => language.dispose());
  assert.deepEqual(faults(language, "import './polyfill.ts'; new EventSource('http://localhost')"), []);
});

test('a cell that was not accepted leaves no names', (t) => {
  const language = makeLanguage(makeProject(t, {}));
  t.after(() => language.dispose());
  assert.ok(language.compile('const ghost = 1', 1).ok);
  assert.equal(faults(language, 'ghost')[0]?.code, 2304);
});

test('strictness is that of the nearest tsconfig, and "warn" lets the cell run', (t) => {
  const cwd = makeProject(t, {
    'tsconfig.json': { compilerOptions: { strict: false, noUncheckedIndexedAccess: true } },
  });
  const language = makeLanguage(cwd);
  t.after(() => language.dispose());
  assert.deepEqual(faults(language, 'let s: string = null; function f(x) { return x } f(s)'), []);
  assert.equal(
    faults(language, 'const n: string = ["a"][0]').length,
    0,
    'without strict there is no undefined',
  );
  language.checking = 'warn';
  const compiled = language.compile('const n: number = "a"', 1);
  assert.ok(compiled.ok);
  assert.deepEqual(
    compiled.cell.diagnostics.map(({ code, severity }) => [code, severity]),
    [[2322, 'warning']],
  );
  language.checking = 'off';
  const unchecked = language.compile('const n: number = "a"', 1);
  assert.ok(unchecked.ok && unchecked.cell.diagnostics.length === 0);
});

test('JSX compiles where the tsconfig asks for it', (t) => {
  const cwd = makeProject(t, {
    'tsconfig.json': { compilerOptions: { jsx: 'react', jsxFactory: 'h', strict: true } },
  });
  const language = makeLanguage(cwd);
  t.after(() => language.dispose());
  const source =
    'declare global { namespace JSX { interface IntrinsicElements { b: { id: string } } } }\n' +
    'const h = (tag: string, props: object, ...rest: unknown[]) => ({ tag, props, rest });\nconst el = <b id="x">hi</b>; el';
  const compiled = language.compile(source, 1);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  assert.match(withoutMarks(compiled.cell.code), /h\("b", \{ id: "x" \}, "hi"\)/);
  language.accept(compiled.cell);
  assert.equal(faults(language, '<b id={5} />')[0]?.code, 2322);
});

test('a stack trace leads back to what was typed', (t) => {
  const language = makeLanguage(makeProject(t, {}));
  t.after(() => language.dispose());
  const source =
    'interface A { x: 1 }\nfunction boom(a: A): never {\n  throw new Error("x");\n}\nboom({ x: 1 })';
  const compiled = language.compile(source, 3);
  assert.ok(compiled.ok);
  const { code, sourceMap } = compiled.cell;
  const map = new SourceMap(JSON.parse(sourceMap) as ConstructorParameters<typeof SourceMap>[0]);
  const lines = code.split('\n');
  const line = lines.findIndex((each) => each.includes('new Error'));
  const entry = map.findEntry(line, lines[line]!.indexOf('new Error'));
  assert.ok('originalLine' in entry);
  assert.deepEqual(
    [entry.originalSource, entry.originalLine + 1, entry.originalColumn + 1],
    ['In [3]', 3, 9],
  );
});
