/** What a pass over a consumer group's records needs. */
import type { KafkaReader } from '../../client/client.ts';
import type { SavedPosition } from '../saved-position.ts';
import type { FetcherOptions } from '../read-options.ts';
import type { ReadMeter } from '../stats.ts';
import type { Strategy } from './assignors.ts';

/** When offsets are committed; see `GroupOptions.commit`. */
export type CommitMode = 'auto' | 'manual' | 'off';

/** Times in ms. */
export interface MemberOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly groupInstanceId?: string | undefined;
  /** The classic protocol, or the one in which the broker shares the partitions out (KIP-848). */
  readonly protocol: 'classic' | 'consumer';
  /** How partitions may be shared out, the way liked best first. */
  readonly strategies: readonly Strategy[];
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** The longest the caller may be away between two questions. */
  readonly maxPollIntervalMs: number;
  /** How often to look for new partitions. */
  readonly metadataMaxAgeMs: number;
  /** How long failures are retried before they are reported. */
  readonly retryForMs: number;
}

/** The partitions a member has, by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

/** What a pass needs. */
export interface GroupPassOptions {
  readonly reader: KafkaReader;
  readonly fetch: FetcherOptions;
  readonly member: MemberOptions;
  readonly meter: ReadMeter;
  readonly signal: AbortSignal | undefined;
  readonly commit: CommitMode;
  readonly autoCommitIntervalMs: number;
  /** ms of known silence after which the pass ends; -1 never. */
  readonly streamTimeoutMs: number;
  /** The {@link GatherOptions.pauseMs} that the caller will ask for, so that brokers answer often enough. */
  readonly pauseMs?: number | undefined;
  /** Stop at the end of each partition as it is when it is assigned. */
  readonly stopAtEnd: boolean;
  /** Stop after so many records. */
  readonly maxRecords: number;
  /** Where to start instead of the committed offsets, and what to do where a topic is no longer the one it was. */
  readonly saved: SavedPosition;
  readonly onAssigned: ((assignment: Assignment) => unknown) | undefined;
  readonly onRevoked: ((assignment: Assignment) => void | Promise<void>) | undefined;
  readonly onRemark: (text: string) => unknown;
  /** How records of several partitions follow each other in what is gathered; see `BatchStreamOptions.order`. */
  readonly order?: 'arrival' | 'interleaved' | undefined;
}

/** How much to gather before handing over. */
export interface GatherOptions {
  readonly max: number;
  /** Hand over with less after so many ms of known silence; 0 at once, `Infinity` never. */
  readonly pauseMs: number;
}
