/** The steps of a dataset that hold items back, on items in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datasetOf } from '../../../src/kafka/dataset/dataset.ts';
import { range, sorted } from '../dataset-helpers.ts';

test('shuffling keeps every item, and a seed makes it repeatable', async () => {
  const items = range(500);
  const first = await datasetOf(items).shuffle(64, 7).toArray();
  assert.deepEqual(sorted(first), items);
  assert.notDeepEqual(first, items);
  assert.deepEqual(await datasetOf(items).shuffle(64, 7).toArray(), first);
  assert.notDeepEqual(await datasetOf(items).shuffle(64, 8).toArray(), first);
});

test('a shuffle with a buffer as large as the data moves items anywhere with equal chance', async () => {
  const places = new Array<number>(8).fill(0);
  for (let seed = 0; seed < 4000; seed++) {
    const order = await datasetOf(range(8)).shuffle(8, seed).toArray();
    const place = order.indexOf(0);
    places[place] = (places[place] ?? 0) + 1;
  }
  // Expected 500 each; 5 standard deviations are 105.
  for (const count of places) assert.ok(Math.abs(count - 500) < 105, `uneven: ${places.join(' ')}`);
});

test('each pass is shuffled again unless told otherwise, and the passes are the same in another run', async () => {
  const again = datasetOf(range(100)).shuffle(100, 3);
  const [one, two] = [await again.toArray(), await again.toArray()];
  assert.notDeepEqual(one, two);
  const other = datasetOf(range(100)).shuffle(100, 3);
  assert.deepEqual([await other.toArray(), await other.toArray()], [one, two]);
  const fixed = datasetOf(range(100)).shuffle(100, 3, { reshuffleEachIteration: false });
  assert.deepEqual(await fixed.toArray(), await fixed.toArray());
});

test('an error in a prefetched step comes after the items before it', async () => {
  const got: number[] = [];
  const failing = datasetOf([1, 2, 3]).map((x) => {
    if (x === 3) throw new Error('three');
    return x;
  });
  await assert.rejects(async () => {
    for await (const item of failing.prefetch(10)) got.push(item);
  }, /three/);
  assert.deepEqual(got, [1, 2]);
});
