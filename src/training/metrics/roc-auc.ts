/** The area under the ROC curve of a stream: of all rows or fading ones, of the last rows, and from fixed thresholds. */
import type { State } from '../../state.ts';
import { StateMismatchError } from '../errors.ts';
import { checkRing, checkStateOptions, fieldsOf, copiedRecord, fittingRecord } from '../state-record.ts';
import {
  binaryProbability,
  checkClass,
  checkRowWeight,
  type OnlineMetric,
  type Prediction,
} from './online-metric.ts';
import { nameOf, type MetricRecipe } from './sum-metric.ts';

/** Up to so many different scores the area is exact. */
const EXACT = 4096;
/** What the weights of rows are multiplied by when fading; above it all are brought down again, which does not change the area. */
const GREATEST = 2 ** 100;

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
    if (this.#scale > GREATEST) this.#rescale();
    const scaled = weight * this.#scale;
    const found = this.#weights.get(score);
    if (found) found[truth]! += scaled;
    else this.#weights.set(score, truth === 1 ? [0, scaled] : [scaled, 0]);
    this.#total += scaled;
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
    checkStateOptions(this.kind, { fading: this.#fading }, options);
    const numbers = fittingRecord(
      this.kind,
      { scale: 1, total: 0 },
      { scale: scale ?? null, total: total ?? null },
    );
    if (!(numbers.scale > 0 && numbers.total >= 0))
      throw new StateMismatchError({ kind: this.kind, problem: 'its scale or total is below 0' });
    const isList = (list: State | undefined): list is Float64Array => list instanceof Float64Array;
    if (!isList(scores) || !isList(negatives) || !isList(positives))
      throw new StateMismatchError({ kind: this.kind, problem: 'it does not hold scores and their weights' });
    if (scores.length !== negatives.length || scores.length !== positives.length)
      throw new StateMismatchError({ kind: this.kind, problem: 'it has not as many weights as scores' });
    if (!scores.every((score, i) => score >= (i === 0 ? 0 : scores[i - 1]!) && score <= 1))
      throw new StateMismatchError({ kind: this.kind, problem: 'its scores are no probabilities in order' });
    if (![negatives, positives].every((list) => list.every((weight) => weight >= 0 && weight < Infinity)))
      throw new StateMismatchError({ kind: this.kind, problem: 'a score has no finite weight' });
    this.#weights = new Map(Array.from(scores, (score, i) => [score, [negatives[i]!, positives[i]!]]));
    this.#scale = numbers.scale;
    this.#total = numbers.total;
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

/**
 * How likely a row of class 1 has a higher probability than one of class 0 (ties count half), exactly, over the last rows:
 * scikit-learn's `roc_auc_score`, and River's `RollingROCAUC` where there are no ties. NaN while the window holds one class
 * only. Reading the value sorts the window, once after each update.
 */
export class RollingRocAuc implements OnlineMetric {
  readonly kind: string;
  readonly name: string;
  readonly takes = 'probability';
  readonly biggerIsBetter = true;
  readonly #size: number;
  #memory: ReturnType<typeof emptyWindow>;
  #value: number | undefined;

  constructor(size: number, kind = 'rollingRocAuc') {
    this.#size = size;
    this.kind = kind;
    this.name = `${this.kind}@${size}`;
    this.#memory = emptyWindow(size);
  }

  get value(): number {
    this.#value ??= this.#area();
    return this.#value;
  }

  update(truth: number, prediction: Prediction, weight = 1): void {
    checkRowWeight(weight);
    checkClass(truth, 2);
    const score = binaryProbability(prediction);
    const memory = this.#memory;
    const { at } = memory;
    memory.truths[at] = truth;
    memory.scores[at] = score;
    memory.weights[at] = weight;
    memory.at = (at + 1) % this.#size;
    memory.rows = Math.min(memory.rows + 1, this.#size);
    this.#value = undefined;
  }

  reset(): void {
    this.#memory = emptyWindow(this.#size);
    this.#value = undefined;
  }

  clone(): RollingRocAuc {
    return new RollingRocAuc(this.#size, this.kind);
  }

  save(): State {
    return { options: { window: this.#size }, memory: copiedRecord(this.#memory) };
  }

  restore(state: State): void {
    const { options, memory } = fieldsOf(this.kind, state);
    checkStateOptions(this.kind, { window: this.#size }, options);
    const found = fittingRecord(this.kind, this.#memory, memory);
    checkRing(this.kind, this.#size, found.at, found.rows);
    this.#memory = found;
    this.#value = undefined;
  }

  #area(): number {
    const { truths, scores, weights, rows } = this.#memory;
    const order = Array.from({ length: rows }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
    return rocArea(
      order.map((i) => [scores[i]!, truths[i] === 1 ? 0 : weights[i]!, truths[i] === 1 ? weights[i]! : 0]),
    );
  }
}

function emptyWindow(size: number) {
  const numbers = () => new Float64Array(size);
  return { truths: numbers(), scores: numbers(), weights: numbers(), at: 0, rows: 0 };
}

/** A score, and the weight of the rows of class 0 and of class 1 that have it. */
type ScoreWeights = readonly [score: number, negative: number, positive: number];

/**
 * How likely a row of class 1 has a higher score than one of class 0, ties counting half: scikit-learn's `roc_auc_score`.
 *
 * J. A. Hanley, B. J. McNeil: "The meaning and use of the area under a receiver operating characteristic (ROC) curve",
 * Radiology 143, 1982.
 *
 * @param sorted by score; a score may come more than once
 * @returns NaN unless both classes have weight
 */
function rocArea(sorted: readonly ScoreWeights[]): number {
  let [negatives, positives, pairs] = [0, 0, 0];
  for (let i = 0; i < sorted.length;) {
    const [score] = sorted[i]!;
    let [tiedNegatives, tiedPositives] = [0, 0];
    for (; i < sorted.length && sorted[i]![0] === score; i++) {
      tiedNegatives += sorted[i]![1];
      tiedPositives += sorted[i]![2];
    }
    pairs += tiedPositives * (negatives + tiedNegatives / 2);
    negatives += tiedNegatives;
    positives += tiedPositives;
  }
  return pairs / (negatives * positives);
}

/**
 * River's `ROCAUC`: the trapezoids under the curve of `thresholds` evenly spaced thresholds. Sums: for each threshold the
 * true and the false positives, then all positives and all negatives. NaN while there is one class only. With few
 * thresholds it says far too little where most probabilities lie between two of them, as those of a rare class do.
 */
export function rocAucRecipe(thresholds: number): MetricRecipe {
  const cuts = Float64Array.from({ length: thresholds }, (_, i) => i / (thresholds - 1));
  cuts[0]! -= 1e-7;
  cuts[thresholds - 1]! += 1e-7;
  const positives = 2 * thresholds;
  return {
    sums: 2 * thresholds + 2,
    width: 2,
    memory: 0,
    takes: 'probability',
    biggerIsBetter: true,
    encode(row, truth, prediction) {
      checkClass(truth, 2);
      row[0] = truth;
      row[1] = binaryProbability(prediction);
    },
    add(rows, at, plus) {
      const side = rows[at] === 1 ? 0 : 1;
      plus(positives + side, 1);
      for (let i = 0; i < thresholds && rows[at + 1]! > cuts[i]!; i++) plus(2 * i + side, 1);
    },
    value(sums) {
      const [all, none] = [sums[positives]!, sums[positives + 1]!];
      if (!(all > 0 && none > 0)) return NaN;
      const rate = (i: number, side: number) => sums[2 * i + side]! / (side === 0 ? all : none);
      let area = 0;
      for (let i = 1; i < thresholds; i++)
        area += ((rate(i - 1, 0) + rate(i, 0)) / 2) * (rate(i - 1, 1) - rate(i, 1));
      return area;
    },
  };
}
