/** Where a training stands: what is told on the way, and what of it lives in the checkpoint. */
import type { Position } from '../../kafka/index.ts';
import type { OnlineModel, State, Stateful } from '../../model/index.ts';
import { TrainingOptionError } from './errors.ts';
import type { StreamMetric } from './evaluation.ts';
import { readRunSettings, settingRemarks, type RunSettings } from './run-settings.ts';
import type { MiniStream } from './source.ts';

/** Told after each mini data set. */
export interface OnlineProgress {
  /** Rows learnt in this run (each counted once, however many epochs). */
  readonly rows: number;
  /** Rows learnt over all runs on this checkpoint. */
  readonly totalRows: number;
  /** Records left out because they could not be decoded, over all runs. */
  readonly badRecords: number;
  /** Records that had been deleted from the log (retention) before this run could read them. */
  readonly deletedRows: number;
  /** Mini data sets over all runs. */
  readonly miniDatasets: number;
  /** The model's steps over all runs. */
  readonly steps: number;
  readonly rowsPerSecond: number;
  /** Mean loss a row in the last epoch over this mini data set, before each update. */
  readonly loss: number;
  /** The metrics by name, as of this mini data set, judged before it was learnt. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Records of the source not handed over yet; NaN while unknown. */
  readonly lag: number;
  /** Share of this run's time that was spent waiting for records, 0 to 1. */
  readonly waitingShare: number;
  /** The next offset to read of every partition. */
  readonly position: Position;
  /** The id of the last checkpoint written in this run. */
  readonly checkpoint: string | undefined;
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
  /** What the life before was made with, as far as its checkpoint tells. */
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
    const counter = (name: string): number => {
      const value = found[name];
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
        throw new TrainingOptionError(`checkpoint.${name}`, value, 'a whole number >= 0');
      return value;
    };
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
   * A mini data set has arrived for which was waited since then (`performance.now()`). The first does not count, which
   * includes joining the group, nor does the silence at the end.
   */
  arrived(since: number): void {
    if (this.#firstAt === undefined) this.#firstAt = performance.now();
    else this.#waited += performance.now() - since;
  }

  progress(checkpoint: string | undefined): OnlineProgress {
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
      checkpoint,
      seconds,
    };
  }
}
