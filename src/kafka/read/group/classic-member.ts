/** Membership in Kafka's classic group protocol: joining, heartbeats, re-joining, leaving. */
import type { MemberIdentity, JoinedMember, TopicPartition } from '../../protocol/group-member.ts';
import type { LogClient } from '../../client/client.ts';
import { KafkaClosedError } from '../../errors.ts';
import { mayPass, persist } from '../../persist.ts';
import { GroupProtocolError } from '../../read-errors.ts';
import { isCooperative, protocolNames, shareOut } from './assignors.ts';
import { decodeAssignment, encodeSubscription } from '../../protocol/consumer-protocol.ts';
import { FENCED, Member, typeOf, type JoinOutcome } from './member.ts';
import type { MemberOptions } from './options.ts';

/** Answers after which a member must join under a new name: the group has given its partitions away. */
const LOST = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);
const REBALANCING = 'REBALANCE_IN_PROGRESS';
const NO_COMMON_PROTOCOL = 'INCONSISTENT_GROUP_PROTOCOL';
/** A join that took so long (ms) was kept waiting by a living broker: one that hangs is dropped sooner. */
const HELD_MS = 60_000;

/** A member in Kafka's classic group protocol: its leader, one of the members, shares the partitions out. */
export class ClassicMember extends Member {
  readonly cooperative: boolean;
  readonly #openAnother: () => LogClient;
  readonly #watch: PartitionWatch;
  #memberId = '';
  #generation = -1;
  /** Settles when a join under way has a name, or has failed. */
  #named: Promise<void> = Promise.resolve();
  #onNamed = () => {};
  /** The connection of a join that goes on beside everything else. */
  #spare: LogClient | undefined;
  #beating = false;

  constructor(client: LogClient, openAnother: () => LogClient, options: MemberOptions, onChange: () => void) {
    super(client, options, onChange);
    this.#openAnother = openAnother;
    this.#watch = new PartitionWatch(client, options.metadataMaxAgeMs);
    this.cooperative = isCooperative(options.strategies);
  }

  get identity(): MemberIdentity {
    const { groupId, groupInstanceId } = this.options;
    return { groupId, groupInstanceId, memberId: this.#memberId, generation: this.#generation };
  }

  async join(owned: () => readonly TopicPartition[], joined: (outcome: JoinOutcome) => void): Promise<void> {
    const { retryForMs, maxPollIntervalMs } = this.options;
    const since = performance.now();
    this.joining = true;
    let onNamed = (): void => {};
    this.#named = new Promise((resolve) => (onNamed = resolve));
    this.#onNamed = onNamed;
    // A broker answers a connection in turn: while a join waits for others, nothing else would get through on it.
    const spare = this.cooperative && this.joined ? this.#openAnother() : undefined;
    this.#spare = spare;
    try {
      const patience = { retryForMs: retryForMs + maxPollIntervalMs, closed: this.closed };
      let beganAt = since;
      const attempt = () => {
        beganAt = performance.now();
        return this.#joinOnce(spare ?? this.client, owned, joined);
      };
      // What the group answers is waited out as long as others may take; brokers that are away, as long as for reading.
      let awaySince: number | undefined;
      await persist(attempt, patience, (error) => {
        const now = performance.now();
        if (!mayPass(error) || now - beganAt > Math.max(HELD_MS, retryForMs / 2)) awaySince = undefined;
        if (mayPass(error)) awaySince ??= now;
        return this.#mayJoinAgain(error) && now - (awaySince ?? Infinity) < retryForMs;
      });
    } catch (error) {
      this.joining = false;
      if (this.closed.aborted) throw error;
      const isOver = this.#mayJoinAgain(error);
      throw this.fenced ?? (isOver ? this.joinFailed(since, error) : this.#inWords(error));
    } finally {
      onNamed();
      void spare?.close();
      if (this.#spare === spare) this.#spare = undefined;
    }
  }

  async #joinOnce(
    client: LogClient,
    owned: () => readonly TopicPartition[],
    joined: (outcome: JoinOutcome) => void,
  ): Promise<void> {
    const { groupId, topics, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs, strategies } =
      this.options;
    const subscription = this.cooperative
      ? { topics, owned: this.lost ? [] : owned(), generation: this.#generation }
      : { topics, owned: [], generation: -1 };
    const metadata = encodeSubscription(subscription);
    const wish = {
      groupId,
      memberId: this.#memberId,
      groupInstanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs: maxPollIntervalMs,
      protocols: protocolNames(strategies).map((name) => ({ name, metadata })),
      assign: (protocol: string, members: readonly JoinedMember[]) =>
        shareOut(protocol, members, (wanted) => this.#watch.partitions(wanted)),
      onMemberId: (given: string) => this.#name(given),
    };
    const { memberId, generation, assignment } = await this.known(() => client.join(wish));
    const assigned = decodeAssignment(assignment);
    const wasLost = this.lost;
    this.#memberId = memberId;
    this.#generation = generation;
    this.joined = true;
    this.joining = this.mustRejoin = this.lost = false;
    joined({ assigned, wasLost });
    this.#startBeating();
  }

  async partitions(): Promise<readonly TopicPartition[]> {
    return this.#watch.partitions(this.options.topics);
  }

  protected async goodbye(late: Promise<void>): Promise<void> {
    const isNamed = () => this.#memberId !== '' || this.options.groupInstanceId !== undefined;
    // The broker keeps a name it has given away for a whole session: who joins just now has to wait for its own.
    if (!isNamed()) await Promise.race([this.#named, late]);
    // While a join is under way its connection is taken up; another one brings the goodbye.
    const other = this.joining ? this.#openAnother() : undefined;
    if (isNamed()) await Promise.race([(other ?? this.client).leave(this.identity).catch(() => {}), late]);
    await Promise.all([other?.close(), this.#spare?.close()]);
  }

  note(error: unknown): void {
    const type = typeOf(error);
    if (type === FENCED) this.fence(error);
    if (LOST.has(type)) this.#loseIdentity();
    if (type === REBALANCING || LOST.has(type)) this.#rejoinSoon();
  }

  /** The broker has given this member a name, in the middle of joining. */
  #name(memberId: string): void {
    this.#memberId = memberId;
    this.#onNamed();
    if (this.closed.aborted)
      throw new KafkaClosedError({ what: `The stream of group "${this.options.groupId}"` });
  }

  /** Heartbeats from now on, and the look-out for a caller that stays away. */
  #startBeating(): void {
    clearInterval(this.timer);
    if (this.closed.aborted) return;
    const { heartbeatIntervalMs, maxPollIntervalMs } = this.options;
    const every = Math.max(10, Math.min(heartbeatIntervalMs, maxPollIntervalMs / 2));
    this.timer = setInterval(() => void this.#tick(), every);
  }

  async #tick(): Promise<void> {
    if (this.closed.aborted || this.joining || !this.joined || this.fenced) return;
    if (this.isAwayTooLong) {
      clearInterval(this.timer);
      this.expired = true;
      this.onChange();
      await this.client.leave(this.identity).catch(() => {});
      return;
    }
    if (this.#beating) return;
    this.#beating = true;
    const { memberId, generation } = this.identity;
    try {
      await this.beat();
      if (await this.#watch.hasChanged()) this.#rejoinSoon();
    } catch (error) {
      // What is said of an earlier membership does not concern this one.
      if (memberId === this.#memberId && generation === this.#generation) this.note(error);
    } finally {
      this.#beating = false;
    }
  }

  protected async beat(): Promise<void> {
    await this.known(() => this.client.heartbeat(this.identity));
  }

  #rejoinSoon(): void {
    if (this.mustRejoin || this.closed.aborted) return;
    this.mustRejoin = true;
    this.onChange();
  }

  #loseIdentity(): void {
    this.lost = this.joined;
    this.#memberId = '';
    this.#generation = -1;
    this.onChange();
  }

  #mayJoinAgain(error: unknown): boolean {
    const type = typeOf(error);
    if (type === FENCED) this.fence(error);
    if (LOST.has(type)) this.#loseIdentity();
    return LOST.has(type) || type === REBALANCING || mayPass(error);
  }

  #inWords(error: unknown): unknown {
    const { groupId, strategies } = this.options;
    if (typeOf(error) !== NO_COMMON_PROTOCOL) return error;
    return new GroupProtocolError({ groupId, strategies, cause: error });
  }
}

/**
 * Knows how many partitions each topic had at the last join. Every member looks, not only the leader: after a restart
 * under a lasting name a leader may not know that it is one, and for the others joining again changes nothing.
 */
class PartitionWatch {
  readonly #client: Pick<LogClient, 'partitions'>;
  readonly #maxAgeMs: number;
  readonly #counts = new Map<string, number>();
  #lookedAt = performance.now();

  constructor(client: Pick<LogClient, 'partitions'>, maxAgeMs: number) {
    this.#client = client;
    this.#maxAgeMs = maxAgeMs;
  }

  /** The partitions of these topics now; what is found later is measured against it. */
  async partitions(topics: readonly string[]): Promise<TopicPartition[]> {
    const found = await this.#look(topics);
    this.#lookedAt = performance.now();
    for (const [topic, list] of found) this.#counts.set(topic, list?.length ?? 0);
    return [...found].flatMap(([topic, list]) => (list ?? []).map((partition) => ({ topic, partition })));
  }

  /** Whether a topic has got partitions since. Asks only if the last look is longer ago than the age allowed. */
  async hasChanged(): Promise<boolean> {
    if (performance.now() - this.#lookedAt < this.#maxAgeMs) return false;
    this.#lookedAt = performance.now();
    const found = await this.#look([...this.#counts.keys()]);
    let changed = false;
    for (const [topic, list] of found) {
      // A topic that is not answered for just now has not lost its partitions.
      if (list === undefined || list.length === this.#counts.get(topic)) continue;
      this.#counts.set(topic, list.length);
      changed = true;
    }
    return changed;
  }

  async #look(topics: readonly string[]): Promise<Map<string, readonly number[] | undefined>> {
    const names = [...new Set(topics)];
    const lists = await Promise.all(names.map((topic) => this.#client.partitions(topic)));
    return new Map(names.map((topic, at) => [topic, lists[at]]));
  }
}
