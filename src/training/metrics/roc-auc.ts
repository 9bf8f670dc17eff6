/** The area under the ROC curve of all rows so far, exact while there are few different scores, in bounded memory. */
import type { State } from '../../model/state.ts';
import { StateMismatchError } from '../errors.ts';
import { checkOptions, fieldsOf } from '../state-record.ts';
import { binaryProbability, checkClass, checkRowWeight } from './inputs.ts';
import type { OnlineMetric, Prediction } from './online-metric.ts';
import { rocArea, type ScoreWeights } from './roc-area.ts';
import { nameOf } from './sum-metric.ts';

/** Up to so many different scores the area is exact. */
const EXACT = 4096;
/** A row's weight when fading; above it all weights are brought down again, which does not change the area. */
const GREATEST = 2 ** 500;

/**
 * How likely a row of class 1 has a higher probability than one of class 0 (ties count half): scikit-learn's
 * `roc_auc_score` over all rows, or with older rows fading. NaN while there is one class only.
 *
 * Exact while there are at most 4096 different probabilities; beyond, neighbours in order are merged so that none stands
 * for more than 1/2048 of all rows, which moves the area by less than that. Reading the value sorts, once after each update.
 */
export class RocAuc implements OnlineMetric {
  readonly kind = 'rocAuc';
  readonly name: string;
  readonly takes = 'probability';
  readonly biggerIsBetter = true;
  readonly #fading: number;
  /** Weights of class 0 and class 1 by score. */
  #weights = new Map<number, [negative: number, positive: number]>();
  #total = 0;
  /** What the next row's weight is multiplied by: instead of fading all others, the new one grows. */
  #scale = 1;
  #value: number | undefined;

  constructor(fading: number) {
    this.#fading = fading;
    this.name = nameOf(this.kind, { window: 0, fading });
  }

  get value(): number {
    this.#value ??= rocArea(this.#sorted());
    return this.#value;
  }

  update(truth: number, prediction: Prediction, weight = 1): void {
    checkRowWeight(weight);
    checkClass(truth, 2);
    const score = binaryProbability(prediction);
    this.#value = undefined;
    this.#scale /= this.#fading;
    const scaled = weight * this.#scale;
    const found = this.#weights.get(score);
    if (found) found[truth]! += scaled;
    else this.#weights.set(score, truth === 1 ? [0, scaled] : [scaled, 0]);
    this.#total += scaled;
    if (this.#scale > GREATEST) this.#rescale();
    if (this.#weights.size > EXACT) this.#merge();
  }

  reset(): void {
    this.#weights.clear();
    this.#total = 0;
    this.#scale = 1;
    this.#value = undefined;
  }

  clone(): RocAuc {
    return new RocAuc(this.#fading);
  }

  save(): State {
    const sorted = this.#sorted();
    return {
      options: { fading: this.#fading },
      scale: this.#scale,
      total: this.#total,
      scores: Float64Array.from(sorted, ([score]) => score),
      negatives: Float64Array.from(sorted, ([, negative]) => negative),
      positives: Float64Array.from(sorted, ([, , positive]) => positive),
    };
  }

  restore(state: State): void {
    const { options, scale, total, scores, negatives, positives } = fieldsOf(this.kind, state);
    checkOptions(this.kind, { fading: this.#fading }, options);
    if (typeof scale !== 'number' || typeof total !== 'number')
      throw new StateMismatchError(this.kind, 'its scale or total is no number');
    const isList = (list: State | undefined): list is Float64Array => list instanceof Float64Array;
    if (!isList(scores) || !isList(negatives) || !isList(positives))
      throw new StateMismatchError(this.kind, 'it does not hold scores and their weights');
    if (scores.length !== negatives.length || scores.length !== positives.length)
      throw new StateMismatchError(this.kind, 'it has not as many weights as scores');
    this.#weights = new Map(Array.from(scores, (score, i) => [score, [negatives[i]!, positives[i]!]]));
    this.#scale = scale;
    this.#total = total;
    this.#value = undefined;
  }

  #sorted(): ScoreWeights[] {
    return Array.from(
      this.#weights,
      ([score, [negative, positive]]) => [score, negative, positive] as const,
    ).sort(([one], [other]) => one - other);
  }

  #rescale(): void {
    for (const pair of this.#weights.values()) {
      pair[0] /= this.#scale;
      pair[1] /= this.#scale;
    }
    this.#total /= this.#scale;
    this.#scale = 1;
  }

  #merge(): void {
    const most = (2 * this.#total) / EXACT;
    const merged: [score: number, negative: number, positive: number][] = [];
    for (const [score, negative, positive] of this.#sorted()) {
      const last = merged.at(-1);
      const weight = negative + positive;
      const sum = last ? last[1] + last[2] + weight : 0;
      if (!last || sum > most) merged.push([score, negative, positive]);
      else {
        if (sum > 0) last[0] += (score - last[0]) * (weight / sum);
        last[1] += negative;
        last[2] += positive;
      }
    }
    this.#weights = new Map(merged.map(([score, negative, positive]) => [score, [negative, positive]]));
  }
}
