/** Fetches ahead from several partitions, within bounds, and survives brokers that come and go. */
import { StreamTrainError } from '../../errors.ts';
import { deferred, pause } from '../../process/index.ts';
import type { FetchedPartition, FetchTarget } from '../protocol/fetch.ts';
import type { LogClient } from '../client/client.ts';
import { ReadFailedError } from '../read-errors.ts';
import { noteChanges, takeIn } from './answers.ts';
import { BufferSet } from './buffer-set.ts';
import type { PartitionBuffer } from './partition-buffer.ts';
import type { PartitionRange } from './log-bounds.ts';
import type { FetcherOptions } from './read-options.ts';
import { NOTHING_FETCHED, type FetchCounters } from './stats.ts';

/** What the owner of a fetcher is called for. */
interface FetchWatch {
  /** Everything up to the stops has been fetched: the client can be let go. */
  readonly onFetched?: () => void;
  /** There is fresh metadata; what this throws ends reading, unless it may pass. */
  readonly onMetadata?: () => Promise<void>;
  /** A partition's topic was created again, and it begins again where it stands now. */
  readonly onRestarted?: (buffer: PartitionBuffer) => void;
}

/** The first request asks for so few bytes of a partition, so that the first record comes soon ... */
const FIRST_BYTES = 64 * 1024;
/** ... and each later one for so many times more, up to the bounds. */
const GROWTH = 4;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 1000;
/** Reading is given up after so many failures in a row at the least. */
const LEAST_FAILURES = 3;

/**
 * Keeps one request under way to every broker that leads a partition with room in its buffer. The consumer takes
 * records from {@link buffers} whenever it likes and says so with {@link taken}.
 */
export class Fetcher {
  readonly counters: FetchCounters = { ...NOTHING_FETCHED };
  /** What does not pass by retrying; thrown to the consumer. */
  failure: Error | undefined;
  readonly #client: LogClient;
  readonly #options: FetcherOptions;
  readonly #watch: FetchWatch;
  #metadataAt = performance.now();
  readonly #set: BufferSet;
  readonly #loops = new Map<number, Promise<void>>();
  #closed = false;
  readonly #stop = new AbortController();
  #changed = deferred();
  #room = deferred();
  #roomWanted = false;
  readonly #firstBytes: number;
  #bytesAtOnce: number;

  constructor(client: LogClient, options: FetcherOptions, watch: FetchWatch = {}) {
    this.#client = client;
    this.#options = options;
    this.#watch = watch;
    this.#set = new BufferSet(options);
    // A broker waits when less may be sent than it shall gather.
    this.#firstBytes = this.#bytesAtOnce = Math.max(FIRST_BYTES, options.minBytes);
  }

  /** The partitions being read, in the order they were assigned. */
  get buffers(): readonly PartitionBuffer[] {
    return this.#set.all;
  }

  /** The same, taken together. */
  get set(): BufferSet {
    return this.#set;
  }

  /** Sets which partitions to read. Those that were read before keep their records; others' are dropped. */
  assign(ranges: readonly PartitionRange[]): void {
    this.#set.assign(ranges);
    this.#startLoops();
    this.#resume();
  }

  /** Resolves when a buffer has changed since the call before, or reading has failed. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** To be called when records were taken, so that there may be room to go on. */
  taken(): void {
    if (this.#roomWanted && this.#set.hasRoomAgain) this.#resume();
  }

  #resume(): void {
    this.#roomWanted = false;
    const room = this.#room;
    this.#room = deferred();
    room.resolve();
  }

  /** Stops fetching. The client is not closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stop.abort();
    this.#resume();
    this.#tellConsumer();
    await Promise.allSettled(this.#loops.values());
  }

  /** Whether no request is needed any more; the client may then be closed already. */
  get #allFetched(): boolean {
    return this.buffers.length > 0 && this.buffers.every((buffer) => buffer.fetched);
  }

  #startLoops(): void {
    for (const buffer of this.buffers) {
      if (buffer.fetched) continue;
      const leader = this.#client.leader(buffer.topic, buffer.partition) ?? NO_LEADER;
      if (!this.#loops.has(leader)) this.#loops.set(leader, this.#run(leader));
    }
  }

  async #run(node: number): Promise<void> {
    try {
      await this.#loop(node);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#loops.delete(node);
      if (!this.#closed && this.#allFetched) this.#watch.onFetched?.();
      // Its partitions may have come back to this broker after it had seen that none was left.
      else if (!this.#closed && !this.failure) this.#startLoops();
    }
  }

  async #loop(node: number): Promise<void> {
    await Promise.resolve(); // so that the loop is in the list before it can end
    while (!this.#closed) {
      const mine = this.buffers.filter(
        (buffer) =>
          !buffer.fetched && (this.#client.leader(buffer.topic, buffer.partition) ?? NO_LEADER) === node,
      );
      if (mine.length === 0) return;
      if (node === NO_LEADER) {
        const [{ topic, partition }] = mine as [PartitionBuffer];
        await this.#backOff(
          new Error(`${topic}[${partition}] has no leader, or is not there any more`),
          mine,
        );
        continue;
      }
      const open = this.#set.withRoom(mine);
      if (open.length === 0) {
        this.#roomWanted = true;
        await this.#room.promise;
        continue;
      }
      await this.#fetch(node, open);
    }
  }

  async #fetch(node: number, open: readonly PartitionBuffer[]): Promise<void> {
    const others = open.filter(
      ({ topic, topicId }) => (this.#client.topicId?.(topic) ?? topicId) !== topicId,
    );
    // By name an older broker would give the rows of the new topic.
    if (others.some(({ topicId }) => topicId !== undefined))
      return this.#backOff(new Error('a topic was created again'), others);
    if (performance.now() - this.#metadataAt > this.#options.metadataMaxAgeMs) this.#lookAtMetadata();
    const { minBytes, maxWaitMs, maxBytes, maxPartitionBytes, readCommitted, bufferBytes } = this.#options;
    const room = this.#set.share;
    const most = Math.min(maxPartitionBytes, this.#bytesAtOnce);
    this.#bytesAtOnce = Math.min(maxPartitionBytes, this.#bytesAtOnce * GROWTH);
    const targets = open.map((buffer) => buffer.target(this.#client, most, room));
    const askedAt = performance.now();
    let answers: readonly FetchedPartition[];
    try {
      answers = await this.#client.fetch(node, {
        targets,
        minBytes,
        maxWaitMs,
        maxBytes: Math.min(maxBytes, Math.max(room, bufferBytes - this.#set.bytes)),
        readCommitted,
      });
    } catch (error) {
      if (!(error instanceof StreamTrainError)) throw error;
      await this.#backOff(error, open);
      return;
    }
    if (!this.#closed) await this.#accept(answers, { buffers: open, targets, at: askedAt, room });
  }

  async #accept(answers: readonly FetchedPartition[], asked: Asked): Promise<void> {
    const context = {
      client: this.#client,
      options: this.#options,
      counters: this.counters,
      askedAt: asked.at,
      broughtData: answers.some((answer) => answer.batches.length > 0),
      roomBytes: asked.room,
    };
    // A broker that throttles this client leaves partitions out: the less is asked for at once, the shorter it does.
    if (answers.length === 0) this.#bytesAtOnce = this.#firstBytes;
    const failing = new Map(
      asked.buffers.map((buffer) => [buffer, `no answer about ${buffer.topic}[${buffer.partition}]`]),
    );
    for (const answer of answers) {
      const { topic, partition } = answer;
      const at = asked.targets.findIndex((one) => one.partition === partition && one.topic === topic);
      const [buffer, target] = [asked.buffers[at], asked.targets[at]];
      if (!buffer || !target) continue;
      failing.delete(buffer);
      // Unassigned, moved on or begun again while the request was under way.
      if (buffer.fetchAt !== target.offset || buffer.topicId !== target.topicId) continue;
      // Of a leader that has been replaced meanwhile, whose rows the new one may not have.
      if (buffer.leaderEpoch !== target.leaderEpoch || !this.buffers.includes(buffer)) continue;
      const problem = await takeIn(buffer, answer, context);
      if (problem === undefined) [buffer.failingSince, buffer.failures] = [undefined, 0];
      else failing.set(buffer, problem);
    }
    this.#tellConsumer();
    const [problem] = failing.values();
    if (problem !== undefined) await this.#backOff(new Error(problem), [...failing.keys()]);
  }

  /** Asks for the metadata again, beside the fetches; a failure of the cluster's is left to them. */
  #lookAtMetadata(): void {
    this.#metadataAt = performance.now();
    this.#refresh().catch((error: unknown) => this.#fail(error));
  }

  /** Asks for the metadata and acts on what has changed; says whether it came. */
  async #refresh(within?: number): Promise<boolean> {
    try {
      await this.#client.refresh(within);
      this.#metadataAt = performance.now();
      if (this.#closed || this.#allFetched) return false;
      const { onRestarted = () => {}, onMetadata } = this.#watch;
      const context = { client: this.#client, options: this.#options, counters: this.counters, onRestarted };
      await noteChanges(this.buffers, context);
      if (this.#closed) return false;
      await onMetadata?.();
      this.#startLoops();
      // A broker that waits for room may lead more partitions now, and one of these may be what the consumer waits for.
      this.#resume();
      return true;
    } catch (error) {
      if (error instanceof StreamTrainError && error.canRetry) return false;
      throw error;
    }
  }

  #fail(error: unknown): void {
    if (this.#closed || this.#allFetched) return;
    this.failure ??= error instanceof Error ? error : new Error(String(error));
    this.#tellConsumer();
  }

  /** Waits a little longer at each failure in a row and asks who leads now; gives up after `retryForMs`. */
  async #backOff(error: unknown, failing: readonly PartitionBuffer[]): Promise<void> {
    if (this.#closed) return;
    if (error instanceof StreamTrainError && !error.canRetry) throw error;
    this.counters.retries++;
    const now = performance.now();
    let [failingFor, failures] = [0, 0];
    for (const buffer of failing) {
      buffer.silence.restart();
      buffer.failingSince ??= now;
      buffer.failures++;
      failingFor = Math.max(failingFor, now - buffer.failingSince);
      failures = Math.max(failures, buffer.failures);
    }
    // Of a long time in which this process stood still nothing is known but its ends.
    if (failingFor > this.#options.retryForMs && failures >= LEAST_FAILURES)
      throw new ReadFailedError({
        ...{ what: 'Reading from Kafka', failedForMs: failingFor },
        ...{ cause: error, lag: this.#set.unread },
      });
    const wait = Math.min(LONGEST_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, failingFor / 2));
    await pause(wait, this.#stop.signal).catch(() => {});
    // Where no metadata comes, the next round fails and counts on: patience is one for both.
    const left = this.#options.retryForMs - failingFor - wait;
    if (!this.#closed && !this.#allFetched) await this.#refresh(left);
  }

  #tellConsumer(): void {
    const changed = this.#changed;
    this.#changed = deferred();
    changed.resolve();
  }
}

/** Stands for "no broker leads this partition just now". */
const NO_LEADER = -1;

/** A request under way, since when (`performance.now()`), and the room for each partition's answer in bytes. */
interface Asked {
  readonly buffers: readonly PartitionBuffer[];
  readonly targets: readonly FetchTarget[];
  readonly at: number;
  readonly room: number;
}
