/** Fetches ahead from several partitions, within bounds, and survives brokers that come and go. */
import { StreamTrainError } from '../../errors.ts';
import { ReadFailedError } from '../dataset/errors.ts';
import type { FetchedPartition, LogClient } from '../client/reader.ts';
import { pause } from '../pause.ts';
import { OFFSET_OUT_OF_RANGE, passingError, relocate } from './fetch-errors.ts';
import type { FetchCounters, FetcherOptions } from './fetch-options.ts';
import { PartitionBuffer, type PartitionRange } from './partition-buffer.ts';
import { signal } from './signal.ts';
import { Silence } from './silence.ts';

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
  /** The clock of a reader that has no partition. */
  readonly #idle: Silence;
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
    this.#idle = new Silence(options.maxWaitMs);
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

  /** Records between what was handed over and the ends of the logs, as the last answers told them. */
  get lag(): number {
    return this.#buffers.reduce((lag, { end = NaN, position }) => lag + Math.max(0, end - position), 0);
  }

  /**
   * For how long it is known of every partition that it has nothing new, in ms since {@link listen}; `NaN` while it is
   * not known of one of them, or records wait.
   */
  get silentMs(): number {
    if (this.#buffers.length === 0) this.#idle.confirm(0);
    let least = this.#buffers.length === 0 ? this.#idle.ms : Infinity;
    for (const buffer of this.#buffers) {
      if (buffer.records > 0) return NaN;
      if (!buffer.done) least = Math.min(least, buffer.silence.ms);
    }
    return least;
  }

  /** Somebody begins to wait for records: silence is counted from now on. */
  listen(): void {
    this.#idle.restart();
    for (const buffer of this.#buffers) buffer.listen();
  }

  /** Sets which partitions to read. Those that were read before keep their records; others' are dropped. */
  assign(ranges: readonly PartitionRange[]): void {
    const before = new Map(this.#buffers.map((buffer) => [`${buffer.topic}/${buffer.partition}`, buffer]));
    this.#buffers = ranges.map(
      (range) =>
        before.get(`${range.topic}/${range.partition}`) ??
        new PartitionBuffer(range, new Silence(this.#options.maxWaitMs)),
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
        await this.#backOff(new Error('a partition has no leader'), mine);
        continue;
      }
      const open = this.#withRoom(mine);
      if (open.length === 0) {
        this.#roomWanted = true;
        await this.#room.promise;
        continue;
      }
      await this.#fetch(node, open);
    }
  }

  /** The partitions that may be fetched: each has its share of the bounds, so that one cannot starve the others. */
  #withRoom(mine: readonly PartitionBuffer[]): PartitionBuffer[] {
    const { bufferBytes, bufferRecords } = this.#options;
    const sharers = Math.max(1, this.#buffers.length);
    if (this.bufferedBytes >= bufferBytes || this.bufferedRecords >= bufferRecords) {
      // Full: only a partition that has nothing at all may go on, or its turn would never come.
      return mine.filter((buffer) => buffer.records === 0);
    }
    return mine.filter(
      (buffer) => buffer.bytes <= bufferBytes / sharers && buffer.records <= bufferRecords / sharers,
    );
  }

  async #fetch(node: number, open: readonly PartitionBuffer[]): Promise<void> {
    const { minBytes, maxWaitMs, maxBytes, maxPartitionBytes, readCommitted, bufferBytes } = this.#options;
    const asked: Asked = {
      buffers: open,
      offsets: open.map(({ fetchAt }) => fetchAt),
      at: performance.now(),
    };
    const room = Math.max(1, Math.floor(bufferBytes / Math.max(1, this.#buffers.length)));
    const most = Math.min(maxPartitionBytes, room, this.#bytesAtOnce);
    this.#bytesAtOnce = Math.min(maxPartitionBytes, this.#bytesAtOnce * GROWTH);
    let answers: readonly FetchedPartition[];
    try {
      answers = await this.#client.fetch(node, {
        targets: open.map(({ topic, partition, fetchAt }) => ({
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
      await this.#backOff(error, open);
      return;
    }
    if (!this.#closed) await this.#accept(answers, asked);
  }

  async #accept(answers: readonly FetchedPartition[], asked: Asked): Promise<void> {
    const broughtData = answers.some((answer) => answer.batches.length > 0);
    // A broker that throttles this client leaves partitions out.
    const failing = new Map(
      asked.buffers.map((buffer) => [buffer, `no answer about ${buffer.topic}[${buffer.partition}]`]),
    );
    for (const answer of answers) {
      const { topic, partition } = answer;
      const at = asked.buffers.findIndex((one) => one.partition === partition && one.topic === topic);
      const buffer = asked.buffers[at];
      if (!buffer) continue;
      failing.delete(buffer);
      // Unassigned or moved on while the request was under way.
      if (!this.#buffers.includes(buffer) || buffer.fetchAt !== asked.offsets[at]) continue;
      const problem = await this.#take(buffer, answer, asked.at, broughtData);
      if (problem === undefined) buffer.failingSince = undefined;
      else failing.set(buffer, problem);
    }
    this.#tellConsumer();
    const [problem] = failing.values();
    if (problem !== undefined) await this.#backOff(new Error(problem), [...failing.keys()]);
  }

  /** Takes in what came for one partition; says what is wrong, if trying again may help. */
  async #take(
    buffer: PartitionBuffer,
    answer: FetchedPartition,
    askedAt: number,
    broughtData: boolean,
  ): Promise<string | undefined> {
    const name = `${buffer.topic}[${buffer.partition}]`;
    if (answer.errorCode === OFFSET_OUT_OF_RANGE)
      return relocate(this.#client, buffer, this.#options, this.counters);
    if (answer.errorCode !== 0) return `Kafka error ${passingError(answer)} for ${name}`;
    const { bytes, records, aborted, end: endBefore = 0 } = buffer;
    const { maxLag } = this.#options;
    await buffer.accept(
      answer,
      (compression, packed) => this.#client.decompress(compression, packed),
      this.#options,
    );
    if (answer.batches.length > 0) {
      this.counters.fetches++;
      this.counters.bytes += buffer.bytes - bytes;
    }
    this.counters.aborted += buffer.aborted - aborted;
    const end = buffer.end ?? 0;
    if (maxLag !== undefined && answer.highWatermark - buffer.position > maxLag) {
      this.counters.skippedByLag += end - buffer.position;
      buffer.seek(end);
    }
    if (buffer.records > records) buffer.silence.restart();
    else if (buffer.fetchAt === end && end >= endBefore) buffer.silence.confirm(askedAt);
    // A leader that has just been elected does not yet know the whole log.
    if (end < endBefore || buffer.fetchAt > end)
      return `the log of ${name} ends at ${end}, before what was read`;
    // Brokers pass over compacted offsets by themselves: nothing at all means that they could not read just now.
    if (answer.batches.length === 0 && !broughtData && buffer.fetchAt < end && !buffer.fetched)
      return `nothing came of ${name} from offset ${buffer.fetchAt} on, although its log goes on to ${end}`;
    return undefined;
  }

  /** Waits a little longer at each failure in a row and asks who leads now; gives up after `retryForMs`. */
  async #backOff(error: unknown, failing: readonly PartitionBuffer[]): Promise<void> {
    if (this.#closed) return;
    if (error instanceof StreamTrainError && !error.canRetry) throw error;
    this.counters.retries++;
    const now = performance.now();
    let failingFor = 0;
    for (const buffer of failing) {
      buffer.silence.restart();
      buffer.failingSince ??= now;
      failingFor = Math.max(failingFor, now - buffer.failingSince);
    }
    if (failingFor > this.#options.retryForMs)
      throw new ReadFailedError('Reading from Kafka', failingFor, error, this.lag);
    const wait = Math.min(LONGEST_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, failingFor / 2));
    await pause(wait, this.#stop.signal).catch(() => {});
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

/** A request under way: of which partitions, from which offsets on, since when (`performance.now()`). */
interface Asked {
  readonly buffers: readonly PartitionBuffer[];
  readonly offsets: readonly number[];
  readonly at: number;
}
