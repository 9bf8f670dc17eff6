/** Membership in the group protocol in which the broker shares the partitions out (KIP-848, `group.protocol=consumer`). */
import { randomBytes } from 'node:crypto';
import type { GroupSpeaker, LogClient, MemberBeatAnswer, TopicIdPartitions } from '../client/reader.ts';
import { KafkaProtocolError } from '../errors.ts';
import { pause } from '../../process/index.ts';
import { GroupProtocolError, InstanceFencedError, InstanceTakenError } from './errors.ts';
import { Liveness } from './liveness.ts';
import { joinFailed, LONGEST_GOODBYE_MS, type JoinOutcome, type Membership } from './membership.ts';
import { inOrder, keyOf, perTopic, without, type PartitionName } from './partition-name.ts';
import type { MemberOptions } from './pass-options.ts';
import { mayPass, persist } from '../persist.ts';

/** Answers after which a member must join again: the group has given its partitions away. */
const LOST = new Set(['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH', 'GROUP_ID_NOT_FOUND']);
const FENCED = 'FENCED_INSTANCE_ID';
/** Another living member has the lasting name; it is released when that one leaves, or is missed for its session. */
const TAKEN = 'UNRELEASED_INSTANCE_ID';
const LEAVING = -1;
/** Until the broker has said how often it wants to hear of a member. */
const FIRST_INTERVAL_MS = 1000;

/**
 * A member that tells the broker what it has, and hears what it is to have, in one request that is also its heartbeat.
 * A partition that is to go elsewhere is given to its new owner only when this member says that it has let go of it.
 */
export class ConsumerMember implements Membership {
  readonly cooperative = true;
  readonly closed: AbortSignal;
  readonly #client: LogClient;
  readonly #options: MemberOptions;
  readonly #onChange: () => void;
  readonly #closing = new AbortController();
  readonly #liveness = new Liveness();
  /** Chosen by the member itself; the same for its whole life. */
  readonly #memberId = randomBytes(16).toString('base64url');
  #epoch = 0;
  #owned: () => readonly PartitionName[] = () => [];
  /** What the last join brought: the member's own from then on, also while it is still looked up where to start. */
  #assigned: readonly PartitionName[] = [];
  /** The id of each topic as the broker named it last: heartbeats report what is owned by these ids, whatever the metadata says. */
  readonly #ids = new Map<string, string>();
  #joined = false;
  #mustRejoin = false;
  #lost = false;
  #expired = false;
  #fenced: InstanceFencedError | undefined;
  #joining = false;
  /** One request after the other: each says what the ones before it came to. */
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #intervalMs = FIRST_INTERVAL_MS;

  /** `onChange` is called when {@link mustRejoin}, {@link expired} or {@link fenced} change. */
  constructor(client: LogClient, options: MemberOptions, onChange: () => void) {
    this.#client = client;
    this.#options = options;
    this.#onChange = onChange;
    this.closed = this.#closing.signal;
  }

  get mustRejoin(): boolean {
    return this.#mustRejoin;
  }

  get lost(): boolean {
    return this.#lost;
  }

  get expired(): boolean {
    return this.#expired;
  }

  get fenced(): InstanceFencedError | undefined {
    return this.#fenced;
  }

  isDoubtful(now?: number): boolean {
    const isMember = this.#joined && !this.#joining && !this.#lost && !this.#expired && !this.#fenced;
    return isMember && this.#liveness.isUnknownFor(this.#options.sessionTimeoutMs, now);
  }

  get joining(): boolean {
    return this.#joining;
  }

  get speaker(): GroupSpeaker {
    const { groupId, groupInstanceId } = this.#options;
    const generation = this.#epoch;
    return { groupId, groupInstanceId, memberId: this.#memberId, generation, protocol: 'consumer' };
  }

  async confirm(): Promise<void> {
    try {
      await persist(() => this.#beat(), { retryForMs: this.#options.retryForMs, closed: this.closed });
    } catch (error) {
      this.note(error);
      if (!this.#mustRejoin && !this.#fenced) throw error;
    }
  }

  /** New ones the broker finds by itself. */
  async partitions(): Promise<readonly PartitionName[]> {
    const lists = await Promise.all(
      this.#options.topics.map(async (topic) => {
        const partitions = (await this.#client.partitions(topic)) ?? [];
        return partitions.map((partition) => ({ topic, partition }));
      }),
    );
    return lists.flat();
  }

  async join(owned: () => readonly PartitionName[], joined: (outcome: JoinOutcome) => void): Promise<void> {
    const { retryForMs } = this.#options;
    const since = performance.now();
    this.#joining = true;
    this.#owned = owned;
    const wasLost = this.#lost;
    if (wasLost) this.#epoch = 0;
    try {
      const assigned = await persist(() => this.#beat(), { retryForMs, closed: this.closed });
      this.#joined = true;
      this.#joining = this.#mustRejoin = this.#lost = false;
      this.#assigned = assigned ?? owned();
      joined({ assigned: this.#assigned, wasLost });
    } catch (error) {
      this.#joining = false;
      this.note(error);
      if (this.closed.aborted) throw error;
      if (this.#lost) joined({ assigned: [], wasLost: true });
      else throw this.#fenced ?? this.#inWords(error, since);
    } finally {
      this.#schedule();
    }
  }

  back(): void {
    this.#liveness.back();
  }

  away(now?: number): void {
    this.#liveness.away(now);
  }

  note(error: unknown): void {
    const type = typeOf(error);
    if (type === FENCED) {
      const { groupId, groupInstanceId = '' } = this.#options;
      this.#fenced ??= new InstanceFencedError(groupId, groupInstanceId, error);
    } else if (LOST.has(type) && this.#joined) {
      this.#lost = true;
      this.#mustRejoin = true;
      this.#assigned = [];
    } else return;
    this.#onChange();
  }

  async leave(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    if (this.#lost || this.#expired || this.#fenced || (!this.#joined && !this.#joining)) return;
    // A timer left running would keep the process alive.
    const patience = new AbortController();
    const late = pause(LONGEST_GOODBYE_MS, patience.signal).catch(() => {});
    await Promise.race([this.#last.catch(() => {}).then(() => this.#goodbye()), late]);
    patience.abort();
  }

  async #goodbye(): Promise<void> {
    this.#epoch = LEAVING;
    await this.#ask([]).catch(() => {});
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.closed.aborted || this.#expired || this.#fenced) return;
    const { maxPollIntervalMs } = this.#options;
    const next = Math.max(10, Math.min(this.#intervalMs, maxPollIntervalMs / 2));
    this.#timer = setTimeout(() => void this.#tick().finally(() => this.#schedule()), next);
  }

  async #tick(): Promise<void> {
    if (this.#joining || this.#lost) return;
    if (this.#liveness.isAwayFor(this.#options.maxPollIntervalMs)) {
      this.#expired = true;
      this.#onChange();
      await this.#goodbye();
      return;
    }
    try {
      const assigned = await this.#beat();
      if (assigned === undefined || this.#joining || isSame(assigned, this.#all)) return;
      this.#mustRejoin = true;
      this.#onChange();
    } catch (error) {
      this.note(error);
    }
  }

  /** Says what it has; gives what it is to have, if the broker said so and all of its topics are known here. */
  #beat(): Promise<readonly PartitionName[] | undefined> {
    const beating = this.#last
      .catch(() => {})
      .then(() => this.#liveness.known(() => this.#ask(this.#byId(this.#epoch === 0 ? [] : this.#all))))
      .then(({ epoch, intervalMs, assigned }) => {
        this.#epoch = epoch;
        this.#intervalMs = intervalMs;
        return assigned && this.#named(assigned);
      });
    this.#last = beating;
    return beating;
  }

  /** What it reads, and what it is about to. */
  get #all(): readonly PartitionName[] {
    const owned = this.#owned();
    return [...owned, ...without(this.#assigned, owned)];
  }

  async #ask(owned: readonly TopicIdPartitions[]): Promise<MemberBeatAnswer> {
    const { topics, maxPollIntervalMs } = this.#options;
    if (!this.#client.beat) {
      const message = 'this client speaks the classic group protocol only; leave "group.protocol" out';
      throw new KafkaProtocolError('Kafka', { type: 'UNSUPPORTED_VERSION', message, retriable: false });
    }
    return this.#client.beat({ speaker: this.speaker, rebalanceTimeoutMs: maxPollIntervalMs, topics, owned });
  }

  #byId(names: readonly PartitionName[]): TopicIdPartitions[] {
    return [...perTopic(names)].flatMap(([topic, partitions]) => {
      const topicId = this.#ids.get(topic);
      return topicId === undefined ? [] : [{ topicId, partitions }];
    });
  }

  /** By name. A topic that was created again has another id: it is looked up once, and else waited for. */
  async #named(assigned: readonly TopicIdPartitions[]): Promise<readonly PartitionName[] | undefined> {
    const named = () => {
      const topics = new Map(this.#options.topics.map((topic) => [this.#client.topicId?.(topic), topic]));
      const names = assigned.map(({ topicId, partitions }) => {
        const topic = topics.get(topicId);
        if (topic !== undefined) this.#ids.set(topic, topicId);
        return topic === undefined ? undefined : partitions.map((partition) => ({ topic, partition }));
      });
      return names.every((list) => list !== undefined) ? inOrder(names.flat()) : undefined;
    };
    const known = named();
    if (known) return known;
    await this.partitions();
    return named();
  }

  #inWords(error: unknown, since: number): unknown {
    const { groupId, groupInstanceId = '' } = this.#options;
    const type = typeOf(error);
    if (type === TAKEN) return new InstanceTakenError(groupId, groupInstanceId, error);
    if (type === 'INCONSISTENT_GROUP_PROTOCOL')
      return new GroupProtocolError(groupId, ['the broker (group.protocol=consumer)'], error);
    return mayPass(error) ? joinFailed(groupId, since, error) : error;
  }
}

function isSame(some: readonly PartitionName[], others: readonly PartitionName[]): boolean {
  return inOrder(some).map(keyOf).join() === inOrder(others).map(keyOf).join();
}

function typeOf(error: unknown): string {
  return error instanceof KafkaProtocolError ? error.type : '';
}
