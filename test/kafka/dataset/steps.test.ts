/** The lazy steps of a dataset, on items in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { datasetOf } from '../../../src/kafka/dataset/dataset.ts';
import { InvalidOptionError } from '../../../src/options.ts';
import { range } from '../dataset-helpers.ts';

test('steps do what the same steps on an array do', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer()),
      fc.nat(20),
      fc.nat(20),
      fc.nat(3),
      async (items, skip, take, times) => {
        const odd = (x: number) => x % 2 !== 0;
        const got = await datasetOf(items)
          .filter(odd)
          .skip(skip)
          .map((x) => x * 2)
          .take(take)
          .repeat(times)
          .toArray();
        const once = items
          .filter(odd)
          .slice(skip)
          .map((x) => x * 2)
          .slice(0, take);
        assert.deepEqual(got, Array.from({ length: times }, () => once).flat());
      },
    ),
    { numRuns: 60 },
  );
});

test('chunks are what is at hand, up to so many items; breaking off closes the pass', async () => {
  const parts = await datasetOf(range(10)).chunks(4).toArray();
  assert.deepEqual(parts, [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ]);
  // From a generator each item is at hand on its own.
  let closed = false;
  async function* items() {
    try {
      yield* range(10);
    } finally {
      closed = true;
    }
  }
  for await (const part of datasetOf(items()).chunks(4)) {
    assert.deepEqual(part, [0]);
    break;
  }
  assert.ok(closed);
  assert.throws(() => datasetOf([1]).chunks(0), InvalidOptionError);
});

test('item by item and all at once give the same, through every step', async () => {
  const build = () =>
    datasetOf(range(300))
      .shuffle(10, 1)
      .filter((x) => x % 3 > 0)
      .mapAsync(async (x) => x + 1)
      .prefetch(4)
      .skip(5)
      .take(150);
  const singly: number[] = [];
  for await (const item of build()) singly.push(item);
  assert.deepEqual(singly, await build().toArray());
  assert.equal(singly.length, 150);
});

test('repeat() without a count goes on until one stops, and an empty dataset repeated forever just ends', async () => {
  assert.deepEqual(await datasetOf([1, 2]).repeat().take(5).toArray(), [1, 2, 1, 2, 1]);
  assert.deepEqual(await datasetOf<number>([]).repeat().toArray(), []);
});

test('concatenate gives one after the other, empty ones included', async () => {
  const all = datasetOf<number>([])
    .concatenate(datasetOf([1]))
    .concatenate(datasetOf<number>([]))
    .concatenate(datasetOf([2]));
  assert.deepEqual(await all.toArray(), [1, 2]);
  assert.equal(all.size, 2);
});

test('size says how many items a pass has where that is known', () => {
  const ten = datasetOf(range(10));
  assert.equal(ten.size, 10);
  assert.equal(ten.batch(4).size, 3);
  assert.equal(ten.batch(4, { dropRemainder: true }).size, 2);
  assert.equal(ten.skip(4).take(100).size, 6);
  assert.equal(ten.repeat().size, Infinity);
  assert.equal(ten.repeat().take(7).size, 7);
  assert.ok(Number.isNaN(ten.filter(() => true).size));
});

test('break closes the source at once', async () => {
  let closed = 0;
  async function* source() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      closed++;
    }
  }
  for await (const item of datasetOf(source())
    .map((x) => x)
    .shuffle(4, 1))
    if (item >= 0) break;
  assert.equal(closed, 1);
});

test('take closes the source as soon as it has its items', async () => {
  let closed = false;
  function* source() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      closed = true;
    }
  }
  const iterator = datasetOf(source()).take(2)[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.next();
  assert.equal(closed, true);
});

test('an error in map reaches the caller and ends the pass', async () => {
  const failing = datasetOf([1, 2, 3]).map((x) => {
    if (x === 2) throw new Error('two');
    return x;
  });
  const iterator = failing[Symbol.asyncIterator]();
  assert.deepEqual(await iterator.next(), { done: false, value: 1 });
  await assert.rejects(iterator.next(), /two/);
  assert.equal((await iterator.next()).done, true);
});

test('next() may be called again before the last call has settled', async () => {
  const iterator = await datasetOf([1, 2, 3])
    .mapAsync(async (x) => x)
    .iterator();
  const steps = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
  assert.deepEqual(
    steps.map((step) => step.value),
    [1, 2, 3, undefined],
  );
});

test('a long loop over rows in memory lets timers run, so that heartbeats go on', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  // Without turns of the event loop there is no tick at all, however long it takes.
  const until = performance.now() + 5_000;
  for await (const _ of datasetOf([1]).repeat()) if (ticks >= 5 || performance.now() > until) break;
  clearInterval(timer);
  assert.ok(ticks >= 5, `only ${ticks} ticks in 5 s`);
});

test('toColumns gives what a dataframe is made from', async () => {
  const columns = await datasetOf([
    { a: 1, b: 'x' },
    { a: 2, b: 'y' },
  ]).toColumns();
  assert.deepEqual(columns, { a: [1, 2], b: ['x', 'y'] });
});

test('options that cannot be are refused by name', () => {
  const ds = datasetOf([1]);
  assert.throws(() => ds.batch(0), InvalidOptionError);
  assert.throws(() => ds.shuffle(1.5), { code: 'ST_OPTION_INVALID', option: 'bufferSize' });
  assert.throws(() => ds.prefetch(0), /The option count is 0/);
});
