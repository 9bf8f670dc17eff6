/** One pass over partitions by offset: from its first request to its end. */
import type { LogClient } from '../client/reader.ts';
import type { MaybePromise, Puller } from '../dataset/pull.ts';
import type { KafkaRecord } from '../record.ts';
import { abortable } from './abortable.ts';
import type { FetcherOptions } from './fetch-options.ts';
import { Fetcher } from './fetcher.ts';
import { signal } from './signal.ts';
import type { PartitionBuffer, PartitionRange } from './partition-buffer.ts';
import type { ReadMeter } from './read-meter.ts';

/** What a pass needs. It owns, and closes, `client`. */
export interface PassOptions {
  readonly client: LogClient;
  readonly fetch: FetcherOptions;
  readonly meter: ReadMeter;
  readonly signal: AbortSignal | undefined;
  readonly order: 'interleaved' | 'arrival';
  readonly maxRecords: number;
  /** ms without a record after which the pass ends; -1 never. */
  readonly streamTimeout: number;
  readonly ranges: (client: LogClient) => Promise<readonly PartitionRange[]>;
}

/** Hands records over in order; connects at the first pull. */
export class PartitionPass implements Puller<KafkaRecord> {
  readonly #options: PassOptions;
  readonly #fetcher: Fetcher;
  #opening: Promise<void> | undefined;
  #opened = false;
  #closed = false;
  readonly #closing = signal();
  #left: number;
  #turn = 0;
  #lastRecordAt = 0;

  constructor(options: PassOptions) {
    this.#options = options;
    this.#left = options.maxRecords;
    // Connections are let go as soon as all is fetched, so that a pass nobody finishes keeps no program alive.
    this.#fetcher = new Fetcher(options.client, options.fetch, () => void options.client.close());
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
    return meter.waiting(abortable(this.#wait(max), signal));
  }

  /** Resolves when the pass is closed. */
  get closed(): Promise<void> {
    return this.#closing.promise;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.resolve();
    this.#options.meter.end(this.#fetcher);
    await Promise.all([this.#options.client.close(), this.#fetcher.close()]);
  }

  /** What can be handed over without waiting; `undefined` at the end. */
  #ready(max: number): readonly KafkaRecord[] | undefined | 'none yet' {
    this.#options.signal?.throwIfAborted();
    if (this.#fetcher.failure) throw this.#fetcher.failure;
    const out: KafkaRecord[] = [];
    const wanted = Math.min(max, this.#left);
    if (this.#options.order === 'interleaved') this.#takeInTurn(wanted, out);
    else this.#takeAny(wanted, out);
    if (out.length > 0) {
      this.#left -= out.length;
      this.#options.meter.records += out.length;
      this.#lastRecordAt = Date.now();
      this.#fetcher.taken();
      return out;
    }
    const over = this.#closed || this.#left <= 0 || this.#fetcher.buffers.every((buffer) => buffer.done);
    return over ? undefined : 'none yet';
  }

  async #wait(max: number): Promise<readonly KafkaRecord[] | undefined> {
    if (!this.#opened) await (this.#opening ??= this.#open());
    const { streamTimeout } = this.#options;
    for (;;) {
      const changed = this.#fetcher.changed;
      const ready = this.#ready(max);
      if (ready !== 'none yet') return ready;
      // Room may have been made by passing over records that were not wanted.
      this.#fetcher.taken();
      const silentFor = Date.now() - this.#lastRecordAt;
      if (streamTimeout >= 0 && silentFor >= streamTimeout) return undefined;
      await orAfter(changed, streamTimeout < 0 ? Infinity : streamTimeout - silentFor);
    }
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
    this.#lastRecordAt = Date.now();
    this.#opened = true;
  }

  /** One record of each partition in turn; stops at the first whose turn it is and that has none yet. */
  #takeInTurn(max: number, out: KafkaRecord[]): void {
    const { buffers } = this.#fetcher;
    if (buffers.length === 1) {
      buffers[0]?.take(max, out);
      return;
    }
    let idle = 0;
    while (out.length < max && idle < buffers.length) {
      const buffer = buffers[this.#turn % buffers.length] as PartitionBuffer;
      const before = out.length;
      buffer.take(1, out);
      if (out.length === before && !buffer.done) return;
      idle = out.length === before ? idle + 1 : 0;
      this.#turn = (this.#turn + 1) % buffers.length;
    }
  }

  /** Whatever is there, beginning with another partition each time. */
  #takeAny(max: number, out: KafkaRecord[]): void {
    const { buffers } = this.#fetcher;
    for (let i = 0; i < buffers.length && out.length < max; i++) {
      buffers[(this.#turn + i) % buffers.length]?.take(max - out.length, out);
    }
    this.#turn++;
  }
}

/** Resolves with `event`, or after `ms`. */
export async function orAfter(event: Promise<void>, ms: number): Promise<void> {
  if (ms === Infinity) return event;
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([event, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  } finally {
    clearTimeout(timer);
  }
}
