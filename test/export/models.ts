/** Models to export: trained a little, each with rows, and what is predicted for them here. */
import { readFileSync } from 'node:fs';
import type { LayersModel } from '@tensorflow/tfjs-node';
import { buildClassifier, compileTrainStep, type OnlineModel } from '../../src/model/index.ts';
import {
  LinearRegression,
  LogisticRegression,
  OnlineMedianImputer,
  OnlineMinMaxScaler,
  OnlineStandardScaler,
  SoftmaxRegression,
  withScaler,
  type OnlineTransformer,
} from '../../src/training/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';

/** Rows that are predicted. */
export const ROWS = 280;
/** Features of a row. */
export const FEATURES = 9;

/** A trained model, and what is before it. */
export interface TrainedModel {
  readonly name: string;
  readonly model: OnlineModel;
  readonly scalers: readonly OnlineTransformer[];
  /** Raw rows to predict. */
  readonly rows: Float64Array;
}

/** The article's data, raw: features with gaps (NaN), and labels. */
function cancerRows(): { xs: Float64Array; ys: Float32Array } {
  const file = new URL('../../data/breast-cancer-wisconsin.csv', import.meta.url);
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  const cells = lines.map((line) => line.split(',').map((cell) => (cell === '?' ? NaN : Number(cell))));
  return {
    xs: Float64Array.from(cells.flatMap((row) => row.slice(1, 1 + FEATURES))),
    ys: Float32Array.from(cells, (row) => (row.at(-1) === 4 ? 1 : 0)),
  };
}

const { xs, ys } = cancerRows();
/** The last rows of the data; a few of them have gaps. */
export const testRows = xs.slice(-ROWS * FEATURES);
/** Rows without gaps, for formats that cannot fill them. */
export const wholeRows = filled(testRows);
/** Whole rows whose values need more digits than float32 has: it would round 1,700,000,005 to 1,700,000,000. */
const wide = filled(xs).map((value) => value + 1.7e9);
const wideRows = wide.slice(-40 * FEATURES);

function filled(rows: Float64Array): Float64Array {
  const imputer = new OnlineMedianImputer(FEATURES, { initial: 1 });
  return imputer.transform(rows, rows.length / FEATURES, new Float64Array(rows.length));
}

/** The rows behind the scalers, in float64. */
function scaledRows(scalers: readonly OnlineTransformer[], rows: Float64Array): Float64Array {
  return scalers.reduce(
    (given, scaler) => scaler.transform(given, given.length / FEATURES, new Float64Array(given.length)),
    rows,
  );
}

/** What is predicted here for raw rows. */
export function predictedHere(
  { model, scalers }: Pick<TrainedModel, 'model' | 'scalers'>,
  rows: Float64Array,
): Float32Array {
  const scaled = scaledRows(scalers, rows);
  const given = model.takesFloat64 === true ? scaled : Float32Array.from(scaled);
  return model.predict(given, rows.length / FEATURES);
}

/** Learns the first rows, 32 at a time; the labels may be others. */
function trained(
  name: string,
  model: OnlineModel,
  scalers: readonly OnlineTransformer[],
  labels = ys,
  [all, predicted] = [xs, testRows],
): TrainedModel {
  for (let from = 0; from + 32 <= labels.length - ROWS; from += 32) {
    let rows = all.slice(from * FEATURES, (from + 32) * FEATURES);
    for (const scaler of scalers) {
      scaler.learn(rows, 32);
      rows = scaler.transform(rows, 32, new Float64Array(rows.length));
    }
    const given = model.takesFloat64 === true ? rows : Float32Array.from(rows);
    model.learn({ rows: 32, xs: given, ys: labels.slice(from, from + 32) });
  }
  return { name, model, scalers, rows: predicted };
}

/** One of each layer and activation there is. */
function everyLayer(): LayersModel {
  const { layers, initializers, sequential } = tensorflow();
  let seed = 0;
  const dense = (units: number, activation?: 'selu' | 'tanh' | 'elu' | 'softplus' | 'softsign' | 'softmax') =>
    layers.dense({
      ...{ units, kernelInitializer: initializers.glorotUniform({ seed: ++seed }) },
      ...(activation && { activation }),
      ...(seed === 1 && { inputShape: [FEATURES], useBias: false }),
    });
  return sequential({
    layers: [
      ...[dense(12), layers.batchNormalization({}), layers.leakyReLU({ alpha: 0.2 }), dense(10, 'selu')],
      ...[layers.dropout({ rate: 0.3, seed: 1 }), dense(8, 'tanh'), layers.reLU({ maxValue: 6 })],
      ...[dense(8, 'elu'), dense(8, 'softplus'), dense(8, 'softsign')],
      ...[layers.batchNormalization({ scale: false, epsilon: 0.01 }), dense(3, 'softmax')],
    ],
  });
}

/** Ends in logits, of which the loss makes probabilities. */
function logits(): LayersModel {
  const { layers, initializers, sequential } = tensorflow();
  const kernelInitializer = initializers.glorotUniform({ seed: 5 });
  return sequential({ layers: [layers.dense({ units: 1, kernelInitializer, inputShape: [FEATURES] })] });
}

/** Predicts values. */
function valuesModel(): LayersModel {
  const { layers, initializers, sequential } = tensorflow();
  const kernelInitializer = initializers.glorotUniform({ seed: 6 });
  const bias = initializers.constant({ value: 300 });
  return sequential({
    layers: [
      layers.dense({ units: 8, activation: 'relu', kernelInitializer, inputShape: [FEATURES] }),
      layers.dense({ units: 1, kernelInitializer, biasInitializer: bias }),
    ],
  });
}

const compiled = (model: LayersModel, options: Parameters<typeof compileTrainStep>[1]): OnlineModel => {
  try {
    return compileTrainStep(model, { optimizer: 'adam', seed: 1, ...options });
  } finally {
    model.dispose();
  }
};

/** Makes classifiers. The caller disposes the models. */
export function trainedModels(): readonly TrainedModel[] {
  const threes = ys.map((label, i) => (i % 7 === 0 ? 2 : label));
  const whole = () => new OnlineMedianImputer(FEATURES);
  return [
    trained(
      'article',
      compiled(buildClassifier({ inputs: FEATURES, seed: 1 }), { loss: 'binaryCrossentropy' }),
      [whole(), new OnlineStandardScaler(FEATURES)],
    ),
    trained(
      'layers',
      compiled(everyLayer(), { loss: 'sparseCategoricalCrossentropy' }),
      [whole(), new OnlineMinMaxScaler(FEATURES)],
      threes,
    ),
    trained('logits', compiled(logits(), { loss: 'binaryCrossentropy', fromLogits: true }), [
      whole(),
      new OnlineStandardScaler(FEATURES),
    ]),
    trained(
      'logistic',
      withScaler(new OnlineStandardScaler(FEATURES), new LogisticRegression({ features: FEATURES })),
      [whole()],
    ),
    // Its class 2 is never seen.
    trained('softmax', new SoftmaxRegression({ features: FEATURES, classes: 3 }), [
      whole(),
      new OnlineStandardScaler(FEATURES),
    ]),
  ];
}

/** Models that predict values, and such of rows beyond float32. The caller disposes the models. */
export function valueModels(): readonly TrainedModel[] {
  const whole = () => new OnlineMedianImputer(FEATURES);
  return [
    // Its scores are around 31, where neighbours in float32 are 2e-6 apart.
    trained(
      'regression',
      new LinearRegression({ features: FEATURES, learningRate: 0.05, interceptLearningRate: 0.3 }),
      [whole(), new OnlineStandardScaler(FEATURES)],
      ys.map((label) => 31 + label),
    ),
    trained(
      'values',
      compiled(valuesModel(), { loss: 'meanSquaredError' }),
      [whole(), new OnlineStandardScaler(FEATURES)],
      ys.map((label) => 310 + label),
    ),
    differences(),
    trained(
      'clock',
      compiled(buildClassifier({ inputs: FEATURES, seed: 2 }), { loss: 'binaryCrossentropy' }),
      [new OnlineStandardScaler(FEATURES)],
      ys,
      [wide, wideRows],
    ),
  ];
}

/**
 * A linear model without a scaler, of the differences between values that float32 does not tell apart. Its sums are exact in
 * float64, in whichever order they are added.
 */
function differences(): TrainedModel {
  const model = new LinearRegression({ features: FEATURES });
  const state = model.save() as { memory: { weights: Float64Array; intercept: number } };
  state.memory.weights.set([1, -1, 0.5, -0.5, 0.25, -0.25, 0.125, -0.125]);
  state.memory.intercept = 0.125;
  model.restore(state);
  return { name: 'differences', model, scalers: [], rows: wideRows };
}
