/** Where a training stands: what is reported on the way, and what of it lives in the checkpoint. */
import type { Position } from '../../kafka/index.ts';
import type { OnlineModel, State, Stateful } from '../../model/index.ts';
import type { StreamMetric } from '../rows/evaluation.ts';
import type { CheckpointWriter } from './checkpoint-writer.ts';
import type { MiniStream } from './source.ts';
import { checkInteger } from '../../options.ts';

/** What is known after each mini dataset. */
export interface OnlineProgress {
  /** Rows learnt in this run (each counted once, however many epochs). */
  readonly rows: number;
  /** Rows learnt over all runs on this checkpoint. */
  readonly totalRows: number;
  /** Records left out because they could not be decoded, over all runs. */
  readonly badRecords: number;
  /** Records that had been deleted from the log (retention) before this run could read them. */
  readonly deletedRows: number;
  /** Mini datasets over all runs. */
  readonly miniDatasets: number;
  /** The model's steps over all runs. */
  readonly steps: number;
  readonly rowsPerSecond: number;
  /** Mean loss a row in the last epoch over this mini dataset, before each update. */
  readonly loss: number;
  /** The metrics by name, as of this mini dataset, judged before it was learnt. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Records of the source not handed over yet; NaN while unknown. */
  readonly lag: number;
  /** Share of this run's time that was spent waiting for records, 0 to 1. */
  readonly waitingShare: number;
  /** The next offset to read of every partition. */
  readonly position: Position;
  /**
   * The id of the last checkpoint of this run that is safe: the one with this mini dataset, or, where the source has more, one
   * before it, as its own is written while the next mini dataset is learnt.
   */
  readonly checkpoint: string | undefined;
  /** Checkpoints of this run that are safe. */
  readonly checkpoints: number;
  /** Seconds since this run began. */
  readonly seconds: number;
}

/** The counters that outlive a process. */
export class TrainingCounters implements Stateful {
  readonly kind = 'trainOnline';
  rows = 0;
  badRecords = 0;
  miniDatasets = 0;
  /** What this life was made with; a checkpoint's give way to it, which {@link restoreRemarks} tell. */
  readonly settings: RunSettings;
  /** What the life before was made with, as far as its checkpoint says. */
  settingsBefore: RunSettings = {};
  restoreRemarks: readonly string[] = [];

  constructor(settings: RunSettings) {
    this.settings = settings;
  }

  save(): State {
    const { rows, badRecords, miniDatasets, settings } = this;
    // The seed has a place of its own for earlier versions to find.
    return { rows, badRecords, miniDatasets, seed: settings['seed'] ?? 0, settings };
  }

  restore(state: State): void {
    const found = (state ?? {}) as Readonly<Record<string, unknown>>;
    const counter = (name: string): number => checkInteger(`checkpoint.${name}`, found[name]);
    const next = [counter('rows'), counter('badRecords'), counter('miniDatasets')] as const;
    const then = { seed: counter('seed'), ...readRunSettings(found['settings'] as State | undefined) };
    [this.rows, this.badRecords, this.miniDatasets] = next;
    this.settingsBefore = then;
    this.restoreRemarks = settingRemarks(then, this.settings);
  }
}

/** Takes the time, and puts progress together. */
export class ProgressMeter {
  /** Rows learnt in this run. */
  rows = 0;
  loss = NaN;
  position: Position = {};
  readonly #started = performance.now();
  #waited = 0;
  #firstAt: number | undefined;
  readonly #model: OnlineModel;
  readonly #counters: TrainingCounters;
  readonly #stream: MiniStream;
  readonly #metrics: Readonly<Record<string, StreamMetric>>;

  constructor(
    model: OnlineModel,
    counters: TrainingCounters,
    stream: MiniStream,
    metrics: Readonly<Record<string, StreamMetric>>,
  ) {
    this.#model = model;
    this.#counters = counters;
    this.#stream = stream;
    this.#metrics = metrics;
  }

  /**
   * A mini dataset has arrived for which was waited since then (`performance.now()`). The first does not count, which
   * includes joining the group, nor does the silence at the end.
   */
  arrived(since: number): void {
    if (this.#firstAt === undefined) this.#firstAt = performance.now();
    else this.#waited += performance.now() - since;
  }

  progress(writer: Pick<CheckpointWriter, 'lastId' | 'written'>): OnlineProgress {
    const now = performance.now();
    const seconds = (now - this.#started) / 1000;
    const training = now - (this.#firstAt ?? now);
    const { rows, badRecords, miniDatasets } = this.#counters;
    const deletedRows = this.#stream.stats?.().deleted ?? 0;
    return {
      rows: this.rows,
      totalRows: rows,
      badRecords,
      deletedRows,
      miniDatasets,
      steps: this.#model.step,
      rowsPerSecond: training > 0 ? (this.rows / training) * 1000 : 0,
      loss: this.loss,
      metrics: Object.fromEntries(
        Object.entries(this.#metrics).map(([name, metric]) => [name, metric.value]),
      ),
      lag: this.#stream.lag?.() ?? NaN,
      waitingShare: training > 0 ? this.#waited / training : 0,
      position: this.position,
      checkpoint: writer.lastId,
      checkpoints: writer.written,
      seconds,
    };
  }
}

/** By name; what is not set has its default. */
export type RunSettings = Readonly<Record<string, number | string | boolean>>;

/**
 * Gives a model that was just restored the learning rate it was made with, where that is another than the one the
 * checkpoint's was made with. A rate that was changed on the way (by `onDrift`) stays.
 *
 * @returns what is to be remarked about it besides {@link settingRemarks}
 */
export function applyLearningRate(
  model: OnlineModel,
  then: RunSettings,
  now: RunSettings,
): string | undefined {
  const [before, wanted] = [then['learningRate'], now['learningRate']];
  if (typeof wanted !== 'number' || wanted === model.learningRate) return undefined;
  if (before === undefined)
    return (
      `The learning rate is the checkpoint's, ${model.learningRate}, not ${wanted}: the checkpoint is of an earlier ` +
      'version, which did not note whether it was changed on the way. Set model.learningRate in onProgress for another.'
    );
  if (before !== wanted) model.learningRate = wanted;
  return undefined;
}

/**
 * A sentence for each setting that is another now. All of them are applied as given; what either life does not know of is
 * passed over.
 */
function settingRemarks(then: RunSettings, now: RunSettings): readonly string[] {
  return Object.entries(now).flatMap(([name, value]) => {
    const before = Object.hasOwn(then, name) ? then[name] : undefined;
    if (before === undefined || before === value) return [];
    return [
      `${name} is ${value} from here on, as given; the training that wrote the checkpoint had ${before}. Give it the ` +
        'old value if it is to go on as it was.',
    ];
  });
}

/** The settings in a checkpoint; none in those of earlier versions. */
function readRunSettings(state: State | undefined): RunSettings {
  if (typeof state !== 'object' || state === null || Array.isArray(state) || ArrayBuffer.isView(state))
    return {};
  const known = ['number', 'string', 'boolean'];
  return Object.fromEntries(
    Object.entries(state).filter(([, value]) => known.includes(typeof value)),
  ) as RunSettings;
}
