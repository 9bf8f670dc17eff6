/** Avro and its registry where rows are read: datasets, online training, dead letters; a registry that is away loses no row. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import {
  avroCodec,
  BadRecordError,
  csvCodec,
  deadLetters,
  fromKafka,
  fromKafkaGroup,
  jsonSchemaCodec,
  openKafka,
  readDeadLetters,
  schemaRegistry,
  SchemaRegistryAwayError,
  skipBadRecords,
  startSchemaRegistry,
  writeToKafka,
  type Codec,
  type KafkaClient,
  type KafkaRecord,
  type WriterItem,
} from '../../../src/kafka/index.ts';
import { decodeBatches, decodeRecords } from '../../../src/kafka/codec/batches.ts';
import { mulberry32 } from '../../../src/random.ts';
import {
  localCheckpoints,
  LogisticRegression,
  trainOnBatches,
  trainOnline,
} from '../../../src/training/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName, randomTopic } from '../../helpers/topics.ts';
import { temporaryFolder } from '../../training/checkpoint/helpers.ts';

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

const kind = { type: 'enum', name: 'Kind', symbols: ['benign', 'malignant'] };
const cell = (...fields: object[]): object => ({ type: 'record', name: 'Cell', fields });
/** The first writers', and that of those who came later: another order, a number promoted, a field more. */
const older = cell(
  { name: 'clump', type: 'int' },
  { name: 'size', type: 'float' },
  { name: 'kind', type: kind },
);
const newer = cell(
  { name: 'kind', type: kind },
  { name: 'note', type: 'string', default: '' },
  { name: 'size', type: 'double' },
  { name: 'clump', type: 'long' },
);
const fields = ['clump', 'size'];

const random = mulberry32(20);
const rows = Array.from({ length: 400 }, () => {
  const xs = Float32Array.of(Math.ceil(random() * 10), random() * 4);
  return { xs, ys: Number(xs[0]! + xs[1]! > 7) };
});

/** A topic whose first half older writers wrote, and a registry; `bad` are behind the 250th row. */
async function written(t: TestContext, bad: readonly WriterItem[] = []) {
  const local = await startSchemaRegistry();
  t.after(() => local.close());
  const registry = schemaRegistry({ url: local.url, retryForMs: 0 });
  const topic = await randomTopic(t, { client });
  const [first, second] = [older, newer].map((schema) =>
    avroCodec({ registry, schema, fields, label: 'kind' }),
  );
  const ids = [await first!.register(topic), await second!.register(topic)];
  const values = rows.map((row, i) => ({ value: (i < 200 ? first! : second!).encode(row) }));
  await writeToKafka(topic, [...values.slice(0, 250), ...bad, ...values.slice(250)], { client });
  const codec = () =>
    avroCodec({
      registry: schemaRegistry({ url: local.url, retryForMs: 0 }),
      schema: newer,
      fields,
      label: 'kind',
    });
  return { local, topic, ids, codec, read: () => fromKafka(topic, { client, stop: 'end' }) };
}

function framed(id: number, ...bytes: number[]): WriterItem {
  const value = Buffer.alloc(5 + bytes.length, Buffer.from([0, 0, 0, 0, 0, ...bytes]));
  value.writeUInt32BE(id, 1);
  return { value };
}

async function weightsAfter(topic: string, decode: Codec, more: object = {}): Promise<number[]> {
  const model = new LogisticRegression({ features: 2 });
  const source = { client, topics: topic, groupId: randomName('avro'), stop: 'end' as const, maxRecords: 64 };
  await trainOnline({ source, model, decode, ...more });
  return [...model.predict(Float64Array.of(3, 1, 9, 2, 5, 3), 3)];
}

test('every dataset and training read both writers’ rows, and each schema is fetched once', async (t) => {
  const { local, topic, codec, read } = await written(t);
  const expected = rows.map(({ xs, ys }) => [...xs, ys]);

  const one = codec();
  const mapped = await read().map(one.decode).toArray();
  assert.deepEqual(
    mapped.map(({ xs, ys }) => [...xs, ys]),
    expected,
  );

  const batched: number[][] = [];
  for await (const { xs, ys } of read().decodeBatch(codec(), 32)) {
    const [features, labels] = [xs.arraySync(), ys.arraySync()];
    features.forEach((row, i) => batched.push([...row, labels[i]![0]!]));
    xs.dispose();
    ys.dispose();
  }
  assert.deepEqual(batched, expected);
  const flat: number[] = [];
  for await (const { xs } of decodeBatches(read(), codec(), { size: 7 })) flat.push(...xs);
  assert.deepEqual(
    flat,
    rows.flatMap(({ xs }) => [...xs]),
  );
  let count = 0;
  for await (const { ys } of decodeRecords(read(), codec())) assert.equal(ys, rows[count++]!.ys);
  assert.equal(count, 400);

  const asked = local.requests.length;
  const csv = csvCodec({ columns: 3, label: 2 });
  const texts = await randomTopic(t, { client });
  await writeToKafka(
    texts,
    rows.map((row) => ({ value: csv.encode(row) })),
    { client },
  );
  assert.deepEqual(await weightsAfter(topic, codec()), await weightsAfter(texts, csv));
  assert.deepEqual(local.requests.slice(asked).sort(), ['GET /schemas/ids/1', 'GET /schemas/ids/2']);

  const [model, other] = [new LogisticRegression({ features: 2 }), new LogisticRegression({ features: 2 })];
  const decode = codec();
  await trainOnBatches({ model, data: read(), decode, epochs: 2 });
  await trainOnBatches({
    model: other,
    data: fromKafka(texts, { client, stop: 'end' }),
    decode: csv,
    epochs: 2,
  });
  assert.deepEqual(
    [...model.predict(Float64Array.of(3, 1), 1)],
    [...other.predict(Float64Array.of(3, 1), 1)],
  );
});

test('bad values follow the policy: thrown with place and id, skipped and counted, or dead letters', async (t) => {
  const local = await startSchemaRegistry();
  t.after(() => local.close());
  const other = schemaRegistry({ url: local.url });
  const bad = [{ value: 'no frame here' }, framed(77, 1), framed(1, 2), framed(2, 0, 0, 0, 0, 9)];
  const { topic, read, codec, ids } = await written(t, bad);
  assert.deepEqual(ids, [1, 2]);
  await other.register('x', { schema: older });

  const reasons = ['unframed', 'unknown-schema', 'malformed', 'malformed'];
  const skipped = skipBadRecords();
  let good = 0;
  for await (const { rows: count } of decodeBatches(read(), codec(), { size: 50, onBad: skipped }))
    good += count;
  assert.equal(good, 400);
  assert.deepEqual(skipped.counts, { unframed: 1, 'unknown-schema': 1, malformed: 2 });

  await assert.rejects(weightsAfter(topic, codec()), (error) => {
    assert.ok(error instanceof BadRecordError);
    assert.deepEqual([error.topic, error.partition, error.offset, error.reason], [topic, 0, 250, 'unframed']);
    return true;
  });
  const dead = randomName('dead');
  const onBad = deadLetters(dead, { client });
  await weightsAfter(topic, codec(), { onBad });
  const letters = [];
  for await (const letter of readDeadLetters(dead, { client })) letters.push(letter);
  t.after(() => client.topics.delete(dead).catch(() => {}));
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    reasons,
  );
  assert.deepEqual(
    letters.map(({ value }) => value),
    bad.map(({ value }) => Buffer.from(value as Buffer)),
  );

  const thrown = codec();
  await assert.rejects(
    async () => {
      for await (const _row of read().skip(251).map(thrown.decode));
    },
    (error) => error instanceof BadRecordError && error.schemaId === 77 && error.offset === 251,
  );
});

test('a registry that is away ends training with what it says; no row is lost when it is back', async (t) => {
  const { local, topic, codec } = await written(t);
  const { port } = new URL(local.url);
  const checkpoint = localCheckpoints(await temporaryFolder(t));
  const model = new LogisticRegression({ features: 2 });
  const source = { client, topics: topic, groupId: randomName('avro'), stop: 'end' as const, maxRecords: 64 };
  const decode = codec();
  const train = () => trainOnline({ source, model, decode, checkpoint, onBad: 'skip', maxRows: 400 });
  await local.close();
  await assert.rejects(train(), SchemaRegistryAwayError);

  await using back = await startSchemaRegistry({ port: Number(port) });
  const registry = schemaRegistry({ url: back.url });
  await registry.register('older', { schema: older });
  await registry.register('newer', { schema: newer });
  const { rows: learnt, badRecords } = await train();
  assert.deepEqual([learnt, badRecords], [400, 0]);
});

test('a stop ends reading that waits for a registry: a signal with its reason, closing without a row', async (t) => {
  const { local, topic } = await written(t);
  const { url } = local;
  await local.close();
  const codec = avroCodec({ registry: schemaRegistry({ url, retryForMs: 300_000 }), schema: newer, fields });
  const group = () => ({ client, topics: topic, groupId: randomName('avro'), stop: 'end' as const });
  /** A step that waits, seen by the codec being asked. */
  const waitingFor = () => {
    let begun = () => {};
    const isWaiting = new Promise<void>((resolve) => (begun = resolve));
    const decode = (record: KafkaRecord) => {
      begun();
      return codec.decode(record);
    };
    return { isWaiting, decode };
  };
  const reason = new Error('enough');
  for (const source of [
    (signal: AbortSignal) => fromKafka(topic, { client, stop: 'end', signal }),
    (signal: AbortSignal) => fromKafkaGroup({ ...group(), signal }),
  ]) {
    const stop = new AbortController();
    const stopped = waitingFor();
    const reading = source(stop.signal).shuffle(8, 1).map(stopped.decode).batch(2).count();
    await stopped.isWaiting;
    stop.abort(reason);
    await assert.rejects(reading, (error) => error === reason);

    const dataset = source(new AbortController().signal);
    const closed = waitingFor();
    const closing = dataset.map(closed.decode).count();
    await closed.isWaiting;
    await dataset.close();
    assert.equal(await closing, 0);
  }
  const stop = new AbortController();
  const model = new LogisticRegression({ features: 2 });
  const waiting = waitingFor();
  const options = {
    source: { ...group(), maxRecords: 64 },
    model,
    decode: waiting.decode,
    signal: stop.signal,
  };
  const training = trainOnline(options);
  await waiting.isWaiting;
  stop.abort();
  const { ended, rows: learnt } = await training;
  assert.deepEqual([ended, learnt], ['stopped', 0]);
});

test('JSON with a schema goes through the same registry', async (t) => {
  const local = await startSchemaRegistry();
  t.after(() => local.close());
  const topic = await randomTopic(t, { client });
  const number = { type: 'number' };
  const schema = { type: 'object', properties: { clump: number, size: number, kind: { enum: [0, 1] } } };
  const options = { registry: schemaRegistry({ url: local.url }), fields, label: 'kind' };
  const writer = jsonSchemaCodec({ ...options, schema });
  await writer.register(topic);
  await writeToKafka(
    topic,
    rows.map((row) => ({ value: writer.encode(row) })),
    { client },
  );
  const reader = jsonSchemaCodec({ ...options, registry: schemaRegistry({ url: local.url }) });
  const read = await fromKafka(topic, { client, stop: 'end' }).map(reader.decode).toArray();
  assert.deepEqual(
    read.map(({ xs, ys }) => [...xs, ys]),
    rows.map(({ xs, ys }) => [...xs, ys]),
  );
});
