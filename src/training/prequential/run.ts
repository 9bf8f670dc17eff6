/** One prequential evaluation on its way: rows that wait for their labels, and what was found. */
import { checkInteger, checkNumber, refuseUnknownOptions } from '../../options.ts';
import type { LabelledRow } from '../rows/labelled-rows.ts';
import type { MiniBatch, OnlineModel } from '../../model/online-model.ts';
import { firstNonFinite, missingValuesCure, type RowValues } from '../../finite.ts';
import { DriftReactor } from '../drift/reaction.ts';
import type { DriftDetector } from '../drift/drift-detector.ts';
import { isRowModel } from '../learners/row-model.ts';
import type { Prediction } from '../metrics/online-metric.ts';
import type { EvaluationReport, Forecasts, PrequentialEvaluator } from './evaluator.ts';
import { learnerInput } from '../errors.ts';

/** How late labels come: so many rows, or ms of the rows' timestamps. */
export type LabelDelay = { readonly rows: number } | { readonly ms: number };

/** A clock that rows drive: row numbers, or their timestamps. */
interface DelayClock {
  /** The time of the row. */
  at(row: LabelledRow, index: number): number;
  /** How long its label takes; 0: it is known at once. */
  readonly delay: number;
}

/**
 * The clock of a delay.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for a delay that cannot be; LearnerInputError (`ST_TRAINING_LEARNER_INPUT`)
 *   of its `at` for a row without timestamp
 */
function delayClock(delay: LabelDelay = { rows: 0 }): DelayClock {
  const known: { readonly [unit: string]: true } =
    'ms' in delay && !('rows' in delay) ? { ms: true } : { rows: true };
  refuseUnknownOptions('the option delay of prequential', delay, known);
  const [unit, length] = 'rows' in delay ? (['rows', delay.rows] as const) : (['ms', delay.ms] as const);
  if (unit === 'rows') checkInteger('delay.rows', length);
  else checkNumber('delay.ms', length, { least: 0 });
  if (unit === 'rows') return { delay: length, at: (_row, index) => index };
  let latest = -Infinity;
  return {
    delay: length,
    at({ timestamp }, index) {
      if (timestamp === undefined || !Number.isFinite(timestamp))
        throw learnerInput('prequential', `the timestamp of row ${index}`, timestamp, 'a time in ms');
      // Rows that come late do not turn the clock back.
      latest = Math.max(latest, timestamp);
      return latest;
    },
  };
}

/** Something to mark in a figure. */
export interface DriftMark {
  /** Rows judged before the one that revealed it. */
  readonly row: number;
  readonly kind: 'drift' | 'warning';
}

/** Where an evaluation stands. */
export interface PrequentialPoint extends EvaluationReport {
  /** Rows predicted whose label has not come yet. */
  readonly waiting: number;
  /** Drifts, and rows at which warnings began, since the point before. */
  readonly marks: readonly DriftMark[];
}

/** A row that was predicted. */
interface Predicted {
  readonly xs: ArrayLike<number>;
  readonly truth: number;
  readonly prediction: Prediction;
  /** What the baselines said then; none if its label comes at once. */
  readonly forecasts: Forecasts | undefined;
  /** When its label is known. */
  readonly due: number;
}

/** See `prequential`. */
export class PrequentialRun {
  /** Rows judged in this run. */
  judged = 0;
  readonly #model: OnlineModel;
  readonly #evaluator: PrequentialEvaluator;
  readonly #drift: DriftDetector | undefined;
  readonly #batchSize: number;
  readonly #clock: DelayClock;
  #arrived = 0;
  #waiting: Predicted[] = [];
  #marks: DriftMark[] = [];
  #warned = false;

  constructor(
    model: OnlineModel,
    evaluator: PrequentialEvaluator,
    drift: DriftDetector | undefined,
    batchSize: number,
    delay: LabelDelay | undefined,
  ) {
    this.#model = model;
    this.#evaluator = evaluator;
    this.#drift = drift;
    this.#batchSize = batchSize;
    this.#clock = delayClock(delay);
  }

  /** Learns what became known before these rows, predicts them, and learns them too if their labels are known at once. */
  take(rows: readonly LabelledRow[]): void {
    const first = this.#arrived;
    const times = rows.map((row, i) => this.#clock.at(row, first + i));
    this.#arrived += rows.length;
    this.#reveal(times[0]!);
    const { delay } = this.#clock;
    const forecasts = delay > 0 ? this.#evaluator.forecasts : undefined;
    const predictions = this.#predict(rows, first);
    rows.forEach(({ xs, ys }, i) => {
      // Whoever makes the rows may use their memory again while labels are waited for.
      const kept = delay > 0 ? copied(xs) : xs;
      this.#waiting.push({
        xs: kept,
        truth: ys,
        prediction: predictions[i]!,
        forecasts,
        due: times[i]! + delay,
      });
    });
    if (delay === 0) this.#reveal(Infinity);
  }

  /** Judges and learns what still waits. */
  finish(): void {
    this.#reveal(Infinity);
  }

  point(): PrequentialPoint {
    const marks = this.#marks;
    this.#marks = [];
    return { ...this.#evaluator.report, waiting: this.#waiting.length, marks };
  }

  #reveal(now: number): void {
    let known = 0;
    while (known < this.#waiting.length && this.#waiting[known]!.due <= now) known++;
    if (known === 0) return;
    const rows = known === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, known);
    this.#waiting = this.#waiting.slice(known);
    for (let from = 0; from < rows.length; from += this.#batchSize) {
      const batch = rows.slice(from, from + this.#batchSize);
      if (this.#drift instanceof DriftReactor) this.#drift.remember(this.#mini(batch));
      for (const row of batch) this.#judge(row);
      this.#learn(batch);
    }
  }

  #judge({ truth, prediction, forecasts }: Predicted): void {
    this.#evaluator.update(truth, prediction, 1, forecasts);
    const row = this.judged++;
    const drift = this.#drift;
    if (!drift) return;
    drift.update(this.#evaluator.errorOf(truth, prediction));
    if (drift.driftDetected) this.#marks.push({ row, kind: 'drift' });
    else if (drift.warningDetected && !this.#warned) this.#marks.push({ row, kind: 'warning' });
    this.#warned = drift.warningDetected;
  }

  #predict(rows: readonly LabelledRow[], first: number): Prediction[] {
    const model = this.#model;
    const { features, outputs } = model;
    for (const [i, { xs }] of rows.entries()) {
      if (xs.length !== features)
        throw learnerInput('prequential', `the width of row ${first + i}`, xs.length, String(features));
      const gap = model.takesMissing === true ? undefined : firstNonFinite(xs, features);
      if (gap) {
        const what = `feature ${gap.column} (from 0) of row ${first + i}`;
        throw learnerInput('prequential', what, gap.value, `a finite number; ${missingValuesCure}`);
      }
    }
    if (this.#batchSize === 1 && isRowModel(model)) {
      const prediction = model.predictRow(rows[0]!.xs);
      return [typeof prediction === 'number' ? prediction : prediction.slice()];
    }
    const all = model.predict(flat(rows, model), rows.length);
    return rows.map((_, row) => (outputs === 1 ? all[row]! : all.slice(row * outputs, (row + 1) * outputs)));
  }

  #learn(batch: readonly Predicted[]): void {
    const model = this.#model;
    if (this.#batchSize === 1 && isRowModel(model)) model.learnRow(batch[0]!.xs, batch[0]!.truth);
    else model.learn(this.#mini(batch));
  }

  #mini(batch: readonly Predicted[]): MiniBatch<RowValues> {
    return {
      rows: batch.length,
      xs: flat(batch, this.#model),
      ys: Float32Array.from(batch, ({ truth }) => truth),
    };
  }
}

function flat(
  rows: readonly { readonly xs: ArrayLike<number> }[],
  { features, takesFloat64 }: OnlineModel,
): RowValues {
  const length = rows.length * features;
  const all = takesFloat64 === true ? new Float64Array(length) : new Float32Array(length);
  rows.forEach(({ xs }, i) => all.set(xs, i * features));
  return all;
}

/** `Float64Array.from`, several times as fast. */
function copied(xs: ArrayLike<number>): Float64Array {
  const copy = new Float64Array(xs.length);
  copy.set(xs);
  return copy;
}
