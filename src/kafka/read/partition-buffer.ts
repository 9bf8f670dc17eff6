/** The fetched and not yet handed over records of one partition. */
import type { FetchedPartition, FetchTarget } from '../protocol/fetch.ts';
import type { LogClient } from '../client/client.ts';
import {
  unpack,
  unreadable,
  type AcceptOptions,
  type Decompress,
  type WaitingBatch,
} from '../protocol/unpack.ts';
import type { KafkaRecord } from '../record.ts';
import type { PartitionRange } from './log-bounds.ts';
import { Silence } from './silence.ts';

/** What came with an answer. */
interface TakenIn {
  readonly records: number;
  readonly bytes: number;
}

/**
 * Takes in fetch answers and gives out records. Batches are kept as bytes and read only when asked for, so fetching
 * ahead costs memory but no work; transaction markers, aborted transactions and compacted offsets are passed over
 * without being waited for.
 */
export class PartitionBuffer {
  readonly topic: string;
  readonly partition: number;
  readonly isSaved: boolean;
  start: number;
  stop: number;
  /** The id of the topic it is read from, once that is known. */
  topicId: string | undefined;
  /** The leader's epoch under which the place to fetch from is known to be right. */
  leaderEpoch: number | undefined;
  /**
   * The epoch in which the last batch fetched was written; before the first, that of the leader whose log was found to go so far.
   * -1 while that is not known, and after going elsewhere.
   */
  lastEpoch: number;
  /** How many times larger batches become by being unpacked, as the last answer had it. */
  inflation = 1;
  /** The offset to fetch next. */
  fetchAt: number;
  /** The furthest end of the log heard of, as a new leader may not know it yet; `undefined` before the first answer. */
  end: number | undefined;
  /** For how long it is known that nothing new is there. */
  readonly silence: Silence;
  /** When reading it began to fail (`performance.now()`); `undefined` while it does not. */
  failingSince: number | undefined;
  /** How often it has failed since. */
  failures = 0;
  #passedOver = false;
  /** How often it went to another offset. */
  #moves = 0;
  /** Records waiting; some may turn out to lie outside the range. */
  records = 0;
  bytes = 0;
  /** Records of aborted transactions that were passed over. */
  aborted = 0;
  #position: number;
  #waiting: WaitingBatch[] = [];

  constructor(range: PartitionRange, silence = new Silence(0)) {
    this.silence = silence;
    this.topic = range.topic;
    this.partition = range.partition;
    this.start = range.start;
    this.stop = range.stop;
    this.topicId = range.topicId;
    this.lastEpoch = range.lastEpoch ?? -1;
    this.leaderEpoch = range.leaderEpoch;
    this.isSaved = range.isSaved ?? false;
    this.fetchAt = range.start;
    this.#position = range.start;
  }

  /** The next offset to hand over: all records before it were given or do not exist. */
  get position(): number {
    return this.#position;
  }

  /** Whether nothing more needs to be fetched. */
  get fetched(): boolean {
    return this.fetchAt >= this.stop;
  }

  /** Whether everything was handed over. */
  get done(): boolean {
    return this.fetched && this.#waiting.length === 0;
  }

  /** Somebody begins to wait for records: silence counts from now on, unless the others go on without this one. */
  listen(): void {
    if (!this.#passedOver) this.silence.restart();
  }

  /** Whether others may take their turn before this one, because it is known to have been silent for `silenceMs`. */
  passOver(silenceMs: number): boolean {
    this.#passedOver = this.records === 0 && this.silence.ms >= silenceMs;
    return this.#passedOver;
  }

  /** What to ask for: at most `most` bytes, and so many that they fit into `room` bytes once they are unpacked. */
  target(client: LogClient, most: number, room: number): FetchTarget {
    this.topicId ??= client.topicId?.(this.topic);
    this.leaderEpoch ??= client.leaderEpoch?.(this.topic, this.partition);
    const { topic, partition, fetchAt: offset, topicId, leaderEpoch } = this;
    const maxBytes = Math.max(1, Math.floor(Math.min(most, room / this.inflation)));
    return { topic, partition, offset, maxBytes, topicId, leaderEpoch };
  }

  /** Goes to another offset and forgets what was waiting. */
  seek(offset: number): void {
    this.#moves++;
    // Nothing is known of the epoch in front of it: what was read before says nothing of a log that ends there.
    this.lastEpoch = -1;
    this.fetchAt = offset;
    this.#position = offset;
    this.clear();
  }

  /** The topic was created again, with the id `topicId`: reads it from `start` to `stop`. */
  beginAgain(topicId: string, start: number, stop: number): void {
    this.topicId = topicId;
    [this.start, this.stop] = [start, stop];
    [this.leaderEpoch, this.end] = [undefined, undefined];
    this.silence.restart();
    this.seek(start);
  }

  /** Forgets what was waiting. */
  clear(): void {
    this.#waiting = [];
    this.records = 0;
    this.bytes = 0;
  }

  /**
   * Takes in the answer to a fetch from {@link fetchAt}; says what came, if it still was of use.
   *
   * @throws DamagedBatchError when a checksum does not fit; RecordFormatError when a batch cannot be read;
   *   RecordsTooLargeError when one unpacks to more than is allowed
   */
  async accept(
    answer: FetchedPartition,
    decompress: Decompress,
    options: AcceptOptions,
  ): Promise<TakenIn | undefined> {
    const [from, moves] = [this.fetchAt, this.#moves];
    const { batches, next, epoch, aborted, packedBytes, unpackedBytes } = await unpack(
      answer,
      this,
      decompress,
      options,
    );
    if (this.#moves !== moves || this.fetchAt !== from) return undefined; // a seek came in between
    this.lastEpoch = epoch >= 0 ? epoch : (this.leaderEpoch ?? -1);
    this.aborted += aborted;
    if (packedBytes > 0) this.inflation = Math.max(1, unpackedBytes / packedBytes);
    for (const batch of batches) {
      this.#waiting.push(batch);
      this.records += batch.header.recordCount;
      this.bytes += batch.bytes;
    }
    this.end = Math.max(
      this.end ?? 0,
      options.readCommitted ? answer.lastStableOffset : answer.highWatermark,
    );
    this.skipGap(next);
    return {
      records: batches.reduce((sum, { header }) => sum + header.recordCount, 0),
      bytes: unpackedBytes,
    };
  }

  /** Nothing lies between {@link fetchAt} and `offset`: goes on from there. */
  skipGap(offset: number): void {
    this.fetchAt = Math.max(this.fetchAt, Math.min(offset, this.stop));
    if (this.#waiting.length === 0) this.#position = Math.max(this.#position, this.fetchAt);
  }

  /** Hands over up to `max` records into `out`; fewer, or none, when no more are waiting. */
  take(max: number, out: KafkaRecord[]): void {
    let left = max;
    while (left > 0) {
      const batch = this.#waiting[0];
      if (!batch) return;
      const record = this.#read(batch);
      if (record) this.records--;
      if (!record || record.offset >= this.stop) {
        this.#drop(batch);
        continue;
      }
      if (record.offset < this.#position) continue;
      this.#position = record.offset + 1;
      out.push(record);
      left--;
    }
    // The rest of a batch without records (markers, compacted offsets) is passed at once.
    const batch = this.#waiting[0];
    if (batch && batch.reader.left === 0) this.#drop(batch);
  }

  #read(batch: WaitingBatch): KafkaRecord | undefined {
    try {
      return batch.reader.next(batch.header);
    } catch (error) {
      throw unreadable(this, batch.header, 'its records are damaged', error);
    }
  }

  #drop(batch: WaitingBatch): void {
    this.#waiting.shift();
    this.records -= batch.reader.left;
    this.bytes -= batch.bytes;
    const next = this.#waiting[0]?.header.baseOffset ?? this.fetchAt;
    this.#position = Math.max(this.#position, Math.min(next, this.stop));
  }
}
