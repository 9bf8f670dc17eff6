/** What every training step does around its native call: checks, counters, metrics, state. */
import { createHash } from 'node:crypto';
import type { History, LayersModel } from '@tensorflow/tfjs-node';
import { allFinite } from '../../finite.ts';
import { ModelBusyError, ModelDisposedError, ModelNotFiniteError } from '../errors.ts';
import type { MiniBatch } from '../online-model.ts';
import type { State } from '../../state.ts';
import { buildClone, setWeights, type Blueprint } from './blueprint.ts';
import {
  checkBatch,
  checkPredictions,
  checkRows,
  type BatchShape,
  checkWeighedClasses,
  rowWeights,
} from './batch-checks.ts';
import { learnInEpochs } from './epochs.ts';
import { fitDataset, type Fitted } from './fit-dataset.ts';
import { meanLoss, stepMetrics, type RowShapes } from './judging.ts';
import { checkLearningRate, type CheckedOptions } from './options.ts';
import {
  readState,
  settle,
  writeState,
  type StepCounters,
  type StepSettings,
  type StepState,
} from './step-state.ts';
import type {
  BatchesDataset,
  EpochsOptions,
  EpochsResult,
  FitDatasetArgs,
  StepResult,
  TrainStep,
} from './train-step.ts';

/** Arrays of a state by name. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** What a step found. */
export interface Stepped {
  readonly loss: number;
  readonly predictions: Float32Array;
  /** The sum of all weights after the update: finite only if they all are. */
  readonly weightsSum: number;
}

/** What a step is made of. */
interface StepParts {
  readonly shape: BatchShape;
  readonly outputs: number;
  readonly options: CheckedOptions;
  readonly row: RowShapes;
  readonly blueprint: Blueprint;
}

/** A {@link TrainStep} without the part that computes. */
export abstract class StepBase implements TrainStep {
  readonly kind = 'network';
  abstract readonly compiled: boolean;
  abstract readonly fallbackReason: string | undefined;
  readonly features: number;
  readonly outputs: number;
  protected readonly shape: BatchShape;
  protected readonly options: CheckedOptions;
  protected readonly blueprint: Blueprint;
  stopTraining = false;
  readonly #row: StepParts['row'];
  readonly #settings: StepSettings;
  #counters: StepCounters;
  #fitting = false;
  #remarks: readonly string[] = [];
  /** The step that made the weights useless, until a state is restored. */
  #diverged: ModelNotFiniteError | undefined;
  #disposed = false;

  constructor({ shape, outputs, options, row, blueprint }: StepParts) {
    this.shape = shape;
    this.#row = row;
    this.blueprint = blueprint;
    this.features = shape.features;
    this.outputs = outputs;
    this.options = options;
    const { learningRate, seed, classWeights, loss, lossName } = options;
    checkWeighedClasses(classWeights, shape.targets);
    this.#settings = {
      learningRate,
      seed,
      classWeights: [...(classWeights ?? [])].sort(([a], [b]) => a - b),
      lossText:
        typeof loss === 'function' && lossName.includes(' ')
          ? createHash('sha256').update(String(loss)).digest('hex')
          : null,
    };
    this.#counters = { step: 0, learningRate, seed };
  }

  /** By the loss; not known where that is a function of the user's own. */
  get task(): 'classification' | 'regression' | undefined {
    const { loss } = this.options;
    if (typeof loss === 'function') return undefined;
    return ['meanSquaredError', 'meanAbsoluteError', 'huber'].includes(loss.kind)
      ? 'regression'
      : 'classification';
  }

  get step(): number {
    return this.#counters.step;
  }

  get learningRate(): number {
    return this.#counters.learningRate;
  }

  set learningRate(learningRate: number) {
    checkLearningRate(learningRate);
    this.#counters = { ...this.#counters, learningRate };
  }

  predict(xs: Float32Array, rows: number): Float32Array {
    this.#checkUsable();
    checkRows(xs, rows, this.shape);
    return checkPredictions(this.runPredict(xs, rows), this.outputs);
  }

  learn(batch: MiniBatch): StepResult {
    this.#checkUsable();
    const { targets } = this.shape;
    checkBatch(batch, this.shape);
    const weights = rowWeights(batch, targets.count, this.options.classWeights);
    const { loss, predictions, weightsSum } = this.runStep(batch, weights, this.#counters);
    const { step } = this.#counters;
    if (!Number.isFinite(loss + weightsSum)) throw (this.#diverged = new ModelNotFiniteError({ step, loss }));
    this.#counters = { ...this.#counters, step: step + 1 };
    if (isCheckedAfter(step + 1)) this.#checkSlots(loss);
    return { loss, predictions, metrics: stepMetrics(this.options.metrics, batch, predictions, targets) };
  }

  learnEpochs(batch: MiniBatch, options: EpochsOptions = {}): EpochsResult {
    this.#checkUsable();
    checkBatch(batch, this.shape);
    const result = learnInEpochs(this, batch, options);
    this.#checkSlots(result.losses.at(-1)!);
    return result;
  }

  async fitDataset(dataset: BatchesDataset, args: FitDatasetArgs): Promise<History> {
    this.#checkUsable();
    if (this.#fitting) throw new ModelBusyError({});
    const fitted: Fitted = {
      step: this,
      targets: this.shape.targets,
      metrics: this.options.metrics.map(({ name }) => name),
      evaluate: (batch) => this.#evaluate(batch),
      refresh: (model) => setWeights(model, this.weightValues()),
      check: (loss) => this.#checkSlots(loss),
    };
    this.#fitting = true;
    try {
      return await fitDataset(fitted, dataset, args);
    } finally {
      this.#fitting = false;
    }
  }

  save(): State {
    this.#checkUsable();
    const [model, arrays, settings] = [this.signature(), this.readArrays(), this.#settings];
    for (const values of Object.values(arrays)) if (!allFinite(values)) this.#refuse(0);
    return writeState({ model, settings, arrays, ...this.#counters });
  }

  restore(state: State): void {
    this.#checkAlive();
    const read = readState(state, this.signature());
    this.writeArrays(read);
    const { counters, remarks } = settle(read, this.#settings);
    this.#counters = counters;
    this.#remarks = remarks;
    this.#diverged = undefined;
  }

  get restoreRemarks(): readonly string[] {
    return this.#remarks;
  }

  toLayersModel(): LayersModel {
    this.#checkUsable();
    this.#checkSlots(0);
    return buildClone(this.blueprint, this.weightValues());
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.free();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Predictions of rows that were checked. */
  protected abstract runPredict(xs: Float32Array, rows: number): Float32Array;
  /** One update by a mini-batch that was checked. */
  protected abstract runStep(
    batch: MiniBatch,
    weights: Float32Array | undefined,
    counters: StepCounters,
  ): Stepped;
  /** A number that is finite only if all is that the optimizer keeps. */
  protected abstract slotsSum(): number;
  /** All arrays of the state, owned by the caller. */
  protected abstract readArrays(): Arrays;
  /** Takes all arrays of a state, or throws ModelStateError and takes none. */
  protected abstract writeArrays(state: StepState): void;
  /** All weights, layer after layer, owned by the caller. */
  protected abstract weightValues(): Float32Array[];
  /** All that must be the same for a state to fit, as text. */
  protected abstract signature(): string;
  protected abstract free(): void;

  /** Loss (without penalties) and metrics of rows that are not learnt. */
  #evaluate(batch: MiniBatch): Pick<StepResult, 'loss' | 'metrics'> {
    const { rows, xs, ys } = batch;
    checkBatch(batch, this.shape);
    const predictions = checkPredictions(this.runPredict(xs, rows), this.outputs);
    const { loss, metrics } = this.options;
    const mean = meanLoss(loss, { rows, ys }, predictions, this.#row);
    return { loss: mean, metrics: stepMetrics(metrics, batch, predictions, this.shape.targets) };
  }

  #checkUsable(): void {
    this.#checkAlive();
    if (this.#diverged) throw this.#diverged;
  }

  /** An infinite second moment makes every later update 0: no loss and no weight would show it. */
  #checkSlots(loss: number): void {
    if (!Number.isFinite(this.slotsSum())) this.#refuse(loss);
  }

  #refuse(loss: number): never {
    const what =
      'left NaN or infinite numbers in the memory of the optimizer (its moments or sums of gradients)';
    throw (this.#diverged = new ModelNotFiniteError({ step: Math.max(0, this.step - 1), loss, what }));
  }

  #checkAlive(): void {
    if (this.#disposed) throw new ModelDisposedError({});
  }
}

/** The optimizer's memory is looked at after 1, 2, 4, 8, 16, 32 steps, and then after every 64: it costs a quarter of a step. */
const isCheckedAfter = (steps: number): boolean =>
  steps % CHECKED_EVERY === 0 || (steps < CHECKED_EVERY && (steps & (steps - 1)) === 0);
const CHECKED_EVERY = 64;
