/** The batches on their way to one partition: in order, each with its place in the sequence, none sent twice for good. */

import type { DeliveryError } from '../../errors.ts';
import type { ProduceFaultKind } from './produce-faults.ts';
import type { BatchReceipt, OutgoingRecord } from '../client.ts';
import { sealBatch } from '../record-batch.ts';
import type { EncodedBatch } from '../record-batch.ts';

/** Sequence numbers are 31 bits wide and start again at 0. */
const SEQUENCES = 2 ** 31;

/** What one call of `send` waits for; a batch that had to be split ends when its last part has. */
export interface Delivery {
  parts: number;
  firstOffset: number;
  readonly failed: OutgoingRecord[];
  error: DeliveryError | undefined;
  readonly records: number;
  readonly resolve: (receipt: BatchReceipt) => void;
  readonly reject: (error: DeliveryError) => void;
}

/** One batch in a lane. */
export interface LaneBatch {
  readonly records: readonly OutgoingRecord[];
  readonly delivery: Delivery;
  /** Clock time (ms) after which it is given up. */
  readonly deadline: number;
  /** Missing while it is still being compressed. */
  encoded: EncodedBatch | undefined;
  /** Given at the first sending, kept for every other; `undefined` before. */
  sequence: number | undefined;
}

/** Who is writing; `producerId` -1 when not idempotent. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/**
 * The queue of one partition. Up to five batches may be in flight. When one of them fails, nothing more is sent
 * until the others have come back; then all that is left goes again in order, under the same sequence numbers, so
 * that the broker can tell what it has already. A repeated batch travels alone: the broker remembers only the last
 * five, so none may overtake one whose fate is unknown.
 *
 * Sequence rules: https://cwiki.apache.org/confluence/display/KAFKA/KIP-98 and KIP-185.
 */
export class Lane {
  readonly topic: string;
  readonly partition: number;
  /** Clock time (ms) before which nothing is to be sent again. */
  notBefore = 0;
  readonly #queue: LaneBatch[] = [];
  #sent = 0;
  #inFlight = 0;
  #draining = false;
  #repeating = false;
  #attempts = 0;
  #nextSequence = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** Whether something waits to be sent. */
  get hasUnsent(): boolean {
    return this.#sent < this.#queue.length;
  }

  /** Whether a failure is being waited out. */
  get draining(): boolean {
    return this.#draining;
  }

  /** The next batch, if it may go now. */
  next(now: number): LaneBatch | undefined {
    if (this.#draining || this.#repeating || now < this.notBefore) return undefined;
    const batch = this.#queue[this.#sent];
    if (batch?.encoded === undefined) return undefined;
    return batch.sequence !== undefined && this.#inFlight > 0 ? undefined : batch;
  }

  /** Whether the oldest unsent batch has waited too long. */
  overdue(now: number): boolean {
    const oldest = this.#draining ? undefined : this.#queue[this.#sent];
    return oldest !== undefined && now > oldest.deadline;
  }

  /**
   * Whether the broker expects another sequence number although nothing before this batch is missing: its memory of
   * this producer is lost, and trying on is of no use.
   */
  outOfStep(batch: LaneBatch, kind: ProduceFaultKind): boolean {
    return kind === 'out-of-order' && this.#queue[0] === batch && this.#attempts >= 3;
  }

  add(batch: LaneBatch): void {
    this.#queue.push(batch);
  }

  /** Marks the next batch as sent and writes owner and sequence into it. */
  take(batch: LaneBatch, identity: ProducerIdentity): LaneBatch {
    const idempotent = identity.producerId >= 0n;
    this.#repeating = batch.sequence !== undefined;
    if (batch.sequence === undefined) {
      batch.sequence = idempotent ? this.#nextSequence : -1;
      if (idempotent) this.#nextSequence = (this.#nextSequence + batch.records.length) % SEQUENCES;
    }
    if (batch.encoded !== undefined) sealBatch(batch.encoded, { ...identity, sequence: batch.sequence });
    this.#sent++;
    this.#inFlight++;
    return batch;
  }

  /** The broker has it. */
  delivered(batch: LaneBatch): void {
    this.#remove(batch);
    this.#attempts = 0;
    this.#cameBack();
  }

  /** It failed in a way that may pass: it goes again when the lane is empty. */
  failed(): void {
    this.#draining = true;
    this.#cameBack();
  }

  /** It was refused for good: those behind it move up in the sequence. */
  refused(batch: LaneBatch): void {
    const at = this.#queue.indexOf(batch);
    this.#moveUp(at + 1, batch.sequence);
    this.#remove(batch);
    this.#draining = true;
    this.#cameBack();
  }

  /** It was too large: its parts take its place and its sequence numbers. */
  split(batch: LaneBatch, parts: readonly LaneBatch[]): void {
    let sequence = batch.sequence;
    for (const part of parts) {
      part.sequence = sequence;
      if (sequence !== undefined && sequence >= 0) sequence = (sequence + part.records.length) % SEQUENCES;
    }
    this.#queue.splice(this.#queue.indexOf(batch), 1, ...parts);
    this.#draining = true;
    this.#cameBack();
  }

  /** Empties the lane and gives what was in it. */
  abandon(): readonly LaneBatch[] {
    this.#sent = 0;
    return this.#queue.splice(0);
  }

  #moveUp(from: number, sequence: number | undefined): void {
    if (sequence === undefined || sequence < 0) return;
    for (const batch of this.#queue.slice(from)) batch.sequence = undefined;
    this.#nextSequence = sequence;
  }

  #remove(batch: LaneBatch): void {
    const at = this.#queue.indexOf(batch);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    if (at < this.#sent) this.#sent--;
  }

  #cameBack(): void {
    this.#inFlight--;
    this.#repeating = false;
    if (!this.#draining || this.#inFlight > 0) return;
    this.#draining = false;
    this.#sent = 0;
    this.notBefore = Date.now() + Math.min(20 * 2 ** this.#attempts++, 1000);
  }
}
