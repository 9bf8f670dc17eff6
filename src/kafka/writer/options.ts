/** The options of a writer, its progress and its result. */

import type { OptionNames } from '../../options.ts';
import { accessNames, type KafkaAccess } from '../client/open.ts';
import type { DeliveryError } from '../errors.ts';
import type { ReplayOptions } from './pace.ts';
import type { ProducerOptions } from '../settings/settings.ts';

/** How far a writer has come. */
export interface WriteProgress {
  readonly topic: string;
  /** Rows the broker has confirmed. */
  readonly written: number;
  /** Rows that were refused or given up. */
  readonly failed: number;
  /** Rows taken from the caller and not settled yet. */
  readonly pending: number;
  /** Bytes confirmed, before compression, about. */
  readonly bytes: number;
  readonly elapsedMs: number;
  /** `written` by seconds since the start. */
  readonly rowsPerSecond: number;
}

/** Options of a {@link KafkaWriter}; those of {@link ProducerOptions} (compression, acks, ...) among them. */
export interface WriterOptions extends KafkaAccess, ProducerOptions {
  /**
   * Called for each group of rows that failed, besides the rejection of `flush()`. What it throws is thrown by the next
   * `write()`, `flush()` or `close()`; a promise that it returns is waited for by the latter two, a second at most.
   */
  onError?: (error: DeliveryError) => unknown;
  /** Take further rows after a failure; they are still reported at the end. Default false. */
  keepGoing?: boolean;
  /** Bytes of rows that may be under way before `write()` makes the caller wait. Default 8 MiB. */
  bufferBytes?: number;
}

/** Options of {@link writeToKafka}. */
export interface WriteOptions extends WriterOptions {
  /** At most so many rows a second. */
  rowsPerSecond?: number;
  /** In the rhythm of the rows' timestamps. */
  replay?: ReplayOptions;
  /**
   * Refuse a topic that holds records already, as after a second run, which would give each row twice. Default false. It is
   * asked once, before the first row. Offsets are counted, as `describeTopic` does: markers of transactions and what
   * compaction has removed count too.
   */
  intoEmpty?: boolean;
  /**
   * Stops between two rows; what was taken before is still delivered. Default: that of the notebook's cell that calls, so that an
   * interrupt stops it.
   */
  signal?: AbortSignal;
  /** Called every `progressEvery` ms and at the end. What it throws ends the writing, and is thrown there. */
  onProgress?: (progress: WriteProgress) => unknown;
  /** ms, default 500. */
  progressEvery?: number;
  /** Show how far it is, where it takes long: a bar in JupyterLab, a line elsewhere. Default true. */
  progress?: boolean;
  /** Where the closing line goes; `false` for nowhere. Default `console.log`. */
  log?: ((line: string) => void) | false;
}

/** What was written. As text it is the article's line: `Wrote 419 messages into topic: cancer-train`. */
export class WriteResult {
  readonly topic: string;
  readonly messages: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Rows by partition. */
  readonly partitions: Readonly<Record<number, number>>;

  constructor(progress: WriteProgress, partitions: Readonly<Record<number, number>>) {
    this.topic = progress.topic;
    this.messages = progress.written;
    this.bytes = progress.bytes;
    this.elapsedMs = progress.elapsedMs;
    this.partitions = partitions;
  }

  toString(): string {
    return `Wrote ${this.messages} messages into topic: ${this.topic}`;
  }
}

/** Every option of {@link ProducerOptions}. */
export const producerNames: OptionNames<ProducerOptions> = {
  ...{
    compression: true,
    acks: true,
    idempotent: true,
    linger: true,
    batchBytes: true,
    maxRequestBytes: true,
  },
  ...{ acceptedCompressions: true, batchRecords: true, maxInFlight: true, deliveryTimeout: true },
};
/** Every option of {@link WriterOptions}. */
export const writerNames: OptionNames<WriterOptions> = {
  ...accessNames,
  ...producerNames,
  ...{ onError: true, keepGoing: true, bufferBytes: true },
};
/** Every option of {@link WriteOptions}. */
export const writeNames: OptionNames<WriteOptions> = {
  ...writerNames,
  ...{ rowsPerSecond: true, replay: true, signal: true, onProgress: true, progressEvery: true, log: true },
  ...{ progress: true, intoEmpty: true },
};

/** Only what a {@link KafkaWriter} takes. */
export function writerOptions(options: WriteOptions): WriterOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(writerNames, name)));
}

/** Only what concerns the producer. */
export function producerOptions(options: ProducerOptions & { producer?: ProducerOptions }): ProducerOptions {
  const names = Object.keys(producerNames) as (keyof ProducerOptions)[];
  const own = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return { ...options.producer, ...(Object.fromEntries(own) as ProducerOptions) };
}
