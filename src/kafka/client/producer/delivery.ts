/** What one call of a producer's `send` waits for, the parts it is cut into, and the batches in which these travel. */

import type { TopicPartition } from '../../protocol/group-member.ts';
import type { BatchReceipt } from '../client.ts';
import type { OutgoingRecord } from '../../record.ts';
import { bytesAlone } from '../../protocol/record-bytes.ts';
import type { EncodedBatch, RecordChunk } from '../../protocol/record-batch.ts';
import { DeliveryError } from '../../errors.ts';

/** One call of `send`; it ends when its last part has. */
interface Delivery {
  parts: number;
  firstOffset: number;
  readonly failed: OutgoingRecord[];
  error: DeliveryError | undefined;
  readonly records: number;
  readonly resolve: (receipt: BatchReceipt) => void;
  readonly reject: (error: DeliveryError) => void;
}

/** Records of one delivery that travel in the same batch. */
export interface Part extends RecordChunk {
  readonly delivery: Delivery;
  /** Monotonic time (ms) after which it is given up. */
  readonly deadline: number;
  /** Bytes on the wire, about. */
  readonly bytes: number;
}

/** A delivery of these records, cut into parts of about `limit` bytes. */
export function newDelivery(
  records: readonly OutgoingRecord[],
  { now, deadline, limit }: { now: number; deadline: number; limit: number },
  resolve: (receipt: BatchReceipt) => void,
  reject: (error: DeliveryError) => void,
): readonly Part[] {
  const pieces: { records: readonly OutgoingRecord[]; bytes: number }[] = [];
  let from = 0;
  let bytes = 0;
  for (let at = 0; at < records.length; at++) {
    const own = roughBytes(records[at]!);
    if (at > from && bytes + own > limit) {
      pieces.push({ records: records.slice(from, at), bytes });
      from = at;
      bytes = 0;
    }
    bytes += own;
  }
  pieces.push({ records: from === 0 ? records : records.slice(from), bytes });
  const delivery: Delivery = {
    parts: pieces.length,
    firstOffset: -1,
    failed: [],
    error: undefined,
    records: records.length,
    resolve,
    reject,
  };
  return pieces.map(({ records, bytes }) => ({ records, bytes, now, deadline, delivery }));
}

/** Bytes of a record without a look at its letters: those of other scripts take two or three. */
function roughBytes({ key, value, headers }: OutgoingRecord): number {
  return headers === undefined
    ? 16 + (key?.length ?? 0) + (value?.length ?? 0)
    : bytesAlone({ key, value, headers });
}

/** The records of a batch in two halves; a part that lies in both is cut. */
export function halvesOf(parts: readonly Part[]): readonly (readonly Part[])[] {
  const total = parts.reduce((sum, { records }) => sum + records.length, 0);
  let left = Math.ceil(total / 2);
  const first: Part[] = [];
  const second: Part[] = [];
  for (const part of parts) {
    const { length } = part.records;
    if (left >= length) first.push(part);
    else if (left <= 0) second.push(part);
    else {
      part.delivery.parts++;
      const share = (from: number, to: number): Part => ({
        ...part,
        records: part.records.slice(from, to),
        bytes: Math.ceil((part.bytes * (to - from)) / length),
      });
      first.push(share(0, left));
      second.push(share(left, length));
    }
    left -= length;
  }
  return [first, second];
}

/** One part has come to its end, well or not. Gives `true` when it was the last one, and the caller's promise is settled. */
export function settlePart(
  { topic, partition }: TopicPartition,
  { delivery, records }: Part,
  firstOffset: number,
  error: DeliveryError | undefined,
): boolean {
  if (delivery.parts === 0) return false;
  delivery.parts--;
  if (error !== undefined) {
    delivery.error ??= error;
    for (const record of records) delivery.failed.push(record);
  } else if (delivery.firstOffset < 0) {
    delivery.firstOffset = firstOffset;
  }
  if (delivery.parts > 0) return false;
  if (delivery.error === undefined) {
    delivery.resolve({ topic, partition, records: delivery.records, firstOffset: delivery.firstOffset });
  } else {
    const { type, problem, cause } = delivery.error;
    delivery.reject(deliveryError({ topic, partition }, delivery.failed, type, problem, cause));
  }
  return true;
}

/** The error for records that were not written. */
export function deliveryError(
  { topic, partition }: TopicPartition,
  failed: readonly OutgoingRecord[],
  type: string,
  problem: string,
  cause?: unknown,
): DeliveryError {
  return new DeliveryError({ topic, partition, failed, type, problem, cause });
}

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
