/** What the language service does while nobody asks: in order, once, not before it is quiet, and without a trace in the cells. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { askFirst, IdleTasks } from '../../../src/kernel/language/idle.ts';
import { makeProject } from '../modules/project.ts';
import { makeLanguage } from './cell-session.ts';

test('each task is done once, in order, when nothing was asked for its time', async (t) => {
  const done: string[] = [];
  const task = (name: string, after: number) => ({ after, work: () => void done.push(name) });
  const tasks = new IdleTasks([task('first', 100), task('second', 20)]);
  t.after(() => tasks.dispose());
  await sleep(150);
  assert.deepEqual(done, [], 'nothing was asked as yet');
  tasks.asked();
  // A request that takes long: what is behind it in the queue comes before a task.
  const busy = performance.now() + 150;
  while (performance.now() < busy);
  tasks.asked();
  await sleep(0);
  assert.deepEqual(done, []);
  for (let turn = 0; turn < 200 && done.length < 2; turn++) await sleep(20);
  tasks.asked();
  await sleep(150);
  assert.deepEqual(done, ['first', 'second']);
});

test('first questions, asked for nobody, change no cell', async (t) => {
  const language = makeLanguage(makeProject(t, {}));
  t.after(() => language.dispose());
  const compiled = (source: string, number: number) => {
    const result = language.compile(source, number);
    assert.ok(result.ok, JSON.stringify(result));
    language.accept(result.cell);
  };
  compiled('const station = { heights: [2, 10] };', 1);
  askFirst(language);
  compiled('const first: number = station.heights[0]!; first', 2);
  const { entries } = await language.complete('station.', 8);
  assert.deepEqual(
    entries.map(({ text }) => text),
    ['heights'],
  );
  const wrong = language.compile('const none: string = station.heights[0]!;', 3);
  assert.equal(wrong.ok, false);
});
