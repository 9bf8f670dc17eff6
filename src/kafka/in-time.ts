/** Limits on waiting: for one answer, and for the first of several who are asked one after the other. */

/** A late timer tells that the program was busy: what came meanwhile is read first, in so many ms. */
const CATCH_UP_MS = 1_000;
/** A timer that is later than this is late. */
const LATE_MS = 250;

/**
 * The outcome of `work`, or the failure `late()` after `ms`; the signal's reason once that is aborted. Time during which
 * the program itself was busy and could not read the answer counts as a second at most.
 */
export function inTime<T>(work: Promise<T>, ms: number, late: () => Error, signal?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => settle(() => reject(signal?.reason as Error));
    let due = performance.now() + ms;
    const onTimer = (): void => {
      const now = performance.now();
      if (now - due < LATE_MS) return settle(() => reject(late()));
      due = now + Math.min(CATCH_UP_MS, ms);
      timer = setTimeout(onTimer, due - now);
    };
    let timer = setTimeout(onTimer, ms);
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      end();
    };
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener('abort', onAbort);
    work.then(
      (value) => settle(() => resolve(value)),
      (error: Error) => settle(() => reject(error)),
    );
  });
}

/**
 * The first answer of several who are asked in turn: the next one when the one before failed, or was silent for
 * `stagger` ms. `goesOn` says whether a failure leaves it to the others; one that does not is the outcome.
 *
 * @throws what `none` makes of all failures, in the order of the list
 */
export function firstAnswer<T>(
  asked: readonly (() => Promise<T>)[],
  {
    stagger,
    goesOn,
    none,
  }: {
    stagger: number;
    goesOn: (error: unknown) => boolean;
    none: (failures: readonly unknown[]) => Error;
  },
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
