/** What one call of a producer's `send` waits for: one batch, or the parts it had to be split into. */

import type { BatchReceipt, OutgoingRecord } from '../client.ts';
import type { Delivery, LaneBatch } from './producer-lane.ts';
import { DeliveryError } from '../../errors.ts';

/** A partition of a topic. */
interface Where {
  readonly topic: string;
  readonly partition: number;
}

/** A delivery of one part, on its way. */
export function newDelivery(
  records: number,
  resolve: (receipt: BatchReceipt) => void,
  reject: (error: DeliveryError) => void,
): Delivery {
  return { parts: 1, firstOffset: -1, failed: [], error: undefined, records, resolve, reject };
}

/** Two batches with half the records each, for the same delivery, still to be encoded. */
export function halvesOf(batch: LaneBatch): readonly LaneBatch[] {
  const middle = Math.ceil(batch.records.length / 2);
  batch.delivery.parts++;
  return [batch.records.slice(0, middle), batch.records.slice(middle)].map((records) => {
    return { ...batch, records, encoded: undefined, sequence: undefined };
  });
}

/** One part has come to its end, well or not. Gives `true` when it was the last one and the caller has been told. */
export function settlePart(
  { topic, partition }: Where,
  { delivery, records }: LaneBatch,
  firstOffset: number,
  error: DeliveryError | undefined,
): boolean {
  if (delivery.parts === 0) return false;
  delivery.parts--;
  if (error !== undefined) {
    delivery.error ??= error;
    delivery.failed.push(...records);
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
  { topic, partition }: Where,
  failed: readonly OutgoingRecord[],
  type: string,
  problem: string,
  cause?: unknown,
): DeliveryError {
  return new DeliveryError({ topic, partition, failed, type }, problem, cause === undefined ? {} : { cause });
}
