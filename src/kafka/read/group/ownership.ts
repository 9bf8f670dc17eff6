/** The partitions a member has: taken over and given up as its group is rearranged. */
import { messageOf } from '../../../errors.ts';
import { orAfter } from '../../../process/index.ts';
import { Callbacks } from '../../callbacks.ts';
import type { LogClient } from '../../client/client.ts';
import { inOrder, keyOf, perTopic, without, type TopicPartition } from '../../protocol/group-member.ts';
import { UnknownTopicError } from '../../errors.ts';
import { persist } from '../../persist.ts';
import type { Fetcher } from '../fetcher.ts';
import { isOfThisTopic, namedIn } from '../saved-position.ts';
import type { PartitionRange } from '../log-bounds.ts';
import { refuseUnknownPartitions } from '../ranges.ts';
import { ClassicMember } from './classic-member.ts';
import { Commits, markOf } from './commits.ts';
import { ConsumerMember } from './consumer-member.ts';
import { GoneTopics } from './gone-topics.ts';
import { HandedOver } from './handed-over.ts';
import type { JoinOutcome, Member } from './member.ts';
import type { Assignment, GroupPassOptions } from './options.ts';
import { startOffsets } from './start-offsets.ts';

/** How long closing waits for the last commit, ms: the brokers may be away. */
const LAST_COMMIT_MS = 2_000;

/** What the pass is called for. */
interface OwnershipEvents {
  /** Something is to be settled: see {@link Ownership.isUnsettled}. */
  readonly onChange: () => void;
  /** What was taken from these partitions and not handed over yet must be forgotten. */
  readonly onDropped: (names: readonly TopicPartition[]) => void;
}

/** What a member has, in one life. */
export class Ownership {
  readonly member: Member;
  readonly handed = new HandedOver();
  readonly gone: GoneTopics;
  readonly commits: Commits;
  /** `onAssigned` and `onRemark`: what they throw, the stream throws. */
  readonly callbacks: Callbacks;
  readonly #options: GroupPassOptions;
  readonly #client: LogClient;
  readonly #fetcher: Fetcher;
  readonly #events: OwnershipEvents;
  readonly #ends = new Map<string, number>();
  /** The partitions that its topics had when it joined first. */
  #atFirst: ReadonlySet<string> = new Set();
  #isFirst = true;
  #opened = false;
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
    this.callbacks = new Callbacks(events.onChange);
    const another = () => options.reader.open();
    this.member =
      options.member.protocol === 'consumer'
        ? new ConsumerMember(client, options.member, events.onChange)
        : new ClassicMember(client, another, options.member, events.onChange);
    this.gone = new GoneTopics(options, this.member, {
      isIdle: () => fetcher.buffers.length === 0,
      onRemark: (text) => this.callbacks.call(() => options.onRemark(text)),
    });
    const { member, handed } = this;
    this.commits = new Commits(options, { client, member, handed, standing: this });
  }

  get opened(): boolean {
    return this.#opened;
  }

  get taking(): Promise<void> | undefined {
    return this.#taking;
  }

  get background(): Promise<void> | undefined {
    return this.#background;
  }

  get isStale(): boolean {
    const outcome = this.#outcome;
    const wasLost = outcome !== undefined && 'joined' in outcome && outcome.joined.wasLost;
    return wasLost || this.member.lost || this.#taking !== undefined;
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
      this.callbacks.failure !== undefined ||
      (lost && this.#fetcher.buffers.length > 0) ||
      this.gone.isDue(now) ||
      // Records flow while it joins again, but those of a beginning that the group does not know of.
      (this.#background === undefined ? mustRejoin : this.commits.isUnsaid)
    );
  }

  /** Whether each partition is read to where it was to stop. A cooperative newcomer has none before others let go. */
  get isRead(): boolean {
    const { buffers } = this.#fetcher;
    return buffers.length === 0 ? !this.member.cooperative : buffers.every((buffer) => buffer.done);
  }

  /** Joins for the first time. */
  async open(): Promise<void> {
    const found = await this.member.partitions();
    const { member, saved } = this.#options;
    const byTopic = perTopic(found);
    for (const topic of member.topics) {
      const existing = byTopic.get(topic);
      if (existing === undefined) throw new UnknownTopicError({ topic });
      if (isOfThisTopic(this.#client, topic, saved))
        await refuseUnknownPartitions(this.#client, topic, existing, [
          { partitions: namedIn(saved.position, topic), by: 'saved position' },
        ]);
    }
    this.#atFirst = new Set(found.map(keyOf));
    await this.#join(() => this.#fetcher.buffers);
    await this.#takeOutcome();
    this.#opened = true;
  }

  /** Does what the group asks for. Called between two records, when all that was handed over is done. */
  async settle(): Promise<void> {
    const { member } = this;
    this.callbacks.rethrow();
    if (member.isDoubtful()) await member.confirm();
    if (member.fenced) throw member.fenced;
    if (this.gone.isDue()) await this.gone.look();
    if (!this.isUnsettled()) return;
    if (member.lost) this.#drop(this.#fetcher.buffers);
    if (this.#outcome) return this.#takeOutcome();
    if (this.#background) return this.#background;
    const owned = () => this.#fetcher.buffers;
    if (member.cooperative && owned().length > 0) {
      this.#joinMeanwhile(owned);
      return;
    }
    await this.#letGo(owned());
    const taking = this.#join(owned)
      .then(() => this.#takeOutcome())
      .finally(() => (this.#taking = undefined));
    this.#taking = taking.catch(() => {});
    await taking;
  }

  /** The last commit in automatic mode, then leaves the group. Never fails. */
  async close(): Promise<void> {
    const { lost, expired, fenced } = this.member;
    // What the caller holds just now is not done: it never asked for more.
    if (this.#opened && !lost && !expired && !fenced)
      await orAfter(
        this.commits.byTheWay(0).catch(() => {}),
        LAST_COMMIT_MS,
      );
    this.commits.close();
    const { failure } = this.callbacks;
    if (failure)
      process.emitWarning(
        `A callback of the stream of group "${this.#options.member.groupId}" failed: ${messageOf(failure.error)}`,
      );
    this.callbacks.end();
    await this.member.leave();
  }

  /** Joins. What it comes to shows in the same step as in what the member says of itself. */
  #join(owned: () => readonly TopicPartition[]): Promise<void> {
    return this.member.join(owned, (joined) => (this.#outcome = { joined }));
  }

  async #takeOutcome(): Promise<void> {
    const outcome = this.#outcome;
    this.#outcome = undefined;
    if (outcome && 'error' in outcome) throw outcome.error;
    if (outcome) await this.#take(outcome.joined);
  }

  /** Joins again and lets records flow meanwhile. */
  #joinMeanwhile(owned: () => readonly TopicPartition[]): void {
    const joining = this.#join(owned)
      .catch((error: unknown) => void (this.#outcome = { error }))
      .then(() => {
        // What it brought may have been taken, and the next one begun, already.
        if (this.#background === joining) this.#background = undefined;
        this.#events.onChange();
      });
    this.#background = joining;
  }

  /** The last moment before partitions go to others: what is done is committed, and commits under way are waited for. */
  async #letGo(names: readonly TopicPartition[]): Promise<void> {
    if (names.length > 0) await this.#options.onRevoked?.(asAssignment(names));
    await this.commits.byTheWay(0);
    await this.commits.settled();
  }

  /** Takes over the new assignment: keeps what stays, drops what is revoked, looks up where to start the rest. */
  async #take({ assigned, wasLost }: JoinOutcome): Promise<void> {
    if (wasLost) this.#drop(this.#fetcher.buffers);
    const revoked = without(this.#fetcher.buffers, assigned);
    // A rearrangement that changes nothing leaves what was gathered, and whose turn it is, as they are.
    if (revoked.length > 0 || assigned.length !== this.#fetcher.buffers.length)
      this.#events.onDropped(revoked);
    if (revoked.length > 0) {
      await this.gone.noteRevoked(revoked.map(({ topic }) => topic));
      if (this.member.cooperative) await this.#letGo(revoked);
      this.#drop(revoked);
    }
    const kept = this.#fetcher.buffers;
    const isNews = this.#isFirst || revoked.length > 0 || kept.length !== assigned.length;
    const starts = await this.#starts(without(assigned, kept));
    for (const range of starts.values()) this.handed.begin(range);
    this.#isFirst = false;
    await this.commits.starts();
    this.#fetcher.assign(
      inOrder(assigned).map((name) => starts.get(keyOf(name)) ?? { ...name, start: 0, stop: Infinity }),
    );
    // A member that keeps what it has joins again only to say that it let go of the rest.
    const { onAssigned } = this.#options;
    if (onAssigned && (isNews || !this.member.cooperative))
      this.callbacks.call(() => onAssigned(asAssignment(assigned)));
    // The others wait for what was let go of: it is dealt out when this member says that it did.
    if (this.member.cooperative && revoked.length > 0) this.#joinMeanwhile(() => this.#fetcher.buffers);
    this.callbacks.rethrow();
  }

  async #starts(gained: readonly TopicPartition[]) {
    const { fetch, member, saved, stopAtEnd, onRemark } = this.#options;
    const wish = {
      groupId: member.groupId,
      saved,
      isFirst: this.#isFirst,
      mark: markOf(member.groupInstanceId),
      before: (name: TopicPartition) => this.handed.before(name),
      isAdded: (name: TopicPartition) => !this.#atFirst.has(keyOf(name)),
      reset: fetch.onMissing,
      readCommitted: fetch.readCommitted,
      stopAtEnd,
      ends: this.#ends,
      onAddedSince: ({ topic, partition }: TopicPartition) =>
        this.callbacks.call(() =>
          onRemark(
            `Group "${member.groupId}": ${topic}[${partition}] has no commit and comes after all that the saved position ` +
              'names, so it counts as added since then and is read from its beginning.',
          ),
        ),
      onPassedOver: ({ topic, partition }: TopicPartition, from: number, commit: { offset: number }) =>
        this.callbacks.call(() =>
          onRemark(
            `Group "${member.groupId}": another member has committed ${topic}[${partition}] up to ${commit.offset}, ` +
              `beyond the saved position ${from}; reading goes on from ${commit.offset}, and those ` +
              `${commit.offset - from} offsets are left to it.`,
          ),
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
  #drop(names: readonly TopicPartition[]): void {
    const { buffers } = this.#fetcher;
    this.#events.onDropped(names);
    for (const name of names) this.handed.end(name);
    this.#fetcher.assign(
      without(buffers, names).map(({ topic, partition, start, stop }) => ({ topic, partition, start, stop })),
    );
  }
}

/** By topic; `Object.fromEntries` takes any name as it is. */
function asAssignment(names: readonly TopicPartition[]): Assignment {
  return Object.fromEntries(perTopic(names));
}
