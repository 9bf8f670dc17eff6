/** Takes records from several partitions one after the other, so that their order does not depend on timing. */
import type { KafkaRecord } from '../record.ts';
import type { PartitionBuffer } from './partition-buffer.ts';

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
 * Takes whatever is there, beginning with partition number `turn` of `buffers`, until `wanted` are in `out`; says which
 * partitions gave something.
 */
export function takeAny(
  buffers: readonly PartitionBuffer[],
  turn: number,
  wanted: number,
  out: KafkaRecord[],
): readonly PartitionBuffer[] {
  const from: PartitionBuffer[] = [];
  for (let i = 0; i < buffers.length && out.length < wanted; i++) {
    const buffer = buffers[(turn + i) % buffers.length] as PartitionBuffer;
    const before = out.length;
    buffer.take(wanted - before, out);
    if (out.length > before) from.push(buffer);
  }
  return from;
}
