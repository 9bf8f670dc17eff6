/** How a fetcher behaves, and what it counts. */

/** How a fetcher behaves. Sizes in bytes, times in ms. */
export interface FetcherOptions {
  readonly readCommitted: boolean;
  /** Whether the checksum of each batch is compared. */
  readonly checkCrcs: boolean;
  readonly minBytes: number;
  readonly maxWaitMs: number;
  /** At most in one answer, and of one partition in it. */
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
  /** Fetching pauses while more than this waits to be handed over. */
  readonly bufferBytes: number;
  readonly bufferRecords: number;
  /** How long failures are retried before they are reported. */
  readonly retryForMs: number;
  /** When more records than this wait in a partition, skip to its end. */
  readonly maxLag?: number | undefined;
  /** What to do when the wanted offset no longer exists and lies beyond the end of the log. */
  readonly onMissing: 'earliest' | 'latest' | 'error';
}

/** Counters of one fetcher. */
export interface FetchCounters {
  bytes: number;
  fetches: number;
  retries: number;
  skippedByLag: number;
  deleted: number;
  aborted: number;
}
