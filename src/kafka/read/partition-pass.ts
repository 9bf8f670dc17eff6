/** One pass over partitions by offset: from its first request to its end. */
import { unlessAborted } from '../../process/index.ts';
import type { LogClient } from '../client/client.ts';
import { mayPass, persist } from '../persist.ts';
import { ReadFailedError } from '../read-errors.ts';
import type { KafkaRecord } from '../record.ts';
import { takeAny, takeInTurn } from './buffer-set.ts';
import { Fetcher } from './fetcher.ts';
import type { PartitionBuffer } from './partition-buffer.ts';
import { signalsOf, type MaybePromise, type Puller } from './pull.ts';
import type { PartitionRange } from './log-bounds.ts';
import type { FetcherOptions } from './read-options.ts';
import { waitFor } from './silence.ts';
import type { ReadMeter } from './stats.ts';

/** What a pass needs. It owns, and closes, `client`. */
interface PassOptions {
  readonly client: LogClient;
  readonly fetch: FetcherOptions;
  readonly meter: ReadMeter;
  readonly signal: AbortSignal | undefined;
  readonly order: 'interleaved' | 'arrival';
  readonly maxRecords: number;
  /** ms of known silence after which the pass ends; -1 never. */
  readonly streamTimeout: number;
  readonly ranges: (client: LogClient) => Promise<readonly PartitionRange[]>;
  /** The partitions that a topic has got since, for a pass that follows it; those it has already are given. */
  readonly added?: (
    client: LogClient,
    known: readonly PartitionRange[],
  ) => Promise<readonly PartitionRange[]>;
  /** Called with what is read instead when a topic was created again. */
  readonly onRestarted: (range: PartitionRange) => void;
  readonly onClosed: () => void;
}

/** Hands records over in order; connects at the first pull. */
export class PartitionPass implements Puller<KafkaRecord> {
  readonly #options: PassOptions;
  readonly #signals: readonly AbortSignal[];
  readonly #fetcher: Fetcher;
  #opening: Promise<void> | undefined;
  #opened = false;
  #closed = false;
  #restarted = false;
  readonly #stop = new AbortController();
  #left: number;
  #turn = 0;

  constructor(options: PassOptions) {
    this.#options = options;
    this.#signals = signalsOf(options.signal);
    this.#left = options.maxRecords;
    // Connections are let go as soon as all is fetched, so that a pass nobody finishes keeps no program alive.
    const fetch = { ...options.fetch, maxWaitMs: waitFor(options.fetch.maxWaitMs, options.streamTimeout) };
    this.#fetcher = new Fetcher(options.client, fetch, {
      onFetched: () => void options.client.close(),
      onMetadata: async () => void (await this.#takeUpAdded()),
      onRestarted: ({ topic, partition, start, stop, topicId }) => {
        this.#restarted = true;
        options.onRestarted({ topic, partition, start, stop, topicId });
      },
    });
  }

  get ends() {
    return { closed: this.#stop.signal, signals: this.#signals, restarted: this.#restarted };
  }

  /** Whether the offsets to read are known. */
  get started(): boolean {
    return this.#opened;
  }

  get buffers(): readonly PartitionBuffer[] {
    return this.#fetcher.buffers;
  }

  pull(max: number): MaybePromise<readonly KafkaRecord[] | undefined> {
    if (this.#opened) {
      const ready = this.#ready(max);
      if (ready !== 'none yet') return ready;
    }
    const { meter, signal } = this.#options;
    return meter.waiting(unlessAborted(this.#wait(max), signal));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop.abort();
    this.#options.onClosed();
    this.#options.meter.end(this.#fetcher);
    await Promise.all([this.#options.client.close(), this.#fetcher.close()]);
  }

  /** What can be handed over without waiting; `undefined` at the end. */
  #ready(max: number): readonly KafkaRecord[] | undefined | 'none yet' {
    this.#options.signal?.throwIfAborted();
    if (this.#fetcher.failure) throw this.#fetcher.failure;
    const out: KafkaRecord[] = [];
    const wanted = Math.min(max, this.#left);
    const { buffers } = this.#fetcher;
    const { order, streamTimeout } = this.#options;
    if (order === 'interleaved') this.#turn = takeInTurn(buffers, this.#turn, wanted, out, streamTimeout);
    else takeAny(buffers, this.#turn++, wanted, out);
    if (out.length > 0) {
      this.#left -= out.length;
      this.#options.meter.records += out.length;
      this.#fetcher.taken();
      return out;
    }
    const over = this.#closed || this.#left <= 0 || buffers.every((buffer) => buffer.done);
    return over ? undefined : 'none yet';
  }

  async #wait(max: number): Promise<readonly KafkaRecord[] | undefined> {
    if (!this.#opened) await (this.#opening ??= this.#open());
    const { streamTimeout } = this.#options;
    this.#fetcher.set.listen();
    for (;;) {
      const changed = this.#fetcher.changed;
      const ready = this.#ready(max);
      if (ready !== 'none yet') return ready;
      // Room may have been made by passing over records that were not wanted.
      this.#fetcher.taken();
      if (streamTimeout >= 0 && this.#fetcher.set.silentMs >= streamTimeout) {
        if (await this.#isOver()) {
          // What came, or failed, during that last look.
          const late = this.#ready(max);
          return late === 'none yet' ? undefined : late;
        }
        this.#fetcher.set.listen();
        continue;
      }
      await changed;
    }
  }

  /** At the end of a silence: whether no partition was added meanwhile. One that took several looks was an outage. */
  async #isOver(): Promise<boolean> {
    const since = performance.now();
    const { retryForMs } = this.#options.fetch;
    let looks = 0;
    const look = (): Promise<boolean> => {
      looks++;
      return this.#takeUpAdded();
    };
    try {
      const isAdded = await persist(look, { retryForMs, closed: this.#stop.signal });
      return !isAdded && looks === 1;
    } catch (error) {
      if (this.#closed) return true;
      if (!mayPass(error)) throw error;
      const what = 'Looking for partitions that were added';
      throw new ReadFailedError({
        ...{ what, failedForMs: performance.now() - since },
        ...{ cause: error, lag: this.#fetcher.set.unread },
      });
    }
  }

  /** Reads on from partitions that were added to the topic, too; says whether there were any. */
  async #takeUpAdded(): Promise<boolean> {
    const { added, client } = this.#options;
    if (!added || this.#closed) return false;
    const fresh = await added(client, this.buffers);
    const unknown = fresh.filter(
      (range) => !this.buffers.some((one) => one.partition === range.partition && one.topic === range.topic),
    );
    if (this.#closed || unknown.length === 0) return false;
    this.#fetcher.assign([...this.buffers, ...unknown]);
    return true;
  }

  async #open(): Promise<void> {
    const { client, meter, ranges } = this.#options;
    this.#options.signal?.throwIfAborted();
    meter.start(this.#fetcher);
    const resolved = await ranges(client);
    if (this.#closed) return;
    // The ranges may come from an earlier pass, whose connection was another.
    const unknown = resolved.filter(({ topic, partition }) => client.leader(topic, partition) === undefined);
    for (const topic of new Set(unknown.map((range) => range.topic))) await client.partitions(topic);
    this.#fetcher.assign(resolved);
    this.#opened = true;
  }
}
