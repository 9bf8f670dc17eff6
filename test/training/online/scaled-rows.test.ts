/** Moments in time and other values around 10^9 are scaled with all their digits, by streams and by batches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameOf } from '../../../src/data/frame.ts';
import { fitStandardScaler } from '../../../src/data/index.ts';
import { decodeBatches } from '../../../src/kafka/codec/batches.ts';
import { csvCodec, jsonCodec, packedCodec, type KafkaRecord } from '../../../src/kafka/index.ts';
import type { OnlineModel } from '../../../src/model/index.ts';
import {
  Adwin,
  LinearRegression,
  LogisticRegression,
  OnlineMedianImputer,
  OnlineMinMaxScaler,
  OnlineStandardScaler,
  prequentialScore,
  reactToDrift,
  trainOnBatches,
  trainOnline,
  withScaler,
} from '../../../src/training/index.ts';

/** Second by second from 1.7e9 on, where float32 counts in steps of 128; the class is the later half. */
const ROWS = 100;
const record = (value: string, i: number): KafkaRecord => ({
  ...{ topic: 't', partition: 0, offset: i, timestamp: 0, headers: {} },
  ...{ key: Buffer.from(String(Number(i >= ROWS / 2))), value: Buffer.from(value) },
});
const second = (i: number) => 1_700_000_000 + i;
const csv = Array.from({ length: ROWS }, (_, i) => record(`${second(i)},${i % 7 === 3 ? '?' : i % 10}`, i));
const json = Array.from({ length: ROWS }, (_, i) => record(JSON.stringify({ t: second(i), x: i % 10 }), i));
const deviation = Math.sqrt((ROWS ** 2 - 1) / 12);

function source(records: readonly KafkaRecord[]) {
  const end = { t: { 0: ROWS } };
  return { topics: 't', open: () => ({ [Symbol.asyncIterator]: async function* () { yield { records, end }; } }) }; // prettier-ignore
}

for (const [name, records, decode] of [
  ['CSV with gaps', csv, csvCodec({ columns: 2, missing: { '?': NaN } })],
  ['JSON', json, jsonCodec({ fields: ['t', 'x'] })],
] as const) {
  test(`trainOnline, ${name}: the scaler learns the exact mean and deviation, and the model the border`, async () => {
    const scaler = new OnlineStandardScaler(2);
    const model = new LogisticRegression({ features: 2, learningRate: 0.5, interceptLearningRate: 0.5 });
    const chain = [new OnlineMedianImputer(2), scaler];
    await trainOnline({
      source: source(records),
      model,
      decode,
      scaler: chain,
      epochsPerBatch: 50,
      batchSize: 10,
    });
    assert.equal(scaler.means[0], second((ROWS - 1) / 2));
    assert.ok(Math.abs(scaler.deviations[0]! - deviation) < 1e-6, String(scaler.deviations[0]));
    const scaled = (i: number) => [(second(i) - scaler.means[0]!) / deviation, 0];
    assert.ok(model.predictRow(scaled(40)) < 0.3 && model.predictRow(scaled(60)) > 0.7);
  });
}

test('trainOnBatches: the same, and its validation', async () => {
  const scaler = new OnlineStandardScaler(2);
  const model = new LogisticRegression({ features: 2, learningRate: 0.5, interceptLearningRate: 0.5 });
  const decode = jsonCodec({ fields: ['t', 'x'] });
  const history = await trainOnBatches({
    ...{ model, decode, scaler, data: json, epochs: 50, batchSize: 10, shuffle: 32 },
    validation: { data: json, decode },
  });
  assert.ok(Math.abs(scaler.deviations[0]! - deviation) < 1e-6, String(scaler.deviations[0]));
  const [loss] = history.validationLoss!.slice(-1);
  assert.ok(loss! < 0.2, String(loss));
});

/** Milliseconds, where float32 counts in steps of 131,072: all rows would be one and the same. */
const moments = Array.from({ length: ROWS }, (_, i) => ({
  xs: Float64Array.of(1_700_000_000_000 + 1000 * i, i % 10),
  ys: Number(i >= ROWS / 2),
}));
const momentRecords = moments.map(({ xs }, i) => record(xs.join(), i));
const codec = csvCodec({ columns: 2 });

/** Takes float32 as a network does, and keeps what it is given. */
function network(): OnlineModel & { readonly given: number[] } {
  const given: number[] = [];
  return {
    ...{ kind: 'network', features: 2, outputs: 1, step: 0, learningRate: 1, given },
    predict: (xs, rows) => {
      assert.ok(xs instanceof Float32Array);
      return new Float32Array(rows).fill(0.5);
    },
    learn: ({ xs, rows }) => {
      assert.ok(xs instanceof Float32Array);
      for (let at = 0; at < xs.length; at += 2) given.push(xs[at]!);
      return { loss: 1, predictions: new Float32Array(rows).fill(0.5) };
    },
    ...{ save: () => null, restore: () => undefined, dispose: () => undefined },
  };
}

/** What a network is to be given of row `i` by a scaler that learnt the first `seen` rows. */
const standardised = (i: number, seen: number) =>
  Math.fround((i - (seen - 1) / 2) * (1 / Math.sqrt((seen ** 2 - 1) / 12)));

const paths: Readonly<Record<string, (model: OnlineModel) => Promise<unknown>>> = {
  'withScaler in trainOnline': async (model) =>
    trainOnline({ source: source(momentRecords), model, decode: codec, batchSize: ROWS, shuffle: false }),
  'withScaler in trainOnline, decoding by a function': async (model) =>
    trainOnline({
      ...{ source: source(momentRecords), model, batchSize: ROWS, shuffle: false },
      decode: (one) => ({ ...codec.decode(one) }),
    }),
  'withScaler in trainOnBatches': async (model) =>
    trainOnBatches({ model, data: momentRecords, decode: codec, batchSize: ROWS, shuffle: 0 }),
  'withScaler in trainOnBatches, of rows that are decoded': async (model) =>
    trainOnBatches({ model, data: momentRecords.map(codec.decode), batchSize: ROWS, shuffle: 0 }),
  'withScaler in prequential, mini-batch by mini-batch': async (model) =>
    prequentialScore(moments, { model, batchSize: ROWS }),
  'withScaler, by hand': async (model) => {
    for await (const batch of decodeBatches(momentRecords, codec, { size: ROWS, float64: true }))
      model.learn(batch);
  },
};
for (const [path, train] of Object.entries(paths))
  test(`${path}: a network gets milliseconds scaled with all their digits`, async () => {
    const inner = network();
    await train(withScaler(new OnlineStandardScaler(2), inner));
    assert.equal(inner.given.length, ROWS);
    for (const [i, value] of inner.given.entries())
      assert.ok(Math.abs(value - standardised(i, ROWS)) < 1e-6, `row ${i}: ${value}`);
  });

test('row by row and in mini-batches of one row a linear model learns the same bits', () => {
  const make = () => withScaler(new OnlineMinMaxScaler(2), new LinearRegression({ features: 2 }));
  const [byRow, byBatch] = [make(), make()];
  for (const { xs, ys } of moments) {
    byRow.learnRow(xs, ys);
    byBatch.learn({ rows: 1, xs, ys: Float32Array.of(ys) });
  }
  assert.deepEqual(byBatch.save(), byRow.save());
});

test('the rows that a drift retrains on keep their digits', () => {
  const model = withScaler(new OnlineMinMaxScaler(2), network());
  const given = (model as unknown as { model: { given: number[] } }).model.given;
  const drift = reactToDrift(model, {
    detector: new Adwin(),
    reaction: 'retrainOnWindow',
    window: ROWS,
    epochs: 1,
  });
  drift.remember({
    rows: ROWS,
    xs: Float64Array.from(moments.flatMap(({ xs }) => [...xs])),
    ys: Float32Array.from(moments, ({ ys }) => ys),
  });
  for (let row = 0; drift.drifts === 0 && row < 2000; row++) drift.update(row < 500 ? 0 : 1);
  assert.equal(new Set(given.slice(0, 32)).size, 32, 'each row is another one');
});

test('a single decoded row is float32, and float64 where float32 would lose digits, for the scaler of a data frame too', () => {
  const row = codec.decode(momentRecords[41]!);
  assert.deepEqual(row.xs, Float64Array.of(1_700_000_041_000, 1));
  assert.ok(codec.decode(record('0.1,16777216', 0)).xs instanceof Float32Array);
  const json = jsonCodec({ fields: ['t'] }).decode(record('{"t":16777217}', 0));
  assert.deepEqual([...json.xs], [16_777_217]);
  const packed = packedCodec({ columns: 1, dtype: 'float64' });
  const value = packed.encode({ xs: [1_700_000_000_001] });
  assert.deepEqual([...packed.decode({ ...record('', 0), value }).xs], [1_700_000_000_001]);
  const scaler = fitStandardScaler(
    frameOf(
      moments.map(({ xs }) => [...xs]),
      ['t', 'x'],
    ),
  );
  assert.ok(Math.abs(scaler.transformRow(row.xs)[0]! - standardised(41, ROWS)) < 1e-6);
});
