/** Writes rows into a topic: batched, bounded in memory, in order, each once. */

import { refuseUnknownOptions } from '../../options.ts';
import { orAfter } from '../../process/index.ts';
import type { KafkaProducer } from '../client/client.ts';
import type { OutgoingRecord } from '../record.ts';
import { bytesAlone, isTooLarge } from '../protocol/record-bytes.ts';
import { leaseClient } from '../client/open.ts';
import type { ClientLease } from '../client/open.ts';
import { DeliveryError, KafkaClosedError, KafkaSettingsError, RecordTooLargeError } from '../errors.ts';
import { Failures, deliveryErrorOf } from './failures.ts';
import { producerSettings } from '../settings/settings.ts';
import type { ProducerSettings } from '../settings/settings.ts';
import { bytesOf, recordOf } from './item.ts';
import type { WriterItem } from './item.ts';
import { producerOptions, writerNames } from './options.ts';
import type { WriteProgress, WriterOptions } from './options.ts';
import { TopicTarget } from './topic-target.ts';

const DEFAULT_BUFFER_BYTES = 8 * 1024 * 1024;
/** How long closing waits for a look for partitions, ms: the brokers may be away. */
const LAST_LOOK_MS = 1_000;

/** The rows gathered for one partition. */
interface Gathering {
  readonly partition: number;
  records: OutgoingRecord[];
  bytes: number;
}

/**
 * An open-ended writer for one topic. `write()` hands a row over and resolves at once while there is room, else when
 * there is room again; rows travel in batches, `linger` ms after the first at the latest.
 *
 * A row that fails is reported three times over: to `onError`, by the next `write()` (unless `keepGoing`), and by the
 * next `flush()` or `close()`. What `onError` itself throws, or its promise rejects with, is thrown by those calls, too.
 *
 * @example
 * ```ts
 * await using writer = await KafkaWriter.open('readings');
 * await writer.write({ key: 'sensor-7', value: '21.5' });
 * await writer.flush(); // now the broker has it
 * ```
 */
export class KafkaWriter implements AsyncDisposable {
  readonly topic: string;
  readonly #lease: ClientLease;
  readonly #producer: KafkaProducer;
  readonly #settings: ProducerSettings;
  readonly #options: WriterOptions;
  readonly #failures: Failures;
  readonly #target: TopicTarget;
  /** By partition. */
  readonly #gathering: Gathering[] = [];
  readonly #bufferBytes: number;
  readonly #batchBytes: number;
  readonly #started = performance.now();
  readonly #counts: Record<number, number> = {};
  #roomWanted: (() => void) | undefined;
  #room: Promise<void> | undefined;
  #taken = 0;
  #written = 0;
  #failed = 0;
  #bytesWritten = 0;
  /** Bytes taken and not settled, gathered ones included; and those of them that were sent. */
  #bytesUnderWay = 0;
  #bytesOnTheWay = 0;
  #linger: NodeJS.Timeout | undefined;
  /** Rows that wait until their partition was looked for. */
  readonly #late = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  #isClosed = false;
  readonly #closedError = () => new KafkaClosedError({ what: `The writer of topic "${this.topic}"` });

  private constructor(
    parts: {
      target: TopicTarget;
      lease: ClientLease;
      producer: KafkaProducer;
      settings: ProducerSettings;
    },
    options: WriterOptions,
  ) {
    this.#target = parts.target;
    this.#target.follow();
    this.topic = parts.target.topic;
    this.#lease = parts.lease;
    this.#producer = parts.producer;
    this.#settings = parts.settings;
    this.#options = options;
    this.#failures = new Failures(this.topic, options);
    this.#bufferBytes = options.bufferBytes ?? DEFAULT_BUFFER_BYTES;
    this.#batchBytes = Math.min(parts.settings.batchBytes, parts.settings.maxRequestBytes);
  }

  /**
   * Connects and makes sure the topic exists.
   *
   * @throws {UnknownTopicError} when it does not; {@link createTopic} makes one.
   * @throws {KafkaSettingsError}, {@link UnsupportedCompressionError} and the connection errors of {@link openKafka}.
   */
  static async open(topic: string, options: WriterOptions = {}): Promise<KafkaWriter> {
    refuseUnknownOptions('KafkaWriter.open', options, writerNames);
    const { bufferBytes = DEFAULT_BUFFER_BYTES } = options;
    if (!(bufferBytes > 0))
      throw new KafkaSettingsError({
        issues: [{ path: 'bufferBytes', problem: `must be above 0 bytes, not ${bufferBytes}` }],
      });
    const lease = await leaseClient(options);
    try {
      const target = await TopicTarget.find(lease.client, topic);
      const settings = producerSettings(lease.client.settings.producer, producerOptions(options));
      const producer = await lease.client.producer(settings);
      return new KafkaWriter({ target, lease, producer, settings }, options);
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  /** How far this writer has come. */
  get progress(): WriteProgress {
    const elapsedMs = performance.now() - this.#started;
    return {
      topic: this.topic,
      written: this.#written,
      failed: this.#failed,
      pending: this.#taken - this.#written - this.#failed,
      bytes: this.#bytesWritten,
      elapsedMs,
      rowsPerSecond: elapsedMs > 0 ? this.#written / (elapsedMs / 1000) : 0,
    };
  }

  /** Rows confirmed, by partition. */
  get partitions(): Readonly<Record<number, number>> {
    return this.#counts;
  }

  /**
   * Hands one row over; resolves when there is room for the next. The row is under way, not yet written.
   *
   * @throws {InvalidItemError} or {@link UnknownPartitionError} when the row itself cannot be written.
   * @throws {RecordTooLargeError} at once, when it is larger than a request may be (with `keepGoing` it counts as a
   *   failed row instead).
   * @throws {DeliveryError} when an earlier row failed (not with `keepGoing`).
   */
  async write(item: WriterItem): Promise<void> {
    const full = this.push(item);
    if (full !== undefined) await full;
  }

  /**
   * As {@link KafkaWriter.write}, but gives a promise only when the caller must wait: for tight loops.
   */
  push(item: WriterItem): Promise<void> | undefined {
    if (this.#closing !== undefined) throw this.#closedError();
    if (this.#failed > 0) this.#failures.check();
    const record = recordOf(item, this.#taken);
    if (this.#target.mayBeAdded(item.partition)) return this.#takeLate(item.partition, record);
    return this.#take(this.#target.partitionOf(item.partition, record.key), record);
  }

  /** A row for a partition that is not known: it is looked for before it is refused. */
  async #takeLate(wanted: number | undefined, record: OutgoingRecord): Promise<void> {
    const looking = this.#target.lookFor([wanted]).then(() => {
      if (this.#isClosed) throw this.#closedError();
      return { full: this.#take(this.#target.partitionOf(wanted, record.key), record) };
    });
    this.#late.add(looking);
    const taken = await looking.finally(() => this.#late.delete(looking));
    await taken.full;
  }

  #take(partition: number, record: OutgoingRecord): Promise<void> | undefined {
    const gathering = (this.#gathering[partition] ??= { partition, records: [], bytes: 0 });
    if (isTooLarge(record, this.#settings.maxRequestBytes)) return this.#refuse(gathering.partition, record);
    const bytes = bytesOf(record);
    if (gathering.records.length > 0 && gathering.bytes + bytes > this.#batchBytes) this.#dispatch(gathering);
    gathering.records.push(record);
    gathering.bytes += bytes;
    this.#taken++;
    this.#bytesUnderWay += bytes;
    if (gathering.records.length >= this.#settings.batchRecords) this.#dispatch(gathering);
    else this.#linger ??= setTimeout(() => this.#dispatchAll(), this.#settings.linger);
    return this.#bytesUnderWay < this.#bufferBytes ? undefined : this.#waitForRoom();
  }

  /**
   * Sends what was gathered and waits until every row handed over is settled.
   *
   * @throws {WriteError} when rows failed since the last flush.
   */
  async flush(): Promise<void> {
    if (this.#late.size > 0) await Promise.allSettled(this.#late);
    this.#dispatchAll();
    await this.#producer.flush();
    await this.#report();
  }

  async #report(): Promise<void> {
    await this.#failures.settled();
    this.#failures.report(this.#written, this.#closing !== undefined);
  }

  /**
   * Flushes and frees the connection. Again: gives the same outcome. Throws as {@link KafkaWriter.flush}. While no broker
   * of the cluster answers, it waits for 3 s at most, and what is not delivered by then fails (`CLOSED`); call `flush()`
   * before, to wait for up to `deliveryTimeout`.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    try {
      if (this.#late.size > 0)
        await orAfter(
          Promise.allSettled(this.#late).then(() => {}),
          LAST_LOOK_MS,
        );
      this.#isClosed = true;
      this.#dispatchAll();
      await this.#producer.close();
    } finally {
      this.#target.close();
      await this.#lease.release();
    }
    await this.#failures.settled();
    this.#failures.end();
    this.#failures.report(this.#written, true);
  }

  /** A row that is too large for any request never gets to a broker: it fails here. */
  #refuse(partition: number, record: OutgoingRecord): undefined {
    const bytes = bytesAlone(record);
    const error = new RecordTooLargeError({
      topic: this.topic,
      bytes,
      maxRequestBytes: this.#settings.maxRequestBytes,
      index: this.#taken,
    });
    if (this.#options.keepGoing !== true) throw error;
    const refused = { topic: this.topic, partition, failed: [record], type: 'MESSAGE_TOO_LARGE' };
    this.#taken++;
    this.#failed++;
    this.#failures.add(new DeliveryError({ ...refused, problem: error.message, cause: error }));
  }

  #dispatchAll(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    this.#gathering.forEach((gathering) => gathering.records.length > 0 && this.#dispatch(gathering));
  }

  #dispatch(gathering: Gathering): void {
    const { partition, records, bytes } = gathering;
    gathering.records = [];
    gathering.bytes = 0;
    this.#bytesOnTheWay += bytes;
    this.#target.batchEnds(partition);
    this.#producer.send(this.topic, partition, records).then(
      () => this.#settled(partition, records.length, bytes, []),
      (error: unknown) => this.#lost(partition, records, bytes, error),
    );
  }

  #lost(partition: number, records: readonly OutgoingRecord[], bytes: number, thrown: unknown): void {
    const error = deliveryErrorOf(thrown, { topic: this.topic, partition, records });
    this.#settled(partition, records.length, bytes, error.failed);
    this.#failures.add(error);
  }

  #settled(partition: number, records: number, bytes: number, failed: readonly OutgoingRecord[]): void {
    const written = records - failed.length;
    this.#written += written;
    this.#failed += failed.length;
    this.#counts[partition] = (this.#counts[partition] ?? 0) + written;
    this.#bytesUnderWay -= bytes;
    this.#bytesOnTheWay -= bytes;
    this.#bytesWritten += bytes - failed.reduce((sum, record) => sum + bytesOf(record), 0);
    if (this.#roomWanted === undefined || this.#bytesUnderWay >= this.#bufferBytes) return;
    this.#roomWanted();
    this.#room = this.#roomWanted = undefined;
  }

  /** One promise for all that wait. With nothing on the way yet, room would never come: then part batches go. */
  #waitForRoom(): Promise<void> {
    if (this.#bytesOnTheWay === 0) this.#dispatchAll();
    this.#room ??= new Promise((resolve) => (this.#roomWanted = resolve));
    return this.#room;
  }
}
