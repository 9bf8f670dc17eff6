/** Rows that every pass gives the same are read once, and training learns the same of them as if they were read each time. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { csvCodec, fromKafka, type Codec, type KafkaRecord } from '../../../src/kafka/index.ts';
import { trainOnBatches, type RowDecoder } from '../../../src/training/index.ts';
import { OnlineStandardScaler } from '../../../src/scaling/index.ts';
import { sharedBench, type Bench } from '../../kafka/dataset-helpers.ts';
import { PlainAccuracy, PlainRegression, writeRows } from '../online/helpers.ts';

const ROWS = 700;
const EPOCHS = 3;
let bench: Bench;
let topic: string;
before(async () => {
  bench = await sharedBench();
  topic = await bench.topic({ partitions: 2 });
  await writeRows(bench, topic, ROWS - 200);
  await writeRows(bench, topic, 200, { partition: 1, from: 5000 });
});

const codec: Codec = csvCodec({ columns: 3 });
const own: RowDecoder = (record: KafkaRecord) => codec.decode(record);

/** Trains by rows of the topic and judges by those of its second partition; tells what was read for either. */
async function train(options: {
  readonly keepBytes?: number;
  readonly decode?: RowDecoder;
  readonly order?: 'arrival';
  readonly shuffle?: number;
}) {
  const { decode = codec, order, ...more } = options;
  const { brokers } = bench;
  const data = fromKafka(topic, { brokers, ...(order && { order }) });
  const judged = fromKafka(topic, { brokers, partition: 1 });
  const model = new PlainRegression(3);
  const { epochs } = await trainOnBatches({
    ...{ model, data, decode, epochs: EPOCHS, batchSize: 32, seed: 3, evaluate: [new PlainAccuracy()] },
    ...{ scaler: new OnlineStandardScaler(3), validation: { data: judged, decode }, progress: false },
    ...more,
  });
  const found = epochs.map(({ rowsPerSecond: _, ...report }) => report);
  const read = [data.stats().records, judged.stats().records];
  return { read, found, weights: model.weights };
}

test('read once for the scaler and once to be learnt and kept: the same losses, metrics and weights', async () => {
  for (const shuffle of [256, 0]) {
    const kept = await train({ shuffle });
    const each = await train({ shuffle, keepBytes: 0 });
    assert.deepEqual(kept.read, [2 * ROWS, 200]);
    assert.deepEqual(each.read, [(1 + EPOCHS) * ROWS, EPOCHS * 200]);
    assert.deepEqual({ ...kept, read: [] }, { ...each, read: [] });
    assert.equal(kept.found.length, EPOCHS);
  }
});

test('rows that take too much, that a function of the user decodes, or that come as they arrive are read each time', async () => {
  const bytes = (rows: number) => rows * (3 + 1) * Float32Array.BYTES_PER_ELEMENT;
  const whole = (1 + EPOCHS) * ROWS;
  assert.deepEqual((await train({ keepBytes: bytes(ROWS) })).read, [2 * ROWS, 200]);
  assert.deepEqual((await train({ keepBytes: bytes(ROWS) - 1 })).read, [whole, 200]);
  assert.deepEqual((await train({ decode: own })).read, [whole, EPOCHS * 200]);
  assert.deepEqual((await train({ order: 'arrival' })).read, [whole, 200]);
});

test('a record that is no row is handed over once, not once an epoch', async () => {
  const odd = await bench.topic();
  await writeRows(bench, odd, 50);
  await bench.producer.send({ topic: odd, messages: [{ key: '1', value: 'no row' }] });
  const refused: number[] = [];
  const onBad = {
    counts: {},
    handle: ({ offset }: KafkaRecord) => void refused.push(offset),
    settle: async () => {},
  };
  const data = fromKafka(odd, { brokers: bench.brokers });
  const model = new PlainRegression(3);
  const { epochs } = await trainOnBatches({ model, data, decode: codec, onBad, epochs: 2, progress: false });
  assert.deepEqual([refused, epochs.map(({ rows }) => rows)], [[50], [50, 50]]);
});
