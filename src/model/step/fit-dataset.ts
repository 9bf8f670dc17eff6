/** `fitDataset` of a training step: the call, the callbacks and the history of TensorFlow.js, with our step inside. */
import type {
  History,
  LayersModel,
  Tensor,
  TensorContainer,
  CustomCallbackArgs,
} from '@tensorflow/tfjs-node';
import { invalidOption, checkInteger, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { tensorflow, type TensorFlow } from '../../tensorflow.ts';
import { MiniBatchError } from '../errors.ts';
import { miniBatchesOf } from './epochs.ts';
import type { MiniBatch } from '../online-model.ts';
import { checkClassWeights, checkWeighedClasses, rowWeights, type Targets } from './batch-checks.ts';
import type { BatchesDataset, FitDatasetArgs, StepResult, TrainStep } from './train-step.ts';

/** Numbers of a mini-batch or an epoch by name, as TensorFlow.js hands them to callbacks. */
type Logs = Record<string, number>;
type Callback = NonNullable<ConstructorParameters<TensorFlow['CallbackList']>[0]>[number];

/** What a dataset is fitted by. */
export interface Fitted {
  readonly step: TrainStep;
  readonly targets: Targets;
  /** Names of the metrics, in the order of the history. */
  readonly metrics: readonly string[];
  /** Loss (without penalties) and metrics of rows that are predicted, not learnt. */
  evaluate(batch: MiniBatch): Pick<StepResult, 'loss' | 'metrics'>;
  /** Gives a model of the step the weights as they are now. */
  refresh(model: LayersModel): void;
  /** Refuses a step whose optimizer holds numbers that are not finite. */
  check(loss: number): void;
}

const known: OptionNames<FitDatasetArgs> = {
  ...{ batchesPerEpoch: true, epochs: true, verbose: true, callbacks: true, validationData: true },
  ...{ validationBatchSize: true, validationBatches: true, yieldEvery: true, initialEpoch: true },
  classWeight: true,
};

/** See `TrainStep.fitDataset`. */
export async function fitDataset(
  fitted: Fitted,
  dataset: BatchesDataset,
  args: FitDatasetArgs,
): Promise<History> {
  refuseUnknownOptions('fitDataset', args, known);
  const { step, targets } = fitted;
  const { epochs, initialEpoch = 0, batchesPerEpoch = Infinity } = args;
  const validationData = args.validationData ?? undefined;
  checkInteger('epochs', epochs, { least: 1 });
  checkInteger('initialEpoch', initialEpoch);
  for (const option of ['batchesPerEpoch', 'validationBatches', 'validationBatchSize'] as const)
    if (args[option] !== undefined) checkInteger(option, args[option], { least: 1 });
  const classWeights = checkClassWeights(args.classWeight as Readonly<Record<number, number>> | undefined);
  checkWeighedClasses(classWeights, targets);
  checkDataset('dataset', dataset);
  if (Array.isArray(validationData)) {
    if (validationData.length !== 2) throw invalidOption('validationData', validationData, '[xs, ys]');
  } else if (validationData !== undefined) checkDataset('validationData', validationData);
  const names = ['loss', ...fitted.metrics.map(logName)];
  const callbacks = new Callbacks(fitted, args, {
    ...{ epochs, initialEpoch: null, samples: null, batchSize: null, verbose: args.verbose ?? 1 },
    steps: Number.isFinite(batchesPerEpoch) ? batchesPerEpoch : (dataset.size ?? null),
    doValidation: validationData !== undefined,
    metrics: validationData === undefined ? names : [...names, ...names.map((name) => `val_${name}`)],
  });
  let batches: Batches | undefined;
  try {
    await callbacks.all.onTrainBegin();
    step.stopTraining = false;
    for (let epoch = initialEpoch; epoch < epochs; epoch++) {
      callbacks.refresh();
      await callbacks.all.onEpochBegin(epoch);
      const means = new Means();
      // With a number of batches an epoch goes on where the one before stopped.
      if (batches === undefined || !Number.isFinite(batchesPerEpoch))
        batches = await Batches.of(dataset, batches);
      for (let batch = 0; batch < batchesPerEpoch; batch++) {
        const data = await batches.next();
        if (data === undefined) {
          if (Number.isFinite(batchesPerEpoch)) warnOfShortEpoch(epoch, batch, batchesPerEpoch);
          break;
        }
        const logs: Logs = { batch, size: data.rows };
        await callbacks.all.onBatchBegin(batch, logs);
        const weights = classWeights && rowWeights(data, targets.count, classWeights);
        const { loss, metrics: found } = step.learn(weights ? { ...data, weights } : data);
        logs['loss'] = loss;
        for (const [name, value] of Object.entries(found)) logs[logName(name)] = value;
        means.add(logs, names);
        callbacks.refreshForBatch();
        await callbacks.all.onBatchEnd(batch, logs);
        if (callbacks.stopped) break;
      }
      if (means.rows === 0) throw noBatch('dataset', dataset, epoch);
      const logs: Logs = {};
      if (validationData !== undefined && !callbacks.stopped) await validate(fitted, args, logs);
      means.writeTo(logs);
      fitted.check(logs['loss']!);
      callbacks.refresh();
      await callbacks.all.onEpochEnd(epoch, logs);
      if (callbacks.stopped) break;
    }
    callbacks.refresh();
    await callbacks.all.onTrainEnd();
    return callbacks.history;
  } finally {
    await batches?.close();
    callbacks.dispose();
  }
}

/** The callbacks of one training. They may read a model: it exists where they want one. */
class Callbacks {
  readonly history: History;
  readonly all: InstanceType<TensorFlow['CallbackList']>;
  readonly #fitted: Fitted;
  readonly #model: LayersModel | undefined;
  readonly #readAtBatches: boolean;

  constructor(fitted: Fitted, { callbacks, yieldEvery, verbose = 1 }: FitDatasetArgs, params: object) {
    const tf = tensorflow();
    const given = [callbacks ?? {}].flat();
    const list = given.map((one) => (isCallback(one) ? one : new tf.CustomCallback(one, yieldEvery)));
    const readers = list.filter((one) => one instanceof tf.Callback);
    this.#fitted = fitted;
    this.#model = readers.length > 0 ? fitted.step.toLayersModel() : undefined;
    // Until then it would refuse to be asked whether it should stop.
    if (this.#model instanceof tf.Sequential) this.#model.build();
    const isOwn = (one: object, name: string) =>
      Reflect.get(one, name) !== Reflect.get(tf.Callback.prototype, name);
    this.#readAtBatches = readers.some((one) => isOwn(one, 'onBatchBegin') || isOwn(one, 'onBatchEnd'));
    this.history = new tf.History();
    if (Number(verbose) > 0)
      list.push(new tf.CustomCallback({ onEpochEnd: printEpoch(params as { epochs: number }) }, 'never'));
    this.all = new tf.CallbackList([...list, this.history]);
    this.all.setParams(params as never);
    if (this.#model) this.all.setModel(this.#model);
  }

  /** Whether a callback has asked for the end, of the step or of the model it was given. */
  get stopped(): boolean {
    return this.#fitted.step.stopTraining || this.#model?.stopTraining === true;
  }

  refresh(): void {
    if (this.#model) this.#fitted.refresh(this.#model);
  }

  refreshForBatch(): void {
    if (this.#readAtBatches) this.refresh();
  }

  dispose(): void {
    this.#model?.dispose();
  }
}

function isCallback(one: Callback | CustomCallbackArgs): one is Callback {
  return 'setParams' in one && 'setModel' in one;
}

const printEpoch =
  ({ epochs }: { readonly epochs: number }) =>
  (epoch: number, logs: Logs = {}) => {
    const values = Object.entries(logs).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
    console.log(`Epoch ${epoch + 1}/${epochs}: ${values.join(', ')}`);
  };

/** Means over rows: each mini-batch counts as often as it has rows. */
class Means {
  rows = 0;
  readonly #sums: Logs = {};

  add(logs: Logs, names: readonly string[]): void {
    const size = logs['size']!;
    this.rows += size;
    for (const name of names) this.#sums[name] = (this.#sums[name] ?? 0) + logs[name]! * size;
  }

  writeTo(logs: Logs, prefix = ''): void {
    for (const [name, sum] of Object.entries(this.#sums)) logs[prefix + name] = sum / this.rows;
  }
}

function checkDataset(option: string, given: unknown): void {
  if (typeof (given as Partial<BatchesDataset> | null)?.iterator !== 'function')
    throw invalidOption(option, given, 'a dataset of {xs, ys} mini-batches');
}

/** The mini-batches of one pass as typed arrays; their tensors are disposed. */
class Batches {
  readonly #iterator: Awaited<ReturnType<BatchesDataset['iterator']>>;

  private constructor(iterator: Awaited<ReturnType<BatchesDataset['iterator']>>) {
    this.#iterator = iterator;
  }

  static async of(dataset: BatchesDataset, before?: Batches): Promise<Batches> {
    await before?.close();
    return new Batches(await dataset.iterator());
  }

  async next(): Promise<MiniBatch | undefined> {
    for (;;) {
      const { value, done } = await this.#iterator.next();
      if (value !== null && value !== undefined) return arraysOf(value);
      if (done === true) return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** Both tensors of a mini-batch as float32; disposes them. */
function arraysOf(value: unknown): MiniBatch {
  const { xs, ys } = value as { xs?: unknown; ys?: unknown };
  try {
    const [x, y] = [tensorOf('xs', xs), tensorOf('ys', ys)];
    return { rows: x.shape[0] ?? 0, xs: float32(x), ys: float32(y) };
  } finally {
    tensorflow().dispose(value as TensorContainer);
  }
}

/** The one tensor, also as a list or a record of one, as models of one input take it. */
function tensorOf(part: string, given: unknown): Tensor {
  const { Tensor: Class } = tensorflow();
  if (given instanceof Class) return given as Tensor;
  const all: unknown[] = typeof given === 'object' && given !== null ? Object.values(given) : [];
  if (all.length === 1 && all[0] instanceof Class) return all[0] as Tensor;
  throw new MiniBatchError({
    part,
    problem: 'is no tensor: a dataset for fitDataset gives {xs: Tensor, ys: Tensor}',
  });
}

function float32(tensor: Tensor): Float32Array {
  const values = tensor.dataSync();
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
}

/** Judges the model by the validation data, and writes `val_loss` and the like. */
async function validate(fitted: Fitted, args: FitDatasetArgs, logs: Logs): Promise<void> {
  const means = new Means();
  const judge = (data: MiniBatch) => {
    const { loss, metrics } = fitted.evaluate(data);
    const found: Logs = { loss, size: data.rows };
    for (const [name, value] of Object.entries(metrics)) found[logName(name)] = value;
    means.add(found, ['loss', ...fitted.metrics.map(logName)]);
  };
  const { validationData, validationBatches = Infinity, validationBatchSize = 32 } = args;
  if (Array.isArray(validationData)) {
    const [xs, ys] = validationData.map((part, i) => tensorOf(i === 0 ? 'xs' : 'ys', part)) as [
      Tensor,
      Tensor,
    ];
    const rows = xs.shape[0] ?? 0;
    const all = { rows, xs: float32(xs), ys: float32(ys) };
    const parts = { batchSize: validationBatchSize, shuffleSeed: undefined, step: 0 };
    for (const part of miniBatchesOf(all, parts)) judge(part);
  } else {
    const batches = await Batches.of(validationData as BatchesDataset);
    try {
      for (let batch = 0; batch < validationBatches; batch++) {
        const data = await batches.next();
        if (data === undefined) break;
        judge(data);
      }
    } finally {
      await batches.close();
    }
  }
  if (means.rows === 0) throw noBatch('validationData', validationData, 0);
  means.writeTo(logs, 'val_');
}

/** TensorFlow.js calls accuracy `acc` in histories. */
const logName = (metric: string): string => (metric === 'accuracy' ? 'acc' : metric);

/** As TensorFlow.js does: the dataset has fewer mini-batches than all epochs together were to have. */
function warnOfShortEpoch(epoch: number, batches: number, wanted: number): void {
  console.warn(
    `fitDataset: the dataset ended in epoch ${epoch + 1} after ${batches} of ${wanted} mini-batches (batchesPerEpoch). ` +
      'Give it repeat(), or ask for fewer.',
  );
}

function noBatch(option: string, value: unknown, epoch: number): Error {
  const expected = `a dataset that gives a mini-batch in each epoch (epoch ${epoch}, from 0, had none)`;
  return invalidOption(option, value, expected);
}
