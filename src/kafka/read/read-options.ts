/** How to read: what the options of every kind of Kafka dataset have in common, and what they come down to. */
import { checkInteger, checkNumber, checkOneOf, type OptionNames } from '../../options.ts';
import type { KafkaClient, KafkaReader } from '../client/client.ts';
import { checkClient, prefixBeside, settingsOfKafkaJs } from '../client/given-client.ts';
import { kafkajsReader } from '../client/log-client.ts';
import type { KafkaJs } from '../protocol/kafkajs-parts.ts';
import {
  connectionNames,
  connectionOptions,
  readerSettings,
  kafkaSettings,
  type ConsumerSettings,
  type KafkaOptions,
} from '../settings/settings.ts';
import type { OnTopicRecreated } from './saved-position.ts';

/** How to reach Kafka and how far to read ahead. Sizes in bytes, times in ms. */
export interface ReadOptions extends KafkaOptions {
  /**
   * Read through this client, of `openKafka()` or a `new Kafka({ brokers, ... })` of kafkajs (what is taken over of that:
   * {@link KafkaAccess}): the dataset makes connections of its own from it and leaves it as it is. How to read
   * (`consumer`, names of the consumer in `configuration`) can be given beside it, beside a `Kafka` of kafkajs `prefix`, too;
   * another connection cannot.
   */
  client?: Pick<KafkaClient, 'settings' | 'reader'> | KafkaJs;
  /** Fetching ahead pauses while so many bytes wait to be handed over (default 32 MiB). */
  bufferBytes?: number;
  /** ... or so many records (default 500,000). */
  bufferRecords?: number;
  /** How long a partition that cannot be read is tried again before reading fails (default 60,000 ms). */
  retryForMs?: number;
  /** Skip to the end of a partition when more records than this wait there; counted as `skippedByLag`. */
  maxLag?: number;
  /**
   * The most bytes that one compressed batch of records may unpack to (default 128 MiB), and so the largest compressed
   * record that can be read; beyond it reading ends with `RecordsTooLargeError` instead of filling the memory.
   */
  maxRecordBytes?: number;
  /**
   * What to do when a topic was deleted and created again, under an open reader or since a position was saved: end with
   * `TopicRecreatedError` (default), or read the new topic from its beginning (`'restart'`, counted as `restarted`).
   */
  onTopicRecreated?: OnTopicRecreated;
  /** Ends reading with the signal's reason when it is aborted. */
  signal?: AbortSignal;
}

/** Every option of {@link ReadOptions}. */
export const readNames: OptionNames<ReadOptions> = {
  ...connectionNames,
  ...{ client: true, bufferBytes: true, bufferRecords: true, retryForMs: true, maxLag: true },
  ...{ maxRecordBytes: true, onTopicRecreated: true, signal: true },
};

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

/** What the options come down to. */
export interface ReadPlan {
  readonly consumer: ConsumerSettings;
  readonly reader: KafkaReader;
  readonly fetch: FetcherOptions;
  readonly signal: AbortSignal | undefined;
}

const DEFAULT_BUFFER_BYTES = 32 * 1024 * 1024;
const DEFAULT_BUFFER_RECORDS = 500_000;
const DEFAULT_RETRY_MS = 60_000;
const DEFAULT_RECORD_BYTES = 128 * 1024 * 1024;

/** Checks the shared options; nothing is connected. */
export function readPlan(options: ReadOptions): ReadPlan {
  const { client, bufferBytes, bufferRecords, retryForMs, maxLag, signal, ...others } = options;
  const { maxRecordBytes, onTopicRecreated = 'error', ...rest } = others;
  checkOneOf('onTopicRecreated', onTopicRecreated, ['error', 'restart']);
  const named = connectionOptions(rest);
  const { consumer, reader } = readingThrough(client, named);
  return {
    consumer,
    reader,
    signal,
    fetch: {
      readCommitted: consumer.isolationLevel === 'read_committed',
      checkCrcs: consumer.checkCrcs,
      minBytes: consumer.fetchMinBytes,
      maxWaitMs: consumer.fetchMaxWait,
      maxBytes: consumer.fetchMaxBytes,
      maxPartitionBytes: consumer.maxPartitionFetchBytes,
      bufferBytes: atLeast('bufferBytes', bufferBytes ?? DEFAULT_BUFFER_BYTES, 1),
      bufferRecords: atLeast('bufferRecords', bufferRecords ?? DEFAULT_BUFFER_RECORDS, 1),
      retryForMs: atLeast('retryForMs', retryForMs ?? DEFAULT_RETRY_MS, 0),
      maxLag: maxLag === undefined ? undefined : atLeast('maxLag', maxLag, 0),
      onMissing: consumer.autoOffsetReset,
      maxRecordBytes: atLeast('maxRecordBytes', maxRecordBytes ?? DEFAULT_RECORD_BYTES, 1),
      metadataMaxAgeMs: consumer.metadataMaxAge,
      onTopicRecreated,
    },
  };
}

function readingThrough(
  client: ReadOptions['client'],
  options: KafkaOptions,
): Pick<ReadPlan, 'consumer' | 'reader'> {
  if (client === undefined) {
    const settings = kafkaSettings(options);
    return { consumer: settings.consumer, reader: kafkajsReader(settings) };
  }
  if (checkClient(client, ['settings', 'reader'])) {
    // How to read, and under which names, is known now; where, when the first connection is made.
    const prefix = prefixBeside(options);
    const { consumer } = readerSettings(kafkaSettings({}, {}), { ...options, prefix: undefined });
    return { consumer, reader: kafkajsReader(() => settingsOfKafkaJs(client, { prefix })) };
  }
  const settings = readerSettings(client.settings, options);
  return { consumer: settings.consumer, reader: client.reader(settings) };
}

/** `value`, refused if it is neither a whole number from `least` on nor Infinity, for all. */
export function countOrAll(option: string, value: number, least: number): number {
  return value === Infinity ? value : checkInteger(option, value, { least });
}

/** `value`, refused if it is no number or below `least`. */
export function atLeast(option: string, value: number, least: number): number {
  return checkNumber(option, value, { least, most: Infinity });
}
