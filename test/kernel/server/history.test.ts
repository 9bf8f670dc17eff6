import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { History, historyFile } from '../../../src/kernel/server/history.ts';

const quiet = () => undefined;
const inputs = (history: History, query: Parameters<History['find']>[0]) =>
  history.find(query).map(({ input }) => input);

test('tail, range and search find what was run', () => {
  const history = new History(undefined, quiet);
  for (const [index, code] of ['const a = 1', 'a + 1', 'a * 2', 'a + 1'].entries())
    history.add(index + 1, code);
  assert.deepEqual(inputs(history, { kind: 'tail', n: 2 }), ['a * 2', 'a + 1']);
  assert.deepEqual(inputs(history, { kind: 'tail', n: 0 }), []);
  assert.deepEqual(inputs(history, { kind: 'range', session: 0, start: 2, stop: 4 }), ['a + 1', 'a * 2']);
  assert.deepEqual(inputs(history, { kind: 'range', session: 1, start: 4, stop: undefined }), ['a + 1']);
  assert.deepEqual(inputs(history, { kind: 'range', session: -1, start: 0, stop: undefined }), []);
  const search = { kind: 'search', pattern: 'a ? ?', n: undefined } as const;
  assert.deepEqual(inputs(history, { ...search, unique: false }), ['a + 1', 'a * 2', 'a + 1']);
  assert.deepEqual(inputs(history, { ...search, unique: true }).sort(), ['a * 2', 'a + 1']);
  assert.deepEqual(inputs(history, { ...search, pattern: 'a + *', n: 1, unique: false }), ['a + 1']);
  assert.deepEqual(inputs(history, { ...search, pattern: '.*', unique: false }), [], 'a dot is a dot');
});

test('with a file, the next session knows the one before; torn lines cost nothing else', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-history-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'deep', 'history.jsonl');
  const first = new History(file, quiet);
  first.save(Object.assign(first.add(1, 'const kept = 1'), { output: '1' }));
  while (!(await stat(file).catch(() => undefined))?.size) await sleep(5);
  assert.equal((await stat(file)).mode & 0o077, 0, 'only the user may read it');
  await appendFile(file, '{"session":1,"li\n');
  const second = new History(file, quiet);
  assert.equal(second.session, 2);
  second.add(1, 'const fresh = 2');
  assert.deepEqual(inputs(second, { kind: 'range', session: -1, start: 0, stop: undefined }), [
    'const kept = 1',
  ]);
  assert.deepEqual(inputs(second, { kind: 'tail', n: 9 }), ['const kept = 1', 'const fresh = 2']);
  assert.equal(second.find({ kind: 'tail', n: 2 })[0]?.output, '1');
});

test('a file that cannot be used is told, and the history works without it', () => {
  const lines: string[] = [];
  const underFile = path.join(import.meta.filename, 'history.jsonl');
  const history = new History(underFile, (line) => lines.push(line));
  history.save(history.add(1, 'a'));
  assert.equal(lines.length, 1);
  assert.deepEqual(inputs(history, { kind: 'tail', n: 1 }), ['a']);
});

test('history is kept across sessions only where that was asked for', () => {
  assert.equal(historyFile({}), undefined);
  assert.equal(historyFile({ STREAMTRAIN_KERNEL_HISTORY: 'off' }), undefined);
  assert.equal(
    historyFile({ STREAMTRAIN_KERNEL_HISTORY: 'on', XDG_DATA_HOME: '/data' }),
    '/data/streamtrain/kernel-history.jsonl',
  );
  assert.equal(historyFile({ STREAMTRAIN_KERNEL_HISTORY: '/my/file' }), '/my/file');
});
