/** One batch on its way to a partition: its records, its bytes, its place in the sequence. */

import type { EncodedBatch } from '../../protocol/record-batch-writer.ts';
import type { Part } from './delivery.ts';

/** Records that travel as one batch, of one call of `send` or of many. */
export interface LaneBatch {
  readonly parts: readonly Part[];
  readonly records: number;
  /** Monotonic time (ms) after which it is given up: that of its last part. */
  readonly deadline: number;
  /** Missing while it is still being compressed. */
  encoded: EncodedBatch | undefined;
  /** Given at the first sending, kept for every other; `undefined` before. */
  sequence: number | undefined;
  /** Whether the log may hold it: it was sent, and nobody knows what became of it. */
  isDoubtful: boolean;
}

/** Who is writing; `producerId` -1 when not idempotent. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** A batch of these parts, still to be encoded. */
export function batchOf(parts: readonly Part[]): LaneBatch {
  return {
    parts,
    records: parts.reduce((sum, { records }) => sum + records.length, 0),
    deadline: parts.at(-1)?.deadline ?? Infinity,
    encoded: undefined,
    sequence: undefined,
    isDoubtful: false,
  };
}
