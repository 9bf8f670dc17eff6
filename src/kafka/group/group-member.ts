/** Membership of a consumer group: joining, heartbeats, re-joining, leaving. */
import type { GroupSpeaker, JoinedMember, LogClient } from '../client/reader.ts';
import { KafkaClosedError, KafkaProtocolError } from '../errors.ts';
import { pause } from '../../process/index.ts';
import { isCooperative, protocolNames, shareOut } from './assignors.ts';
import { decodeAssignment, encodeSubscription } from './consumer-protocol.ts';
import { GroupProtocolError, InstanceFencedError } from './errors.ts';
import type { PartitionName } from './partition-name.ts';
import { Liveness } from './liveness.ts';
import { joinFailed, LONGEST_GOODBYE_MS, type JoinOutcome, type Membership } from './membership.ts';
import { PartitionWatch } from './partition-watch.ts';
import type { MemberOptions } from './pass-options.ts';
import { mayPass, persist } from '../persist.ts';

/** Answers after which a member must join under a new name: the group has given its partitions away. */
const LOST = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);
const REBALANCING = 'REBALANCE_IN_PROGRESS';
const FENCED = 'FENCED_INSTANCE_ID';
const NO_COMMON_PROTOCOL = 'INCONSISTENT_GROUP_PROTOCOL';
/** A join that took so long (ms) was kept waiting by a living broker: one that hangs is dropped sooner. */
const HELD_MS = 60_000;

/** A member in Kafka's classic group protocol: its leader, one of the members, shares the partitions out. */
export class GroupMember implements Membership {
  readonly cooperative: boolean;
  readonly closed: AbortSignal;
  readonly #client: LogClient;
  readonly #openAnother: () => LogClient;
  readonly #options: MemberOptions;
  readonly #watch: PartitionWatch;
  readonly #liveness = new Liveness();
  readonly #closing = new AbortController();
  #memberId = '';
  #generation = -1;
  #joined = false;
  #joining = false;
  /** Settles when a join under way has a name, or has failed. */
  #named: Promise<void> = Promise.resolve();
  #onNamed = () => {};
  #mustRejoin = false;
  #lost = false;
  #expired = false;
  #fenced: InstanceFencedError | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The connection of a join that goes on beside everything else. */
  #spare: LogClient | undefined;
  #beating = false;
  readonly #onChange: () => void;

  /** `onChange` is called when {@link mustRejoin}, {@link expired} or {@link fenced} change. */
  constructor(client: LogClient, openAnother: () => LogClient, options: MemberOptions, onChange: () => void) {
    this.#client = client;
    this.#openAnother = openAnother;
    this.#options = options;
    this.#onChange = onChange;
    this.#watch = new PartitionWatch(client, options.metadataMaxAgeMs);
    this.cooperative = isCooperative(options.strategies);
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

  async confirm(): Promise<void> {
    try {
      await persist(() => this.#heartbeat(), { retryForMs: this.#options.retryForMs, closed: this.closed });
    } catch (error) {
      this.note(error);
      if (!this.#mustRejoin && !this.#fenced) throw error;
    }
  }

  get joining(): boolean {
    return this.#joining;
  }

  get speaker(): GroupSpeaker {
    const { groupId, groupInstanceId } = this.#options;
    return { groupId, groupInstanceId, memberId: this.#memberId, generation: this.#generation };
  }

  async join(owned: () => readonly PartitionName[], joined: (outcome: JoinOutcome) => void): Promise<void> {
    const { groupId, retryForMs, maxPollIntervalMs } = this.#options;
    const since = performance.now();
    this.#joining = true;
    let onNamed = (): void => {};
    this.#named = new Promise((resolve) => (onNamed = resolve));
    this.#onNamed = onNamed;
    // A broker answers a connection in turn: while a join waits for others, nothing else would get through on it.
    const spare = this.cooperative && this.#joined ? this.#openAnother() : undefined;
    this.#spare = spare;
    try {
      const patience = { retryForMs: retryForMs + maxPollIntervalMs, closed: this.closed };
      let beganAt = since;
      const attempt = () => {
        beganAt = performance.now();
        return this.#joinOnce(spare ?? this.#client, owned, joined);
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
      this.#joining = false;
      if (this.closed.aborted) throw error;
      const isOver = this.#mayJoinAgain(error);
      throw this.#fenced ?? (isOver ? joinFailed(groupId, since, error) : this.#inWords(error));
    } finally {
      onNamed();
      void spare?.close();
      if (this.#spare === spare) this.#spare = undefined;
    }
  }

  async #joinOnce(
    client: LogClient,
    owned: () => readonly PartitionName[],
    joined: (outcome: JoinOutcome) => void,
  ): Promise<void> {
    const { groupId, topics, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs, strategies } =
      this.#options;
    const subscription = this.cooperative
      ? { topics, owned: this.#lost ? [] : owned(), generation: this.#generation }
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
    const { memberId, generation, assignment } = await this.#liveness.known(() => client.join(wish));
    const assigned = decodeAssignment(assignment);
    const wasLost = this.#lost;
    this.#memberId = memberId;
    this.#generation = generation;
    this.#joined = true;
    this.#joining = this.#mustRejoin = this.#lost = false;
    joined({ assigned, wasLost });
    this.#beat();
  }

  async partitions(): Promise<readonly PartitionName[]> {
    return this.#watch.partitions(this.#options.topics);
  }

  back(): void {
    this.#liveness.back();
  }

  away(now?: number): void {
    this.#liveness.away(now);
  }

  /** Stops heartbeats and leaves the group, so that others get its partitions at once. Never fails. */
  async leave(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#timer);
    const isNamed = () => this.#memberId !== '' || this.#options.groupInstanceId !== undefined;
    if (this.#lost || this.#expired || this.#fenced || (!this.#joined && !this.#joining)) return;
    // A timer left running would keep the process alive.
    const patience = new AbortController();
    const late = pause(LONGEST_GOODBYE_MS, patience.signal).catch(() => {});
    // The broker keeps a name it has given away for a whole session: who joins just now has to wait for its own.
    if (!isNamed()) await Promise.race([this.#named, late]);
    // While a join is under way its connection is taken up; another one brings the goodbye.
    const other = this.#joining ? this.#openAnother() : undefined;
    if (isNamed()) await Promise.race([(other ?? this.#client).leave(this.speaker).catch(() => {}), late]);
    patience.abort();
    await Promise.all([other?.close(), this.#spare?.close()]);
  }

  /** Takes note of what a failed heartbeat or commit says. Connection failures pass by themselves. */
  note(error: unknown): void {
    const type = typeOf(error);
    if (type === FENCED) this.#fence(error);
    if (LOST.has(type)) this.#loseIdentity();
    if (type === REBALANCING || LOST.has(type)) this.#rejoinSoon();
  }

  /** The broker has given this member a name, in the middle of joining. */
  #name(memberId: string): void {
    this.#memberId = memberId;
    this.#onNamed();
    if (this.closed.aborted) throw new KafkaClosedError(`The stream of group "${this.#options.groupId}"`);
  }

  /** Heartbeats from now on, and the look-out for a caller that stays away. */
  #beat(): void {
    clearInterval(this.#timer);
    if (this.closed.aborted) return;
    const { heartbeatIntervalMs, maxPollIntervalMs } = this.#options;
    const every = Math.max(10, Math.min(heartbeatIntervalMs, maxPollIntervalMs / 2));
    this.#timer = setInterval(() => void this.#tick(), every);
  }

  async #tick(): Promise<void> {
    if (this.closed.aborted || this.#joining || !this.#joined || this.#fenced) return;
    const { maxPollIntervalMs } = this.#options;
    if (this.#liveness.isAwayFor(maxPollIntervalMs)) {
      clearInterval(this.#timer);
      this.#expired = true;
      this.#onChange();
      await this.#client.leave(this.speaker).catch(() => {});
      return;
    }
    if (this.#beating) return;
    this.#beating = true;
    const { speaker } = this;
    try {
      await this.#heartbeat();
      if (await this.#watch.hasChanged()) this.#rejoinSoon();
    } catch (error) {
      // What is said of an earlier membership does not concern this one.
      if (speaker.memberId === this.#memberId && speaker.generation === this.#generation) this.note(error);
    } finally {
      this.#beating = false;
    }
  }

  async #heartbeat(): Promise<void> {
    await this.#liveness.known(() => this.#client.heartbeat(this.speaker));
  }

  #rejoinSoon(): void {
    if (this.#mustRejoin || this.closed.aborted) return;
    this.#mustRejoin = true;
    this.#onChange();
  }

  #loseIdentity(): void {
    this.#lost = this.#joined;
    this.#memberId = '';
    this.#generation = -1;
    this.#onChange();
  }

  #fence(cause: unknown): void {
    const { groupId, groupInstanceId = '' } = this.#options;
    this.#fenced ??= new InstanceFencedError(groupId, groupInstanceId, cause);
    clearInterval(this.#timer);
    this.#onChange();
  }

  #mayJoinAgain(error: unknown): boolean {
    const type = typeOf(error);
    if (type === FENCED) this.#fence(error);
    if (LOST.has(type)) this.#loseIdentity();
    return LOST.has(type) || type === REBALANCING || mayPass(error);
  }

  #inWords(error: unknown): unknown {
    if (typeOf(error) !== NO_COMMON_PROTOCOL) return error;
    return new GroupProtocolError(this.#options.groupId, this.#options.strategies, error);
  }
}

function typeOf(error: unknown): string {
  return error instanceof KafkaProtocolError ? error.type : '';
}
