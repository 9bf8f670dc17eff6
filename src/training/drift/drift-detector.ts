/** What every drift detector is. */
import type { State, Stateful } from '../../state.ts';
import {
  checkStateOptions,
  copiedRecord,
  fieldsOf,
  fittingRecord,
  type StateRecord,
} from '../state-record.ts';
import { learnerInput, StateMismatchError } from '../errors.ts';

/**
 * Watches one number a row, such as whether the model was wrong, and says when what it comes from has changed.
 *
 * @example
 * ```ts
 * const detector = new Adwin();
 * for (const error of [0, 0, 1, 0, 1, 1]) {
 *   detector.update(error);
 *   if (detector.driftDetected) console.log('drift');
 * }
 * ```
 */
export interface DriftDetector extends Stateful {
  /** What it takes: errors (0 or 1) or any number. */
  readonly takes: 'error' | 'number';
  /** Whether the last number revealed a drift. After a drift it starts over with the next number. */
  readonly driftDetected: boolean;
  /** Whether the last number made a drift likely; always false where the method knows no warning. */
  readonly warningDetected: boolean;
  /**
   * Takes the next number into account.
   *
   * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for a number it cannot take; it is then unchanged
   */
  update(value: number): void;
  /** Forgets everything, as if it were new. */
  reset(): void;
}

/** What the detectors here have in common: options, and a flat record of numbers that is their whole memory. */
export abstract class RecordDetector<
  Memory extends StateRecord,
  Options extends StateRecord,
> implements DriftDetector {
  abstract readonly kind: string;
  abstract readonly takes: 'error' | 'number';
  /** What it remembers; replaced as a whole by `reset`. */
  protected memory: Memory;
  protected drift = false;
  protected warning = false;
  protected readonly options: Options;
  readonly #empty: () => Memory;

  protected constructor(options: Options, empty: () => Memory) {
    this.options = options;
    this.#empty = empty;
    this.memory = empty();
  }

  get driftDetected(): boolean {
    return this.drift;
  }

  get warningDetected(): boolean {
    return this.warning;
  }

  update(value: number): void {
    checkValue(this, value);
    if (this.drift) this.reset();
    this.observe(value);
  }

  reset(): void {
    this.memory = this.#empty();
    this.drift = false;
    this.warning = false;
  }

  save(): State {
    const { drift, warning } = this;
    return { options: this.options, flags: { drift, warning }, memory: copiedRecord(this.memory) };
  }

  restore(state: State): void {
    const { options, flags, memory } = fieldsOf(this.kind, state);
    checkStateOptions(this.kind, this.options, options);
    const { drift, warning } = fittingRecord(this.kind, { drift: false, warning: false }, flags);
    const found = fittingRecord(this.kind, this.#empty(), memory);
    const problem = this.problemOf(found);
    if (problem !== undefined) throw new StateMismatchError({ kind: this.kind, problem });
    this.memory = found;
    this.drift = drift;
    this.warning = warning;
  }

  /** Why a memory of the right shape cannot be one, if so. */
  protected abstract problemOf(memory: Memory): string | undefined;

  /** Takes a checked number into `memory` and sets `drift` and `warning`. */
  protected abstract observe(value: number): void;
}

/** Which of these is no count, or not what it began with although nothing was counted: what is wrong, if anything. */
export function problemOfCounts(
  counts: Readonly<Record<string, number>>,
  starts: Readonly<Record<string, number>> = {},
): string | undefined {
  for (const [name, count] of Object.entries(counts))
    if (!Number.isSafeInteger(count) || count < 0) return `its ${name} is ${count}`;
  const isNew = Object.values(counts).every((count) => count === 0);
  for (const [name, start] of Object.entries(starts))
    if (!isNew && !Number.isFinite(start)) return `its ${name} is ${start} after some numbers`;
  return undefined;
}

/** Beyond it, sums of squares would leave float64, and a detector would never report again. */
const GREATEST = 1e150;

/** Refuses a number that a detector cannot take. */
export function checkValue({ kind, takes }: Pick<DriftDetector, 'kind' | 'takes'>, value: number): void {
  if (takes === 'error' && value !== 0 && value !== 1)
    throw learnerInput(kind, 'the error', value, '0 (right) or 1 (wrong)');
  if (!(Math.abs(value) <= GREATEST))
    throw learnerInput(kind, 'the number', value, `a finite one, of at most ${GREATEST} either way`);
}

/** The mean after one more value; `n` counts it already. */
export function nextMean(mean: number, n: number, value: number): number {
  return mean + (1 / n) * (value - mean);
}
