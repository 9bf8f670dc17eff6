/** The partitions a fetcher reads, taken together: what waits, whether all are silent, and in which order records leave. */
import type { KafkaRecord } from '../record.ts';
import { PartitionBuffer } from './partition-buffer.ts';
import { keyOf } from '../protocol/group-member.ts';
import type { PartitionRange } from './log-bounds.ts';
import type { FetcherOptions } from './read-options.ts';
import { Silence } from './silence.ts';

/** Buffers in the order their partitions were assigned. */
export class BufferSet {
  all: readonly PartitionBuffer[] = [];
  readonly #options: FetcherOptions;
  /** The clock of a reader that has no partition. */
  readonly #idle: Silence;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#idle = new Silence(options.maxWaitMs);
  }

  /** Sets which partitions there are. Those that were there before keep their records; others' are dropped. */
  assign(ranges: readonly PartitionRange[]): void {
    const before = new Map(this.all.map((buffer) => [keyOf(buffer), buffer]));
    this.all = ranges.map(
      (range) => before.get(keyOf(range)) ?? new PartitionBuffer(range, new Silence(this.#options.maxWaitMs)),
    );
  }

  get bytes(): number {
    return this.all.reduce((sum, buffer) => sum + buffer.bytes, 0);
  }

  get records(): number {
    return this.all.reduce((sum, buffer) => sum + buffer.records, 0);
  }

  /** Records between what was handed over and the ends of the logs, as the last answers had them. */
  get lag(): number {
    return this.all.reduce((lag, { end = NaN, position }) => lag + Math.max(0, end - position), 0);
  }

  /** Of those, the records that were to be handed over: before the stops. */
  get unread(): number {
    return this.all.reduce((sum, { end = NaN, stop, position }) => {
      return sum + Math.max(0, Math.min(end, stop) - position);
    }, 0);
  }

  /**
   * For how long it is known of every partition that it has nothing new, in ms since {@link listen}; `NaN` while it is
   * not known of one of them, or records wait.
   */
  get silentMs(): number {
    if (this.all.length === 0) this.#idle.confirm(0);
    let least = this.all.length === 0 ? this.#idle.ms : Infinity;
    for (const buffer of this.all) {
      if (buffer.done) continue;
      if (buffer.records > 0) return NaN;
      least = Math.min(least, buffer.silence.ms);
    }
    return least;
  }

  /** Somebody begins to wait for records: silence is counted from now on. */
  listen(): void {
    this.#idle.restart();
    for (const buffer of this.all) buffer.listen();
  }

  /** The bytes that may wait of each partition, so that one cannot starve the others. */
  get share(): number {
    return Math.max(1, Math.floor(this.#options.bufferBytes / Math.max(1, this.all.length)));
  }

  /** Those of `some` that may be fetched: each has its share of the bounds. */
  withRoom(some: readonly PartitionBuffer[]): PartitionBuffer[] {
    const { bufferBytes, bufferRecords } = this.#options;
    if (this.bytes >= bufferBytes || this.records >= bufferRecords) {
      // Full: only a partition that has nothing at all may go on, or its turn would never come.
      return some.filter((buffer) => buffer.records === 0);
    }
    const shareOfRecords = bufferRecords / Math.max(1, this.all.length);
    return some.filter((buffer) => buffer.bytes <= this.share && buffer.records <= shareOfRecords);
  }

  /** Half of the bounds free, or a partition with nothing left: so that fetching resumes in large steps. */
  get hasRoomAgain(): boolean {
    const { bufferBytes, bufferRecords } = this.#options;
    if (this.all.some((buffer) => buffer.records === 0 && !buffer.fetched)) return true;
    return this.bytes <= bufferBytes / 2 && this.records <= bufferRecords / 2;
  }
}

/**
 * Takes one record of each partition in turn into `out` until `wanted` are there, beginning with partition number `turn`
 * of `buffers`; says whose turn it is next. It stops at a partition that has none just now, and passes over those that
 * are done, or known to have been silent for `silenceMs` (-1: however long they are silent, they are waited for).
 */
export function takeInTurn(
  buffers: readonly PartitionBuffer[],
  turn: number,
  wanted: number,
  out: KafkaRecord[],
  silenceMs: number,
): number {
  if (buffers.length === 1) {
    buffers[0]?.take(wanted - out.length, out);
    return turn;
  }
  let next = turn;
  for (let idle = 0; out.length < wanted && idle < buffers.length; next++) {
    const buffer = buffers[next % buffers.length] as PartitionBuffer;
    const before = out.length;
    buffer.take(1, out);
    if (out.length > before) idle = 0;
    else if (buffer.done || (silenceMs >= 0 && buffer.passOver(silenceMs))) idle++;
    else break;
  }
  return next % Math.max(1, buffers.length);
}

/**
 * Takes up to `wanted` records of the first partition that has any, beginning with partition number `turn` of `buffers`;
 * says which one that was.
 */
export function takeFromOne(
  buffers: readonly PartitionBuffer[],
  turn: number,
  wanted: number,
  out: KafkaRecord[],
): PartitionBuffer | undefined {
  const { length } = buffers;
  for (let i = 0; i < length; i++) {
    const buffer = buffers[(turn + i) % length]!;
    buffer.take(wanted, out);
    if (out.length > 0) return buffer;
  }
  return undefined;
}

/** Takes whatever is there, beginning with partition number `turn` of `buffers`, until `wanted` are in `out`. */
export function takeAny(
  buffers: readonly PartitionBuffer[],
  turn: number,
  wanted: number,
  out: KafkaRecord[],
): void {
  for (let i = 0; i < buffers.length && out.length < wanted; i++)
    buffers[(turn + i) % buffers.length]!.take(wanted - out.length, out);
}
