/** What a stream has handed over, what of it is done, and what of it is committed. */
import { messageOf } from '../../../errors.ts';
import type { LogClient } from '../../client/client.ts';
import type { TopicPartition } from '../../protocol/group-member.ts';
import { KafkaProtocolError } from '../../errors.ts';
import { persist } from '../../persist.ts';
import { CommitRefusedError } from '../../read-errors.ts';
import { entryOf, type Position } from '../../record.ts';
import { keyOf } from '../../protocol/group-member.ts';
import { positionOf, topicIdsOf } from '../position.ts';
import type { PartitionRange } from '../ranges.ts';
import { typeOf, type Member } from './member.ts';
import type { GroupPassOptions } from './options.ts';

/** A partition from when it was given to this member until it is given up. */
interface Account extends TopicPartition {
  /** The next offset to hand over. */
  handed: number;
  /** The next offset that is not yet known to be done. */
  done: number;
  committed: number | undefined;
  /** What is said of offsets before it belongs to an earlier time; others may have gone further since. */
  readonly since: number;
  readonly topicId: string | undefined;
}

/** What was fetched of a partition: up to its position it was taken. */
type Buffered = TopicPartition & { readonly position: number };

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
  begin({ topic, partition, start, topicId }: Omit<PartitionRange, 'stop'>): void {
    const key = keyOf({ topic, partition });
    const since = this.#before.has(key) ? start : 0;
    this.#forgetRuns();
    const fresh = { handed: start, done: start, committed: undefined, since };
    this.#accounts.set(key, { topic, partition, topicId, ...fresh });
  }

  /** The member has the partition no longer. */
  end(name: TopicPartition): void {
    const key = keyOf(name);
    const account = this.#accounts.get(key);
    if (!account) return;
    this.#forgetRuns();
    this.#accounts.delete(key);
    this.#before.set(key, { offset: account.handed, topicId: account.topicId });
  }

  /** All that was taken from these buffers is now with the caller. */
  note(buffers: readonly Buffered[]): void {
    for (const buffer of buffers) {
      const account = this.#accounts.get(keyOf(buffer));
      if (!account) continue;
      account.handed = buffer.position;
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
    if (this.#run !== undefined) this.#run.handed = buffer.position;
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
  uncommitted(position: Position | undefined): readonly (TopicPartition & { readonly offset: number })[] {
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
  noteCommitted(offsets: readonly (TopicPartition & { readonly offset: number })[]): void {
    for (const { offset, ...name } of offsets) {
      const account = this.#accounts.get(keyOf(name));
      if (!account) continue;
      account.committed = offset;
      account.done = Math.max(account.done, offset);
    }
  }
}

/** Refusals of a commit that was under way while the group took a new shape: it is sent again afterwards. */
const OVERTAKEN = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION']);

/** Refusals that the member has noted: it joins again, or ends by itself. */
const MOVED_ON = new Set([
  ...OVERTAKEN,
  ...['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID', 'FENCED_MEMBER_EPOCH', 'GROUP_ID_NOT_FOUND'],
]);

/** How the member's partitions stand. */
interface Standing {
  /** Whether it has joined at least once. */
  readonly opened: boolean;
  /** Whether the accounts may be of partitions that others have by now, under a generation that is valid again. */
  readonly isStale: boolean;
  /** A join that records wait for, and the take-over of what it brings. Never fails. */
  readonly taking: Promise<void> | undefined;
  /** A join that goes on while records are handed over. Never fails. */
  readonly background: Promise<void> | undefined;
}

/** What {@link Commits} work with. */
interface CommitParts {
  readonly client: LogClient;
  readonly member: Member;
  readonly handed: HandedOver;
  readonly standing: Standing;
}

/** Commits what was handed over: waits while partitions are dealt out again, refuses once these may be with others. */
export class Commits {
  readonly #options: GroupPassOptions;
  readonly #parts: CommitParts;
  readonly #underWay = new Set<Promise<void>>();
  #committedAt = performance.now();
  #closed = false;

  constructor(options: GroupPassOptions, parts: CommitParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Whether the interval of automatic commits is over. */
  isDue(intervalMs: number, now = performance.now()): boolean {
    return this.#options.commit === 'auto' && now - this.#committedAt >= intervalMs;
  }

  /**
   * Commits `position`, or all that was handed over.
   *
   * @throws CommitRefusedError when the group has moved on; InstanceFencedError
   */
  commit(position: Position | undefined, retryForMs: number): Promise<void> {
    const committing = this.#commit(position, retryForMs).finally(() => this.#underWay.delete(committing));
    this.#underWay.add(committing);
    return committing;
  }

  /**
   * In automatic mode: commits what is done, if the last commit is longer ago than `intervalMs`. A broker that is away, or
   * a group that has moved on, is not waited for: the next commit, or the next join, follows.
   *
   * @throws CommitRefusedError when the brokers refuse it for good (no right to, say)
   */
  async byTheWay(intervalMs: number): Promise<void> {
    if (!this.isDue(intervalMs)) return;
    try {
      await this.commit(this.#parts.handed.done, 0);
    } catch (error) {
      const cause = error instanceof CommitRefusedError ? error.cause : undefined;
      if (cause instanceof KafkaProtocolError && !cause.canRetry && !MOVED_ON.has(cause.type)) throw error;
    }
  }

  /** Waits for those under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  /** A request from now on would open a connection that nobody closes. */
  close(): void {
    this.#closed = true;
  }

  async #commit(position: Position | undefined, retryForMs: number): Promise<void> {
    const { groupId, groupInstanceId } = this.#options.member;
    const { client, member, handed, standing } = this.#parts;
    const metadata = markOf(groupInstanceId);
    // While partitions are being dealt out again it is not known whose they will be.
    if (retryForMs > 0) await standing.taking;
    let { identity } = member;
    const attempt = async (): Promise<void> => {
      if (standing.taking && retryForMs > 0) await standing.taking;
      const offsets = handed.uncommitted(position).map((one) => ({ ...one, metadata }));
      if (offsets.length === 0 || !standing.opened) return;
      if (this.#closed) throw new CommitRefusedError({ groupId, reason: 'the stream has been closed' });
      if (member.fenced) throw member.fenced;
      if (standing.isStale)
        throw new CommitRefusedError({ groupId, reason: 'the group has given the partitions to others' });
      ({ identity } = member);
      await client.commit(identity, offsets);
      handed.noteCommitted(offsets);
      this.#committedAt = performance.now();
    };
    try {
      await persist(attempt, { retryForMs, closed: member.closed });
    } catch (error) {
      const type = typeOf(error);
      const isOvertaken = member.joining || member.identity.generation !== identity.generation;
      if (OVERTAKEN.has(type) && isOvertaken && !member.lost && retryForMs > 0) {
        await (standing.taking ?? standing.background);
        return this.#commit(position, retryForMs);
      }
      if (!isOvertaken || !OVERTAKEN.has(type)) member.note(error);
      if (error instanceof CommitRefusedError) throw error;
      throw member.fenced ?? new CommitRefusedError({ groupId, reason: messageOf(error), cause: error });
    }
  }
}

/** What this member writes beside its commits, so that it knows them again in a later life. */
export function markOf(groupInstanceId: string | undefined): string {
  return groupInstanceId ?? '';
}
