/** What reading from Kafka has cost: counted by the fetchers, summed over the passes of a dataset. */

/** Counters of a dataset over all its passes. Times in ms, sizes in bytes. */
export interface ReadStats {
  /** Records handed over. */
  readonly records: number;
  /** Bytes of record batches received (after decompression). */
  readonly bytes: number;
  /** Fetch answers that brought data. */
  readonly fetches: number;
  /** Wall time from the first request of a pass to its end (or to now), summed over passes. */
  readonly elapsedMs: number;
  /** Of that, the time the consumer stood waiting for records. */
  readonly waitedMs: number;
  /** `waitedMs / elapsedMs`: near 1, Kafka is the limit; near 0, the training is. */
  readonly waitingShare: number;
  /** Times a request failed and was tried again. */
  readonly retries: number;
  /** Records left out because the lag passed `maxLag`. */
  readonly skippedByLag: number;
  /**
   * Offsets that were deleted from the log (by retention, by `deleteRecords`) before they were read: rows that this
   * reader should have had and never will.
   */
  readonly deleted: number;
  /** Records held back because their transaction was aborted. */
  readonly aborted: number;
  /** Partitions begun again because their topic was created again (`onTopicRecreated: 'restart'`). */
  readonly restarted: number;
  /** Records fetched ahead and not yet handed over. */
  readonly bufferedRecords: number;
  readonly bufferedBytes: number;
}

/** What a fetcher counts; {@link ReadStats} says what each means. */
export type FetchCounters = {
  -readonly [
    Name in 'bytes' | 'fetches' | 'retries' | 'skippedByLag' | 'deleted' | 'aborted' | 'restarted'
  ]: ReadStats[Name];
};

/** The counters of a fetcher that has not fetched. */
export const NOTHING_FETCHED: Readonly<FetchCounters> = Object.freeze({
  ...{ bytes: 0, fetches: 0, retries: 0, skippedByLag: 0, deleted: 0, aborted: 0, restarted: 0 },
});

/** The stats of a dataset that has not read from Kafka. */
export const NOTHING_READ: ReadStats = Object.freeze({
  ...NOTHING_FETCHED,
  ...{ records: 0, elapsedMs: 0, waitedMs: 0, waitingShare: 0, bufferedRecords: 0, bufferedBytes: 0 },
});

/** A fetcher, as far as it is measured: its counters, and what it holds. */
interface Measured {
  readonly counters: FetchCounters;
  readonly set: { readonly records: number; readonly bytes: number };
}

/** Collects the counters behind {@link ReadStats}. One pass at a time is the rule; several at once add up. */
export class ReadMeter {
  records = 0;
  #waitedMs = 0;
  #elapsedMs = 0;
  readonly #running = new Map<Measured, number>();
  readonly #sums: FetchCounters = { ...NOTHING_FETCHED };

  /** A pass begins. */
  start(fetcher: Measured): void {
    this.#running.set(fetcher, performance.now());
  }

  /** A pass has ended; its counters are kept. */
  end(fetcher: Measured): void {
    const started = this.#running.get(fetcher);
    if (started === undefined) return;
    this.#running.delete(fetcher);
    this.#elapsedMs += performance.now() - started;
    add(this.#sums, fetcher.counters);
  }

  /** Counts the time until `arrival` as waiting for Kafka. */
  async waiting<T>(arrival: Promise<T>): Promise<T> {
    const since = performance.now();
    try {
      return await arrival;
    } finally {
      this.#waitedMs += performance.now() - since;
    }
  }

  /** The counters now. */
  stats(): ReadStats {
    const sums = { ...this.#sums };
    let elapsedMs = this.#elapsedMs;
    let [bufferedRecords, bufferedBytes] = [0, 0];
    for (const [fetcher, started] of this.#running) {
      add(sums, fetcher.counters);
      elapsedMs += performance.now() - started;
      bufferedRecords += fetcher.set.records;
      bufferedBytes += fetcher.set.bytes;
    }
    const waitedMs = this.#waitedMs;
    const waitingShare = elapsedMs > 0 ? Math.min(1, waitedMs / elapsedMs) : 0;
    return {
      ...sums,
      records: this.records,
      ...{ elapsedMs, waitedMs, waitingShare, bufferedRecords, bufferedBytes },
    };
  }
}

function add(sums: FetchCounters, counters: FetchCounters): void {
  for (const name of Object.keys(sums) as (keyof FetchCounters)[]) sums[name] += counters[name];
}
