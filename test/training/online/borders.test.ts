/** What must not be learnt: rows with gaps or infinities, and models that are numbers no more. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { badRecord } from '../../../src/kafka/codec/errors.ts';
import { csvCodec, type KafkaRecord } from '../../../src/kafka/index.ts';
import type { OnlineModel } from '../../../src/model/index.ts';
import {
  LinearRegression,
  localCheckpoints,
  LogisticRegression,
  OnlineMedianImputer,
  OnlineStandardScaler,
  prequentialScore,
  squaredError,
  trainOnBatches,
  trainOnline,
  withScaler,
  type TrainOnlineOptions,
} from '../../../src/training/index.ts';
import { temporaryFolder } from '../checkpoint/helpers.ts';
import { memorySource, PlainRegression } from './helpers.ts';

/** Columns `offset % 7` and 1, but for what stands in `odd` by its offset. */
const decoder =
  (odd: Readonly<Record<number, number>>) =>
  ({ offset }: KafkaRecord) => ({ xs: Float32Array.of(offset % 7, odd[offset] ?? 1), ys: offset % 2 });

function training(odd: Readonly<Record<number, number>>, options: Partial<TrainOnlineOptions> = {}) {
  const model = new PlainRegression(2);
  const learnt: number[] = [];
  const start = () =>
    trainOnline({
      ...{ source: memorySource(65), model, decode: decoder(odd), scaler: new OnlineStandardScaler(2) },
      onLearnt: ({ records }) => learnt.push(records.length),
      onRemark: () => {},
      ...options,
    });
  return { model, learnt, start };
}

test('a gap or an infinity ends training, naming record, column and cure; nothing of its mini dataset is learnt', async (t) => {
  for (const [value, offset, before] of [
    [NaN, 47, 40],
    [Infinity, 0, 0],
    [-Infinity, 20, 20],
    [1e39, 64, 60], // more than float32 holds
  ] as const) {
    const checkpoint = localCheckpoints(await temporaryFolder(t));
    const { model, learnt, start } = training({ [offset]: value }, { checkpoint });
    await assert.rejects(start(), (error: Error) => {
      const { code, column, place } = error as Error & { code: string; column: number; place: object };
      assert.equal(code, 'ST_TRAINING_FEATURE_NOT_FINITE');
      assert.deepEqual([column, place], [1, { topic: 't', partition: 0, offset }]);
      assert.match(error.message, new RegExp(`Feature 1 .* offset ${offset} of partition 0 of topic t`));
      assert.match(error.message, /fitMedianImputer .* OnlineMedianImputer/);
      return true;
    });
    assert.equal(
      learnt.reduce((a, b) => a + b, 0),
      before,
    );
    assert.ok(model.weights.every(Number.isFinite));
    assert.equal((await checkpoint.list()).length, Math.min(3, before / 20));
  }
});

test('with an imputer gaps are learnt around, in the chain or within the model; infinities are refused all the same', async () => {
  const odd = { 3: NaN, 47: NaN };
  const scaler = [new OnlineMedianImputer(2), new OnlineStandardScaler(2)];
  assert.equal((await training(odd, { scaler }).start()).rows, 65);
  const within: OnlineModel = withScaler(new OnlineMedianImputer(2), new LogisticRegression({ features: 2 }));
  assert.equal((await training(odd, { model: within, scaler: [] }).start()).rows, 65);
  await assert.rejects(training({ 5: Infinity }, { scaler: new OnlineMedianImputer(2) }).start(), {
    code: 'ST_TRAINING_FEATURE_NOT_FINITE',
    value: Infinity,
  });
});

test('what a scaler of your own makes of a row is looked at, too, and the row is told past bad records', async () => {
  const scaler = {
    kind: 'inverse',
    features: 2,
    learn: () => {},
    transform: <Out extends Float32Array | Float64Array>(xs: ArrayLike<number>, _rows: number, out?: Out) => {
      for (let i = 0; i < xs.length; i++) out![i] = 1 / xs[i]!;
      return out!;
    },
    save: () => null,
    restore: () => {},
  };
  const bad = (record: KafkaRecord) => {
    if (record.offset < 3) throw badRecord(record, 'not-a-number', 'no number');
    return { xs: Float32Array.of(1, record.offset === 9 ? 0 : 1), ys: 0 };
  };
  const { start } = training({}, { scaler, decode: bad, onBad: 'skip' });
  await assert.rejects(start(), {
    code: 'ST_TRAINING_FEATURE_NOT_FINITE',
    message: /offset 9 of partition 0 of topic t is Infinity after scaling/,
  });
});

test('batch training and prequential evaluation refuse such rows by their number or record', async () => {
  const model = new PlainRegression(2);
  const rows = Array.from({ length: 100 }, (_, i) => ({ xs: Float32Array.of(1, i === 77 ? NaN : 1), ys: 0 }));
  await assert.rejects(trainOnBatches({ model, data: rows }), { place: { row: 77 }, column: 1 });
  await assert.rejects(
    trainOnBatches({ model, data: rows.slice(0, 50), validation: { data: rows.slice(50) } }),
    { place: { row: 27 } },
  );
  const records = [{ topic: 'a', partition: 2, offset: 5, key: Buffer.from('1'), value: Buffer.from('1,?') }];
  await assert.rejects(
    trainOnBatches({
      ...{ model, data: records as unknown as KafkaRecord[] },
      decode: csvCodec({ columns: 2, missing: { '?': NaN } }),
    }),
    { place: { topic: 'a', partition: 2, offset: 5 }, column: 1 },
  );
  const row = new LogisticRegression({ features: 2 });
  await assert.rejects(prequentialScore(rows, { model: row }), /feature 1 .* of row 77 is NaN/);
  await assert.rejects(
    prequentialScore(rows, { model: row, batchSize: 10 }),
    /feature 1 .* of row 77 is NaN/,
  );
});

test('a checkpoint of weights that are no numbers is refused with the place, and the one before is used', async (t) => {
  const folder = await temporaryFolder(t);
  const store = localCheckpoints(folder);
  await training({}, { checkpoint: store, maxRows: 40 }).start();
  const good = await store.load((await store.list())[0]!);
  const { model } = good.parts;
  const state = { ...(model!.state as object), weights: Float64Array.of(1, NaN, 0) };
  // As an earlier version would have written it.
  await store.save({ ...good, parts: { ...good.parts, model: { ...model!, state } } });
  const { start } = training({}, { checkpoint: store });
  const { rows, resumedFrom, refused } = await start();
  assert.deepEqual([rows, resumedFrom], [25, good.id]);
  assert.equal(refused[0]?.code, 'ST_TRAINING_CHECKPOINT_NOT_FINITE');
  assert.match(refused[0].message, /model\.weights\[1\] is NaN/);
});

test('a regression is validated by its squared error; what is no class and no probability has no log loss', async () => {
  const rows = Array.from({ length: 500 }, (_, i) => ({
    xs: Float32Array.of(Math.sin(i), Math.cos(3 * i)),
    ys: 10 + 4 * Math.sin(i),
  }));
  const data = { data: rows.slice(0, 400), validation: { data: rows.slice(400) } };
  const make = () => withScaler(new OnlineStandardScaler(2), new LinearRegression({ features: 2 }));
  const early = { epochs: 5, earlyStopping: { patience: 3 } };
  const model = make();
  const byDefault = await trainOnBatches({ model, ...data, ...early });
  const named = await trainOnBatches({ model: make(), ...data, ...early, rowLoss: squaredError });
  assert.deepEqual(byDefault.validationLoss, named.validationLoss);
  assert.equal(byDefault.bestEpoch, 5);
  const plain: OnlineModel = { ...wrapped(make()), task: undefined };
  await assert.rejects(trainOnBatches({ model: plain, ...data }), {
    code: 'ST_OPTION_INVALID',
    option: 'rowLoss',
    message: /squaredError/,
  });
});

test('a block of 300,000 rows goes through batch training, and the event loop has its turns', async () => {
  const xs = Float32Array.of(1, 2);
  const data = Array.from({ length: 300_000 }, (_, i) => ({ xs, ys: i % 2 }));
  const model = new LogisticRegression({ features: 2 });
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const { epochs } = await trainOnBatches({ model, data, batchSize: 300_000, shuffle: 300_000 });
  clearInterval(timer);
  assert.equal(epochs[0]?.rows, 300_000);
  assert.ok(turns > 0);
});

test('heartbeats have their turns within one epoch of many steps', async () => {
  class Slow extends PlainRegression {
    override learn(batch: Parameters<PlainRegression['learn']>[0]) {
      for (const until = performance.now() + 5; performance.now() < until;);
      return super.learn(batch);
    }
  }
  let turns = 0;
  const timer = setInterval(() => turns++, 20);
  await trainOnline({
    ...{ source: memorySource(400, 400), model: new Slow(2), decode: decoder({}), batchSize: 4 },
  });
  clearInterval(timer);
  // 100 steps of 5 ms: without turns there would be one at the end.
  assert.ok(turns >= 10, `${turns} turns`);
});

function wrapped(model: OnlineModel): OnlineModel {
  return {
    ...{ kind: 'wrapped', features: model.features, outputs: 1, step: 0, learningRate: 1 },
    predict: (xs, rows) => model.predict(xs, rows),
    learn: (batch) => model.learn(batch),
    save: () => model.save(),
    restore: (state) => model.restore(state),
    dispose: () => {},
  };
}

test('where closing fails, the lock and the signals are given back all the same; the first failure is told', async (t) => {
  const folder = await temporaryFolder(t);
  const onBad = {
    counts: {},
    handle: () => {},
    settle: async () => {},
    close: () => Promise.reject(new Error('the broker is away')),
  };
  const listeners = process.listenerCount('SIGINT');
  for (const [odd, message] of [
    [{}, /the broker is away/],
    [{ 47: NaN }, /Feature 1 .* offset 47/],
  ] as const) {
    const checkpoint = localCheckpoints(folder);
    await assert.rejects(training(odd, { checkpoint, onBad, stopOnSignals: true }).start(), { message });
    assert.equal(process.listenerCount('SIGINT'), listeners);
    await (await checkpoint.lock()).release();
    for (const id of await checkpoint.list()) await fs.rm(path.join(folder, id), { recursive: true });
  }
});

test('what callbacks throw, or their promises reject with, ends training at that mini dataset', async (t) => {
  const own = new Error('the log file is full');
  const rejecting = async (): Promise<void> => {
    await sleep(5);
    throw own;
  };
  for (const name of ['onLearnt', 'onProgress'] as const) {
    const { model, start } = training({}, { [name]: rejecting });
    await assert.rejects(start(), own);
    assert.equal(model.step, 1);
  }
  for (const onRemark of [rejecting, () => assert.fail(own)]) {
    const checkpoint = localCheckpoints(await temporaryFolder(t));
    await training({}, { checkpoint, maxRows: 20 }).start();
    // Another setting than the checkpoint's is remarked.
    await assert.rejects(training({}, { checkpoint, batchSize: 7, onRemark }).start(), own);
  }
});
