/**
 * Waiting: for a time, for an event, for an answer that may be late, for those who asked before, longer and longer between
 * attempts, and for one turn of the event loop.
 */
import { setImmediate as nextTurn, setTimeout as later } from 'node:timers/promises';
import { LONGEST_TIMER_MS } from '../options.ts';
import { onAbort } from './abort.ts';

/**
 * Resolves after `ms`, on the monotonic clock; never for `Infinity`. Rejects with the signal's reason as soon as it is
 * aborted.
 */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const over = performance.now() + ms;
  try {
    for (let left = ms; ; left = over - performance.now()) {
      await later(Math.min(Math.max(0, left), LONGEST_TIMER_MS), undefined, signal && { signal });
      if (left <= LONGEST_TIMER_MS) return;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Resolves with `event`, or after `ms`, whichever comes first; no timer is left behind. Never rejects by itself. */
export async function orAfter(event: Promise<void>, ms: number): Promise<void> {
  if (ms === Infinity) return event;
  const over = new AbortController();
  try {
    await Promise.race([event, pause(ms, over.signal).catch(() => {})]);
  } finally {
    over.abort();
  }
}

/** A promise that somebody else resolves. */
interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** A promise with its `resolve` beside it. */
export function deferred(): Deferred {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** After a late timer the program reads first what came while it was busy, for so many ms. */
const CATCH_UP_MS = 1_000;
/** A timer that is later than this is late. */
const LATE_MS = 250;

/**
 * The outcome of `work`, or the failure `late()` after `ms`; the signal's reason once that is aborted. Time during which
 * the program itself was busy and could not read the answer counts as a second at most.
 */
export function inTime<T>(work: Promise<T>, ms: number, late: () => Error, signal?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const aborted = (): void => settle(() => reject(signal?.reason as Error));
    let forget = (): void => {};
    let due = performance.now() + ms;
    const onTimer = (): void => {
      const now = performance.now();
      if (now < due - LATE_MS) return wait(due - now);
      if (now - due < LATE_MS) return settle(() => reject(late()));
      due = now + Math.min(CATCH_UP_MS, ms);
      wait(due - now);
    };
    let timer: NodeJS.Timeout | undefined;
    const wait = (left: number): void => {
      timer = setTimeout(onTimer, Math.min(left, LONGEST_TIMER_MS));
    };
    wait(ms);
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      forget();
      end();
    };
    if (signal?.aborted === true) return aborted();
    if (signal) forget = onAbort(signal, aborted);
    work.then(
      (value) => settle(() => resolve(value)),
      (error: Error) => settle(() => reject(error)),
    );
  });
}

/** Work that is done one after the other, in the order in which it was asked for. What fails holds up nothing behind it. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` once all that was asked for before has ended; settles as it does. */
  take<T>(work: () => Promise<T> | T): Promise<T> {
    const doing = this.#last.then(work);
    this.#last = doing.catch(() => {});
    return doing;
  }

  /** Settles when all that was asked for so far has ended. Never rejects. */
  async allTaken(): Promise<void> {
    await this.#last;
  }
}

/** How {@link firstAnswer} asks. */
interface AskInTurn {
  /** The next one is asked when the one before was silent for so long, ms. */
  readonly stagger: number;
  /** Whether a failure leaves it to the others; one that does not is the outcome. */
  readonly goesOn: (error: unknown) => boolean;
  /** The failure when all have failed, from their failures in the order of the list. */
  readonly none: (failures: readonly unknown[]) => Error;
}

/**
 * The first answer of several who are asked in turn: the next one when the one before failed, or was silent for
 * `stagger` ms.
 *
 * @throws what `none` makes of all failures
 */
export function firstAnswer<T>(
  asked: readonly (() => Promise<T>)[],
  { stagger, goesOn, none }: AskInTurn,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const failures = new Map<number, unknown>();
    let next = 0;
    let timer: NodeJS.Timeout | undefined;
    const end = (outcome: () => void): void => {
      clearTimeout(timer);
      next = asked.length;
      outcome();
    };
    const askNext = (): void => {
      clearTimeout(timer);
      const one = next++;
      const ask = asked[one];
      if (ask === undefined) return;
      if (next < asked.length) timer = setTimeout(askNext, stagger);
      ask().then(
        (answer) => end(() => resolve(answer)),
        (error: Error) => {
          if (!goesOn(error)) return end(() => reject(error));
          failures.set(one, error);
          if (failures.size === asked.length) end(() => reject(none(asked.map((_, at) => failures.get(at)))));
          else if (failures.size === next) askNext();
        },
      );
    };
    if (asked.length === 0) reject(none([]));
    else askNext();
  });
}

/** Waits that double, in ms. */
export interface BackOffRange {
  readonly first: number;
  readonly longest: number;
}

/** The wait after so many failures in a row (from 1), in ms: doubled each time, up to the longest. */
export function backOffMs({ first, longest }: BackOffRange, failures: number): number {
  return Math.min(longest, first * 2 ** (failures - 1));
}

/**
 * Makes attempts until one succeeds, with doubling waits between.
 *
 * @param giveUp asked after each failure: the error to end with, or undefined for another attempt. `ms` is what will have
 *   passed since the start when that is made
 * @param signal ends a wait; `giveUp` is then asked once more, and where it has no error the signal's reason is thrown
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  waits: BackOffRange,
  giveUp: (error: unknown, ms: number, failures: number) => Error | undefined,
  signal?: AbortSignal,
): Promise<T> {
  const since = performance.now();
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const wait = backOffMs(waits, failures);
      const end = () => giveUp(error, performance.now() - since + wait, failures);
      const final = end();
      if (final !== undefined) throw final;
      await pause(wait, signal).catch(() => {});
      if (signal?.aborted) throw end() ?? (signal.reason as Error);
    }
  }
}

/**
 * Looks again and again, with doubling waits between, until there is something.
 *
 * @param late makes the failure after `limitMs`; the last look is made then
 * @throws the signal's reason once that is aborted
 */
export async function until<T>(
  look: () => Promise<T | undefined>,
  waits: BackOffRange,
  limitMs: number,
  late: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  const since = performance.now();
  for (let looks = 1; ; looks++) {
    signal?.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    const left = limitMs - (performance.now() - since);
    if (left <= 0) throw late();
    await pause(Math.min(backOffMs(waits, looks), left), signal);
  }
}

/** How long a loop may go on without giving the event loop a turn, in ms. */
const LONGEST_HOLD_MS = 15;

let lastTurn = 0;

/**
 * Whether a turn of the event loop is due. Awaiting settled promises never gives one, so a training loop over rows
 * in memory would starve the heartbeats that keep its group membership.
 *
 * @param now the time by `performance.now()`, where that was just looked at
 */
export function turnIsDue(now = performance.now()): boolean {
  return now - lastTurn > LONGEST_HOLD_MS;
}

/** Gives the event loop one turn. */
export async function giveTurn(): Promise<void> {
  await nextTurn();
  lastTurn = performance.now();
}
