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
  /** Calls `plus` with what the row at `rows[at]` adds, at a weight of 1, to which sums; 0 or more. */
  add(rows: Float64Array, at: number, plus: Plus): void;
  /** The metric; NaN where no row has counted. */
  value(sums: Float64Array): number;
  /** The sums of all rows as made from those of an earlier version; undefined where `sums` are not such. */
  ofEarlier?(sums: Float64Array): Float64Array | undefined;
}

/** Adds an amount to the sum at a place. */
export type Plus = (place: number, amount: number) => void;

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
  /** The weight of the row that comes or leaves. */
  #weight = 1;
  /** Of a window: how many of its rows add to each sum. Without any it is 0, whatever rounding left of it. */
  readonly #counts: Uint32Array;
  /** Places that the row which left took something from, and how many these are. */
  readonly #left: Uint32Array;
  #leftCount = 0;

  constructor(kind: string, recipe: MetricRecipe, reach: Reach, options: StateRecord) {
    this.kind = kind;
    this.name = nameOf(kind, reach);
    this.takes = recipe.takes;
    this.biggerIsBetter = recipe.biggerIsBetter;
    this.#recipe = recipe;
    this.#reach = reach;
    this.#options = options;
    this.#row = new Float64Array(recipe.width);
    const places = reach.window > 0 ? recipe.sums : 0;
    this.#counts = new Uint32Array(places);
    this.#left = new Uint32Array(places);
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
    else {
      this.#weight = weight;
      this.#recipe.add(this.#row, 0, this.#plus);
    }
    this.#memory.rows++;
  }

  reset(): void {
    this.#memory = this.#empty();
    this.#counts.fill(0);
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
    const made = fields.sums instanceof Float64Array ? this.#recipe.ofEarlier?.(fields.sums) : undefined;
    const isOld = made !== undefined || !Object.hasOwn(fields, 'most'); // earlier versions kept none
    const given = isOld ? { ...fields, sums: made ?? fields.sums, most: this.#empty().most } : fields;
    const found = fittingRecord(this.kind, this.#memory, given as State);
    const { window } = this.#reach;
    checkCounts(this.kind, { rows: found.rows });
    checkRing(this.kind, window, found.at, Math.min(window, found.rows));
    this.#memory = found;
    if (window > 0) this.#sumRestored(isOld);
  }

  /** Counts the rows of a restored window; sums of an earlier version are summed from them. */
  #sumRestored(isOld: boolean): void {
    const all = this.#memory;
    const { sums, most } = copiedRecord(all);
    for (const places of [all.sums, all.most, this.#counts]) places.fill(0);
    this.#sumAgain();
    if (isOld) return;
    for (let place = 0; place < sums.length; place++) {
      if (this.#counts[place] === 0) continue;
      all.sums[place] = sums[place]!;
      all.most[place] = most[place]!;
    }
  }

  /** Puts the row in the place of the oldest one. */
  #slide(weight: number): void {
    const all = this.#memory;
    const place = all.at * (this.#recipe.width + 1);
    this.#leftCount = 0;
    this.#each(place, this.#leave);
    all.window[place] = weight;
    all.window.set(this.#row, place + 1);
    all.at = (all.at + 1) % this.#reach.window;
    this.#each(place, this.#enter);
    if (this.#hasFallen() || all.at === 0) this.#sumAgain();
  }

  /** What the row at a place of the window adds; nothing where none is yet. */
  #each(place: number, plus: Plus): void {
    const { window } = this.#memory;
    this.#weight = window[place]!;
    if (this.#weight > 0) this.#recipe.add(window, place + 1, plus);
  }

  readonly #plus: Plus = (place, amount) => {
    this.#memory.sums[place]! += this.#weight * amount;
  };

  readonly #enter: Plus = (place, amount) => {
    const change = this.#weight * amount;
    if (change === 0) return;
    const { sums, most } = this.#memory;
    this.#counts[place]!++;
    sums[place]! += change;
    if (sums[place]! > most[place]!) most[place] = sums[place]!;
  };

  readonly #leave: Plus = (place, amount) => {
    const change = this.#weight * amount;
    if (change === 0) return;
    if (--this.#counts[place]! === 0) this.#clear(place, amount);
    else {
      this.#memory.sums[place]! -= change;
      this.#left[this.#leftCount++] = place;
    }
  };

  readonly #clear: Plus = (place) => {
    this.#memory.sums[place] = 0;
    this.#memory.most[place] = 0;
    this.#counts[place] = 0;
  };

  /** Whether a sum is so much less than it was that the rounding of then counts now. */
  #hasFallen(): boolean {
    const { sums, most } = this.#memory;
    for (let i = 0; i < this.#leftCount; i++) {
      const place = this.#left[i]!;
      if (sums[place]! < FALLEN * most[place]!) return true;
    }
    return false;
  }

  /** Sums the rows of the window, once in each turn and after a fall, so that rounding does not add up. */
  #sumAgain(): void {
    const step = this.#recipe.width + 1;
    const { length } = this.#memory.window;
    for (let place = 0; place < length; place += step) this.#each(place, this.#clear);
    for (let place = 0; place < length; place += step) this.#each(place, this.#enter);
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
