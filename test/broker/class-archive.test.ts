/** Archives of classes: made once, and where one cannot be made the program starts without, and it is said why. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { classArchiveAt } from '../../src/broker/class-archive.ts';
import { tempFolder } from '../install/helpers.ts';

test('it is made once, also by two programs that start at once; a draft that broke off leaves nothing', async (t) => {
  const archive = path.join(await tempFolder(t), 'class-archives', 'some.jsa');
  const said: string[] = [];
  const log = (line: string) => void said.push(line);
  const isWaiting = () => said.some((line) => line.startsWith('waiting for another program'));
  const breaks = async (draft: string) => {
    await fs.writeFile(draft, 'half');
    throw new Error('it was ended');
  };
  assert.equal(await classArchiveAt(archive, { title: 'Some', log, write: breaks }), undefined);
  assert.match(said.at(-1) ?? '', /no class-data archive, Some will start more slowly: it was ended/);
  let times = 0;
  const write = async (draft: string) => {
    times++;
    for (let looks = 0; looks < 1_000 && !isWaiting(); looks++) await sleep(10);
    await fs.writeFile(draft, 'classes');
  };
  // As one leaves it that was killed.
  await fs.writeFile(`${archive}.killed.tmp`, 'half');
  const both = [1, 2].map(() => classArchiveAt(archive, { title: 'Some', log, write }));
  assert.deepEqual(await Promise.all(both), [archive, archive]);
  assert.deepEqual([times, await fs.readdir(path.dirname(archive))], [1, ['some.jsa']]);
  assert.ok(isWaiting(), 'the other one says why it waits');
});

test('a Java that writes none is asked once; a place that cannot be written keeps nothing from starting', async (t) => {
  const folder = await tempFolder(t);
  const said: string[] = [];
  const log = (line: string) => void said.push(line);
  let times = 0;
  const write = async () => void times++;
  for (let start = 0; start < 2; start++)
    assert.equal(await classArchiveAt(path.join(folder, 'no.jsa'), { title: 'Some', log, write }), undefined);
  assert.deepEqual([times, said.length], [1, 2]);
  assert.match(said.at(-1) ?? '', /Java wrote none for Some/);
  const below = path.join(folder, 'no.jsa.failed', 'below', 'a.jsa');
  assert.equal(await classArchiveAt(below, { title: 'Some', log, write }), undefined);
  assert.match(said.at(-1) ?? '', /will start more slowly: ENOTDIR/);
  assert.equal(times, 1);
});
