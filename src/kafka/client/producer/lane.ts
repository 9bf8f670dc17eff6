/** The records on their way to one partition: in order, each with its place in the sequence, none sent twice for good. */

import { backOffMs } from '../../../process/index.ts';
import { AdvertisedAddressError } from '../../errors.ts';
import type { ProduceFaultKind, ProducerIdentity } from '../../protocol/produce.ts';
import { halvesOf, batchOf } from './delivery.ts';
import type { Part, LaneBatch } from './delivery.ts';
import { sealBatch } from '../../protocol/record-batch.ts';

/** Sequence numbers are 31 bits wide and start again at 0. */
const SEQUENCES = 2 ** 31;
/** The last epoch of a producer id. */
const LAST_EPOCH = 32_767;

/** How soon (ms) what only came too early goes again. */
const SOON_MS = 1.5;

/**
 * The queue of one partition. What waits becomes a batch only when it can be sent, so that a backlog travels in few
 * large batches. Up to five batches may be in flight. When one of them fails, nothing more is sent until the others
 * have come back; then all that was sent goes again in order, as it was and under the same sequence numbers, so that
 * the broker can tell what it has already. A repeated batch travels alone: the broker remembers only the last five, so
 * none may overtake one whose fate is unknown. The first one of a producer id travels alone, too: a broker that does not
 * know the id takes any sequence number, also that of a batch whose predecessor it has refused. When batches of unknown fate are given up, the sequence starts again
 * under the next epoch, as in Kafka's own client.
 *
 * Sequence rules: https://cwiki.apache.org/confluence/display/KAFKA/KIP-98, KIP-185 and KIP-360.
 */
export class Lane {
  readonly topic: string;
  readonly partition: number;
  /** Monotonic time (ms) before which nothing is to be sent again. */
  notBefore = 0;
  /** Why the last attempt failed, for the error when all is given up. */
  lastFailure: unknown;
  /** Bytes of a batch the topic is known to take; smaller after it refused a larger one. */
  limit = Infinity;
  #identity: ProducerIdentity;
  /** Not in a batch yet, in order. */
  readonly #fresh: Part[] = [];
  readonly #queue: LaneBatch[] = [];
  #sent = 0;
  #inFlight = 0;
  #draining = false;
  #repeating = false;
  #attempts = 0;
  #soon = false;
  #unreachedSince: number | undefined;
  #era = 0;
  #nextSequence = 0;
  /** Whether the broker has taken a batch of this producer id, and so checks what follows. */
  #known = false;

  /** Whether batches are parts of transactions, in which one that fails fails them all. */
  readonly #isTransactional: boolean;

  constructor(topic: string, partition: number, identity: ProducerIdentity, isTransactional = false) {
    this.#isTransactional = isTransactional;
    this.topic = topic;
    this.partition = partition;
    this.#identity = identity;
  }

  /** Whether something waits to be sent. */
  get hasUnsent(): boolean {
    return this.#sent < this.#queue.length || this.#fresh.length > 0;
  }

  /** Batches that are made and wait to be sent. */
  get ahead(): number {
    return this.#queue.length - this.#sent;
  }

  /** Whether a failure is being waited out. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Whether the last epoch of this producer id is used up; {@link Lane.renew} must follow before anything is sent. */
  get usedUp(): boolean {
    return this.#identity.producerEpoch > LAST_EPOCH;
  }

  /** Whether anything may be sent now. */
  ready(now: number): boolean {
    const isFirst = !this.#known && !this.#isTransactional && this.#identity.producerId >= 0n;
    if (isFirst && this.#inFlight > 0) return false;
    return !this.#draining && !this.#repeating && now >= this.notBefore && !this.usedUp;
  }

  /** Counts how often what was sent has been given up: answers to what was sent before mean nothing any more. */
  get era(): number {
    return this.#era;
  }

  /** The next batch, if one is made and may go now. */
  next(now: number): LaneBatch | undefined {
    if (!this.ready(now)) return undefined;
    const batch = this.#queue[this.#sent];
    if (batch?.encoded === undefined) return undefined;
    return batch.sequence !== undefined && this.#inFlight > 0 ? undefined : batch;
  }

  /**
   * Whether the broker expects another sequence number although nothing before this batch is missing: its memory of
   * this producer is lost, and trying on is of no use.
   */
  outOfStep(batch: LaneBatch, kind: ProduceFaultKind): boolean {
    return kind === 'out-of-order' && this.#queue[0] === batch && this.#attempts >= 3;
  }

  /** Queues records behind all others. */
  add(part: Part): void {
    this.#fresh.push(part);
  }

  /**
   * Makes a batch of what waits, up to `limit` bytes; it is still to be encoded. Records whose deadlines lie further
   * apart than `span` ms do not share a batch, since they share its fate.
   */
  gather(limit: number, span: number): LaneBatch | undefined {
    const most = Math.min(limit, this.limit);
    let [first] = this.#fresh;
    while (first !== undefined && first.bytes > most && first.records.length > 1) {
      this.#fresh.splice(0, 1, ...halvesOf([first]).flat());
      first = this.#fresh[0];
    }
    if (first === undefined) return undefined;
    let bytes = first.bytes;
    let count = 1;
    for (; count < this.#fresh.length; count++) {
      const part = this.#fresh[count]!;
      bytes += part.bytes;
      if (bytes > most || part.deadline - first.deadline > span) break;
    }
    const batch = batchOf(this.#fresh.splice(0, count));
    this.#queue.push(batch);
    return batch;
  }

  /** Marks the next batch as sent and writes owner and sequence into it. */
  take(batch: LaneBatch): LaneBatch {
    const idempotent = this.#isIdempotent;
    this.#repeating = batch.sequence !== undefined;
    if (batch.sequence === undefined) {
      batch.sequence = idempotent ? this.#nextSequence : -1;
      if (idempotent) this.#nextSequence = (this.#nextSequence + batch.records) % SEQUENCES;
    }
    if (batch.encoded !== undefined)
      sealBatch(batch.encoded, {
        ...this.#identity,
        sequence: batch.sequence,
        isTransactional: this.#isTransactional,
      });
    this.#sent++;
    this.#inFlight++;
    return batch;
  }

  /** The broker has it. */
  delivered(batch: LaneBatch): void {
    this.#remove(batch);
    this.#known = true;
    this.#attempts = 0;
    this.#unreachedSince = undefined;
    this.#cameBack();
  }

  /** It failed in a way that may pass: it goes again when the lane is empty. `mayBeThere`: the log may hold it now. */
  failed(batch: LaneBatch, { mayBeThere = true, soon = false } = {}): void {
    // One that lost its number behind a refused one cannot be there.
    batch.isDoubtful ||= mayBeThere && batch.sequence !== undefined;
    this.#draining = true;
    this.#soon = soon;
    this.#cameBack();
  }

  /**
   * It was refused for good. Those behind it move up in the sequence, or begin another one, since the log has none of
   * them; but if it may hold the refused one from an earlier attempt, it may hold those, too: then they are given up as
   * well, and their parts returned.
   */
  refused(batch: LaneBatch): readonly Part[] {
    if (this.#isIdempotent) {
      if (batch.isDoubtful) return this.giveUpSent().filter((part) => !batch.parts.includes(part));
      const at = this.#queue.indexOf(batch);
      const behind = this.#queue.slice(at + 1);
      // What is in front keeps its numbers, and with them the epoch.
      if (at === 0 && behind.some(({ sequence }) => sequence !== undefined)) this.#beginEpoch();
      else this.#nextSequence = batch.sequence ?? this.#nextSequence;
      for (const one of behind) [one.sequence, one.isDoubtful] = [undefined, false];
    }
    this.#remove(batch);
    this.#draining = true;
    this.#cameBack();
    return [];
  }

  /** It cannot travel as one: smaller ones take its place and, if it was sent, its sequence numbers. */
  split(batch: LaneBatch, pieces: readonly LaneBatch[]): void {
    let { sequence } = batch;
    for (const piece of pieces) {
      piece.sequence = sequence;
      piece.isDoubtful = batch.isDoubtful;
      if (sequence !== undefined && sequence >= 0) sequence = (sequence + piece.records) % SEQUENCES;
    }
    const at = this.#queue.indexOf(batch);
    this.#queue.splice(at, 1, ...pieces);
    if (at >= this.#sent) return;
    this.#sent += pieces.length - 1;
    this.#draining = true;
    this.#cameBack();
  }

  /**
   * Takes out what was to be there by now. One sent batch that is overdue takes the other sent ones with it: they bear
   * the sequence numbers behind it, which the broker would refuse.
   */
  overdue(now: number): { readonly sent: readonly Part[]; readonly unsent: readonly Part[] } {
    const late = this.#queue.some((batch) => batch.sequence !== undefined && batch.deadline <= now);
    const sent = late ? this.giveUpSent() : [];
    const made = this.#keep(({ deadline }, at) => at < this.#sent || deadline > now);
    const rest = this.#fresh.findIndex(({ deadline }) => deadline > now);
    const waited = this.#fresh.splice(0, rest < 0 ? this.#fresh.length : rest);
    return { sent, unsent: [...made, ...waited] };
  }

  /**
   * Notes why an attempt failed. Gives how long (ms) all attempts have failed because the leader's advertised address was
   * never reached; 0 when this one failed otherwise.
   */
  unreachedFor(failure: unknown, now: number): number {
    this.lastFailure = failure;
    this.#unreachedSince =
      failure instanceof AdvertisedAddressError ? (this.#unreachedSince ?? now) : undefined;
    return now - (this.#unreachedSince ?? now);
  }

  /** Takes out every batch that was sent, whatever became of it, and starts the sequence again. */
  giveUpSent(): readonly Part[] {
    const given = this.#keep(({ sequence }) => sequence === undefined);
    if (given.length === 0) return [];
    this.#era++;
    this.#sent = this.#inFlight = this.#attempts = 0;
    this.#draining = this.#repeating = false;
    this.#beginEpoch();
    return given;
  }

  /** Goes on under another producer id. */
  renew(identity: ProducerIdentity): void {
    this.#known = false;
    this.#identity = identity;
  }

  /** Empties the lane and gives what was in it. */
  abandon(): readonly Part[] {
    this.#unreachedSince = undefined;
    const sent = this.giveUpSent();
    return [...sent, ...this.#keep(() => false), ...this.#fresh.splice(0)];
  }

  /** Leaves only some batches in the queue, and gives the parts of the others. */
  #keep(wanted: (batch: LaneBatch, at: number) => boolean): readonly Part[] {
    const others = this.#queue.filter((batch, at) => !wanted(batch, at));
    for (const batch of others) this.#queue.splice(this.#queue.indexOf(batch), 1);
    return others.flatMap(({ parts }) => parts);
  }

  get #isIdempotent(): boolean {
    return this.#identity.producerId >= 0n;
  }

  /** Starts the sequence again. The broker refuses what was sent in an earlier epoch, even if it comes late. */
  #beginEpoch(): void {
    this.#nextSequence = 0;
    const { producerId, producerEpoch } = this.#identity;
    if (this.#isIdempotent) this.#identity = { producerId, producerEpoch: producerEpoch + 1 };
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
    const wait = this.#soon ? SOON_MS : backOffMs({ first: 20, longest: 1000 }, ++this.#attempts);
    this.notBefore = performance.now() + wait;
  }
}
