/** Keeps account of what a stream has handed over, what of it is done, and what is committed. */
import { positionOf, topicIdsOf } from '../fetch/topic-ids.ts';
import { entryOf } from '../record.ts';
import type { Position } from '../record.ts';
import type { PartitionRange } from '../fetch/partition-buffer.ts';
import { keyOf, type PartitionName } from './partition-name.ts';

/** A partition from when it was given to this member until it is given up. */
interface Account extends PartitionName {
  /** The next offset to hand over. */
  handed: number;
  /** The next offset that is not yet known to be done. */
  done: number;
  committed: number | undefined;
  /** What is said of offsets before it belongs to an earlier time; others may have gone further since. */
  readonly since: number;
  readonly topicId: string | undefined;
}

/** Where a partition was left, and which topic's it was. */
export interface LeftAt {
  readonly offset: number;
  readonly topicId: string | undefined;
}

/** Accounts of the partitions that a member has, and how far it got in those that it had. */
export class HandedOver {
  readonly #accounts = new Map<string, Account>();
  /** Partitions that were given up, by name. */
  readonly #before = new Map<string, LeftAt>();
  /** Those with something handed over that is not done yet. */
  #open: Account[] = [];
  /** The account noted last, which most often is the next one too. */
  #last: Account | undefined;

  /** Everything handed over of the partitions it has, as next offsets. */
  get position(): Position {
    return positionOf([...this.#accounts.values()].map((one) => ({ ...one, position: one.handed })));
  }

  /** Everything handed over and done of the partitions it has, as next offsets. */
  get done(): Position {
    return positionOf([...this.#accounts.values()].map((one) => ({ ...one, position: one.done })));
  }

  /** Where a partition was left that was given up before, if it ever was. */
  before(name: PartitionName): LeftAt | undefined {
    return this.#before.get(keyOf(name));
  }

  /** The member has the partition from now on and reads it from `start`. */
  begin({ topic, partition, start, topicId }: Omit<PartitionRange, 'stop'>): void {
    const key = keyOf({ topic, partition });
    const since = this.#before.has(key) ? start : 0;
    this.#last = undefined;
    const fresh = { handed: start, done: start, committed: undefined, since };
    this.#accounts.set(key, { topic, partition, topicId, ...fresh });
  }

  /** The member has the partition no longer. */
  end(name: PartitionName): void {
    const key = keyOf(name);
    const account = this.#accounts.get(key);
    if (!account) return;
    this.#last = undefined;
    this.#accounts.delete(key);
    this.#before.set(key, { offset: account.handed, topicId: account.topicId });
  }

  /** All that was taken from these buffers is now with the caller. */
  note(buffers: readonly (PartitionName & { readonly position: number })[]): void {
    for (const buffer of buffers) {
      const { topic, partition, position } = buffer;
      if (this.#last?.partition !== partition || this.#last.topic !== topic) {
        this.#last = this.#accounts.get(keyOf(buffer));
      }
      if (!this.#last) continue;
      this.#last.handed = position;
      this.#open.push(this.#last);
    }
  }

  /** The caller asks for more: all it was given is done. */
  allDone(): void {
    for (const account of this.#open) account.done = account.handed;
    this.#open.length = 0;
  }

  /** What of `position` (all that was handed over, if left out) can be committed and is not committed yet. */
  uncommitted(position: Position | undefined): readonly (PartitionName & { readonly offset: number })[] {
    const ids = position && topicIdsOf(position);
    return [...this.#accounts.values()].flatMap((account) => {
      const { topic, partition, handed, committed, since, topicId } = account;
      // Offsets of a topic say nothing about the one that was created under its name since.
      const idThen = ids && entryOf(ids, topic);
      if (idThen !== undefined && topicId !== undefined && idThen !== topicId) return [];
      const offset = position ? entryOf(position, topic)?.[partition] : handed;
      const isNews = offset !== undefined && offset !== committed && offset >= since;
      return isNews ? [{ topic, partition, offset }] : [];
    });
  }

  /** The broker has taken these. */
  noteCommitted(offsets: readonly (PartitionName & { readonly offset: number })[]): void {
    for (const { offset, ...name } of offsets) {
      const account = this.#accounts.get(keyOf(name));
      if (!account) continue;
      account.committed = offset;
      account.done = Math.max(account.done, offset);
    }
  }
}
