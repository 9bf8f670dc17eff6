/** Moments in time and other values around 10^9 are scaled with all their digits, by streams and by batches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvCodec, jsonCodec, type KafkaRecord } from '../../../src/kafka/index.ts';
import {
  LogisticRegression,
  OnlineMedianImputer,
  OnlineStandardScaler,
  trainOnBatches,
  trainOnline,
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
