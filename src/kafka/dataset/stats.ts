/** What reading from Kafka has cost, for the caller to look at. */

/** Counters of a data set over all its passes. Times in ms, sizes in bytes. */
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

/** The stats of a data set that has not read from Kafka. */
export const NOTHING_READ: ReadStats = Object.freeze({
  records: 0,
  bytes: 0,
  fetches: 0,
  elapsedMs: 0,
  waitedMs: 0,
  waitingShare: 0,
  retries: 0,
  skippedByLag: 0,
  deleted: 0,
  aborted: 0,
  restarted: 0,
  bufferedRecords: 0,
  bufferedBytes: 0,
});
