/** Membership in the group protocol in which the broker shares the partitions out (KIP-848, `group.protocol=consumer`). */
import { randomBytes } from 'node:crypto';
import type {
  MemberIdentity,
  MemberBeatAnswer,
  TopicIdPartitions,
  TopicPartition,
} from '../../protocol/group-member.ts';
import { KafkaProtocolError } from '../../errors.ts';
import { Turns } from '../../../process/index.ts';
import { mayPass, persist } from '../../persist.ts';
import { GroupProtocolError, InstanceTakenError } from '../../read-errors.ts';
import { inOrder, keyOf, perTopic, without } from '../../protocol/group-member.ts';
import { FENCED, Member, typeOf, type JoinOutcome } from './member.ts';

/** Answers after which a member must join again: the group has given its partitions away. */
const LOST = new Set(['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH', 'GROUP_ID_NOT_FOUND']);
/** Another living member has the lasting name; it is released when that one leaves, or is missed for its session. */
const TAKEN = 'UNRELEASED_INSTANCE_ID';
const LEAVING = -1;
/** Until the broker has said how often it wants to hear of a member. */
const FIRST_INTERVAL_MS = 1000;

/**
 * A member that reports what it has, and is given what it is to have, in one request that is also its heartbeat.
 * A partition that is to go elsewhere is given to its new owner only when this member says that it has let go of it.
 */
export class ConsumerMember extends Member {
  readonly cooperative = true;
  /** Chosen by the member itself; the same for its whole life. */
  readonly #memberId = randomBytes(16).toString('base64url');
  #epoch = 0;
  #owned: () => readonly TopicPartition[] = () => [];
  /** What the last join brought: the member's own from then on, also while it is still looked up where to start. */
  #assigned: readonly TopicPartition[] = [];
  /** The id of each topic as the broker named it last: heartbeats report what is owned by these ids, whatever the metadata says. */
  readonly #ids = new Map<string, string>();
  /** One request after the other: each says what the ones before it came to. */
  readonly #turns = new Turns();
  #intervalMs = FIRST_INTERVAL_MS;

  get identity(): MemberIdentity {
    const { groupId, groupInstanceId } = this.options;
    const generation = this.#epoch;
    return { groupId, groupInstanceId, memberId: this.#memberId, generation, protocol: 'consumer' };
  }

  /** New ones the broker finds by itself. */
  async partitions(): Promise<readonly TopicPartition[]> {
    const lists = await Promise.all(
      this.options.topics.map(async (topic) => {
        const partitions = (await this.client.partitions(topic)) ?? [];
        return partitions.map((partition) => ({ topic, partition }));
      }),
    );
    return lists.flat();
  }

  async join(owned: () => readonly TopicPartition[], joined: (outcome: JoinOutcome) => void): Promise<void> {
    const { retryForMs } = this.options;
    const since = performance.now();
    this.joining = true;
    this.#owned = owned;
    const wasLost = this.lost;
    if (wasLost) this.#epoch = 0;
    try {
      const assigned = await persist(() => this.beat(), { retryForMs, closed: this.closed });
      this.joined = true;
      this.joining = this.mustRejoin = this.lost = false;
      this.#assigned = assigned ?? owned();
      joined({ assigned: this.#assigned, wasLost });
    } catch (error) {
      this.joining = false;
      this.note(error);
      if (this.closed.aborted) throw error;
      if (this.lost) joined({ assigned: [], wasLost: true });
      else throw this.fenced ?? this.#inWords(error, since);
    } finally {
      this.#schedule();
    }
  }

  note(error: unknown): void {
    const type = typeOf(error);
    if (type === FENCED) this.fence(error);
    if (!LOST.has(type) || !this.joined) return;
    this.lost = this.mustRejoin = true;
    this.#assigned = [];
    this.onChange();
  }

  protected async goodbye(late: Promise<void>): Promise<void> {
    await Promise.race([this.#sayGoodbye(), late]);
  }

  /** Behind what is under way, whose answer would make it a member once more. Never fails. */
  #sayGoodbye(): Promise<void> {
    return this.#turns.take(async () => {
      this.#epoch = LEAVING;
      await this.#ask([]).catch(() => {});
    });
  }

  #schedule(): void {
    clearTimeout(this.timer);
    if (this.closed.aborted || this.expired || this.fenced) return;
    const { maxPollIntervalMs } = this.options;
    const next = Math.max(10, Math.min(this.#intervalMs, maxPollIntervalMs / 2));
    this.timer = setTimeout(() => void this.#tick().finally(() => this.#schedule()), next);
  }

  async #tick(): Promise<void> {
    if (this.joining || this.lost) return;
    if (this.isAwayTooLong) {
      this.expired = true;
      this.onChange();
      await this.#sayGoodbye();
      return;
    }
    try {
      const assigned = await this.beat();
      if (assigned === undefined || this.joining || isSame(assigned, this.#all)) return;
      this.mustRejoin = true;
      this.onChange();
    } catch (error) {
      this.note(error);
    }
  }

  /** Says what it has; gives what it is to have, if the broker said so and all of its topics are known here. */
  protected beat(): Promise<readonly TopicPartition[] | undefined> {
    return this.#turns.take(async () => {
      const owned = this.#byId(this.#epoch === 0 ? [] : this.#all);
      const { epoch, intervalMs, assigned } = await this.known(() => this.#ask(owned));
      this.#epoch = epoch;
      this.#intervalMs = intervalMs;
      return assigned && this.#named(assigned);
    });
  }

  /** What it reads, and what it is about to. */
  get #all(): readonly TopicPartition[] {
    const owned = this.#owned();
    return [...owned, ...without(this.#assigned, owned)];
  }

  async #ask(owned: readonly TopicIdPartitions[]): Promise<MemberBeatAnswer> {
    const { topics, maxPollIntervalMs } = this.options;
    if (!this.client.beat) {
      const message = 'this client has the classic group protocol only; leave "group.protocol" out';
      throw new KafkaProtocolError({
        what: 'Kafka',
        type: 'UNSUPPORTED_VERSION',
        answer: message,
        canRetry: false,
      });
    }
    return this.client.beat({
      identity: this.identity,
      rebalanceTimeoutMs: maxPollIntervalMs,
      topics,
      owned,
    });
  }

  #byId(names: readonly TopicPartition[]): TopicIdPartitions[] {
    return [...perTopic(names)].flatMap(([topic, partitions]) => {
      const topicId = this.#ids.get(topic);
      return topicId === undefined ? [] : [{ topicId, partitions }];
    });
  }

  /** By name. A topic that was created again has another id: it is looked up once, and else waited for. */
  async #named(assigned: readonly TopicIdPartitions[]): Promise<readonly TopicPartition[] | undefined> {
    const named = () => {
      const topics = new Map(this.options.topics.map((topic) => [this.client.topicId?.(topic), topic]));
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
    const { groupId, groupInstanceId = '' } = this.options;
    const type = typeOf(error);
    if (type === TAKEN) return new InstanceTakenError({ groupId, groupInstanceId, cause: error });
    if (type === 'INCONSISTENT_GROUP_PROTOCOL')
      return new GroupProtocolError({
        ...{ groupId, strategies: ['the broker (group.protocol=consumer)'], cause: error },
      });
    return mayPass(error) ? this.joinFailed(since, error) : error;
  }
}

function isSame(some: readonly TopicPartition[], others: readonly TopicPartition[]): boolean {
  return inOrder(some).map(keyOf).join() === inOrder(others).map(keyOf).join();
}
