/** The commits of a member: waited for while partitions are dealt out again, refused once these may be with others. */
import { messageOf } from '../../errors.ts';
import type { LogClient } from '../client/reader.ts';
import { KafkaProtocolError } from '../errors.ts';
import { persist } from '../persist.ts';
import type { Position } from '../record.ts';
import { CommitRefusedError } from './errors.ts';
import type { HandedOver } from './handed-over.ts';
import type { Membership } from './membership.ts';
import type { GroupPassOptions } from './pass-options.ts';

/** Refusals of a commit that was under way while the group took a new shape: it is sent again afterwards. */
const OVERTAKEN = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION']);

/** Refusals that the member has noted: it joins again, or ends by itself. */
const MOVED_ON = new Set([
  ...OVERTAKEN,
  ...['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID', 'FENCED_MEMBER_EPOCH', 'GROUP_ID_NOT_FOUND'],
]);

/** How the member's partitions stand. */
export interface Standing {
  /** Whether it has joined at least once. */
  readonly opened: boolean;
  /** Whether the accounts may be of partitions that others have by now, under a generation that is valid again. */
  readonly isStale: boolean;
  /** A join that records wait for, and the take-over of what it brings. Never fails. */
  readonly taking: Promise<void> | undefined;
  /** A join that goes on while records are handed over. Never fails. */
  readonly background: Promise<void> | undefined;
}

/** See {@link Commits}. */
export interface CommitParts {
  readonly client: LogClient;
  readonly member: Membership;
  readonly handed: HandedOver;
  readonly standing: Standing;
}

/** Commits what was handed over. */
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
    let { speaker } = member;
    const attempt = async (): Promise<void> => {
      if (standing.taking && retryForMs > 0) await standing.taking;
      const offsets = handed.uncommitted(position).map((one) => ({ ...one, metadata }));
      if (offsets.length === 0 || !standing.opened) return;
      if (this.#closed) throw new CommitRefusedError(groupId, 'the stream has been closed');
      if (member.fenced) throw member.fenced;
      if (standing.isStale)
        throw new CommitRefusedError(groupId, 'the group has given the partitions to others');
      ({ speaker } = member);
      await client.commit(speaker, offsets);
      handed.noteCommitted(offsets);
      this.#committedAt = performance.now();
    };
    try {
      await persist(attempt, { retryForMs, closed: member.closed });
    } catch (error) {
      const type = error instanceof KafkaProtocolError ? error.type : '';
      const isOvertaken = member.joining || member.speaker.generation !== speaker.generation;
      if (OVERTAKEN.has(type) && isOvertaken && !member.lost && retryForMs > 0) {
        await (standing.taking ?? standing.background);
        return this.#commit(position, retryForMs);
      }
      if (!isOvertaken || !OVERTAKEN.has(type)) member.note(error);
      if (error instanceof CommitRefusedError) throw error;
      throw member.fenced ?? new CommitRefusedError(groupId, messageOf(error), error);
    }
  }
}

/** What this member writes beside its commits, so that it knows them again in a later life. */
export function markOf(groupInstanceId: string | undefined): string {
  return groupInstanceId ?? '';
}
