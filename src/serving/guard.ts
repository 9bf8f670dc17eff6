/** The guard: a new version predicts beside the one that serves, and takes over only if it is not worse on labelled rows. */
import {
  checkInteger,
  checkNumber,
  checkOneOf,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../options.ts';
import type { KafkaClient } from '../kafka/index.ts';
import type { OnlineModel } from '../model/index.ts';
import { streamMetric, streamMetricNames, type StreamMetricName } from '../training/index.ts';
import { hasThreshold, type StreamMetricOptions } from '../training/metrics/stream-metric.ts';
import { eachPrediction } from '../training/rows/evaluation.ts';
import type { AwaitingRow } from './label-join.ts';
import { Labels, type LabelsOptions } from './labels.ts';
import { pickRows, pickValues, type BadRow, type DecodedRows, type Served } from './predictor.ts';

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

/** Predictions of rows, by both: what a label is compared with. */
interface Judgement {
  readonly version: string | null;
  readonly served: Float32Array;
  /** Of the version on trial; undefined where there was none. */
  readonly candidate: { readonly served: Served; readonly scores: Float32Array | undefined } | undefined;
}

/** Rows with their labels. */
interface JudgedRows extends Judgement {
  readonly ys: Float32Array;
}

/** A row without a label as yet. */
export interface UnlabelledRow extends AwaitingRow, Judgement {}

/** What the guard is to hear of once rows are committed. */
export interface ShadowedRows {
  readonly judged: JudgedRows | undefined;
  /** Those whose labels come later. */
  readonly awaiting: readonly UnlabelledRow[];
  /** So many more have no key by which a label could find them. */
  readonly keyless: number;
}

/** A metric that counts its rows. */
class Quality {
  readonly #metric;
  labelledRows = 0;

  constructor(name: StreamMetricName, options: StreamMetricOptions) {
    this.#metric = streamMetric(name, options);
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

/** Decides whether a version may take over. Without one, every version that can be loaded does. */
export interface Trial {
  /** A version has been loaded, and is to be compared with the one that serves. */
  begin(candidate: Served): void;
  /** What was found about the candidate so far: undefined while that is not settled. */
  verdict(): { readonly isTaken: boolean; readonly reason: string } | undefined;
  end(): void;
}

/** Judges versions on labelled rows, once these are committed. */
export class Guard implements Trial {
  readonly metric: StreamMetricName;
  readonly #rows: number;
  readonly #bound: number;
  readonly #classes: number;
  readonly #ofMetric: StreamMetricOptions;
  readonly #byVersion = new Map<string | null, Quality>();
  #trial: { readonly candidate: Served; readonly its: Quality; readonly served: Quality } | undefined;
  #isUseless = false;
  readonly #isLabel: (value: number) => boolean;
  readonly #onRemark: (text: string) => void;
  #hasSaidOfLabels = false;
  /** Labels that come later, in a topic of their own. */
  readonly labels: Labels<UnlabelledRow> | undefined;

  /**
   * @param threshold above which probability of class 1 the class is 1
   * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`)
   */
  constructor(
    options: ShadowOptions,
    { outputs, task }: OnlineModel,
    threshold: number,
    onRemark: (text: string) => void,
    later?: { readonly labels: Required<LabelsOptions>; readonly client: KafkaClient },
  ) {
    refuseUnknownOptions('shadow', options, known);
    const { metric = task === 'regression' ? 'rmse' : 'logLoss', rows = 2000, bound = 0.01 } = options;
    this.metric = checkOneOf('shadow.metric', metric, streamMetricNames);
    this.#rows = checkInteger('shadow.rows', rows, { least: 1 });
    this.#bound = checkNumber('shadow.bound', bound, { least: 0 });
    this.#classes = Math.max(2, outputs);
    this.#ofMetric = {
      ...(task !== 'regression' && { classes: this.#classes }),
      ...(outputs === 1 && hasThreshold(metric) && { threshold }),
    };
    this.#onRemark = onRemark;
    this.#isLabel =
      task === 'regression'
        ? (value) => Number.isFinite(Math.fround(value))
        : (value) => Number.isInteger(value) && value >= 0 && value < this.#classes;
    if ((task === 'regression') !== ['rmse', 'mae'].includes(metric))
      throw invalidOption('shadow.metric', metric, `a metric of ${task ?? 'classification'}`);
    this.labels =
      later &&
      new Labels(later.labels, {
        ...{ client: later.client, onRemark, isLabel: this.#isLabel },
        onJoined: (row, label) => this.#judge({ ...row, ys: Float32Array.of(label) }),
      });
  }

  /** Of each version that has served, the latest {@link KEPT} of them. */
  get quality(): ReadonlyMap<string | null, VersionQuality> {
    return new Map(
      [...this.#byVersion].map(([version, { labelledRows, value }]) => [version, { labelledRows, value }]),
    );
  }

  begin(candidate: Served): void {
    const fresh = () => new Quality(this.metric, this.#ofMetric);
    this.#trial = { candidate, its: fresh(), served: fresh() };
    this.#isUseless = false;
  }

  end(): void {
    this.#trial = undefined;
  }

  /** Lets the version on trial predict, of rows that were served, those that have a label or wait for one. */
  async shadow(
    rows: DecodedRows,
    served: { readonly version: string | null; readonly scores: Float32Array },
    candidate: Served | undefined,
  ): Promise<ShadowedRows | undefined> {
    const [labelled, others]: [number[], number[]] = [[], []];
    for (const [row, label] of rows.ys.entries())
      if (this.#isLabel(label)) labelled.push(row);
      else if (Number.isNaN(label)) others.push(row);
      else this.#sayOf(label);
    const awaiting = this.labels === undefined ? [] : others.filter((row) => rows.records[row]!.key !== null);
    const keyless = this.labels === undefined ? 0 : others.length - awaiting.length;
    if (labelled.length + awaiting.length === 0)
      return keyless === 0 ? undefined : { judged: undefined, awaiting: [], keyless };
    const wanted = awaiting.length === 0 ? labelled : [...labelled, ...awaiting];
    const all = labelled.length === rows.ys.length;
    const picked = all ? rows : pickRows(rows, wanted);
    const scores = all ? served.scores : pickValues(served.scores, rows.ys.length, wanted);
    const its = candidate && (await scoresOf(candidate, picked));
    const count = wanted.length;
    const part = (from: number, to: number): Judgement => ({
      version: served.version,
      served: partOf(scores, count, from, to),
      candidate: candidate && { served: candidate, scores: its && partOf(its, count, from, to) },
    });
    const judged = { ...part(0, labelled.length), ys: picked.ys.subarray(0, labelled.length) };
    return {
      judged: labelled.length === 0 ? undefined : judged,
      awaiting: awaiting.map((row, at) => {
        const { key, timestamp } = rows.records[row]!;
        const own = labelled.length + at;
        return { ...part(own, own + 1), key: key!.toString('latin1'), time: timestamp };
      }),
      keyless,
    };
  }

  /** A label that the model cannot predict is none; said once. */
  #sayOf(label: number): void {
    if (this.#hasSaidOfLabels) return;
    this.#hasSaidOfLabels = true;
    const range = `the classes of the model are 0 to ${this.#classes - 1}`;
    this.#onRemark(
      `A row has the label ${label}, and ${range}: such rows do not count for the comparison of versions.`,
    );
  }

  /** Takes rows into account whose predictions were committed. */
  count({ judged, awaiting, keyless }: ShadowedRows): void {
    if (judged !== undefined) this.#judge(judged);
    this.labels?.add(awaiting, keyless);
  }

  #judge({ version, ys, served, candidate }: JudgedRows): void {
    let own = this.#byVersion.get(version);
    if (own === undefined) {
      this.#byVersion.set(version, (own = new Quality(this.metric, this.#ofMetric)));
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

/** What a version predicts for rows; undefined where it has no finite prediction for one of them. */
async function scoresOf(
  { predictor, version }: Served,
  rows: DecodedRows,
): Promise<Float32Array | undefined> {
  const bad: BadRow[] = [];
  const { scored } = await predictor.predict(rows, version, bad);
  return bad.length === 0 ? scored.scores : undefined;
}

/** The scores of some of `count` rows, copied: rows that wait do not hold all those of their batch. */
function partOf(scores: Float32Array, count: number, from: number, to: number): Float32Array {
  const width = scores.length / count;
  return scores.slice(from * width, to * width);
}
