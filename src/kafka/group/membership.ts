/** Membership of a consumer group, as those who read by it see it: two protocols fill it, a classic and a newer one. */
import type { GroupSpeaker } from '../client/reader.ts';
import { ReadFailedError } from '../dataset/errors.ts';
import type { InstanceFencedError } from './errors.ts';
import type { PartitionName } from './partition-name.ts';

/** What a join came to. */
export interface JoinOutcome {
  readonly assigned: readonly PartitionName[];
  /** Whether the group had taken this member out before, so that others may have had its partitions since. */
  readonly wasLost: boolean;
}

/**
 * One member. It tells its group by itself that it is alive. That the group is being rearranged is only noted, and acted
 * on when the owner calls {@link join}: between two records, when nothing is half done.
 */
export interface Membership {
  /** Whether partitions are kept while the group is rearranged (KIP-429, KIP-848). */
  readonly cooperative: boolean;
  /** Aborted when the member leaves. */
  readonly closed: AbortSignal;
  /** Whether the group is being rearranged, so that {@link join} must be called. */
  readonly mustRejoin: boolean;
  /** Whether the group has taken this member out, so that its partitions may be with others already. */
  readonly lost: boolean;
  /** Whether the caller was away for too long and the member has left. */
  readonly expired: boolean;
  /** Set once another process has joined under this member's lasting name: there is no way back. */
  readonly fenced: InstanceFencedError | undefined;
  /**
   * Whether the group may have taken this member out without its knowing: nothing was heard of the group for a whole
   * session, because the process was suspended, its event loop blocked, or the broker away. `now`: `performance.now()`.
   */
  isDoubtful(now?: number): boolean;
  /** Whether a join is under way. */
  readonly joining: boolean;
  /** Who speaks, for commits. */
  readonly speaker: GroupSpeaker;

  /** Asks whether it is still a member; what is heard shows in {@link lost}, {@link mustRejoin} and {@link fenced}. */
  confirm(): Promise<void>;
  /** The partitions of its topics now; what is added later is noticed. */
  partitions(): Promise<readonly PartitionName[]>;
  /**
   * Joins, or joins again, and waits until the group has said what it gets. `owned` are the partitions that are read on
   * meanwhile; only a {@link cooperative} member owns partitions then. `joined` is called with the outcome in the same
   * step in which {@link lost}, {@link mustRejoin} and {@link joining} change: there is no moment in which all seems well
   * already.
   *
   * @throws ReadFailedError when the brokers stay away
   */
  join(owned: () => readonly PartitionName[], joined: (outcome: JoinOutcome) => void): Promise<void>;
  /** The caller is asking for data: it is alive. */
  back(): void;
  /** The caller was given data and is working on it. */
  away(now?: number): void;
  /** Takes note of what a failed commit says. Connection failures pass by themselves. */
  note(error: unknown): void;
  /** Leaves the group, so that others get its partitions at once. Never fails. */
  leave(): Promise<void>;
}

/** How long closing waits for the broker to hear that a member leaves, in ms. */
export const LONGEST_GOODBYE_MS = 2000;

/** A join that brought nothing until the patience was over. */
export function joinFailed(groupId: string, since: number, error: unknown): ReadFailedError {
  return new ReadFailedError(`Joining group "${groupId}"`, performance.now() - since, error);
}
