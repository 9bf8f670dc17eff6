/** Random edits of the course's own cells: whatever is typed, every question is answered. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import vm from 'node:vm';
import fc from 'fast-check';
import { makeProject } from '../modules/project.ts';
import { makeLanguage } from './cell-session.ts';

const folder = new URL('../../../notebooks/', import.meta.url);

function cellsOfNotebook(): string[] {
  const name = readdirSync(folder).find((each) => /^01-.*\.ipynb$/.test(each));
  if (name === undefined) throw new Error('There is no notebook 01.');
  const notebook = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
    cells: { cell_type: string; source: string[] | string }[];
  };
  return notebook.cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map(({ source }) => (typeof source === 'string' ? source : source.join('')));
}

const bits = [
  '{',
  '}',
  '(',
  ')',
  '`',
  '${',
  '"',
  "'",
  '/*',
  '*/',
  '//',
  ';',
  '\n',
  'await ',
  'export ',
  'import ',
  'using x = ',
  '=>',
  'class ',
  'enum E {',
  '<',
  '>',
  '.',
  ',',
  '\0',
  '\ud800',
  'é',
  '#',
  '@',
  'let x;',
  'var x = 1;',
  'function x() {}',
  'return ',
  'declare global {',
  'namespace x {',
  '?.',
  '...',
  '/a/',
  'undefined',
  '__proto__',
  'constructor',
];

test('edited cells neither crash nor hang the language', { timeout: 60_000 }, async (t) => {
  const language = makeLanguage(makeProject(t, {}));
  t.after(() => language.dispose());
  const cells = cellsOfNotebook();
  assert.ok(cells.length > 5);
  const edit = fc.record({ at: fc.nat(), remove: fc.nat({ max: 12 }), put: fc.constantFrom('', ...bits) });
  const edited = fc
    .tuple(fc.constantFrom(...cells), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([cell, edits]) =>
      edits.reduce((text, { at, remove, put }) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + remove);
      }, cell),
    );
  let ran = 0;
  await fc.assert(
    fc.asyncProperty(edited, fc.nat(), async (source, at) => {
      const cursor = at % (source.length + 1);
      language.checking = at % 2 === 0 ? 'off' : 'error';
      const compiled = language.compile(source, 1);
      if (compiled.ok) {
        ran += 1;
        void new vm.Script(compiled.cell.code);
        JSON.parse(compiled.cell.sourceMap);
        if (at % 3 === 0) language.accept(compiled.cell);
      } else {
        assert.ok(compiled.diagnostics.length > 0);
        for (const { line, column } of compiled.diagnostics) assert.ok(line >= 1 && column >= 1);
      }
      const list = await language.complete(source, cursor);
      assert.ok(list.from >= 0 && list.from <= list.to && list.to <= source.length);
      await language.inspect(source, cursor, 1);
      language.isComplete(source);
    }),
    { seed: 7, numRuns: 60, interruptAfterTimeLimit: 20_000 },
  );
  assert.ok(ran > 0, 'some edits still run');
});
