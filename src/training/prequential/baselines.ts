/** What a model has to beat: repeating the last class, and always saying the most frequent one. */
import type { State, Stateful } from '../../state.ts';
import { checkCounts, copiedRecord, fittingRecord } from '../state-record.ts';

/** What a baseline says of the next row. */
export interface Forecast {
  /** The class, or the value of a regression. */
  readonly label: number;
  /** A probability for each class; empty for a regression, and where nobody asks. */
  readonly probabilities: Float64Array;
}

/** Learns from truths alone. */
export interface Baseline extends Stateful {
  /** The same object until `learn` changes what it says. */
  readonly forecast: Forecast;
  learn(truth: number): void;
}

/**
 * Says what the last row was: the last class, or the last value. Its probability for the last class is how often repeating
 * was right so far (one hit and one miss are assumed at the start); the others share the rest. 0 before the first row.
 *
 * @param classes 0 for a regression
 * @param probable whether probabilities are asked for
 */
export function noChange(classes: number, probable = true): Baseline {
  const start = { rows: 0, last: 0, repeats: 0 };
  return new RecordBaseline('noChange', start, probable ? classes : 0, {
    counts: ({ rows, repeats }) => ({ rows, repeats }),
    learn(memory, truth) {
      if (memory.rows > 0 && memory.last === truth) memory.repeats++;
      memory.rows++;
      memory.last = truth;
    },
    label: ({ last }) => last,
    probability({ rows, last, repeats }, label) {
      if (rows === 0) return 1 / classes;
      const share = (repeats + 1) / (rows + 1);
      return label === last ? share : (1 - share) / (classes - 1);
    },
  });
}

/**
 * Says the most frequent class so far (the first of equal ones), or the mean so far. Its probabilities are how frequent
 * the classes were, one row of each assumed at the start. 0 before the first row.
 *
 * @param classes 0 for a regression
 * @param probable whether probabilities are asked for
 */
export function majority(classes: number, probable = true): Baseline {
  const start = { rows: 0, sum: 0, counts: new Float64Array(classes) };
  return new RecordBaseline('majority', start, probable ? classes : 0, {
    counts: ({ rows, counts }) => ({ rows, ...Object.fromEntries(counts.entries()) }),
    learn(memory, truth) {
      memory.rows++;
      if (classes === 0) memory.sum += truth;
      else memory.counts[truth]!++;
    },
    label({ rows, sum, counts }) {
      if (classes === 0) return rows === 0 ? 0 : sum / rows;
      let best = 0;
      for (let c = 1; c < classes; c++) if (counts[c]! > counts[best]!) best = c;
      return best;
    },
    probability: ({ rows, counts }, label) => (counts[label]! + 1) / (rows + classes),
  });
}

const none = new Float64Array(0);

interface Rules<Memory> {
  /** What of it counts rows. */
  counts(memory: Memory): Readonly<Record<string, number>>;
  learn(memory: Memory, truth: number): void;
  label(memory: Memory): number;
  probability(memory: Memory, label: number): number;
}

class RecordBaseline<Memory extends Record<string, number | Float64Array>> implements Baseline {
  readonly kind: string;
  readonly #probabilities: number;
  readonly #rules: Rules<Memory>;
  #memory: Memory;
  #forecast: Forecast | undefined;

  constructor(kind: string, start: Memory, probabilities: number, rules: Rules<Memory>) {
    this.kind = kind;
    this.#probabilities = probabilities;
    this.#rules = rules;
    this.#memory = copiedRecord(start);
  }

  get forecast(): Forecast {
    this.#forecast ??= { label: this.#rules.label(this.#memory), probabilities: this.#probable() };
    return this.#forecast;
  }

  learn(truth: number): void {
    this.#rules.learn(this.#memory, truth);
    this.#forecast = undefined;
  }

  #probable(): Float64Array {
    const length = this.#probabilities;
    if (length === 0) return none;
    const probabilities = new Float64Array(length);
    for (let label = 0; label < length; label++)
      probabilities[label] = this.#rules.probability(this.#memory, label);
    return probabilities;
  }

  save(): State {
    return copiedRecord(this.#memory);
  }

  restore(state: State): void {
    const memory = fittingRecord(this.kind, this.#memory, state);
    checkCounts(this.kind, this.#rules.counts(memory));
    this.#memory = memory;
    this.#forecast = undefined;
  }
}
