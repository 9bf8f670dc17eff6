/** Batch training. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvCodec, fromKafka, type DecodedRow } from '../../../src/kafka/index.ts';
import { trainingHistoryFigure } from '../../../src/plots/index.ts';
import { squaredError, trainOnBatches, type EpochReport } from '../../../src/training/index.ts';
import { OnlineStandardScaler } from '../../../src/scaling/index.ts';
import { sharedBench } from '../../kafka/dataset-helpers.ts';
import { PlainAccuracy, PlainRegression, rowOf, writeRows } from '../online/helpers.ts';

/** The rows of `writeRows`, decoded. */
function rows(count: number, from = 0): DecodedRow[] {
  return Array.from({ length: count }, (_, i) => {
    const { key, value } = rowOf(from + i, 3);
    return { xs: Float32Array.from(value.split(','), Number), ys: Number(key) };
  });
}

test('learns a Kafka topic over epochs; the history has every epoch and makes the figure', async () => {
  const bench = await sharedBench();
  const topic = await bench.topic();
  await writeRows(bench, topic, 1000);
  const told: EpochReport[] = [];
  const model = new PlainRegression(3);
  const history = await trainOnBatches({
    model,
    data: fromKafka(topic, { brokers: bench.brokers }),
    decode: csvCodec({ columns: 3 }),
    epochs: 5,
    scaler: new OnlineStandardScaler(3),
    evaluate: [new PlainAccuracy()],
    validation: { data: rows(200, 5000) },
    onEpoch: (report) => void told.push(report),
  });
  assert.deepEqual(told, history.epochs);
  assert.deepEqual(
    told.map(({ epoch, rows: seen }) => [epoch, seen]),
    [1, 2, 3, 4, 5].map((epoch) => [epoch, 1000]),
  );
  assert.equal(model.step, 5 * 16);
  assert.ok(history.loss[4]! < history.loss[0]! * 0.8);
  assert.ok(history.validationLoss![4]! < history.validationLoss![0]!);
  assert.ok(told[4]!.validationMetrics!['accuracy']! > 0.75);
  assert.deepEqual([history.bestEpoch, history.ended], [5, 'epochs']);
  assert.equal(trainingHistoryFigure(history).data.length, 3);
});

test('the same data and seed give the same weights, from a topic or from memory; another seed others', async () => {
  const bench = await sharedBench();
  const topic = await bench.topic();
  await writeRows(bench, topic, 300);
  const weights = async (
    options: Pick<Parameters<typeof trainOnBatches>[0], 'seed' | 'shuffle'>,
    kafka = false,
  ) => {
    const model = new PlainRegression(3);
    const from = kafka
      ? { data: fromKafka(topic, { brokers: bench.brokers }), decode: csvCodec({ columns: 3 }) }
      : { data: rows(300) };
    await trainOnBatches({ model, ...from, epochs: 2, batchSize: 32, ...options });
    return model.weights;
  };
  const first = await weights({ seed: 1 });
  assert.deepEqual(await weights({ seed: 1 }, true), first);
  assert.notDeepEqual(await weights({ seed: 2 }), first);
  assert.notDeepEqual(await weights({ shuffle: 0 }), first);
  assert.deepEqual(await weights({ shuffle: 0, seed: 3 }), await weights({ shuffle: 0 }));
});

test('early stopping: ends after the patience, and gives back the best weights', async () => {
  const model = new PlainRegression(3);
  // Validation rows say the opposite: the longer it learns, the worse.
  const opposite = rows(100, 900).map(({ xs, ys }) => ({ xs, ys: 1 - ys }));
  const states: unknown[] = [];
  const history = await trainOnBatches({
    model,
    data: rows(300),
    validation: { data: opposite },
    epochs: 50,
    earlyStopping: { patience: 3 },
    onEpoch: () => void states.push(model.save()),
  });
  assert.deepEqual([history.ended, history.epochs.length, history.bestEpoch], ['earlyStopping', 4, 1]);
  assert.deepEqual(model.save(), states[0]);
  const kept = new PlainRegression(3);
  const earlyStopping = { patience: 3, restoreBest: false };
  await trainOnBatches({
    model: kept,
    data: rows(300),
    validation: { data: opposite },
    epochs: 50,
    earlyStopping,
  });
  assert.deepEqual(kept.save(), states[3]);
});

test('without early stopping it goes to the end, and the model stays as the last epoch left it', async () => {
  const model = new PlainRegression(3);
  const opposite = rows(100).map(({ xs, ys }) => ({ xs, ys: 1 - ys }));
  const { bestEpoch, epochs } = await trainOnBatches({
    model,
    data: rows(300),
    validation: { data: opposite },
    epochs: 9,
  });
  assert.deepEqual([bestEpoch, epochs.length, model.step], [1, 9, 9 * 5]);
});

test('the validation loss is the mean log loss, or the one of your choice', async () => {
  const validation = { data: [{ xs: new Float32Array(3), ys: 1 }] };
  const model = new PlainRegression(3);
  model.learningRate = 0;
  const [log] = (await trainOnBatches({ model, data: rows(10), validation })).validationLoss!;
  assert.equal(log, Math.log(2));
  const [squared] = (await trainOnBatches({ model, data: rows(10), validation, rowLoss: squaredError }))
    .validationLoss!;
  assert.equal(squared, 0.25);
});

test('told to stop: ends within the epoch, without an error, with the epochs so far', async () => {
  const stopping = new AbortController();
  const history = await trainOnBatches({
    model: new PlainRegression(3),
    data: rows(100),
    epochs: 1000,
    signal: stopping.signal,
    onEpoch: ({ epoch }) => {
      if (epoch === 3) stopping.abort();
    },
  });
  assert.deepEqual([history.ended, history.epochs.length], ['stopped', 3]);
});

test('data that are empty, or can be read only once, are an error that says so', async () => {
  const train = (data: Iterable<DecodedRow>) =>
    trainOnBatches({ model: new PlainRegression(3), data, epochs: 2 });
  await assert.rejects(train([]), /data is .*; expected data with at least one row \(epoch 1 gave none\)/);
  await assert.rejects(
    train(rows(10).values()),
    /expected data that can be read again.*\(epoch 2 gave no row\)/,
  );
});

test('options that cannot be are refused at once', async () => {
  const base = { model: new PlainRegression(3), data: rows(3) };
  for (const [options, option] of [
    [{ epochs: 0 }, 'epochs'],
    [{ batchSize: 0.5 }, 'batchSize'],
    [{ shuffle: -1 }, 'shuffle'],
    [{ seed: NaN }, 'seed'],
    [{ keepBytes: -1 }, 'keepBytes'],
    [{ data: 7 as unknown as DecodedRow[] }, 'data'],
    [{ data: ['a,b'] as unknown as DecodedRow[] }, 'data'],
    [{ scaler: new OnlineStandardScaler(4) }, 'scaler'],
    [{ earlyStopping: { patience: 0 } }, 'earlyStopping.patience'],
  ] as const)
    await assert.rejects(trainOnBatches({ ...base, ...options }), { code: 'ST_OPTION_INVALID', option });
});

test('validation rows without a finite label are refused, not left out without a word', async () => {
  for (const label of [NaN, Infinity]) {
    const validation = { data: [...rows(3), { xs: new Float32Array(3), ys: label }] };
    await assert.rejects(trainOnBatches({ model: new PlainRegression(3), data: rows(10), validation }), {
      code: 'ST_OPTION_INVALID',
      message: new RegExp(`validation.data is .*finite labels \\(row 3, from 0, has ${label}\\)`),
    });
  }
});

test('what takes bad records is closed after each pass, also after one that fails', async () => {
  const done: string[] = [];
  const onBad = {
    counts: {},
    handle: () => void done.push('bad'),
    settle: async () => {},
    close: async () => void done.push('closed'),
  };
  const decode = csvCodec({ columns: 3 });
  const recordOf = (value: string, offset: number) => ({
    ...{ topic: 't', partition: 0, offset, timestamp: 0, headers: {} },
    ...{ key: Buffer.from('1'), value: Buffer.from(value) },
  });
  const data = ['1,2,3', 'odd', '4,5,6'].map(recordOf);
  await trainOnBatches({ model: new PlainRegression(3), data, decode, onBad, epochs: 2 });
  assert.deepEqual(done, ['bad', 'closed', 'bad', 'closed']);
  done.length = 0;
  async function* breaking() {
    yield* data;
    throw new Error('the line was cut');
  }
  const failing = trainOnBatches({ model: new PlainRegression(3), data: breaking(), decode, onBad });
  await assert.rejects(failing, /the line was cut/);
  assert.deepEqual(done, ['bad', 'closed']);
  // Nothing but the end of the pass asks about the last one.
  const own = new Error('the disk is full');
  const refusing = { ...onBad, handle: () => Promise.reject(own) as unknown as void };
  const single = { data: data.slice(0, 2), decode, onBad: refusing, batchSize: 1, shuffle: 0 };
  await assert.rejects(trainOnBatches({ model: new PlainRegression(3), ...single }), own);
});
