/** How a fetcher behaves, and what it counts. */

import type { PartitionBuffer } from './partition-buffer.ts';
import type { OnTopicRecreated } from './topic-ids.ts';

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
  /** The most bytes a compressed batch of records may unpack to. */
  readonly maxRecordBytes: number;
  /** How long metadata is believed: new partitions and topics created again are seen after so long at the latest. */
  readonly metadataMaxAgeMs: number;
  readonly onTopicRecreated: OnTopicRecreated;
}

/** What the owner of a fetcher wants to hear of. */
export interface FetchWatch {
  /** Everything up to the stops has been fetched: the client can be let go. */
  readonly onFetched?: () => void;
  /** There is fresh metadata; what this throws ends reading, unless it may pass. */
  readonly onMetadata?: () => Promise<void>;
  /** A partition's topic was created again, and it begins again where it stands now. */
  readonly onRestarted?: (buffer: PartitionBuffer) => void;
}

/** Counters of one fetcher; `ReadStats` says what they mean. */
export interface FetchCounters {
  bytes: number;
  fetches: number;
  retries: number;
  skippedByLag: number;
  deleted: number;
  aborted: number;
  restarted: number;
}
