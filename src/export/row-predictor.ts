/** Predicts raw rows with a model that nothing but a checkpoint, or a saved model, is there of. */
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import type { RowValues } from '../finite.ts';
import { GraphBuilder, loadGraph, Maths } from '../graph/index.ts';
import { MiniBatchError } from '../model/errors.ts';
import type { OnlineModel } from '../model/online-model.ts';
import { checkPredictions, checkRows } from '../model/step/batch-checks.ts';
import { rowShapes } from '../model/step/fallback-step.ts';
import { predictLayer } from '../model/step/layers.ts';
import type { LossPlan } from '../model/step/losses.ts';
import { sizeOf } from '../model/step/plan.ts';
import { readLayers, Unsupported } from '../model/step/read-layers.ts';
import { ScalerValueError, type OnlineTransformer } from '../scaling/online-transformer.ts';
import type { State } from '../state.ts';
import { tensorflow } from '../tensorflow.ts';
import type { CheckpointPart } from '../training/checkpoint/store.ts';
import { LearnerInputError } from '../training/errors.ts';
import { withScaler } from '../training/learners/scaled-model.ts';
import { rowModelOfState } from '../training/row-models.ts';
import { ExportUnsupportedError } from './errors.ts';
import { layersOfState, type PortableLayers } from './portable-model.ts';
import {
  isCheckpoint,
  isOnlineModel,
  modelPart,
  restoredTransformer,
  transformersOf,
  type ExportSource,
} from './read-model.ts';

/** Predicts rows as they were before any scaler. */
export interface RowPredictor extends Disposable {
  /** Values in a row. */
  readonly features: number;
  /** Values in a prediction: 1 for a probability or value, else one a class. */
  readonly outputs: number;
  readonly task: 'classification' | 'regression' | undefined;
  /** Whether rows may have gaps (NaN), because there is an imputer. */
  readonly takesMissing: boolean;
  /**
   * `rows x outputs` predictions, owned by the caller.
   *
   * @throws where a value is NaN (without an imputer) or infinite; what a scaler or model says of it
   */
  predict(xs: Float64Array, rows: number): Float32Array;
}

/** What predicts rows behind the scalers. */
type Model = Pick<
  OnlineModel,
  'features' | 'outputs' | 'task' | 'takesFloat64' | 'takesMissing' | 'predict'
> &
  Disposable;

/**
 * Makes a predictor: exactly what the training would predict now. Disposing of it frees the graph of a checkpoint; a model that
 * was given stays its owner's.
 *
 * @throws ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`) where a checkpoint does not hold the whole model
 * @example
 * ```ts
 * using predictor = rowPredictor(await newestCheckpoint(localCheckpoints('checkpoints/cancer')));
 * console.log(predictor.predict(Float64Array.of(5, 1, 1, 1, 2, 1, 3, 1, 1), 1));
 * ```
 */
export function rowPredictor(source: ExportSource): RowPredictor {
  const scalers = isCheckpoint(source) ? transformersOf(source) : [];
  const model = modelOf(source);
  const { features, outputs, task } = model;
  const takesMissing = scalers.some((scaler) => scaler.takesMissing) || model.takesMissing === true;
  return {
    ...{ features, outputs, task, takesMissing },
    predict: (xs, rows) => model.predict(prepared(xs, rows, scalers, model), rows),
    [Symbol.dispose]: () => model[Symbol.dispose](),
  };
}

/** Whether a row is at fault, by a value that model or scaler does not take. */
export const isOfRow = (error: unknown): error is Error =>
  error instanceof MiniBatchError || error instanceof ScalerValueError || error instanceof LearnerInputError;

/**
 * Tries rows together, and where one of them is at fault, halves of them, down to single rows: a bad row among many costs some
 * twenty calls.
 *
 * @param attempt tries the rows `from` to (not including) `to`, and gives what is wrong with one of them, or undefined
 * @returns what is wrong, by the rows that are at fault alone
 */
export function faultsOf<Fault>(
  rows: number,
  attempt: (from: number, to: number) => Fault | undefined,
): ReadonlyMap<number, Fault> {
  const faults = new Map<number, Fault>();
  const open: (readonly [from: number, to: number])[] = rows === 0 ? [] : [[0, rows]];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [from, to] = range;
    const fault = attempt(from, to);
    if (fault === undefined) continue;
    if (to - from === 1) faults.set(from, fault);
    else {
      const middle = (from + to) >>> 1;
      open.push([middle, to], [from, middle]);
    }
  }
  return faults;
}

/** Predicts rows. `faults` says which are at fault (by a value beyond float32, say), and why; their predictions are NaN. */
export function predictEach(
  predictor: RowPredictor,
  xs: Float64Array,
  rows: number,
): { readonly scores: Float32Array; readonly faults: ReadonlyMap<number, Error> } {
  const { features, outputs } = predictor;
  const scores = new Float32Array(rows * outputs).fill(NaN);
  const faults = faultsOf(rows, (from, to) => {
    try {
      scores.set(predictor.predict(xs.subarray(from * features, to * features), to - from), from * outputs);
      return undefined;
    } catch (error) {
      if (isOfRow(error)) return error;
      throw error;
    }
  });
  return { scores, faults };
}

/** As in training: scaled in float64, rounded at the end unless the model takes float64. */
function prepared(
  xs: Float64Array,
  rows: number,
  scalers: readonly OnlineTransformer[],
  { takesFloat64 }: Model,
): RowValues {
  let values = xs;
  for (const scaler of scalers) values = scaler.transform(values, rows, new Float64Array(xs.length));
  return takesFloat64 === true ? values : Float32Array.from(values);
}

function modelOf(source: ExportSource): Model {
  if (isCheckpoint(source)) return modelOfPart(modelPart(source));
  if (isOnlineModel(source)) return borrowed(source);
  return layersModel(source);
}

/**
 * The model whose state this is, made to predict. The caller disposes of it.
 *
 * @throws ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`) where the part does not hold the whole model;
 *   StateMismatchError (`ST_TRAINING_STATE_MISMATCH`), InvalidOptionError (`ST_OPTION_INVALID`) where it is damaged
 */
export function modelOfPart(part: CheckpointPart): Model {
  return part.kind === 'network' ? networkOf(part) : borrowed(rowModel(part));
}

/** The network of a part. */
function networkOf({ state }: CheckpointPart): Model {
  return network(layersOfState(state), taskOf(state));
}

/** A model that learns row by row, also behind a scaler, made from its state alone. */
function rowModel({ kind, state }: CheckpointPart): OnlineModel {
  const bar = kind.indexOf('|');
  if (bar >= 0) {
    const fields = state as Readonly<Record<string, State>>;
    const scaler = restoredTransformer({ kind: kind.slice(0, bar), state: fields['scaler']! });
    return withScaler(scaler, rowModel({ kind: kind.slice(bar + 1), state: fields['model']! }));
  }
  const model = rowModelOfState(kind, state);
  if (!model)
    throw new ExportUnsupportedError({
      format: '',
      problem: `the checkpoint's model is a ${kind}, which is not known`,
    });
  return model;
}

const borrowed = (model: OnlineModel): Model => ({
  ...{ features: model.features, outputs: model.outputs, task: model.task },
  ...{ takesFloat64: model.takesFloat64, takesMissing: model.takesMissing },
  predict: (xs, rows) => checkPredictions(model.predict(xs, rows), model.outputs),
  [Symbol.dispose]: () => {},
});

/** What a network predicts, by the loss it was trained with. */
function taskOf(state: State): OnlineModel['task'] {
  const { model } = state as { model: string };
  const { loss } = JSON.parse(model) as { loss: LossPlan };
  return ['meanSquaredError', 'meanAbsoluteError', 'huber'].includes(loss.kind)
    ? 'regression'
    : 'classification';
}

/** A network as a graph that does nothing but predict. */
function network({ plan, valueOf }: PortableLayers, task: OnlineModel['task']): Model {
  const { features, outputs } = plan;
  const graph = new GraphBuilder();
  const maths = new Maths(graph);
  const xs = graph.placeholder('float32', [null, features]);
  const around = {
    maths,
    weight: (weight: Parameters<typeof valueOf>[0]) =>
      graph.constant(valueOf(weight), { shape: weight.shape }),
  };
  const ys = plan.layers.reduce((x, layer) => predictLayer(around, layer, x), xs);
  const predictions = maths.reshape(ys, [null]);
  const session = loadGraph(graph);
  const signature = session.signature('predict', [xs], [predictions]);
  return {
    ...{ features, outputs, task },
    takesFloat64: false,
    takesMissing: false,
    predict: (xs, rows) => {
      checkRows(xs as Float32Array, rows, { features });
      const feed = { data: xs as Float32Array, shape: [rows, features] };
      return checkPredictions(signature.run([feed])[0] as Float32Array, outputs);
    },
    [Symbol.dispose]: () => session.dispose(),
  };
}

/** Layers of TensorFlow.js, whichever they are. */
function layersModel(model: LayersModel): Model {
  const { input, output, indices } = rowShapes(model);
  const [features, outputs] = [sizeOf(input), sizeOf(output)];
  const read = readLayers(model);
  const last = read instanceof Unsupported ? undefined : read.layers.at(-1);
  const isProbability = last?.kind === 'activation' && /^(sigmoid|softmax)$/.test(last.activation.kind);
  return {
    ...{ features, outputs, task: isProbability ? 'classification' : undefined },
    takesFloat64: false,
    takesMissing: false,
    predict: (xs, rows) => {
      checkRows(xs as Float32Array, rows, { features, indices });
      const tf = tensorflow();
      const values = tf.tidy(() => {
        const outcome = model.predict(tf.tensor(xs, [rows, ...input])) as Tensor;
        return Float32Array.from(outcome.dataSync());
      });
      return checkPredictions(values, outputs);
    },
    [Symbol.dispose]: () => {},
  };
}
