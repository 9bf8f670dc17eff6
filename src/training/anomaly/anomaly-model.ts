/** An anomaly scorer where a model is asked for: in evaluation, training, checkpoints and serving. */
import type { RowValues } from '../../finite.ts';
import type { LearnResult, MiniBatch } from '../../model/online-model.ts';
import { invalidOption } from '../../options.ts';
import type { State } from '../../state.ts';
import { learnerInput } from '../errors.ts';
import { checkBatch, targetOf, weightOf, type RowModel } from '../learners/row-model.ts';
import { checkCounts, fieldsOf, fittingRecord } from '../state-record.ts';
import type { AnomalyScorer } from './anomaly-scorer.ts';

/**
 * Lets an anomaly scorer stand where a model stands. Its prediction is the score; it learns every row, whatever its label. Labels
 * (0 usual, 1 anomaly) only judge it, and a score is no probability: judge it by `rocAuc`, or by metrics with a threshold of your
 * own (`streamMetric('f1', { threshold: 0.9 })`). The loss of a mini-batch is the mean of its scores. A row of weight 0 is
 * not learnt; other weights than 0 and 1 are refused. In the example the scores of the first window are 0 (nothing is known
 * yet), those of its anomalies, too; all later anomalies are found.
 *
 * @example
 * ```ts run
 * const scorer = new HalfSpaceTrees({ features: 3, seed: 1 });
 * const model = withScaler(new OnlineMinMaxScaler(3), anomalyModel(scorer));
 * const rows = Array.from({ length: 2000 }, (_, i) => {
 *   const [shift, ys] = i % 50 === 49 ? [4, 1] : [0, 0];
 *   return { xs: [Math.sin(i) + shift, Math.cos(i), Math.sin(2 * i) - shift], ys };
 * });
 * const { metrics } = await prequentialScore(rows, { model, metrics: ['rocAuc'] });
 * metrics; // { rocAuc: 0.8828125 }
 * ```
 */
export function anomalyModel(scorer: AnomalyScorer): AnomalyModel {
  return new AnomalyModel(scorer);
}

/** Made by {@link anomalyModel}. */
export class AnomalyModel implements RowModel {
  readonly kind: string;
  readonly task = 'classification';
  readonly features: number;
  readonly outputs = 1;
  readonly takesFloat64 = true;
  /** Whose scores these are. */
  readonly scorer: AnomalyScorer;
  #step = 0;

  constructor(scorer: AnomalyScorer) {
    this.kind = scorer.kind;
    this.features = scorer.features;
    this.scorer = scorer;
  }

  /** Rows or mini-batches so far, those of weight 0 too; the rows learnt are `scorer.rows`. */
  get step(): number {
    return this.#step;
  }

  /** Always 0: it has none. */
  get learningRate(): number {
    return 0;
  }

  set learningRate(rate: number) {
    if (rate !== 0) throw invalidOption(`${this.kind}.learningRate`, rate, '0, as this model has none');
  }

  /** Nothing may differ between two lives but what is refused. */
  get restoreRemarks(): readonly string[] {
    return this.scorer.restoreRemarks ?? [];
  }

  predictRow(xs: ArrayLike<number>): number {
    return this.scorer.scoreRow(xs);
  }

  learnRow(xs: ArrayLike<number>, y: number, weight = 1): void {
    this.checkTarget(y);
    this.checkWeight(weight);
    if (weight === 1) this.scorer.learnRow(xs);
    else this.scorer.scoreRow(xs);
    this.#step++;
  }

  predict(xs: RowValues, rows: number): Float32Array {
    return Float32Array.from(this.scorer.score(xs, rows));
  }

  /** The scores of all rows, which are then learnt. */
  learn({ rows, xs, ys, weights }: MiniBatch<RowValues>): LearnResult {
    const { kind, features, scorer } = this;
    checkBatch(kind, features, { rows, xs, ys, ...(weights && { weights }) });
    for (let row = 0; row < rows; row++) {
      this.checkTarget(ys[row]!, row);
      if (weights) this.checkWeight(weights[row]!, row);
    }
    const scores = scorer.score(xs, rows);
    for (let row = 0; row < rows; row++) {
      if (!weights || weights[row] === 1) scorer.learnRow(xs.subarray(row * features, (row + 1) * features));
    }
    this.#step++;
    const loss = scores.reduce((sum, score) => sum + score, 0) / rows;
    return { loss, predictions: Float32Array.from(scores) };
  }

  checkTarget(y: number, row?: number): void {
    if (y === 0 || y === 1) return;
    throw learnerInput(this.kind, targetOf('class', row), y, '0 (usual) or 1 (an anomaly)');
  }

  checkWeight(weight: number, row?: number): void {
    if (weight !== 0 && weight !== 1) throw learnerInput(this.kind, weightOf(row), weight, '0 or 1');
  }

  dispose(): void {}

  save(): State {
    return { step: this.#step, scorer: this.scorer.save() };
  }

  restore(state: State): void {
    const { scorer, ...counts } = fieldsOf(this.kind, state);
    const { step } = fittingRecord(this.kind, { step: 0 }, counts as State);
    checkCounts(this.kind, { step });
    this.scorer.restore(scorer ?? null);
    this.#step = step;
  }
}
