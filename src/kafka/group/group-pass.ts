/** The one pass over a consumer group's records: hands over, commits, and follows the group's rearrangements. */
import type { LogClient } from '../client/reader.ts';
import { CommitRefusedError, PollIntervalExceededError } from '../dataset/errors.ts';
import type { MaybePromise, Puller } from '../dataset/pull.ts';
import { UnknownTopicError } from '../errors.ts';
import { abortable } from '../fetch/abortable.ts';
import { Fetcher } from '../fetch/fetcher.ts';
import type { PartitionBuffer } from '../fetch/partition-buffer.ts';
import { waitFor } from '../fetch/silence.ts';
import { takeAny, takeInTurn } from '../fetch/take-in-turn.ts';
import { orAfter } from '../pause.ts';
import type { KafkaRecord, Position } from '../record.ts';
import { commitOffsets } from './commit.ts';
import { GroupMember, type Assignment } from './group-member.ts';
import { HandedOver } from './handed-over.ts';
import { leaveOnSignal } from './leave-on-signal.ts';
import { inOrder, keyOf, same, type PartitionName } from './partition-name.ts';
import type { GatherOptions, GroupPassOptions } from './pass-options.ts';
import { startOffsets } from './start-offsets.ts';

/** A member at work. Connects and joins at the first pull. */
export class GroupPass implements Puller<KafkaRecord> {
  readonly #options: GroupPassOptions;
  readonly #client: LogClient;
  readonly #fetcher: Fetcher;
  readonly #member: GroupMember;
  readonly #handed = new HandedOver();
  /** Taken from the buffers and not yet handed over. */
  #gathered: KafkaRecord[] = [];
  readonly #ends = new Map<string, number>();
  #left: number;
  #turn = 0;
  #opened = false;
  #gone = false;
  #closing: Promise<void> | undefined;
  #committedAt = performance.now();
  #wake = () => {};
  #forgetSignals = () => {};

  constructor(options: GroupPassOptions) {
    this.#options = options;
    this.#left = options.maxRecords;
    this.#client = options.reader.open();
    const { fetch, streamTimeoutMs, pauseMs = Infinity } = options;
    const maxWaitMs = waitFor(fetch.maxWaitMs, streamTimeoutMs, pauseMs);
    this.#fetcher = new Fetcher(this.#client, { ...fetch, maxWaitMs });
    this.#member = new GroupMember(this.#client, options.member, () => this.#wake());
  }

  /** The next offset of every partition this life has handed records of or now has. */
  get position(): Position {
    return this.#handed.position;
  }

  /** The partitions this member has now. */
  get assignment(): Assignment {
    const assignment: Record<string, number[]> = {};
    for (const { topic, partition } of this.#fetcher.buffers) (assignment[topic] ??= []).push(partition);
    return assignment;
  }

  /** Records between what was handed over and the end of the log as last heard of; `NaN` before the first answer. */
  get lag(): number {
    return this.#opened ? this.#fetcher.lag : NaN;
  }

  pull(max: number): MaybePromise<readonly KafkaRecord[] | undefined> {
    return this.#atHand(max) ?? this.gather({ max, pauseMs: 0 });
  }

  /** Records that can be handed over without any other work; the fast way, taken nearly always. */
  #atHand(max: number): readonly KafkaRecord[] | undefined {
    const { commit, autoCommitIntervalMs, signal } = this.#options;
    if (
      !this.#opened ||
      this.#closing ||
      this.#member.mustRejoin ||
      this.#member.expired ||
      this.#gathered.length > 0
    )
      return undefined;
    if (this.#fetcher.failure || signal?.aborted) return undefined;
    if (commit === 'auto' && performance.now() - this.#committedAt >= autoCommitIntervalMs) return undefined;
    this.#handed.allDone();
    this.#member.back();
    const from = this.#take(Math.min(max, this.#left));
    this.#member.away();
    return this.#gathered.length > 0 ? this.#handOver(from) : undefined;
  }

  /** The next records; asking means that those handed over before are done. `undefined` at the end. */
  async gather(wish: GatherOptions): Promise<readonly KafkaRecord[] | undefined> {
    const { signal } = this.#options;
    this.#member.back();
    this.#handed.allDone();
    try {
      return await abortable(this.#gather(wish), signal);
    } catch (error) {
      // Whoever closes the stream meanwhile breaks off what was under way.
      if (this.#closing && !signal?.aborted) return undefined;
      throw error;
    } finally {
      this.#member.away();
    }
  }

  /**
   * Commits `position`, or all that was handed over. Partitions that are no longer this member's are left out; a
   * broker that is away is waited for.
   *
   * @throws CommitRefusedError when the group has moved on
   */
  async commit(position?: Position): Promise<void> {
    await this.#commit(position, this.#options.member.retryForMs);
  }

  async #commit(position: Position | undefined, retryForMs: number): Promise<void> {
    const mine = this.#handed.uncommitted(this.#fetcher.buffers, position);
    if (!mine || !this.#opened) return;
    const { groupId } = this.#options.member;
    // A request now would open a connection that nobody closes.
    if (this.#gone) throw new CommitRefusedError(groupId, 'the stream has been closed');
    try {
      const speaker = () => this.#member.speaker;
      await commitOffsets(this.#client, mine, { speaker, retryForMs, over: () => this.#gone });
      this.#handed.noteCommitted(mine);
      this.#committedAt = performance.now();
    } catch (error) {
      this.#member.noteRefusal(error);
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommitRefusedError(groupId, reason, error);
    }
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#forgetSignals();
    this.#wake();
    this.#gathered = [];
    if (this.#options.commit === 'auto' && this.#opened && !this.#member.lost && !this.#member.expired) {
      // What the caller holds just now is not done: it never asked for more.
      await this.#commit(this.#handed.done, 0).catch(() => {});
    }
    this.#gone = true;
    await this.#member.leave(() => this.#options.reader.open());
    this.#options.meter.end(this.#fetcher);
    await Promise.all([this.#client.close(), this.#fetcher.close()]);
  }

  async #gather({ max, pauseMs }: GatherOptions): Promise<readonly KafkaRecord[] | undefined> {
    this.#options.signal?.throwIfAborted();
    if (!this.#opened) await this.#options.meter.waiting(this.#open());
    this.#fetcher.listen();
    const wanted = Math.min(max, this.#left);
    for (;;) {
      if (this.#closing) return undefined;
      if (this.#member.expired) {
        const { groupId, maxPollIntervalMs } = this.#options.member;
        throw new PollIntervalExceededError(groupId, maxPollIntervalMs);
      }
      if (this.#member.mustRejoin) {
        await this.#options.meter.waiting(this.#rejoin());
        this.#fetcher.listen();
      }
      if (this.#fetcher.failure) throw this.#fetcher.failure;
      await this.#commitByTheWay(this.#options.autoCommitIntervalMs);
      const changed = this.#fetcher.changed;
      this.#take(wanted);
      const have = this.#gathered.length;
      if (have >= wanted || (have > 0 && (pauseMs === 0 || this.#silentMs >= pauseMs)))
        return this.#handOver();
      const { streamTimeoutMs, stopAtEnd } = this.#options;
      const over = this.#left <= 0 || (stopAtEnd && this.#fetcher.buffers.every((buffer) => buffer.done));
      if (over || (streamTimeoutMs >= 0 && this.#fetcher.silentMs >= streamTimeoutMs))
        return this.#handOver();
      await this.#commitByTheWay(0);
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#closing || this.#member.mustRejoin || this.#member.expired) continue;
      // Every answer of a broker wakes; a member without a partition has none to wait for.
      const longest = this.#fetcher.buffers.length > 0 ? Infinity : LOOK_AGAIN_MS;
      await this.#options.meter.waiting(orAfter(Promise.race([changed, woken]), longest));
    }
  }

  /** Moves what is there from the buffers to the gathered; says from which. */
  #take(wanted: number): readonly PartitionBuffer[] {
    const { buffers } = this.#fetcher;
    const { order, streamTimeoutMs } = this.#options;
    let from = buffers;
    if (order === 'interleaved')
      this.#turn = takeInTurn(buffers, this.#turn, wanted, this.#gathered, streamTimeoutMs);
    else from = takeAny(buffers, this.#turn++, wanted, this.#gathered);
    this.#fetcher.taken();
    return from;
  }

  /** How long nothing new is known to have come of what the next record could come from, in ms. */
  get #silentMs(): number {
    const { buffers, silentMs } = this.#fetcher;
    if (this.#options.order !== 'interleaved' || buffers.length < 2 || !Number.isNaN(silentMs))
      return silentMs;
    const { records, silence } = buffers[this.#turn % buffers.length] as PartitionBuffer;
    return records > 0 ? NaN : silence.ms;
  }

  /** Gives the gathered to the caller, and notes how far the buffers they came from have got. */
  #handOver(from: readonly PartitionBuffer[] = this.#fetcher.buffers): readonly KafkaRecord[] | undefined {
    const records = this.#gathered;
    this.#gathered = [];
    if (this.#options.order === 'interleaved') this.#turn = 0; // each mini data set begins with the first partition
    this.#handed.note(from);
    if (records.length === 0) {
      this.#handed.allDone();
      return undefined;
    }
    this.#left -= records.length;
    this.#options.meter.records += records.length;
    return records;
  }

  /** In automatic mode: commits what is done, if the last commit is longer ago than `intervalMs`. */
  async #commitByTheWay(intervalMs: number): Promise<void> {
    if (this.#options.commit !== 'auto' || performance.now() - this.#committedAt < intervalMs) return;
    // A refusal has been noted by the member: the next round joins again.
    await this.#commit(this.#handed.done, 0).catch(() => {});
  }

  async #open(): Promise<void> {
    this.#forgetSignals = leaveOnSignal(this);
    this.#options.meter.start(this.#fetcher);
    for (const topic of this.#options.member.topics) {
      if (!(await this.#client.partitions(topic))) throw new UnknownTopicError(topic);
    }
    await this.#assign(await this.#member.join());
    this.#opened = true;
  }

  async #rejoin(): Promise<void> {
    if (this.#member.lost) {
      // Others may have the partitions already: nothing fetched for them may be handed over.
      this.#drop(this.#fetcher.buffers);
      this.#fetcher.assign([]);
    } else if (this.#options.commit === 'auto') {
      await this.#commit(this.#handed.done, 0).catch(() => {});
    }
    await this.#assign(await this.#member.join());
  }

  /** Takes over the new assignment: keeps what stays, drops what is revoked, looks up where to start the rest. */
  async #assign(assignment: Assignment): Promise<void> {
    const names = inOrder(
      Object.entries(assignment).flatMap(([topic, list]) => list.map((partition) => ({ topic, partition }))),
    );
    this.#turn = 0;
    const { buffers } = this.#fetcher;
    this.#drop(buffers.filter((buffer) => !names.some((name) => same(name, buffer))));
    const gained = names.filter((name) => !buffers.some((buffer) => same(name, buffer)));
    const { fetch, member, position, stopAtEnd } = this.#options;
    const starts = await startOffsets(this.#client, gained, {
      groupId: member.groupId,
      position,
      reset: fetch.onMissing,
      readCommitted: fetch.readCommitted,
      stopAtEnd,
      ends: this.#ends,
      // Behind what this life has handed over, whatever was committed.
      atLeast: (name) => this.#handed.of(name) ?? 0,
    });
    const ranges = new Map(starts.map((range) => [keyOf(range), range]));
    for (const range of ranges.values()) this.#handed.start(range);
    this.#fetcher.assign(
      names.map((name) => ranges.get(keyOf(name)) ?? { ...name, start: 0, stop: Infinity }),
    );
    this.#options.onAssigned?.(assignment);
  }

  /** Forgets what was gathered of partitions that are given up; it was never handed over. */
  #drop(revoked: readonly PartitionName[]): void {
    if (revoked.length === 0) return;
    this.#gathered = this.#gathered.filter((record) => !revoked.some((name) => same(name, record)));
  }
}

/** How often a member without partitions looks whether its time is over, in ms. */
const LOOK_AGAIN_MS = 100;
