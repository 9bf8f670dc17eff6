/** What a stream has handed over of the partitions it has, what of it is done, and how far it got in those that it had. */
import { keyOf, type CommittedOffset, type TopicPartition } from '../../protocol/group-member.ts';
import { entryOf, type Position } from '../../record.ts';
import { positionOf, topicIdsOf } from '../../protocol/position.ts';
import type { PartitionRange } from '../log-bounds.ts';

/** A partition from when it was given to this member until it is given up. */
interface Account extends TopicPartition {
  /** The next offset to hand over. */
  handed: number;
  /** The next offset that is not yet known to be done. */
  done: number;
  committed: number | undefined;
  /** An epoch in which the log held all that was handed over; -1: not known. */
  lastEpoch: number;
  /** What is said of offsets before it belongs to an earlier time; others may have gone further since. */
  readonly since: number;
  readonly topicId: string | undefined;
}

/** What was fetched of a partition: up to its position it was taken. */
type Buffered = TopicPartition & { readonly position: number; readonly lastEpoch: number };

/** Where a partition was left, and which topic's it was. */
export interface LeftAt {
  readonly offset: number;
  readonly lastEpoch: number;
  readonly topicId: string | undefined;
}

/** A partition's beginning in this member. */
interface Beginning extends Omit<PartitionRange, 'stop'> {
  /** Whether the group has to know of it before its first record is handed over. */
  readonly isToSay?: boolean;
}

/** What is to be committed of a partition. */
type Uncommitted = Omit<CommittedOffset, 'metadata'>;

/** Accounts of the partitions that a member has, and how far it got in those that it had. */
export class HandedOver {
  readonly #accounts = new Map<string, Account>();
  /** Where partitions were begun of which the group does not know that and has to. */
  readonly #unsaid = new Map<Account, number>();
  /** Partitions that were given up, by name. */
  readonly #before = new Map<string, LeftAt>();
  /** Those with something handed over that is not done yet. */
  #open: Account[] = [];
  /** Accounts by what was fetched of their partitions: a name would be put together for each record. */
  readonly #of = new Map<Buffered, Account>();
  /** The account of the run at hand: of the partition that records come from just now, one call after the other. */
  #run: Account | undefined;
  #runOf: Buffered | undefined;

  /** Everything handed over of the partitions it has, as next offsets. */
  get position(): Position {
    return positionOf([...this.#accounts.values()].map((one) => ({ ...one, position: one.handed })));
  }

  /** Everything handed over and done of the partitions it has, as next offsets. */
  get done(): Position {
    return positionOf([...this.#accounts.values()].map((one) => ({ ...one, position: one.done })));
  }

  /** Where a partition was left that was given up before, if it ever was. */
  before(name: TopicPartition): LeftAt | undefined {
    return this.#before.get(keyOf(name));
  }

  /** The member has the partition from now on and reads it from `start`. */
  begin({ topic, partition, start, topicId, lastEpoch = -1, isToSay = false }: Beginning): void {
    const key = keyOf({ topic, partition });
    const since = this.#before.has(key) ? start : 0;
    this.#forgetRuns();
    const counts = { handed: start, done: start, committed: undefined, since, lastEpoch };
    const account: Account = { topic, partition, topicId, ...counts };
    const before = this.#accounts.get(key);
    if (before) this.#unsaid.delete(before);
    this.#accounts.set(key, account);
    if (isToSay) this.#unsaid.set(account, start);
  }

  /** The member has the partition no longer. */
  end(name: TopicPartition): void {
    const key = keyOf(name);
    const account = this.#accounts.get(key);
    if (!account) return;
    this.#forgetRuns();
    this.#accounts.delete(key);
    this.#unsaid.delete(account);
    const { handed: offset, lastEpoch, topicId } = account;
    this.#before.set(key, { offset, lastEpoch, topicId });
  }

  /** All that was taken from these buffers is now with the caller. */
  note(buffers: readonly Buffered[]): void {
    for (const buffer of buffers) {
      const account = this.#accounts.get(keyOf(buffer));
      if (!account) continue;
      account.handed = buffer.position;
      account.lastEpoch = buffer.lastEpoch;
      this.#open.push(account);
    }
  }

  /** The same of one buffer; called for every record, most often with the buffer of the call before. */
  noteRun(buffer: Buffered): void {
    if (buffer !== this.#runOf) {
      this.#run = this.#of.get(buffer) ?? this.#accounts.get(keyOf(buffer));
      this.#runOf = buffer;
      if (this.#run !== undefined) this.#of.set(buffer, this.#run);
    }
    if (this.#run === undefined) return;
    this.#run.handed = buffer.position;
    this.#run.lastEpoch = buffer.lastEpoch;
  }

  /** The partitions are others from now on; what was handed over last is still to be done. */
  #forgetRuns(): void {
    if (this.#run !== undefined) this.#open.push(this.#run);
    this.#of.clear();
    [this.#run, this.#runOf] = [undefined, undefined];
  }

  /** The caller asks for more: all it was given is done. */
  allDone(): void {
    if (this.#run !== undefined) this.#run.done = this.#run.handed;
    if (this.#open.length === 0) return;
    for (const account of this.#open) account.done = account.handed;
    this.#open = [];
  }

  /** What of `position` (all that was handed over, if left out) can be committed and is not committed yet. */
  uncommitted(position: Position | undefined): readonly Uncommitted[] {
    const ids = position && topicIdsOf(position);
    return [...this.#accounts.values()].flatMap((account) => {
      const { topic, partition, handed, committed, since, topicId } = account;
      // Offsets of a topic say nothing about the one that was created under its name since.
      const idThen = ids && entryOf(ids, topic);
      if (idThen !== undefined && topicId !== undefined && idThen !== topicId) return [];
      const offset = position ? entryOf(position, topic)?.[partition] : handed;
      const isNews = offset !== undefined && offset !== committed && offset >= since;
      return isNews ? [uncommittedOf(account, offset)] : [];
    });
  }

  /** Where partitions begin of which the group has to know that before their first record is handed over. */
  get unsaid(): readonly Uncommitted[] {
    return [...this.#unsaid].map(([account, start]) => uncommittedOf(account, start));
  }

  /** Whether there are any; asked for every record while the group is rearranged. */
  get hasUnsaid(): boolean {
    return this.#unsaid.size > 0;
  }

  /** The broker has taken these. */
  noteCommitted(offsets: readonly Uncommitted[]): void {
    for (const { offset, ...name } of offsets) {
      const account = this.#accounts.get(keyOf(name));
      if (!account) continue;
      account.committed = offset;
      this.#unsaid.delete(account);
      account.done = Math.max(account.done, offset);
    }
  }
}

/** An offset with the epoch in which the log held all before it. Of what lies behind what was handed over none is known. */
function uncommittedOf({ topic, partition, handed, lastEpoch }: Account, offset: number): Uncommitted {
  const isKnown = lastEpoch >= 0 && offset <= handed;
  return { topic, partition, offset, leaderEpoch: isKnown ? lastEpoch : undefined };
}
