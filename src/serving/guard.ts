/** The guard: a new version predicts beside the one that serves, and takes over only if it is not worse on labelled rows. */
import {
  checkInteger,
  checkNumber,
  checkOneOf,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../options.ts';
import type { OnlineModel } from '../model/index.ts';
import { streamMetric, streamMetricNames, type StreamMetricName } from '../training/index.ts';
import { eachPrediction } from '../training/rows/evaluation.ts';
import type { Served, Trial } from './model-versions.ts';
import { pickRows, pickValues, type BadRow, type DecodedRows } from './predictor.ts';

/** How a new version is compared with the one that serves. */
export interface ShadowOptions {
  /** What is compared (default `'logLoss'`). */
  metric?: StreamMetricName;
  /** On so many labelled rows; rows without a label (NaN) do not count (default 2000). */
  rows?: number;
  /** The new version may be worse by so much (default 0.01). */
  bound?: number;
}

/** What a version was worth on the labelled rows that it served. */
export interface VersionQuality {
  readonly labelledRows: number;
  /** The guard's metric over those rows; NaN before the first. */
  readonly value: number;
}

const known: OptionNames<ShadowOptions> = { metric: true, rows: true, bound: true };
/** Of these a smaller value is a better one. */
const errors: ReadonlySet<StreamMetricName> = new Set(['logLoss', 'brier', 'rmse', 'mae']);
/** The quality of so many versions is kept. */
const KEPT = 100;

/** Predictions of labelled rows, by both. */
export interface JudgedRows {
  readonly version: string | null;
  readonly ys: Float32Array;
  readonly served: Float32Array;
  /** Of the version on trial; undefined where there was none. */
  readonly candidate: { readonly served: Served; readonly scores: Float32Array | undefined } | undefined;
}

/** A metric that counts its rows. */
class Quality {
  readonly #metric;
  labelledRows = 0;

  constructor(name: StreamMetricName, classes: number) {
    this.#metric = streamMetric(name, name === 'rmse' || name === 'mae' ? {} : { classes });
  }

  update(ys: Float32Array, scores: Float32Array): void {
    eachPrediction(ys, scores, (truth, predicted) => {
      this.#metric.update(truth, predicted);
      this.labelledRows++;
    });
  }

  get value(): number {
    return this.#metric.value;
  }
}

/** Judges versions on labelled rows, once these are committed. */
export class Guard implements Trial {
  readonly metric: StreamMetricName;
  readonly #rows: number;
  readonly #bound: number;
  readonly #classes: number;
  readonly #byVersion = new Map<string | null, Quality>();
  #trial: { readonly candidate: Served; readonly its: Quality; readonly served: Quality } | undefined;
  #isUseless = false;
  readonly #isLabel: (value: number) => boolean;
  readonly #onRemark: (text: string) => void;
  #hasToldOfLabels = false;

  /** @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`) */
  constructor(options: ShadowOptions, { outputs, task }: OnlineModel, onRemark: (text: string) => void) {
    refuseUnknownOptions('shadow', options, known);
    const { metric = task === 'regression' ? 'rmse' : 'logLoss', rows = 2000, bound = 0.01 } = options;
    this.metric = checkOneOf('shadow.metric', metric, streamMetricNames);
    this.#rows = checkInteger('shadow.rows', rows, { least: 1 });
    this.#bound = checkNumber('shadow.bound', bound, { least: 0 });
    this.#classes = Math.max(2, outputs);
    this.#onRemark = onRemark;
    this.#isLabel =
      task === 'regression'
        ? Number.isFinite
        : (value) => Number.isInteger(value) && value >= 0 && value < this.#classes;
    if ((task === 'regression') !== ['rmse', 'mae'].includes(metric))
      throw invalidOption('shadow.metric', metric, `a metric of ${task ?? 'classification'}`);
  }

  /** Of each version that has served, the latest {@link KEPT} of them. */
  get quality(): ReadonlyMap<string | null, VersionQuality> {
    return new Map(
      [...this.#byVersion].map(([version, { labelledRows, value }]) => [version, { labelledRows, value }]),
    );
  }

  begin(candidate: Served): void {
    const fresh = () => new Quality(this.metric, this.#classes);
    this.#trial = { candidate, its: fresh(), served: fresh() };
    this.#isUseless = false;
  }

  end(): void {
    this.#trial = undefined;
  }

  /** Lets the version on trial predict the labelled ones of rows that were served. */
  async shadow(
    rows: DecodedRows,
    served: { readonly version: string | null; readonly scores: Float32Array },
    candidate: Served | undefined,
  ): Promise<JudgedRows | undefined> {
    const labelled: number[] = [];
    for (const [row, label] of rows.ys.entries())
      if (this.#isLabel(label)) labelled.push(row);
      else if (!Number.isNaN(label)) this.#tellOf(label);
    if (labelled.length === 0) return undefined;
    const { version, scores } = served;
    const all = labelled.length === rows.ys.length;
    const picked = all ? rows : pickRows(rows, labelled);
    const judged = {
      version,
      ys: picked.ys,
      served: all ? scores : pickValues(scores, rows.ys.length, labelled),
    };
    if (candidate === undefined) return { ...judged, candidate: undefined };
    const bad: BadRow[] = [];
    const found = await candidate.predictor.predict(picked, candidate.version, bad);
    const its = bad.length === 0 ? found.scored.scores : undefined;
    return { ...judged, candidate: { served: candidate, scores: its } };
  }

  /** A label that the model cannot predict is none; said once. */
  #tellOf(label: number): void {
    if (this.#hasToldOfLabels) return;
    this.#hasToldOfLabels = true;
    const range = `the classes of the model are 0 to ${this.#classes - 1}`;
    this.#onRemark(
      `A row has the label ${label}, and ${range}: such rows do not count for the comparison of versions.`,
    );
  }

  /** Takes rows into account whose predictions were committed. */
  count({ version, ys, served, candidate }: JudgedRows): void {
    let own = this.#byVersion.get(version);
    if (own === undefined) {
      this.#byVersion.set(version, (own = new Quality(this.metric, this.#classes)));
      const [oldest] = this.#byVersion.keys();
      if (this.#byVersion.size > KEPT && oldest !== undefined) this.#byVersion.delete(oldest);
    }
    own.update(ys, served);
    const trial = this.#trial;
    if (candidate === undefined || candidate.served !== trial?.candidate) return;
    if (candidate.scores === undefined) this.#isUseless = true;
    else {
      trial.its.update(ys, candidate.scores);
      trial.served.update(ys, served);
    }
  }

  verdict(): { readonly isTaken: boolean; readonly reason: string } | undefined {
    const trial = this.#trial;
    if (trial === undefined) return undefined;
    if (this.#isUseless)
      return { isTaken: false, reason: 'it has no finite prediction for rows that the other one predicts.' };
    const { its, served } = trial;
    // Of labels of one class alone, say, some metrics have no value: there is nothing to compare with yet.
    if (its.labelledRows < this.#rows || Number.isNaN(served.value)) return undefined;
    const worse = errors.has(this.metric) ? its.value - served.value : served.value - its.value;
    const reason =
      `on ${its.labelledRows} labelled rows its ${this.metric} was ${its.value.toFixed(4)}, that of the version which ` +
      `serves ${served.value.toFixed(4)}; it may be worse by ${this.#bound}.`;
    // Its value alone is no number: no proof.
    return { isTaken: worse <= this.#bound, reason };
  }
}
