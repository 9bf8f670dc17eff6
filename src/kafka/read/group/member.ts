/** Membership of a consumer group, as those who read by it see it: a classic protocol and a newer one fill it. */
import type { MemberIdentity, TopicPartition } from '../../protocol/group-member.ts';
import type { LogClient } from '../../client/client.ts';
import { KafkaProtocolError } from '../../errors.ts';
import { pause } from '../../../process/index.ts';
import { persist } from '../../persist.ts';
import { InstanceFencedError, ReadFailedError } from '../../read-errors.ts';
import type { MemberOptions } from './options.ts';

/** What a join came to. */
export interface JoinOutcome {
  readonly assigned: readonly TopicPartition[];
  /** Whether the group had taken this member out before, so that others may have had its partitions since. */
  readonly wasLost: boolean;
}

/** The broker's answer to a member whose lasting name another one has taken. */
export const FENCED = 'FENCED_INSTANCE_ID';
/** How long closing waits for the broker to hear that a member leaves, in ms. */
const LONGEST_GOODBYE_MS = 2000;

/**
 * One member. It lets its group know by itself that it is alive. That the group is being rearranged is only noted, and acted
 * on when the owner calls {@link join}: between two records, when nothing is half done. The fields are for the owner to
 * read; only the member itself sets them.
 */
export abstract class Member {
  /** Whether partitions are kept while the group is rearranged (KIP-429, KIP-848). */
  abstract readonly cooperative: boolean;
  /** By what the group knows it, for commits. */
  abstract readonly identity: MemberIdentity;
  /** Aborted when the member leaves. */
  readonly closed: AbortSignal;
  /** Whether a join is under way. */
  joining = false;
  /** Whether the group is being rearranged, so that {@link join} must be called. */
  mustRejoin = false;
  /** Whether the group has taken this member out, so that its partitions may be with others already. */
  lost = false;
  /** Whether the caller was away for too long and the member has left. */
  expired = false;
  /** Set once another process has joined under this member's lasting name: there is no way back. */
  fenced: InstanceFencedError | undefined;
  protected joined = false;
  protected timer: NodeJS.Timeout | undefined;
  protected readonly client: LogClient;
  protected readonly options: MemberOptions;
  /** Called when {@link mustRejoin}, {@link lost}, {@link expired} or {@link fenced} change. */
  protected readonly onChange: () => void;
  readonly #closing = new AbortController();
  /** Since when the caller is working on what it was given; all times by the monotonic clock, in ms. */
  #awaySince: number | undefined;
  /** When the group last knew this member. */
  #knownAt = -Infinity;

  constructor(client: LogClient, options: MemberOptions, onChange: () => void) {
    this.client = client;
    this.options = options;
    this.onChange = onChange;
    this.closed = this.#closing.signal;
  }

  /** The partitions of its topics now; what is added later is noticed. */
  abstract partitions(): Promise<readonly TopicPartition[]>;

  /**
   * Joins, or joins again, and waits until the group has said what it gets. `owned` are the partitions that are read on
   * meanwhile; only a {@link cooperative} member owns partitions then. `joined` is called with the outcome in the same
   * step in which {@link lost}, {@link mustRejoin} and {@link joining} change: there is no moment in which all seems well
   * already.
   *
   * @throws ReadFailedError when the brokers stay away
   */
  abstract join(
    owned: () => readonly TopicPartition[],
    joined: (outcome: JoinOutcome) => void,
  ): Promise<void>;

  /** Takes note of what a failed heartbeat or commit says. Connection failures pass by themselves. */
  abstract note(error: unknown): void;

  /** One heartbeat: asks the group whether this is still its member. */
  protected abstract beat(): Promise<unknown>;

  /** Takes leave of the group; gives up with `late`. Never fails. */
  protected abstract goodbye(late: Promise<void>): Promise<void>;

  /**
   * Whether the group may have taken this member out without its knowing: nothing was heard of the group for a whole
   * session, because the process was suspended, its event loop blocked, or the broker away. `now`: `performance.now()`.
   */
  isDoubtful(now = performance.now()): boolean {
    const isMember = this.joined && !this.joining && !this.lost && !this.expired && !this.fenced;
    return isMember && now - this.#knownAt > this.options.sessionTimeoutMs;
  }

  /** Asks whether it is still a member; what is heard shows in {@link lost}, {@link mustRejoin} and {@link fenced}. */
  async confirm(): Promise<void> {
    try {
      await persist(() => this.beat(), { retryForMs: this.options.retryForMs, closed: this.closed });
    } catch (error) {
      this.note(error);
      if (!this.mustRejoin && !this.fenced) throw error;
    }
  }

  /** Those of these topics that no broker knows (any more). */
  async gone(topics: readonly string[]): Promise<readonly string[]> {
    const names = [...new Set(topics)];
    const patience = { retryForMs: this.options.retryForMs, closed: this.closed };
    const look = (topic: string) => persist(() => this.client.partitions(topic), patience);
    const found = await Promise.all(names.map(look));
    return names.filter((_, at) => found[at] === undefined);
  }

  /** The caller is asking for data: it is alive. */
  back(): void {
    this.#awaySince = undefined;
  }

  /** The caller was given data and is working on it. */
  away(now = performance.now()): void {
    this.#awaySince ??= now;
  }

  /** Leaves the group, so that others get its partitions at once. Never fails. */
  async leave(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.timer);
    if (this.lost || this.expired || this.fenced || (!this.joined && !this.joining)) return;
    // A timer left running would keep the process alive.
    const patience = new AbortController();
    await this.goodbye(pause(LONGEST_GOODBYE_MS, patience.signal).catch(() => {}));
    patience.abort();
  }

  /** Whether the caller has been working for longer than `max.poll.interval.ms`. */
  protected get isAwayTooLong(): boolean {
    const { maxPollIntervalMs } = this.options;
    return this.#awaySince !== undefined && performance.now() - this.#awaySince > maxPollIntervalMs;
  }

  /** Makes a request that the group answers to members only; the moment it was sent counts. */
  protected async known<T>(request: () => Promise<T>): Promise<T> {
    const sentAt = performance.now();
    const answer = await request();
    this.#knownAt = sentAt;
    return answer;
  }

  /** Another member has this one's lasting name now. */
  protected fence(cause: unknown): void {
    const { groupId, groupInstanceId = '' } = this.options;
    this.fenced ??= new InstanceFencedError({ groupId, groupInstanceId, cause });
    clearTimeout(this.timer);
    this.onChange();
  }

  /** A join that brought nothing until the patience was over. */
  protected joinFailed(since: number, cause: unknown): ReadFailedError {
    const what = `Joining group "${this.options.groupId}"`;
    return new ReadFailedError({ what, failedForMs: performance.now() - since, cause, lag: NaN });
  }
}

/** Kafka's name for what was answered; empty for another failure. */
export function typeOf(error: unknown): string {
  return error instanceof KafkaProtocolError ? error.type : '';
}
