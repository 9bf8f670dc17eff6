/** Mini datasets for online learning. */
import assert from 'node:assert/strict';
import type http from 'node:http';
import { before, test } from 'node:test';
import { avroCodec } from '../../../src/kafka/codec/avro.ts';
import {
  fromKafkaBatches,
  type BatchStream,
  type BatchStreamOptions,
  type MiniDataset,
} from '../../../src/kafka/dataset/batch-dataset.ts';
import { schemaRegistry } from '../../../src/kafka/registry/registry.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { numberOf, range, sharedBench, until, type Bench } from '../dataset-helpers.ts';
import { says, served } from '../registry/helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

function stream(topic: string, groupId: string, options: Partial<BatchStreamOptions> = {}) {
  return fromKafkaBatches({ topics: [topic], groupId, brokers: bench.brokers, stop: 'end', ...options });
}

test('cuts the stream into datasets of maxRecords, the rest at the end, each with its place', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 1025);
  const sizes: number[] = [];
  for await (const mini of stream(topic, group, { maxRecords: 512 })) {
    assert.equal(mini.index, sizes.length);
    assert.deepEqual(mini.start, { [topic]: { 0: mini.index * 512 } });
    assert.deepEqual(mini.end, { [topic]: { 0: mini.index * 512 + mini.size } });
    assert.deepEqual(mini.records.map(numberOf), range(mini.size, mini.index * 512));
    sizes.push(mini.size);
  }
  assert.deepEqual(sizes, [512, 512, 1]);
});

test('when the stream pauses, what has come is handed over; with pauseTimeout -1 only full ones are', async () => {
  const sizes = async (pauseTimeout: number) => {
    const topic = await bench.topic();
    await bench.write(topic, 5);
    const options = { stop: 'never' as const, maxRecords: 4, streamTimeout: 900, pauseTimeout };
    const life = stream(topic, bench.group(), options);
    const found: number[] = [];
    for await (const mini of life) {
      found.push(mini.size);
      if (found.length === 1) setTimeout(() => void bench.write(topic, 2), 500);
    }
    return found;
  };
  assert.deepEqual(await sizes(100), [4, 1, 2]);
  assert.deepEqual(await sizes(-1), [4, 3]);
});

test('the article loop: several epochs on each mini dataset, tensors constant, committed after success', async () => {
  const tf = tensorflow();
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.producer.send({
    topic,
    messages: range(200).map((i) => ({ key: String(i % 2), value: `${i % 2},1` })),
  });
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [2], activation: 'sigmoid' })],
  });
  model.compile({ optimizer: tf.train.sgd(0.5), loss: 'binaryCrossentropy' });
  const tensors: number[] = [];
  for await (const mini of stream(topic, group, { maxRecords: 64 })) {
    const ds = mini
      .shuffle(32, 1)
      .map(({ key, value }) => ({ xs: String(value).split(',').map(Number), ys: Number(String(key)) }))
      .batch(32);
    if (mini.size > 0) await model.fitDataset(ds, { epochs: 3, verbose: 0 });
    await mini.commit();
    tensors.push(tf.memory().numTensors);
  }
  assert.equal(tensors.length, 4);
  assert.equal(new Set(tensors).size, 1, `tensors: ${tensors.join(' ')}`);
  model.dispose();
  const again: number[] = [];
  for await (const mini of stream(topic, group)) again.push(mini.size);
  assert.deepEqual(again, []);
});

test('commit: auto commits a mini dataset when the next one is asked for, not the one broken off', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 30);
  for await (const mini of stream(topic, group, { maxRecords: 10, commit: 'auto' }))
    if (mini.index === 1) break;
  const rest: number[] = [];
  for await (const mini of stream(topic, group)) rest.push(...mini.records.map(numberOf));
  assert.deepEqual(rest, range(20, 10));
});

test('the next records are fetched while one mini dataset is being worked on', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 2000);
  const life = stream(topic, group, { maxRecords: 100 });
  for await (const mini of life) {
    if (mini.index > 0) continue;
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(life.stats().bufferedRecords >= 1900, `only ${life.stats().bufferedRecords} ahead`);
  }
  assert.equal(life.stats().records, 2000);
  assert.deepEqual(life.position(), { [topic]: { 0: 2000 } });
});

test('close() from outside ends a stream that waits', async () => {
  const topic = await bench.topic();
  const life = stream(topic, bench.group(), { stop: 'never', streamTimeout: -1 });
  setTimeout(() => void life.close(), 300);
  for await (const _ of life) assert.fail('there is nothing to read');
});

test('options that cannot be are refused at once', () => {
  assert.throws(() => fromKafkaBatches({ topics: [], groupId: 'g' }), { option: 'topics' });
  assert.throws(() => fromKafkaBatches({ topics: ['t'] }), { option: 'groupId' });
  assert.throws(() => fromKafkaBatches({ topics: ['t'], groupId: 'g', maxRecords: 0 }), {
    option: 'maxRecords',
  });
});

test('a stream that is closed before its end ends what passes over its mini datasets wait for; they can be gone over again', async (t) => {
  const schema = { type: 'record', name: 'Cell', fields: [{ name: 'a', type: 'double' }] };
  const value = Buffer.from([0, 0, 0, 0, 7, ...new Array<number>(8).fill(0)]);
  const topic = await bench.topic();
  await bench.producer.send({ topic, messages: [{ key: '1', value }] });
  type Ending = (life: BatchStream, minis: AsyncGenerator<MiniDataset>) => Promise<unknown>;
  const endings: Readonly<Record<string, Ending>> = {
    close: (life) => life.close(),
    return: (_life, minis) => minis.return(undefined),
    dispose: (life) => life[Symbol.asyncDispose](),
    throw: (_life, minis) => minis.throw(new Error('enough')).catch(() => {}),
  };
  for (const [how, end] of Object.entries(endings)) {
    const waiting: http.ServerResponse[] = [];
    const url = await served(t, (_request, response) => void waiting.push(response));
    const codec = avroCodec({ registry: schemaRegistry({ url, timeoutMs: 300_000 }), schema });
    const life = stream(topic, bench.group(), { stop: 'never', streamTimeout: -1, pauseTimeout: 50 });
    const minis = life[Symbol.asyncIterator]();
    const mini = (await minis.next()).value as MiniDataset;
    const reading = mini.prefetch(2).map(codec.decode).toArray();
    await until(() => waiting.length === 1);
    await Promise.all([assert.rejects(reading, { code: 'ST_KAFKA_CLOSED' }, how), end(life, minis)]);
    const later = mini.map(codec.decode).toArray();
    await until(() => waiting.length === 2);
    says(200, { schema: JSON.stringify(schema) })(waiting[1]!);
    assert.equal((await later).length, 1, how);
    await life.close();
  }
});
