/** Silence as knowledge: for how long a partition is known to have had nothing new, as opposed to no answer. */

/** What an answer may take beyond the broker's own wait, on its way and in this process, in ms. */
const GRACE_MS = 100;
/** The shortest a broker is made to wait for records, in ms. */
const SHORTEST_WAIT_MS = 20;

/**
 * The clock of one partition. It runs from one answer that said "the log ends here, there is nothing new" to the next.
 * A time without such answers (an outage, a throttle, a failing request, this process suspended or busy) does not
 * count: of a longer gap between two answers no more is counted than an answer takes, and not before the next answer has
 * shown that nothing came meanwhile. After a failure, and after a record, it starts again.
 */
export class Silence {
  /** An answer takes so long when nothing comes, in ms. */
  readonly #answerMs: number;
  #ms = NaN;
  /** Counted once the next answer has come. */
  #owedMs = 0;
  /** Counted up to here, on the monotonic clock. */
  #countedTo = performance.now();

  /** `maxWaitMs` is how long the broker waits for records before it answers that there are none. */
  constructor(maxWaitMs: number) {
    this.#answerMs = maxWaitMs + GRACE_MS;
  }

  /** The silence that is known, in ms; `NaN` while nothing is known. */
  get ms(): number {
    return this.#ms;
  }

  /** Counts from now on: a record came, a request failed, or somebody begins to wait. */
  restart(): void {
    [this.#ms, this.#owedMs] = [NaN, 0];
    this.#countedTo = performance.now();
  }

  /** An answer to a request of the time `askedAt` (`performance.now()`) said just now that the log holds no more. */
  confirm(askedAt: number): void {
    const now = performance.now();
    const isFirst = Number.isNaN(this.#ms);
    const from = isFirst ? Math.max(askedAt, this.#countedTo) : this.#countedTo;
    const isLate = now - from > this.#answerMs;
    const known = Math.min(now - from, this.#answerMs);
    this.#ms = (isFirst ? 0 : this.#ms) + this.#owedMs + (isLate ? 0 : known);
    this.#owedMs = isLate ? known : 0;
    this.#countedTo = now;
  }
}

/**
 * How long the broker may wait for records, so that answers come often enough to measure each of the silences (ms)
 * that somebody waits for. A negative or endless one is not waited for.
 */
export function waitFor(maxWaitMs: number, ...silences: readonly number[]): number {
  const awaited = silences.filter((ms) => ms >= 0 && ms !== Infinity);
  const shortest = Math.max(SHORTEST_WAIT_MS, Math.min(Infinity, ...awaited));
  return shortest <= maxWaitMs
    ? shortest
    : Math.ceil(shortest / Math.ceil(shortest / maxWaitMs)) || maxWaitMs;
}
