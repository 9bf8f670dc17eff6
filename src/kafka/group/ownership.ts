/** The partitions a member has: taken over and given up as its group is rearranged, and committed. */
import { messageOf } from '../../errors.ts';
import type { LogClient } from '../client/reader.ts';
import { CommitRefusedError } from '../dataset/errors.ts';
import { KafkaProtocolError, UnknownTopicError } from '../errors.ts';
import type { Fetcher } from '../fetch/fetcher.ts';
import type { PartitionRange } from '../fetch/partition-buffer.ts';
import { orAfter } from '../pause.ts';
import type { Position } from '../record.ts';
import { ConsumerMember } from './consumer-member.ts';
import { GroupMember } from './group-member.ts';
import { HandedOver } from './handed-over.ts';
import type { JoinOutcome, Membership } from './membership.ts';
import { inOrder, keyOf, perTopic, without, type PartitionName } from './partition-name.ts';
import type { Assignment, GroupPassOptions } from './pass-options.ts';
import { persist } from './persist.ts';
import { startOffsets } from './start-offsets.ts';

/** Refusals of a commit that was under way while the group took a new shape: it is sent again afterwards. */
const OVERTAKEN = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION']);

/** How long closing waits for the last commit, ms: the brokers may be away. */
const LAST_COMMIT_MS = 2_000;

/** What the pass is told. */
export interface OwnershipEvents {
  /** Something is to be settled: see {@link Ownership.isUnsettled}. */
  readonly onChange: () => void;
  /** What was taken from these partitions and not handed over yet must be forgotten. */
  readonly onDropped: (names: readonly PartitionName[]) => void;
}

/** What a member has, in one life. */
export class Ownership {
  readonly member: Membership;
  readonly handed = new HandedOver();
  readonly #options: GroupPassOptions;
  readonly #client: LogClient;
  readonly #fetcher: Fetcher;
  readonly #events: OwnershipEvents;
  readonly #ends = new Map<string, number>();
  readonly #commits = new Set<Promise<void>>();
  #isFirst = true;
  #opened = false;
  #gone = false;
  #committedAt = performance.now();
  /** A join that goes on while records are handed over, and what it came to. */
  #background: Promise<void> | undefined;
  /** A join that records wait for, and the take-over of what it brings. Never fails. */
  #taking: Promise<void> | undefined;
  #outcome: { readonly joined: JoinOutcome } | { readonly error: unknown } | undefined;

  constructor(options: GroupPassOptions, client: LogClient, fetcher: Fetcher, events: OwnershipEvents) {
    this.#options = options;
    this.#client = client;
    this.#fetcher = fetcher;
    this.#events = events;
    const another = () => options.reader.open();
    this.member =
      options.member.protocol === 'consumer'
        ? new ConsumerMember(client, options.member, events.onChange)
        : new GroupMember(client, another, options.member, events.onChange);
  }

  get opened(): boolean {
    return this.#opened;
  }

  /** By topic. */
  get assignment(): Assignment {
    return asAssignment(this.#fetcher.buffers);
  }

  /** Whether {@link settle} has something to do before more records may be handed over. */
  isUnsettled(now = performance.now()): boolean {
    const { lost, mustRejoin, fenced } = this.member;
    return (
      this.member.isDoubtful(now) ||
      fenced !== undefined ||
      this.#outcome !== undefined ||
      (lost && this.#fetcher.buffers.length > 0) ||
      (mustRejoin && this.#background === undefined)
    );
  }

  /** Whether each partition is read to where it was to stop. A cooperative newcomer has none before others let go. */
  get isRead(): boolean {
    const { buffers } = this.#fetcher;
    return buffers.length === 0 ? !this.member.cooperative : buffers.every((buffer) => buffer.done);
  }

  /** Whether the interval of automatic commits is over. */
  isCommitDue(intervalMs: number, now = performance.now()): boolean {
    return this.#options.commit === 'auto' && now - this.#committedAt >= intervalMs;
  }

  /** Joins for the first time. */
  async open(): Promise<void> {
    const found = new Set((await this.member.partitions()).map(({ topic }) => topic));
    for (const topic of this.#options.member.topics)
      if (!found.has(topic)) throw new UnknownTopicError(topic);
    await this.#take(await this.member.join(() => []));
    this.#opened = true;
  }

  /** Does what the group asks for. Called between two records, when all that was handed over is done. */
  async settle(): Promise<void> {
    const { member } = this;
    if (member.isDoubtful()) {
      await member.confirm();
      if (!this.isUnsettled()) return;
    }
    if (member.fenced) throw member.fenced;
    if (member.lost) this.#drop(this.#fetcher.buffers);
    const outcome = this.#outcome;
    this.#outcome = undefined;
    if (outcome && 'error' in outcome) throw outcome.error;
    if (outcome) return this.#take(outcome.joined);
    if (this.#background) return this.#background;
    const owned = () => this.#fetcher.buffers;
    if (member.cooperative && owned().length > 0) {
      this.#joinMeanwhile(owned);
      return;
    }
    await this.#letGo(owned());
    const taking = member
      .join(owned)
      .then((joined) => this.#take(joined))
      .finally(() => (this.#taking = undefined));
    this.#taking = taking.catch(() => {});
    await taking;
  }

  /**
   * Commits `position`, or all that was handed over.
   *
   * @throws CommitRefusedError when the group has moved on; InstanceFencedError
   */
  commit(position: Position | undefined, retryForMs: number): Promise<void> {
    const committing = this.#commit(position, retryForMs).finally(() => this.#commits.delete(committing));
    this.#commits.add(committing);
    return committing;
  }

  /** In automatic mode: commits what is done, if the last commit is longer ago than `intervalMs`. */
  async commitByTheWay(intervalMs: number): Promise<void> {
    // A refusal has been noted by the member: the next round joins again.
    if (this.isCommitDue(intervalMs)) await this.commit(this.handed.done, 0).catch(() => {});
  }

  /** The last commit in automatic mode, then leaves the group. Never fails. */
  async close(): Promise<void> {
    const { lost, expired, fenced } = this.member;
    // What the caller holds just now is not done: it never asked for more.
    if (this.#opened && !lost && !expired && !fenced) await orAfter(this.commitByTheWay(0), LAST_COMMIT_MS);
    this.#gone = true;
    await this.member.leave();
  }

  async #commit(position: Position | undefined, retryForMs: number): Promise<void> {
    const { groupId, groupInstanceId } = this.#options.member;
    const { member, handed } = this;
    const metadata = markOf(groupInstanceId);
    // While partitions are being dealt out again it is not known whose they will be.
    if (retryForMs > 0) await this.#taking;
    let { speaker } = member;
    const attempt = async (): Promise<void> => {
      if (this.#taking && retryForMs > 0) await this.#taking;
      const offsets = handed.uncommitted(position).map((one) => ({ ...one, metadata }));
      if (offsets.length === 0 || !this.#opened) return;
      // A request now would open a connection that nobody closes.
      if (this.#gone) throw new CommitRefusedError(groupId, 'the stream has been closed');
      if (member.fenced) throw member.fenced;
      if (this.#isStale)
        throw new CommitRefusedError(groupId, 'the group has given the partitions to others');
      ({ speaker } = member);
      await this.#client.commit(speaker, offsets);
      handed.noteCommitted(offsets);
      this.#committedAt = performance.now();
    };
    try {
      await persist(attempt, { retryForMs, closed: member.closed });
    } catch (error) {
      const type = error instanceof KafkaProtocolError ? error.type : '';
      const isOvertaken = member.joining || member.speaker.generation !== speaker.generation;
      if (OVERTAKEN.has(type) && isOvertaken && !member.lost && retryForMs > 0) {
        await (this.#taking ?? this.#background);
        return this.#commit(position, retryForMs);
      }
      if (!isOvertaken || !OVERTAKEN.has(type)) member.note(error);
      if (error instanceof CommitRefusedError) throw error;
      throw member.fenced ?? new CommitRefusedError(groupId, messageOf(error), error);
    }
  }

  /** Whether the accounts may be of partitions that others have by now, under a generation that is valid again. */
  get #isStale(): boolean {
    const outcome = this.#outcome;
    const wasLost = outcome !== undefined && 'joined' in outcome && outcome.joined.wasLost;
    return wasLost || this.member.lost || this.#taking !== undefined;
  }

  /** Joins again and lets records flow meanwhile. */
  #joinMeanwhile(owned: () => readonly PartitionName[]): void {
    this.#background = this.member
      .join(owned)
      .then(
        (joined) => (this.#outcome = { joined }),
        (error: unknown) => (this.#outcome = { error }),
      )
      .then(() => {
        this.#background = undefined;
        this.#events.onChange();
      });
  }

  /** The last moment before partitions go to others: what is done is told, and what is being told is waited for. */
  async #letGo(names: readonly PartitionName[]): Promise<void> {
    if (names.length > 0) await this.#options.onRevoked?.(asAssignment(names));
    await this.commitByTheWay(0);
    while (this.#commits.size > 0) await Promise.allSettled(this.#commits);
  }

  /** Takes over the new assignment: keeps what stays, drops what is revoked, looks up where to start the rest. */
  async #take({ assigned, wasLost }: JoinOutcome): Promise<void> {
    if (wasLost) this.#drop(this.#fetcher.buffers);
    const revoked = without(this.#fetcher.buffers, assigned);
    // A rearrangement that changes nothing leaves what was gathered, and whose turn it is, as they are.
    if (revoked.length > 0 || assigned.length !== this.#fetcher.buffers.length)
      this.#events.onDropped(revoked);
    if (revoked.length > 0) {
      if (this.member.cooperative) await this.#letGo(revoked);
      this.#drop(revoked);
    }
    const kept = this.#fetcher.buffers;
    const isNews = this.#isFirst || revoked.length > 0 || kept.length !== assigned.length;
    const starts = await this.#starts(without(assigned, kept));
    for (const range of starts.values()) this.handed.begin(range);
    this.#isFirst = false;
    this.#fetcher.assign(
      inOrder(assigned).map((name) => starts.get(keyOf(name)) ?? { ...name, start: 0, stop: Infinity }),
    );
    // A member that keeps what it has joins again only to say that it let go of the rest.
    if (isNews || !this.member.cooperative) this.#options.onAssigned?.(asAssignment(assigned));
    // The others wait for what was let go of: it is dealt out when this member says that it did.
    if (this.member.cooperative && revoked.length > 0) this.#joinMeanwhile(() => this.#fetcher.buffers);
  }

  async #starts(gained: readonly PartitionName[]) {
    const { fetch, member, saved, stopAtEnd, onRemark } = this.#options;
    const wish = {
      groupId: member.groupId,
      saved,
      isFirst: this.#isFirst,
      mark: markOf(member.groupInstanceId),
      before: (name: PartitionName) => this.handed.before(name),
      reset: fetch.onMissing,
      readCommitted: fetch.readCommitted,
      stopAtEnd,
      ends: this.#ends,
      onPassedOver: ({ topic, partition }: PartitionName, from: number, commit: { offset: number }) =>
        onRemark(
          `Group "${member.groupId}": another member has committed ${topic}[${partition}] up to ${commit.offset}, ` +
            `beyond the saved position ${from}; reading goes on from ${commit.offset}, and those ` +
            `${commit.offset - from} offsets are left to it.`,
        ),
    };
    const patience = { retryForMs: member.retryForMs, closed: this.member.closed };
    const ranges = await persist(() => startOffsets(this.#client, gained, wish), patience);
    return new Map(ranges.map((range) => [keyOf(range), range]));
  }

  /** The topic of a partition was created again: nothing of the old one is handed over or committed any more. */
  beginAgain(range: PartitionRange): void {
    this.#events.onDropped([range]);
    this.handed.begin(range);
  }

  /** Partitions that are given up; what was fetched of them is forgotten. */
  #drop(names: readonly PartitionName[]): void {
    const { buffers } = this.#fetcher;
    this.#events.onDropped(names);
    for (const name of names) this.handed.end(name);
    this.#fetcher.assign(
      without(buffers, names).map(({ topic, partition, start, stop }) => ({ topic, partition, start, stop })),
    );
  }
}

/** What this member writes beside its commits, so that it knows them again in a later life. */
function markOf(groupInstanceId: string | undefined): string {
  return groupInstanceId ?? '';
}

/** By topic; `Object.fromEntries` takes any name as it is. */
function asAssignment(names: readonly PartitionName[]): Assignment {
  return Object.fromEntries(perTopic(names));
}
