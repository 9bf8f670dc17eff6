/** The one pass over a consumer group's records: hands over, commits, and follows the group's rearrangements. */
import { closeOnSignal, orAfter, unlessAborted } from '../../../process/index.ts';
import type { LogClient } from '../../client/client.ts';
import type { MemberIdentity, TopicPartition } from '../../protocol/group-member.ts';
import { mayPass } from '../../persist.ts';
import { PollIntervalExceededError, ReadFailedError } from '../../read-errors.ts';
import type { KafkaRecord, Position } from '../../record.ts';
import { takeAny, takeFromOne, takeInTurn } from '../buffer-set.ts';
import { Fetcher } from '../fetcher.ts';
import type { PartitionBuffer } from '../partition-buffer.ts';
import { keyOf } from '../../protocol/group-member.ts';
import { signalsOf, type MaybePromise, type Puller } from '../pull.ts';
import { waitFor } from '../silence.ts';
import type { Assignment, GatherOptions, GroupPassOptions } from './options.ts';
import { Ownership } from './ownership.ts';

/** A member at work. Connects and joins at the first pull. */
export class GroupPass implements Puller<KafkaRecord> {
  readonly #options: GroupPassOptions;
  readonly #signals: readonly AbortSignal[];
  readonly #client: LogClient;
  readonly #fetcher: Fetcher;
  readonly #ownership: Ownership;
  /** Taken from the buffers and not yet handed over. */
  #gathered: KafkaRecord[] = [];
  #left: number;
  #turn = 0;
  /** The lag when the group last asked for something, while it had partitions. */
  #lagBefore = NaN;
  #closing: Promise<void> | undefined;
  readonly #ended = new AbortController();
  #wake = () => {};
  #forgetSignals = () => {};

  constructor(options: GroupPassOptions) {
    this.#options = options;
    this.#signals = signalsOf(options.signal);
    this.#left = options.maxRecords;
    this.#client = options.reader.open();
    const { fetch, streamTimeoutMs, pauseMs = Infinity } = options;
    const maxWaitMs = waitFor(fetch.maxWaitMs, streamTimeoutMs, pauseMs);
    const onRestarted = (buffer: PartitionBuffer) => this.#ownership.beginAgain(buffer);
    this.#fetcher = new Fetcher(this.#client, { ...fetch, maxWaitMs }, { onRestarted });
    this.#ownership = new Ownership(options, this.#client, this.#fetcher, {
      onChange: () => this.#wake(),
      onDropped: (names) => this.#drop(names),
    });
  }

  get ends() {
    return { closed: this.#ended.signal, signals: this.#signals };
  }

  /** The next offset of every partition this member has now; of one that was given away the other knows. */
  get position(): Position {
    return this.#ownership.handed.position;
  }

  /** The partitions this member has now. */
  get assignment(): Assignment {
    return this.#ownership.assignment;
  }

  /** By what the group knows this member; `undefined` before it has joined. */
  get identity(): MemberIdentity | undefined {
    return this.#ownership.opened ? this.#ownership.member.identity : undefined;
  }

  /** Records between what was handed over and the end of the log as last heard of; `NaN` before the first answer. */
  get lag(): number {
    return this.#ownership.opened ? this.#fetcher.set.lag + this.#gathered.length : NaN;
  }

  pull(max: number, now?: number): MaybePromise<readonly KafkaRecord[] | undefined> {
    return this.#atHand(max, now) ?? this.gather({ max, pauseMs: 0 });
  }

  /** Records that can be handed over without any other work; the fast way, taken nearly always. */
  #atHand(max: number, now = performance.now()): readonly KafkaRecord[] | undefined {
    const { autoCommitIntervalMs, signal, order } = this.#options;
    const { opened, member, handed } = this.#ownership;
    if (!opened || this.#closing || member.expired || this.#gathered.length > 0) return undefined;
    if (order === 'interleaved') return undefined;
    if (this.#ownership.isUnsettled(now)) return undefined;
    if (this.#fetcher.failure || signal?.aborted) return undefined;
    if (this.#ownership.commits.isDue(autoCommitIntervalMs, now)) return undefined;
    handed.allDone();
    member.back();
    const records: KafkaRecord[] = [];
    const from = takeFromOne(this.#fetcher.buffers, this.#turn++, Math.min(max, this.#left), records);
    this.#fetcher.taken();
    member.away(now);
    if (from === undefined) return undefined;
    handed.noteRun(from);
    return this.#counted(records);
  }

  /** The next records; asking means that those handed over before are done. `undefined` at the end. */
  async gather(wish: GatherOptions): Promise<readonly KafkaRecord[] | undefined> {
    const { signal } = this.#options;
    this.#ownership.member.back();
    this.#ownership.handed.allDone();
    try {
      const records = await unlessAborted(this.#gather(wish), signal);
      if (records === undefined && !this.#closing) await this.#ownership.callbacks.settled();
      this.#ownership.callbacks.rethrow();
      return records;
    } catch (error) {
      // Whoever closes the stream meanwhile breaks off what was under way.
      if (this.#closing && !signal?.aborted) return undefined;
      throw error;
    } finally {
      this.#ownership.member.away();
    }
  }

  /**
   * Commits `position`, or all that was handed over. Partitions that are no longer this member's are left out; a
   * broker that is away is waited for.
   *
   * @throws CommitRefusedError when the group has moved on; InstanceFencedError
   */
  async commit(position?: Position): Promise<void> {
    await this.#ownership.commits.commit(position, this.#options.member.retryForMs);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#forgetSignals();
    this.#ended.abort();
    this.#wake();
    this.#gathered = [];
    await this.#ownership.close();
    this.#options.meter.end(this.#fetcher);
    await Promise.all([this.#client.close(), this.#fetcher.close()]);
  }

  async #gather({ max, pauseMs }: GatherOptions): Promise<readonly KafkaRecord[] | undefined> {
    this.#options.signal?.throwIfAborted();
    if (this.#closing) return undefined;
    if (!this.#ownership.opened) await this.#options.meter.waiting(this.#open());
    this.#fetcher.set.listen();
    const wanted = Math.min(max, this.#left);
    for (;;) {
      if (this.#closing) return undefined;
      if (this.#ownership.member.expired) {
        const { groupId, maxPollIntervalMs } = this.#options.member;
        throw new PollIntervalExceededError({ groupId, maxPollIntervalMs });
      }
      const { failure } = this.#fetcher;
      if (failure) throw failure;
      if (this.#ownership.isUnsettled()) {
        await this.#options.meter.waiting(this.#settle());
        this.#fetcher.set.listen();
      }
      if (this.#fetcher.failure) throw this.#fetcher.failure;
      await this.#ownership.commits.byTheWay(this.#options.autoCommitIntervalMs);
      if (this.#ownership.isUnsettled()) continue;
      const changed = this.#fetcher.changed;
      this.#take(wanted);
      const have = this.#gathered.length;
      if (have >= wanted || (have > 0 && (pauseMs === 0 || this.#silentMs >= pauseMs)))
        return this.#handOver();
      const { streamTimeoutMs, stopAtEnd } = this.#options;
      if (this.#left <= 0) return this.#handOver();
      const isSilent = streamTimeoutMs >= 0 && this.#fetcher.set.silentMs >= streamTimeoutMs;
      if (isSilent || (stopAtEnd && this.#ownership.isRead)) {
        if (this.#fetcher.buffers.length === 0) await this.#ownership.gone.refuseAny();
        return this.#handOver();
      }
      await this.#ownership.commits.byTheWay(0);
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#closing || this.#ownership.isUnsettled() || this.#ownership.member.expired) continue;
      // Every answer of a broker wakes; a member without a partition has none to wait for.
      const longest = this.#fetcher.buffers.length > 0 ? Infinity : LOOK_AGAIN_MS;
      await this.#options.meter.waiting(orAfter(Promise.race([changed, woken]), longest));
    }
  }

  /** Moves what is there from the buffers to the gathered. */
  #take(wanted: number): void {
    const { buffers } = this.#fetcher;
    const { order, streamTimeoutMs } = this.#options;
    if (order === 'interleaved')
      this.#turn = takeInTurn(buffers, this.#turn, wanted, this.#gathered, streamTimeoutMs);
    else takeAny(buffers, this.#turn++, wanted, this.#gathered);
    this.#fetcher.taken();
  }

  /** How long nothing new is known to have come of what the next record could come from, in ms. */
  get #silentMs(): number {
    const { all: buffers, silentMs } = this.#fetcher.set;
    if (this.#options.order !== 'interleaved' || buffers.length < 2 || !Number.isNaN(silentMs))
      return silentMs;
    const { records, silence } = buffers[this.#turn % buffers.length] as PartitionBuffer;
    return records > 0 ? NaN : silence.ms;
  }

  /** Gives the gathered to the caller, and notes how far the buffers have got. */
  #handOver(): readonly KafkaRecord[] | undefined {
    const records = this.#gathered;
    this.#gathered = [];
    if (this.#options.order === 'interleaved') this.#turn = 0; // each mini dataset begins with the first partition
    this.#ownership.handed.note(this.#fetcher.buffers);
    if (records.length === 0) {
      this.#ownership.handed.allDone();
      return undefined;
    }
    return this.#counted(records);
  }

  #counted(records: readonly KafkaRecord[]): readonly KafkaRecord[] {
    this.#left -= records.length;
    this.#options.meter.records += records.length;
    return records;
  }

  async #open(): Promise<void> {
    this.#forgetSignals = closeOnSignal(this);
    this.#options.meter.start(this.#fetcher);
    await this.#ownership.open();
  }

  /** Does what the group asks for; a cluster that stays away is reported as one, with what is left unread. */
  async #settle(): Promise<void> {
    const since = performance.now();
    // Partitions that are lost are no longer known of when the failure comes.
    if (this.#fetcher.buffers.length > 0) this.#lagBefore = this.lag;
    try {
      await this.#ownership.settle();
    } catch (error) {
      if (error instanceof ReadFailedError) throw error.withLag(this.#lagBefore);
      if (!mayPass(error)) throw error;
      const what = `Asking for group "${this.#options.member.groupId}"`;
      const failedForMs = performance.now() - since;
      throw new ReadFailedError({ what, failedForMs, cause: error, lag: this.#lagBefore });
    }
  }

  /** Forgets what was gathered of partitions that are given up; it was never handed over. */
  #drop(names: readonly TopicPartition[]): void {
    this.#turn = 0;
    if (names.length === 0) return;
    const dropped = new Set(names.map(keyOf));
    this.#gathered = this.#gathered.filter((record) => !dropped.has(keyOf(record)));
  }
}

/** How often a member without partitions looks whether its time is over, in ms. */
const LOOK_AGAIN_MS = 100;
