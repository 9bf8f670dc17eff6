/** Measures what reading costs, over all passes of a data set. */
import type { FetchCounters } from './fetch-options.ts';
import type { ReadStats } from '../dataset/stats.ts';
import type { Fetcher } from './fetcher.ts';

/** Collects the counters behind {@link ReadStats}. One pass at a time is the rule; several at once add up. */
export class ReadMeter {
  records = 0;
  #waitedMs = 0;
  #elapsedMs = 0;
  readonly #running = new Map<Fetcher, number>();
  readonly #sums = {
    bytes: 0,
    fetches: 0,
    retries: 0,
    skippedByLag: 0,
    deleted: 0,
    aborted: 0,
    restarted: 0,
  };

  /** A pass begins. */
  start(fetcher: Fetcher): void {
    this.#running.set(fetcher, performance.now());
  }

  /** A pass has ended; its counters are kept. */
  end(fetcher: Fetcher): void {
    const started = this.#running.get(fetcher);
    if (started === undefined) return;
    this.#running.delete(fetcher);
    this.#elapsedMs += performance.now() - started;
    add(this.#sums, fetcher);
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
      add(sums, fetcher);
      elapsedMs += performance.now() - started;
      bufferedRecords += fetcher.set.records;
      bufferedBytes += fetcher.set.bytes;
    }
    const waitedMs = this.#waitedMs;
    const waitingShare = elapsedMs > 0 ? Math.min(1, waitedMs / elapsedMs) : 0;
    return {
      records: this.records,
      ...sums,
      elapsedMs,
      waitedMs,
      waitingShare,
      bufferedRecords,
      bufferedBytes,
    };
  }
}

function add(sums: FetchCounters, { counters }: Fetcher): void {
  sums.bytes += counters.bytes;
  sums.fetches += counters.fetches;
  sums.retries += counters.retries;
  sums.skippedByLag += counters.skippedByLag;
  sums.deleted += counters.deleted;
  sums.aborted += counters.aborted;
  sums.restarted += counters.restarted;
}
