/** A metric over all rows, over the last ones, or over fading ones, computed from sums. */
import { type MetricInput, type Prediction, checkRowWeight, type OnlineMetric } from './online-metric.ts';
import type { State } from '../../state.ts';
import {
  checkCounts,
  checkRing,
  copiedRecord,
  checkStateOptions,
  fieldsOf,
  fittingRecord,
  type StateRecord,
} from '../state-record.ts';

/**
 * A metric as sums: each row becomes a few numbers, these change sums, and the metric is a function of the sums. So rows
 * can leave a window again, and old ones can fade.
 */
export interface MetricRecipe {
  /** How many sums there are. */
  readonly sums: number;
  /** Numbers a row becomes. */
  readonly width: number;
  /** Numbers that are remembered besides, such as the last class. */
  readonly memory: number;
  readonly takes: MetricInput;
  readonly biggerIsBetter: boolean;
  /** Writes a row's numbers into `row`; refuses what it cannot take. Changes nothing else but, last, `memory`. */
  encode(
    row: Float64Array,
    truth: number,
    prediction: Prediction,
    sums: Float64Array,
    memory: Float64Array,
  ): void;
  /** Adds the row at `rows[at]` to the sums, `weight` times; a negative weight takes it out. */
  add(sums: Float64Array, rows: Float64Array, at: number, weight: number): void;
  /** The metric; NaN where no row has counted. */
  value(sums: Float64Array): number;
}

/** Which rows count. */
interface Reach {
  /** Only the last so many rows; 0: all. */
  readonly window: number;
  /** Each row's weight is multiplied by this with every further row; 1: it is kept. */
  readonly fading: number;
}

interface Memory extends Record<string, number | Float64Array> {
  sums: Float64Array;
  memory: Float64Array;
  /** Of a window: the greatest that each sum was since they were last summed from its rows. */
  most: Float64Array;
  /** The rows in the window, each with its weight first. */
  window: Float64Array;
  at: number;
  rows: number;
}

/** A sum that fell below this share of what it was has lost digits: what left the window took them along. */
const FALLEN = 2 ** -10;

/** See {@link MetricRecipe}. */
export class SumMetric implements OnlineMetric {
  readonly kind: string;
  readonly name: string;
  readonly takes: MetricInput;
  readonly biggerIsBetter: boolean;
  readonly #recipe: MetricRecipe;
  readonly #reach: Reach;
  readonly #options: StateRecord;
  readonly #row: Float64Array;
  #memory: Memory;

  constructor(kind: string, recipe: MetricRecipe, reach: Reach, options: StateRecord) {
    this.kind = kind;
    this.name = nameOf(kind, reach);
    this.takes = recipe.takes;
    this.biggerIsBetter = recipe.biggerIsBetter;
    this.#recipe = recipe;
    this.#reach = reach;
    this.#options = options;
    this.#row = new Float64Array(recipe.width);
    this.#memory = this.#empty();
  }

  get value(): number {
    return this.#memory.rows === 0 ? NaN : this.#recipe.value(this.#memory.sums);
  }

  /** The sums themselves. A copy. */
  get sums(): Float64Array {
    return this.#memory.sums.slice();
  }

  update(truth: number, prediction: Prediction, weight = 1): void {
    checkRowWeight(weight);
    const { sums, memory } = this.#memory;
    this.#recipe.encode(this.#row, truth, prediction, sums, memory);
    const { window, fading } = this.#reach;
    if (fading !== 1) for (let i = 0; i < sums.length; i++) sums[i]! *= fading;
    if (window > 0) this.#slide(weight);
    else this.#recipe.add(sums, this.#row, 0, weight);
    this.#memory.rows++;
  }

  reset(): void {
    this.#memory = this.#empty();
  }

  clone(): SumMetric {
    return new SumMetric(this.kind, this.#recipe, this.#reach, this.#options);
  }

  save(): State {
    return { options: this.#options, memory: copiedRecord(this.#memory) };
  }

  restore(state: State): void {
    const { options, memory } = fieldsOf(this.kind, state);
    checkStateOptions(this.kind, this.#options, options);
    const fields = fieldsOf(this.kind, memory);
    const isOld = !Object.hasOwn(fields, 'most'); // earlier versions kept none
    const given = isOld ? { ...fields, most: this.#empty().most } : fields;
    const found = fittingRecord(this.kind, this.#memory, given as State);
    const { window } = this.#reach;
    checkCounts(this.kind, { rows: found.rows });
    checkRing(this.kind, window, found.at, Math.min(window, found.rows));
    this.#memory = found;
    if (isOld && window > 0) this.#sumAnew();
  }

  /** Puts the row in the place of the oldest one. */
  #slide(weight: number): void {
    const { width } = this.#recipe;
    const all = this.#memory;
    const place = all.at * (width + 1);
    if (all.rows >= this.#reach.window)
      this.#recipe.add(all.sums, all.window, place + 1, -all.window[place]!);
    all.window[place] = weight;
    all.window.set(this.#row, place + 1);
    all.at = (all.at + 1) % this.#reach.window;
    this.#recipe.add(all.sums, all.window, place + 1, weight);
    if (this.#hasFallen() || all.at === 0) this.#sumAnew();
  }

  /** Whether a sum is so much less than it was that the rounding of then counts now. */
  #hasFallen(): boolean {
    const { sums, most } = this.#memory;
    let fallen = false;
    for (let i = 0; i < sums.length; i++) {
      const size = Math.abs(sums[i]!);
      if (size > most[i]!) most[i] = size;
      else if (size < FALLEN * most[i]!) fallen = true;
    }
    return fallen;
  }

  /** Sums the rows of the window, once in each turn and after a fall, so that rounding does not add up. */
  #sumAnew(): void {
    const { width } = this.#recipe;
    const { sums, most, window } = this.#memory;
    sums.fill(0);
    for (let place = 0; place < window.length; place += width + 1)
      this.#recipe.add(sums, window, place + 1, window[place]!);
    for (let i = 0; i < sums.length; i++) most[i] = Math.abs(sums[i]!);
  }

  #empty(): Memory {
    const { sums, width, memory } = this.#recipe;
    return {
      sums: new Float64Array(sums),
      memory: new Float64Array(memory),
      most: new Float64Array(this.#reach.window > 0 ? sums : 0),
      window: new Float64Array(this.#reach.window * (width + 1)),
      at: 0,
      rows: 0,
    };
  }
}

/** The name that says which rows count. */
export function nameOf(kind: string, { window, fading }: Reach): string {
  if (window > 0) return `${kind}@${window}`;
  return fading === 1 ? kind : `${kind}~${fading}`;
}
