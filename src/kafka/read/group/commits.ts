/** Commits what a stream has handed over, and where its partitions begin. */
import { messageOf } from '../../../errors.ts';
import type { LogClient } from '../../client/client.ts';
import { KafkaProtocolError } from '../../errors.ts';
import { mayPass, persist } from '../../persist.ts';
import { CommitRefusedError } from '../../read-errors.ts';
import type { Position } from '../../record.ts';
import type { HandedOver } from './handed-over.ts';
import { typeOf, type Member } from './member.ts';
import type { GroupPassOptions } from './options.ts';

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

  /**
   * Commits where partitions begin that the group knows no offset of. Whoever is given one next, should this member die before
   * its first commit, then goes on there: at the end of the log it would pass over rows, at its beginning repeat some.
   *
   * @throws CommitRefusedError when the brokers refuse it for good; what stands for brokers that stay away
   */
  async starts(): Promise<void> {
    if (this.#options.commit === 'off') return;
    const { groupId, groupInstanceId, retryForMs } = this.#options.member;
    const { client, member, handed } = this.#parts;
    const attempt = async (): Promise<void> => {
      const offsets = handed.unsaid.map((one) => ({ ...one, metadata: markOf(groupInstanceId) }));
      if (offsets.length === 0) return;
      await client.commit(member.identity, offsets);
      handed.noteCommitted(offsets);
    };
    try {
      await persist(attempt, { retryForMs, closed: member.closed });
    } catch (error) {
      // It joins again, and is asked again then, or ends by itself.
      if (MOVED_ON.has(typeOf(error))) member.note(error);
      else if (mayPass(error) || member.closed.aborted) throw error;
      else throw new CommitRefusedError({ groupId, reason: messageOf(error), cause: error });
    }
  }

  /** Whether a partition's beginning is still to be committed: a rearrangement of the group had refused it. */
  get isUnsaid(): boolean {
    return this.#options.commit !== 'off' && this.#parts.handed.hasUnsaid;
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
