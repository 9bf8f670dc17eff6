/** Membership of a consumer group: joining, heartbeats, re-joining, leaving. */
import { StreamTrainError } from '../../errors.ts';
import type { GroupSpeaker, LogClient } from '../client/reader.ts';
import { KafkaClosedError, KafkaProtocolError } from '../errors.ts';
import { ReadFailedError } from '../dataset/errors.ts';
import { pause } from '../pause.ts';

/** Times in ms. */
export interface MemberOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly groupInstanceId?: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** The longest the caller may be away between two questions. */
  readonly maxPollIntervalMs: number;
  /** How long failures are retried before they are reported. */
  readonly retryForMs: number;
}

/** The partitions a member has, by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

/** Answers after which a member must join anew under a new name: the group has given its partitions away. */
const LOST = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID', 'MEMBER_ID_REQUIRED']);
const REBALANCING = 'REBALANCE_IN_PROGRESS';
/** How often the number of partitions is looked at, in ms. */
const METADATA_AGE_MS = 60_000;

/**
 * One member, in Kafka's classic group protocol. Heartbeats go on by themselves; that the group is being rearranged
 * is only noted ({@link mustRejoin}), and acted on when the owner calls {@link join}: between two records, when
 * nothing is half done.
 */
export class GroupMember {
  readonly #client: LogClient;
  readonly #options: MemberOptions;
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
  #awaySince: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beating = false;
  #closed = false;
  #partitionCounts = '';
  #metadataAt = 0;
  readonly #onChange: () => void;

  /** `onChange` is called when {@link mustRejoin} or {@link expired} become true. */
  constructor(client: LogClient, options: MemberOptions, onChange: () => void) {
    this.#client = client;
    this.#options = options;
    this.#onChange = onChange;
  }

  /** Whether the group is being rearranged, so that {@link join} must be called before going on. */
  get mustRejoin(): boolean {
    return this.#mustRejoin;
  }

  /** Whether the group has taken this member out, so that its partitions may be with others already. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Whether the caller was away for too long and the member has left. */
  get expired(): boolean {
    return this.#expired;
  }

  /** Who speaks, for commits. */
  get speaker(): GroupSpeaker {
    return { groupId: this.#options.groupId, memberId: this.#memberId, generation: this.#generation };
  }

  /** Joins, or joins again, and waits until the group has shared its partitions out. */
  async join(): Promise<Assignment> {
    const { groupId, topics, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs, retryForMs } =
      this.#options;
    const since = Date.now();
    this.#joining = true;
    this.#named = new Promise((resolve) => (this.#onNamed = resolve));
    try {
      for (let wait = 50; ; wait = Math.min(1000, wait * 2)) {
        try {
          const { memberId, generation, assignment } = await this.#client.join({
            groupId,
            topics,
            memberId: this.#memberId,
            groupInstanceId,
            sessionTimeoutMs,
            rebalanceTimeoutMs: maxPollIntervalMs,
            onMemberId: (given) => this.#name(given),
          });
          this.#memberId = memberId;
          this.#generation = generation;
          this.#joined = true;
          this.#mustRejoin = false;
          this.#lost = false;
          this.#beat();
          return assignment;
        } catch (error) {
          if (this.#closed || !this.#mayJoinAgain(error)) throw error;
          if (Date.now() - since > retryForMs + maxPollIntervalMs) {
            throw new ReadFailedError(`Joining group "${groupId}"`, Date.now() - since, error);
          }
          await pause(wait);
        }
      }
    } finally {
      this.#joining = false;
      this.#onNamed();
    }
  }

  /** The caller is asking for data: it is alive. */
  back(): void {
    this.#awaySince = undefined;
  }

  /** The caller was given data and is working on it. */
  away(): void {
    this.#awaySince ??= Date.now();
  }

  /** Stops heartbeats and leaves the group, so that others get its partitions at once. Never fails. */
  async leave(spare: () => LogClient): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#lost || this.#expired || (this.#memberId === '' && !this.#joining)) return;
    // A timer left running would keep the process alive.
    const patience = new AbortController();
    const late = pause(LONGEST_GOODBYE_MS, patience.signal).catch(() => {});
    // The broker keeps a name it has given away for a whole session: who joins just now has to wait for its own.
    if (this.#memberId === '') await Promise.race([this.#named, late]);
    // While a join is under way its connection is taken up; another one brings the goodbye.
    const other = this.#joining ? spare() : undefined;
    if (this.#memberId !== '') {
      await Promise.race([(other ?? this.#client).leave(this.speaker).catch(() => {}), late]);
    }
    patience.abort();
    await other?.close();
  }

  /** The broker has given this member a name, in the middle of joining. */
  #name(memberId: string): void {
    this.#memberId = memberId;
    this.#onNamed();
    if (this.#closed) throw new KafkaClosedError(`The stream of group "${this.#options.groupId}"`);
  }

  /** Heartbeats from now on, and the look-out for a caller that stays away. */
  #beat(): void {
    clearInterval(this.#timer);
    const { heartbeatIntervalMs, maxPollIntervalMs } = this.#options;
    const every = Math.max(10, Math.min(heartbeatIntervalMs, maxPollIntervalMs / 2));
    this.#timer = setInterval(() => void this.#tick(), every);
  }

  async #tick(): Promise<void> {
    if (this.#closed || this.#joining || !this.#joined) return;
    const { maxPollIntervalMs } = this.#options;
    if (this.#awaySince !== undefined && Date.now() - this.#awaySince > maxPollIntervalMs) {
      clearInterval(this.#timer);
      this.#expired = true;
      this.#onChange();
      await this.#client.leave(this.speaker).catch(() => {});
      return;
    }
    if (this.#beating) return;
    this.#beating = true;
    try {
      await this.#client.heartbeat(this.speaker);
      await this.#watchPartitions();
    } catch (error) {
      this.#note(error);
    } finally {
      this.#beating = false;
    }
  }

  /** New partitions of a topic are shared out only when a member asks for it. */
  async #watchPartitions(): Promise<void> {
    if (Date.now() - this.#metadataAt < METADATA_AGE_MS) return;
    this.#metadataAt = Date.now();
    const counts = await Promise.all(this.#options.topics.map((topic) => this.#client.partitions(topic)));
    const now = counts.map((list) => list?.length ?? 0).join();
    if (this.#partitionCounts !== '' && this.#partitionCounts !== now) this.#rejoinSoon();
    this.#partitionCounts = now;
  }

  /** What a failed heartbeat or commit says about the membership. Connection failures pass by themselves. */
  #note(error: unknown): void {
    const type = error instanceof KafkaProtocolError ? error.type : '';
    if (LOST.has(type)) this.#loseIdentity();
    if (type === REBALANCING || LOST.has(type)) this.#rejoinSoon();
  }

  /** Takes note of a refused commit. */
  noteRefusal(error: unknown): void {
    this.#note(error);
  }

  #rejoinSoon(): void {
    if (this.#mustRejoin || this.#closed) return;
    this.#mustRejoin = true;
    this.#onChange();
  }

  #loseIdentity(): void {
    this.#lost = this.#joined;
    this.#memberId = '';
    this.#generation = -1;
  }

  #mayJoinAgain(error: unknown): boolean {
    const type = error instanceof KafkaProtocolError ? error.type : '';
    if (LOST.has(type)) this.#loseIdentity();
    return LOST.has(type) || type === REBALANCING || (error instanceof StreamTrainError && error.canRetry);
  }
}

/** How long closing waits for the broker to hear that a member leaves. */
const LONGEST_GOODBYE_MS = 2000;
