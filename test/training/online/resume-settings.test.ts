/** Options that are not understood, and settings that are others when training goes on from a checkpoint. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  LinearRegression,
  localCheckpoints,
  LogisticRegression,
  OnlineStandardScaler,
  PrequentialEvaluator,
  prequentialScore,
  trainOnBatches,
  trainOnline,
  type TrainOnlineOptions,
} from '../../../src/training/index.ts';
import { buildClassifier, compileTrainStep, type TrainStepOptions } from '../../../src/model/index.ts';
import { temporaryFolder } from '../checkpoint/helpers.ts';
import { memorySource, PlainRegression } from './helpers.ts';

function options(more: Partial<TrainOnlineOptions> & { remarks?: string[] } = {}): TrainOnlineOptions {
  const { remarks = [], ...rest } = more;
  return {
    source: memorySource(200),
    model: new PlainRegression(2),
    decode: ({ offset }) => ({ xs: Float32Array.of(offset % 7, offset % 3), ys: offset % 2 }),
    onRemark: (text) => remarks.push(text),
    ...rest,
  };
}

test('an option that is not known is refused with the known ones, wherever it stands', async () => {
  const model = new LogisticRegression({ features: 1 });
  const data = [{ xs: Float32Array.of(1), ys: 1 }];
  const kafka = { topics: 't', groupId: 'g' };
  const cases: [() => unknown, string, string][] = [
    [() => trainOnline({ ...options(), epochs: 3 } as never), 'trainOnline', 'epochs'],
    [
      () => trainOnline(options({ source: { ...kafka, maxRecord: 10 } as never })),
      'the source of trainOnline',
      'maxRecord',
    ],
    // What training decides itself is not silently decided otherwise.
    [
      () => trainOnline(options({ source: { ...kafka, commit: 'auto' } as never })),
      'the source of trainOnline',
      'commit',
    ],
    [
      () => trainOnline(options({ source: { ...memorySource(1), maxRecords: 10 } as never })),
      'a source of your own',
      'maxRecords',
    ],
    [() => localCheckpoints('x', { keeps: 2 } as never), 'localCheckpoints', 'keeps'],
    [() => trainOnBatches({ model, data, epoch: 3 } as never), 'trainOnBatches', 'epoch'],
    [
      () => trainOnBatches({ model, data, validation: { data, split: 0.2 } } as never),
      'the option validation of trainOnBatches',
      'split',
    ],
    [
      () => trainOnBatches({ model, data, earlyStopping: { patient: 1 } } as never),
      'the option earlyStopping of trainOnBatches',
      'patient',
    ],
    [() => new PrequentialEvaluator({ class: 3 } as never), 'PrequentialEvaluator', 'class'],
    [() => prequentialScore(data, { model, metric: ['f1'] } as never), 'prequential', 'metric'],
    [
      () => prequentialScore(data, { model, delay: { row: 3 } } as never),
      'the option delay of prequential',
      'row',
    ],
  ];
  for (const [call, of, option] of cases)
    await assert.rejects(
      async () => {
        await call();
      },
      { code: 'ST_OPTION_UNKNOWN', of, option },
      `${of} ${option}`,
    );
});

test('settings that are others than in the checkpoint are applied, and each is said', async (t) => {
  const checkpoint = localCheckpoints(await temporaryFolder(t));
  await trainOnline(options({ checkpoint, maxRows: 60, seed: 3, batchSize: 10 }));
  const same: string[] = [];
  await trainOnline(options({ checkpoint, maxRows: 20, seed: 3, batchSize: 10, remarks: same }));
  assert.deepEqual(same, []);
  const remarks: string[] = [];
  const model = new PlainRegression(2);
  model.learningRate = 0.5;
  await trainOnline(
    options({
      ...{ checkpoint, model, remarks, maxRows: 20 },
      ...{ seed: 4, batchSize: 20, epochsPerBatch: 2, shuffle: false },
    }),
  );
  assert.equal(model.learningRate, 0.5);
  assert.equal(model.step, 8 + 2);
  for (const [i, said] of [
    'batchSize is 20 .* had 10',
    'epochsPerBatch is 2 .* had 1',
    'shuffle is false .* had true',
    'seed is 4 .* had 3',
    'learningRate is 0.5 .* had 0.05',
  ].entries())
    assert.match(remarks[i] ?? '', new RegExp(said));
  assert.equal(remarks.length, 5);
});

test('a learning rate that was changed on the way stays, as long as the model is made with the same', async (t) => {
  const checkpoint = localCheckpoints(await temporaryFolder(t));
  const first = new PlainRegression(2);
  await trainOnline(
    options({
      ...{ checkpoint, model: first, maxRows: 20 },
      onLearnt: () => (first.learningRate = 0.01),
    }),
  );
  const second = new PlainRegression(2);
  const remarks: string[] = [];
  await trainOnline(options({ checkpoint, model: second, remarks }));
  assert.deepEqual([second.learningRate, remarks], [0.01, []]);
});

test('the network: learning rate, seed and class weights are applied and said, another loss is refused', async (t) => {
  const checkpoint = localCheckpoints(await temporaryFolder(t));
  const network = (more: TrainStepOptions = {}) => {
    const layers = buildClassifier({ inputs: 2, seed: 1 });
    const model = compileTrainStep(layers, { seed: 1, ...more });
    layers.dispose();
    return model;
  };
  using first = network();
  await trainOnline(options({ checkpoint, model: first, maxRows: 20 }));
  const remarks: string[] = [];
  using second = network({ learningRate: 0.5, seed: 2, classWeights: { 1: 3 } });
  await trainOnline(options({ checkpoint, model: second, maxRows: 20, remarks }));
  assert.equal(second.learningRate, 0.5);
  assert.deepEqual(
    remarks.map((text) => /learning rate|seed|class weights/.exec(text)?.[0]),
    ['learning rate', 'seed', 'class weights'],
  );
  using other = network({ loss: 'meanSquaredError' });
  await assert.rejects(trainOnline(options({ checkpoint, model: other })), {
    code: 'ST_TRAINING_CHECKPOINT_UNUSABLE',
    message: /loss/,
  });
});

test('a drift detector is given the error of a regression where the model is one', async () => {
  const errors: number[] = [];
  const drift = {
    kind: 'watching',
    update: (value: number) => void errors.push(value),
    save: () => null,
    restore: () => {},
  };
  const model = new LinearRegression({ features: 2 });
  await trainOnline(
    options({ model, drift, scaler: new OnlineStandardScaler(2), decode: ({ offset }) => rowOf(offset) }),
  );
  assert.equal(errors.length, 200);
  // The untrained model says 0.
  assert.deepEqual(errors.slice(0, 3), [10, 13, 16]);
});

function rowOf(offset: number) {
  return { xs: Float32Array.of(offset % 7, offset % 3), ys: 10 + 3 * (offset % 7) };
}
