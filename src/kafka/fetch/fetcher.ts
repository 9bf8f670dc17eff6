/** Fetches ahead from several partitions, within bounds, and survives brokers that come and go. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StreamTrainError } from '../../errors.ts';
import { ReadFailedError } from '../dataset/errors.ts';
import type { FetchedPartition, LogClient } from '../client/reader.ts';
import { OFFSET_OUT_OF_RANGE, passingError, relocate } from './fetch-errors.ts';
import type { FetchCounters, FetcherOptions } from './fetch-options.ts';
import { PartitionBuffer, type PartitionRange } from './partition-buffer.ts';
import { signal } from './signal.ts';

/** So often in a row nothing must come, although the log goes on, before that is believed. */
const EMPTY_ANSWERS_OF_A_GAP = 3;
/** The first request asks for so few bytes of a partition, so that the first record comes soon ... */
const FIRST_BYTES = 64 * 1024;
/** ... and each later one for so many times more, up to the bounds. */
const GROWTH = 4;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 1000;

/**
 * Keeps one request under way to every broker that leads a partition with room in its buffer. The consumer takes
 * records from {@link buffers} whenever it likes and says so with {@link taken}.
 */
export class Fetcher {
  readonly counters: FetchCounters = {
    bytes: 0,
    fetches: 0,
    retries: 0,
    skippedByLag: 0,
    deleted: 0,
    aborted: 0,
  };
  /** What cannot be cured by retrying; thrown to the consumer. */
  failure: Error | undefined;
  readonly #client: LogClient;
  readonly #options: FetcherOptions;
  readonly #onFetched: () => void;
  #buffers: PartitionBuffer[] = [];
  readonly #loops = new Map<number, Promise<void>>();
  #closed = false;
  #failingSince: number | undefined;
  readonly #stop = new AbortController();
  #changed = signal();
  #room = signal();
  #roomWanted = false;
  #bytesAtOnce: number;

  /** `onFetched` is called when everything up to the stops has been fetched, so that the client can be let go. */
  constructor(client: LogClient, options: FetcherOptions, onFetched: () => void = () => {}) {
    this.#client = client;
    this.#options = options;
    this.#onFetched = onFetched;
    // A broker waits when less may be sent than it is told to gather.
    this.#bytesAtOnce = Math.max(FIRST_BYTES, options.minBytes);
  }

  /** The partitions being read, in the order they were assigned. */
  get buffers(): readonly PartitionBuffer[] {
    return this.#buffers;
  }

  get bufferedBytes(): number {
    return this.#buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  }

  get bufferedRecords(): number {
    return this.#buffers.reduce((sum, buffer) => sum + buffer.records, 0);
  }

  /** Sets which partitions to read. Those that were read before keep their records; others' are dropped. */
  assign(ranges: readonly PartitionRange[]): void {
    const before = new Map(this.#buffers.map((buffer) => [`${buffer.topic}/${buffer.partition}`, buffer]));
    this.#buffers = ranges.map(
      (range) => before.get(`${range.topic}/${range.partition}`) ?? new PartitionBuffer(range),
    );
    this.#startLoops();
    this.#resume();
  }

  /** Resolves when a buffer has changed since the call before, or reading has failed. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Tells the fetcher that records were taken, so that there may be room to go on. */
  taken(): void {
    if (this.#roomWanted && this.#roomAgain()) this.#resume();
  }

  #resume(): void {
    this.#roomWanted = false;
    const room = this.#room;
    this.#room = signal();
    room.resolve();
  }

  /** Half of the bounds free, or a partition with nothing left: so that fetching resumes in large steps. */
  #roomAgain(): boolean {
    const { bufferBytes, bufferRecords } = this.#options;
    if (this.#buffers.some((buffer) => buffer.records === 0 && !buffer.fetched)) return true;
    return this.bufferedBytes <= bufferBytes / 2 && this.bufferedRecords <= bufferRecords / 2;
  }

  /** Stops fetching. The client is not closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stop.abort();
    this.#resume();
    this.#tellConsumer();
    await Promise.allSettled(this.#loops.values());
  }

  #startLoops(): void {
    for (const buffer of this.#buffers) {
      if (buffer.fetched) continue;
      const leader = this.#client.leader(buffer.topic, buffer.partition) ?? NO_LEADER;
      if (!this.#loops.has(leader)) this.#loops.set(leader, this.#run(leader));
    }
  }

  async #run(node: number): Promise<void> {
    try {
      await this.#loop(node);
    } catch (error) {
      if (this.#closed) return;
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      this.#tellConsumer();
    } finally {
      this.#loops.delete(node);
      if (!this.#closed && this.#buffers.every((buffer) => buffer.fetched)) this.#onFetched();
    }
  }

  async #loop(node: number): Promise<void> {
    await Promise.resolve(); // so that the loop is in the list before it can end
    while (!this.#closed) {
      const mine = this.#buffers.filter(
        (buffer) =>
          !buffer.fetched && (this.#client.leader(buffer.topic, buffer.partition) ?? NO_LEADER) === node,
      );
      if (mine.length === 0) return;
      if (node === NO_LEADER) {
        await this.#backOff(new Error('a partition has no leader'));
        continue;
      }
      const hungry = this.#withRoom(mine);
      if (hungry.length === 0) {
        this.#roomWanted = true;
        await this.#room.promise;
        continue;
      }
      await this.#fetch(node, hungry);
    }
  }

  /** The partitions that may be fetched: each has its share of the bounds, so that one cannot starve the others. */
  #withRoom(mine: readonly PartitionBuffer[]): PartitionBuffer[] {
    const { bufferBytes, bufferRecords } = this.#options;
    const sharers = Math.max(1, this.#buffers.length);
    if (this.bufferedBytes >= bufferBytes || this.bufferedRecords >= bufferRecords) {
      // Full: only a partition that has nothing at all may go on, lest its turn never come.
      return mine.filter((buffer) => buffer.records === 0);
    }
    return mine.filter(
      (buffer) => buffer.bytes <= bufferBytes / sharers && buffer.records <= bufferRecords / sharers,
    );
  }

  async #fetch(node: number, hungry: readonly PartitionBuffer[]): Promise<void> {
    const { minBytes, maxWaitMs, maxBytes, maxPartitionBytes, readCommitted, bufferBytes } = this.#options;
    const asked = hungry.map((buffer) => buffer.fetchAt);
    const room = Math.max(1, Math.floor(bufferBytes / Math.max(1, this.#buffers.length)));
    const most = Math.min(maxPartitionBytes, room, this.#bytesAtOnce);
    this.#bytesAtOnce = Math.min(maxPartitionBytes, this.#bytesAtOnce * GROWTH);
    let answers: readonly FetchedPartition[];
    try {
      answers = await this.#client.fetch(node, {
        targets: hungry.map(({ topic, partition, fetchAt }) => ({
          topic,
          partition,
          offset: fetchAt,
          maxBytes: most,
        })),
        minBytes,
        maxWaitMs,
        maxBytes: Math.min(maxBytes, Math.max(room, bufferBytes - this.bufferedBytes)),
        readCommitted,
      });
    } catch (error) {
      await this.#backOff(error);
      return;
    }
    if (this.#closed) return;
    await this.#accept(answers, hungry, asked);
  }

  async #accept(
    answers: readonly FetchedPartition[],
    hungry: readonly PartitionBuffer[],
    asked: readonly number[],
  ): Promise<void> {
    const allEmpty = answers.every((answer) => answer.batches.length === 0);
    let trouble: number | undefined;
    for (const answer of answers) {
      const at = hungry.findIndex((one) => one.topic === answer.topic && one.partition === answer.partition);
      const buffer = hungry[at];
      // Unassigned or moved on while the request was under way.
      if (!buffer || !this.#buffers.includes(buffer) || buffer.fetchAt !== asked[at]) continue;
      if (answer.errorCode === OFFSET_OUT_OF_RANGE)
        await relocate(this.#client, buffer, this.#options, this.counters);
      else if (answer.errorCode !== 0) trouble ??= passingError(answer);
      else await this.#take(buffer, answer, allEmpty);
    }
    if (trouble === undefined) this.#failingSince = undefined;
    this.#tellConsumer();
    if (trouble !== undefined) await this.#backOff(new Error(`Kafka error ${trouble} for a partition`));
  }

  async #take(buffer: PartitionBuffer, answer: FetchedPartition, allEmpty: boolean): Promise<void> {
    const before = buffer.bytes;
    const abortedBefore = buffer.aborted;
    const { maxLag } = this.#options;
    await buffer.accept(
      answer,
      (compression, bytes) => this.#client.decompress(compression, bytes),
      this.#options,
    );
    if (answer.batches.length > 0) {
      this.counters.fetches++;
      this.counters.bytes += buffer.bytes - before;
    }
    this.counters.aborted += buffer.aborted - abortedBefore;
    const end = buffer.end ?? 0;
    // Nothing came although the log reaches further: the rest up to its end was compacted away.
    if (allEmpty && buffer.fetchAt < end) {
      // A broker that has just started may say so wrongly once.
      if (++buffer.emptyAnswers >= EMPTY_ANSWERS_OF_A_GAP) buffer.skipGap(end);
    } else buffer.emptyAnswers = 0;
    if (maxLag !== undefined && answer.highWatermark - buffer.position > maxLag) {
      this.counters.skippedByLag += end - buffer.position;
      buffer.seek(end);
    }
  }

  /** Waits a little longer at each failure in a row and asks who leads now; gives up after `retryForMs`. */
  async #backOff(error: unknown): Promise<void> {
    if (this.#closed) return;
    if (error instanceof StreamTrainError && !error.canRetry) throw error;
    this.counters.retries++;
    this.#failingSince ??= Date.now();
    const failingFor = Date.now() - this.#failingSince;
    if (failingFor > this.#options.retryForMs)
      throw new ReadFailedError('Reading from Kafka', failingFor, error);
    const wait = Math.min(LONGEST_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, failingFor / 2));
    await sleep(wait, undefined, { signal: this.#stop.signal }).catch(() => {});
    if (this.#closed) return;
    try {
      await this.#client.refresh();
    } catch {
      return; // the next round fails and counts on
    }
    this.#startLoops();
  }

  #tellConsumer(): void {
    const changed = this.#changed;
    this.#changed = signal();
    changed.resolve();
  }
}

/** Stands for "no broker leads this partition just now". */
const NO_LEADER = -1;
