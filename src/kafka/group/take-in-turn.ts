/** Takes records from several partitions one after the other, so that their order does not depend on timing. */
import type { PartitionBuffer } from '../fetch/partition-buffer.ts';
import type { KafkaRecord } from '../record.ts';

/** What a round of taking came to. */
export interface TakenInTurn {
  /** The partitions that gave something. */
  readonly from: readonly PartitionBuffer[];
  /** Whose turn it is next. */
  readonly turn: number;
}

/**
 * Takes one record of each partition in turn into `out` until `wanted` are there; stops at a partition that has none just
 * now, and passes over those that are done.
 */
export function takeInTurn(
  buffers: readonly PartitionBuffer[],
  turn: number,
  wanted: number,
  out: KafkaRecord[],
): TakenInTurn {
  const from = new Set<PartitionBuffer>();
  let next = turn;
  for (let done = 0; out.length < wanted && done < buffers.length; next++) {
    const buffer = buffers[next % buffers.length] as PartitionBuffer;
    const before = out.length;
    buffer.take(1, out);
    if (out.length > before) {
      from.add(buffer);
      done = 0;
    } else if (buffer.done) done++;
    else break;
  }
  return { from: [...from], turn: next };
}
