/** `return()` of a stream that waits for records, as at an interrupt in a notebook, ends the wait and leaves the group. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { csvCodec } from '../../../src/kafka/codec/csv.ts';
import { fromKafkaBatches } from '../../../src/kafka/dataset/batch-dataset.ts';
import { fromKafkaGroup } from '../../../src/kafka/dataset/group-dataset.ts';
import { fromKafka } from '../../../src/kafka/dataset/partition-dataset.ts';
import { StreamTakenError } from '../../../src/kafka/read-errors.ts';
import { LogisticRegression, prequential } from '../../../src/training/index.ts';
import { sharedBench, until, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

interface Reading {
  readonly topics: string[];
  readonly groupId: string;
  readonly brokers: string[];
}

/** What users iterate over. */
const readers: Readonly<Record<string, (reading: Reading) => AsyncIterable<unknown>>> = {
  'mini datasets': (reading) => fromKafkaBatches({ ...reading, pauseTimeout: 50 }),
  'records of a group': (reading) => fromKafkaGroup(reading),
  'steps that hold items back': (reading) => fromKafkaGroup(reading).shuffle(2).prefetch(1).chunks(2),
  'points of an evaluation': (reading) => {
    const codec = csvCodec({ columns: 1 });
    const rows = fromKafkaGroup(reading).map((record) => {
      const { xs, ys } = codec.decode(record);
      return { xs, ys: ys ?? 0 };
    });
    return prequential(rows, { model: new LogisticRegression({ features: 1 }), every: 1 });
  },
};

async function membersOf(group: string): Promise<number | undefined> {
  return (await bench.admin.describeGroups([group])).groups[0]?.members.length;
}

for (const [what, read] of Object.entries(readers)) {
  test(`${what}: return() ends a next() that waits, and the group is empty at once`, async () => {
    const [topic, groupId] = [await bench.topic(), bench.group()];
    await bench.write(topic, 3);
    const items = read({ topics: [topic], groupId, brokers: bench.brokers })[Symbol.asyncIterator]();
    let isOver = false;
    const reading = (async () => {
      while ((await items.next()).done !== true);
      isOver = true;
    })();
    await until(async () => (await membersOf(groupId)) === 1);
    await pause(200);
    assert.equal(isOver, false);
    const since = performance.now();
    assert.equal((await items.return?.())?.done, true);
    await reading;
    const took = performance.now() - since;
    assert.ok(took < 2_000, `${took} ms`);
    assert.equal(await membersOf(groupId), 0);
    assert.equal((await items.next()).done, true);
  });
}

test('a stream of mini datasets that was ended while it waited is taken, as after a break; its group can be deleted', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  const stream = fromKafkaBatches({ topics: [topic], groupId, brokers: bench.brokers });
  const items = stream[Symbol.asyncIterator]();
  const next = items.next();
  await until(async () => (await membersOf(groupId)) === 1);
  await items.return(undefined);
  assert.deepEqual(await next, { done: true, value: undefined });
  await assert.rejects(stream[Symbol.asyncIterator]().next(), StreamTakenError);
  await bench.admin.deleteGroups([groupId]);
});

test('return() while the group is still being joined leaves nothing behind', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  const items = fromKafkaBatches({ topics: [topic], groupId, brokers: bench.brokers })[
    Symbol.asyncIterator
  ]();
  const next = items.next();
  await pause(5);
  await items.return(undefined);
  assert.equal((await next).done, true);
  assert.equal((await membersOf(groupId)) ?? 0, 0);
});

test('a partition pass that waits at the end of the log ends, and gives its records again in the next pass', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 2);
  const dataset = fromKafka(topic, { brokers: bench.brokers, stop: 'never' });
  for (let pass = 0; pass < 2; pass++) {
    const items = dataset[Symbol.asyncIterator]();
    for (const expected of ['0', '1']) {
      const step = await items.next();
      assert.equal(String(step.value?.value), expected);
    }
    const waiting = items.next();
    await pause(20);
    await items.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
  }
});

test('return() while no broker has answered yet: what waits is done, and fails by nothing that the end has cut off', async () => {
  const reading = { topics: ['never-there'], groupId: bench.group(), brokers: ['127.0.0.1:1'] };
  const records = () => fromKafka('never-there', { brokers: reading.brokers, stop: 'never' });
  const all: typeof readers = { ...readers, records };
  for (const [what, read] of Object.entries(all)) {
    const items = read(reading)[Symbol.asyncIterator]();
    const next = items.next();
    await pause(10);
    await items.return?.();
    assert.deepEqual(await next, { done: true, value: undefined }, what);
  }
});
