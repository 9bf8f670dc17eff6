/** States that are flat records of numbers and arrays: copied out, and taken back only where they fit. */
import type { State, StateArray } from '../state.ts';
import { StateMismatchError } from './errors.ts';

/** A flat record as it stands in a state. */
export type StateRecord = Readonly<Record<string, number | boolean | string | StateArray>>;

/** A record with copies of its arrays, so that later changes do not reach it. */
export function copiedRecord<R extends StateRecord>(record: R): R {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, typeof value === 'object' ? value.slice() : value]),
  ) as R;
}

/**
 * The state as a record like `like`: the same names, types and lengths of arrays, and finite numbers. Copies its arrays.
 *
 * @param kind who restores, for the message
 * @param like one that has seen no row: an infinity that it begins with may stand at its place
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`)
 */
export function fittingRecord<R extends StateRecord>(kind: string, like: R, state: State | undefined): R {
  const found = fieldsOf(kind, state);
  for (const name of Object.keys(found)) {
    if (!Object.hasOwn(like, name))
      throw new StateMismatchError({ kind, problem: `it has ${name}, which is not known` });
  }
  for (const [name, wanted] of Object.entries(like)) {
    const value = found[name];
    if (typeOf(value) !== typeOf(wanted))
      throw new StateMismatchError({
        kind,
        problem: `its ${name} is ${typeOf(value)}, not ${typeOf(wanted)}`,
      });
    checkFinite(kind, name, value, wanted);
  }
  return copiedRecord(found as R);
}

/**
 * Refuses numbers that are NaN or infinite, but for an infinity that `like` has at the same place.
 *
 * @param name what they are, for the message
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`)
 */
function checkFinite(kind: string, name: string, value: State | undefined, like?: State): void {
  const [numbers, wanted] = [numbersOf(value), numbersOf(like)];
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    if (!Number.isFinite(number) && !Object.is(number, wanted[i]))
      throw new StateMismatchError({ kind, problem: `its ${name} holds ${number}` });
  }
}

const none = new Float64Array(0);

function numbersOf(value: State | undefined): ArrayLike<number> {
  if (typeof value === 'number') return [value];
  return value instanceof Float64Array || value instanceof Float32Array ? value : none;
}

/**
 * Refuses counts that count nothing: not whole, below 0, or no numbers.
 *
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`)
 */
export function checkCounts(kind: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new StateMismatchError({ kind, problem: `its ${name} is ${count}` });
  }
}

/**
 * Refuses a window of the last `size` rows that cannot be: `at` is where the next one goes, `count` how many there are.
 *
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`)
 */
export function checkRing(kind: string, size: number, at: number, count: number): void {
  checkCounts(kind, { at, count });
  if (at >= Math.max(1, size) || count > size)
    throw new StateMismatchError({
      kind,
      problem: `its window of ${size} holds ${count}, the next at ${at}`,
    });
}

/**
 * Refuses a state whose options are others than ours.
 *
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`)
 */
export function checkStateOptions(kind: string, options: StateRecord, state: State | undefined): void {
  const found = fittingRecord(kind, options, state);
  for (const [name, wanted] of Object.entries(options)) {
    if (Object.is(found[name], wanted)) continue;
    throw new StateMismatchError({
      kind,
      problem: `its ${name} is ${String(found[name])}, not ${String(wanted)}`,
    });
  }
}

/**
 * The rates a restored model goes on with: one that it was made with another value than the state's model is the new one;
 * else all are as they were left, also where they were changed on the way.
 *
 * @param now what this model was made with
 * @param then what the state's model was made with
 * @param left the rates when the state was saved
 * @returns with a sentence for each that differs
 */
export function settledRates<Rates extends Readonly<Record<string, number>>>(
  now: Rates,
  then: Rates,
  left: Rates,
): { readonly rates: Rates; readonly remarks: string[] } {
  const differing = Object.keys(now).filter((name) => !Object.is(now[name], then[name]));
  return {
    rates: Object.fromEntries(
      Object.keys(now).map((name) => [name, (differing.includes(name) ? now : left)[name]]),
    ) as Rates,
    remarks: differing.map(
      (name) => `The ${name} is ${now[name]} from now on, as given; the state was made with ${then[name]}.`,
    ),
  };
}

/**
 * The named members of a state.
 *
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`) for anything but an object
 */
export function fieldsOf(
  kind: string,
  state: State | undefined,
): Readonly<Record<string, State | undefined>> {
  if (typeof state === 'object' && state !== null && !Array.isArray(state) && !ArrayBuffer.isView(state))
    return state as Readonly<Record<string, State>>;
  throw new StateMismatchError({ kind, problem: `it is ${typeOf(state)}, not an object` });
}

function typeOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (!ArrayBuffer.isView(value)) return `a ${typeof value}`;
  return `${value.constructor.name} of ${(value as StateArray).length}`;
}
