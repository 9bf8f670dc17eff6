/** Notebooks go into the repository without what a run left in them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import {
  formatNotebook,
  languageOfNotebook,
  readNotebook,
  strippedNotebook,
  type Notebook,
} from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';

const FOLDER = path.join(projectAt().folder, 'notebooks');

const ran: Notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: 'streamtrain' } },
  cells: [
    {
      id: 'a',
      cell_type: 'code',
      source: 'const a = 1;  \na;\n\n',
      metadata: { collapsed: false, tags: ['x'], execution: { started: 'now' } },
      outputs: [{ output_type: 'stream', name: 'stdout', text: '1' }],
      execution_count: 4,
    },
    { id: 'b', cell_type: 'markdown', source: ['two\n', 'lines'], metadata: { editable: true } },
  ],
};

test('outputs, counts, the editor’s notes and trailing blanks go', () => {
  const { cells, metadata } = strippedNotebook(ran);
  const [code, prose] = cells;
  assert.deepEqual(code?.outputs, []);
  assert.equal(code?.execution_count, null);
  assert.deepEqual(code?.metadata, { tags: ['x'] });
  assert.deepEqual(code?.source, ['const a = 1;\n', 'a;']);
  assert.deepEqual(prose?.source, ['two\n', 'lines']);
  assert.deepEqual(prose?.metadata, {});
  assert.equal(metadata.kernelspec?.name, 'streamtrain');
});

test('a picture that was pasted into a text stays', () => {
  const attachments = { 'board.png': { 'image/png': 'iVBORw0KGgo=' } };
  const pasted = { ...ran.cells[1]!, attachments };
  const [first, second] = strippedNotebook({ ...ran, cells: [pasted, { ...pasted, attachments: {} }] }).cells;
  assert.deepEqual(first?.attachments, attachments);
  assert.deepEqual(Object.keys(first), ['attachments', 'cell_type', 'id', 'metadata', 'source']);
  assert.ok(!('attachments' in second!), 'an empty list of them is not stored');
});

test('a picture that readers on GitHub need stays', () => {
  const [cell] = ran.cells;
  const kept = { ...ran, cells: [{ ...cell!, metadata: { tags: ['keep-output'] } }] };
  assert.equal(strippedNotebook(kept).cells[0]?.outputs?.length, 1);
});

test('the language that a notebook says it has stays, and nothing else of its metadata', () => {
  const streamtrain = { language: 'zh' };
  const metadata = { ...ran.metadata, streamtrain, papermill: { version: '2' } };
  assert.deepEqual(Object.keys(strippedNotebook({ ...ran, metadata }).metadata), [
    ...['kernelspec', 'language_info', 'streamtrain'],
  ]);
  assert.equal(languageOfNotebook(strippedNotebook({ ...ran, metadata })), 'zh');
  assert.equal(languageOfNotebook(strippedNotebook(ran)), 'en');
});

test('a stripped notebook stays as it is, and so do those of the course', () => {
  const once = strippedNotebook(ran);
  assert.equal(formatNotebook(strippedNotebook(once)), formatNotebook(once));
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.ipynb'))) {
    const file = path.join(FOLDER, name);
    const same = formatNotebook(strippedNotebook(readNotebook(file))) === readFileSync(file, 'utf8');
    assert.ok(same, `${name} is not in its stored form: npx streamtrain course strip`);
  }
});

test('a notebook of an earlier nbformat 4, such as Colab writes, gets ids for its cells', (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'streamtrain-notebook-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'colab.ipynb');
  const cell = { cell_type: 'markdown', source: 'a' };
  const cells = [{ id: 'kept' }, {}, { id: 'kept' }, { id: 5 }].map((metadata) => ({ ...cell, metadata }));
  writeFileSync(file, `\uFEFF${JSON.stringify({ nbformat: 4, nbformat_minor: 0, metadata: {}, cells })}`);
  const { nbformat_minor: minor, cells: read } = readNotebook(file);
  assert.equal(minor, 5);
  assert.deepEqual(
    read.map(({ id }) => id),
    ['kept', 'cell-2', 'cell-3', 'cell-4'],
  );
  const own = ['first', 'first', 'cell-4', undefined].map((id) => ({
    ...cell,
    id,
    metadata: { id: 'kept' },
  }));
  const wrong = { ...cell, id: 'a b', metadata: {} };
  writeFileSync(
    file,
    JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells: [...own, wrong] }),
  );
  assert.deepEqual(
    readNotebook(file).cells.map(({ id }) => id),
    ['first', 'kept', 'cell-4', 'cell-4-of-5', 'cell-5'],
  );
  for (const [content, problem] of [
    [{ nbformat: 3, nbformat_minor: 0, worksheets: [] }, /it says format 3\.0/],
    [{ nbformat: 4, nbformat_minor: 5, cells: [{ ...cell, metadata: null }] }, /cell 1 lacks/],
  ] as const) {
    writeFileSync(file, JSON.stringify(content));
    assert.throws(() => readNotebook(file), { code: 'ST_COURSE_NOTEBOOK', message: problem });
  }
});

test('a file that is no notebook is refused with its name', () => {
  assert.throws(() => readNotebook(path.join(FOLDER, '..', 'package.json')), {
    code: 'ST_COURSE_NOTEBOOK',
    message: /package\.json is no notebook/,
  });
  assert.throws(() => readNotebook('missing.ipynb'), { code: 'ST_COURSE_NOTEBOOK', message: /ENOENT/ });
});
