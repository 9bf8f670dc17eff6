/** The dataset over a consumer group: a stream whose position moves with the group. */
import { checkOneOf, InvalidOptionError, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import type { MemberIdentity } from '../protocol/group-member.ts';
import { StreamTakenError } from '../read-errors.ts';
import { GroupPass } from '../read/group/group-pass.ts';
import type { Assignment, CommitMode, GroupPassOptions } from '../read/group/options.ts';
import type { LeaderEpochs, TopicIds } from '../protocol/position.ts';
import { checkSaved } from '../read/ranges.ts';
import { atLeast, countOrAll, readNames, readPlan, type ReadOptions } from '../read/read-options.ts';
import { ReadMeter, type ReadStats } from '../read/stats.ts';
import type { KafkaRecord, Position } from '../record.ts';
import { Dataset, type DatasetSource } from './dataset.ts';

/** Options of {@link fromKafkaGroup} and `fromKafkaBatches`. Times in ms. */
export interface GroupOptions extends ReadOptions {
  topics: string | readonly string[];
  /** The consumer group; may also come as `group.id` in `configuration`. */
  groupId?: string;
  /**
   * A lasting name within the group (`group.instance.id`, KIP-345). Whoever joins under it takes over from the member
   * that had it before, at once: a process that was killed need not be missed for `session.timeout.ms` first. Of two
   * living members the older one ends with `InstanceFencedError` (`ST_KAFKA_INSTANCE_FENCED`).
   */
  groupInstanceId?: string;
  /**
   * End after so many ms of silence (default 10,000); -1: never end. Silence is known, not guessed: it counts while the
   * brokers answer that every partition of this member is read to its end. An outage, a throttle, a suspended process
   * or a busy event loop does not count; what cannot be read for `retryForMs` is an error that says the lag.
   */
  streamTimeout?: number;
  /**
   * `'end'`: end as soon as each partition is read up to where it ended when it was assigned, without waiting. With
   * `cooperative-sticky` a member that has no partition waits for one during `streamTimeout`.
   */
  stop?: 'end' | 'never';
  /**
   * Who commits: `'manual'` you, by `commit()` after success (default); `'auto'` the stream, all that you have finished
   * (you have asked for what comes next) every `auto.commit.interval.ms`, before the group is rearranged, and at the
   * end; `'off'` nobody, `commit()` does nothing. `enable.auto.commit=true` means `'auto'`. Unless it is off, a member that
   * begins at the end of a log (`auto.offset.reset=latest`) or at a saved position, where the group has no commit, commits where
   * it begins, before the first record: whoever goes on after it leaves out nothing.
   */
  commit?: CommitMode;
  /**
   * Start here instead of at the group's commits (a checkpoint's position, say). It counts for the partitions that this
   * member is given first, unless a member with another `groupInstanceId` has committed further: then that commit
   * counts, and `onRemark` is called. A partition that comes back later goes on behind what was read of it meanwhile.
   * One without a commit that comes after all that are named was added since: `latest` leaves nothing of it out.
   */
  position?: Position;
  /**
   * The ids of the topics the position was saved of, as `topicIds()` gave them; they show whether a topic was deleted
   * and created again since. A position handed on within the process knows them by itself.
   */
  topicIds?: TopicIds;
  /**
   * The epochs behind the position, as `leaderEpochs()` gave them; they show whether its log was cut back and has grown
   * again since. A position handed on within the process knows them by itself; commits hold theirs.
   */
  leaderEpochs?: LeaderEpochs;
  /**
   * The `groupInstanceId` under which the position was saved, where that was another one (the member has moved to another
   * machine, say): commits in that name are its own and do not win over the position.
   */
  savedBy?: string;
  /**
   * Called with this member's partitions after each rearrangement of the group. What this and the two below throw, or
   * their promises reject with, ends the stream with that error.
   */
  onAssigned?: (assignment: Assignment) => unknown;
  /**
   * Called and waited for before partitions may go to others: the last moment to write a checkpoint and `commit()`. All
   * that was handed over is done by then. Not called when the group has taken this member out already.
   */
  onRevoked?: (assignment: Assignment) => void | Promise<void>;
  /** Called with a sentence when the saved position was passed over, or a partition was added since. Default `console.warn`. */
  onRemark?: (text: string) => unknown;
}

/** Every option of {@link GroupOptions}. */
export const groupNames: OptionNames<GroupOptions> = {
  ...readNames,
  ...{ topics: true, groupId: true, groupInstanceId: true, streamTimeout: true, stop: true, commit: true },
  ...{
    position: true,
    topicIds: true,
    leaderEpochs: true,
    savedBy: true,
    onAssigned: true,
    onRevoked: true,
    onRemark: true,
  },
};

/** Options of {@link fromKafkaGroup}. */
export interface GroupDatasetOptions extends GroupOptions {
  /** End after so many records. */
  maxRecords?: number;
}

const optionNames: OptionNames<GroupDatasetOptions> = { ...groupNames, maxRecords: true };

/**
 * A dataset over the topics of a consumer group, shared with the group's other members. It can be iterated **once**:
 * what was handed over is not given again. It joins at the first `next()` and leaves at the end, on `break`, on
 * `close()`, on an error.
 *
 * A record counts as done when you ask for the next one. When the group is rearranged, records of a revoked partition
 * that were not yet handed over are dropped, and those handed over are never given twice by this stream. Heartbeats
 * go on while you work (as long as the event loop gets its turns); stay away longer than `max.poll.interval.ms`, and
 * the next `next()` throws `PollIntervalExceededError`.
 *
 * @throws InvalidOptionError, KafkaSettingsError, KafkaConfigurationError for options that cannot be
 * @example
 * ```ts
 * const stream = fromKafkaGroup({ topics: ['cancer-test'], groupId: 'testcg', streamTimeout: 10_000 });
 * for await (const record of stream) {
 *   console.log(record.partition, record.offset, String(record.value));
 *   await stream.commit();
 * }
 * ```
 */
export function fromKafkaGroup(options: GroupDatasetOptions): GroupDataset {
  return new GroupDataset(options);
}

/** What {@link fromKafkaGroup} returns: a {@link Dataset} of records that can also commit. */
export class GroupDataset extends Dataset<KafkaRecord> {
  readonly groupId: string;
  readonly #source: GroupSource;

  constructor(options: GroupDatasetOptions) {
    refuseUnknownOptions('fromKafkaGroup', options, optionNames);
    const source = new GroupSource(options, options.maxRecords ?? Infinity);
    super(source);
    this.#source = source;
    this.groupId = source.groupId;
  }

  /**
   * Commits `position`, or all that was handed over so far. Does nothing with `commit: 'off'`.
   *
   * @throws CommitRefusedError (`ST_KAFKA_COMMIT_REFUSED`) when another member has the partitions
   */
  async commit(position?: Position): Promise<void> {
    await this.#source.commit(position);
  }

  /**
   * By what the group knows this member, for offsets that are committed in a transaction: those of a member that the group
   * has given up are refused. Without a member (before the first record) the group alone.
   */
  member(): MemberIdentity {
    return this.#source.pass?.identity ?? { groupId: this.groupId, generation: -1, memberId: '' };
  }

  /** The partitions this member has now, by topic. */
  assignment(): Assignment {
    return this.#source.pass?.assignment ?? {};
  }

  /** Records of its partitions not handed over yet, as the last answers said; `NaN` before the first of them. */
  lag(): number {
    return this.#source.pass?.lag ?? NaN;
  }
}

/** Opens the one pass over a group's records; shared by record streams and streams of mini datasets. */
export class GroupSource implements DatasetSource<KafkaRecord> {
  readonly size = NaN;
  readonly groupId: string;
  readonly commitMode: CommitMode;
  pass: GroupPass | undefined;
  readonly #meter = new ReadMeter();
  readonly #start: () => GroupPass;

  constructor(
    options: GroupOptions,
    maxRecords: number,
    { order, pauseMs }: Pick<GroupPassOptions, 'order' | 'pauseMs'> = {},
  ) {
    const { streamTimeout = 10_000, stop = 'never', position, topicIds, leaderEpochs } = options;
    const { onAssigned, onRevoked, savedBy } = options;
    const onRemark = options.onRemark ?? ((text: string) => console.warn(text));
    const plan = readPlan(options);
    const { consumer } = plan;
    const groupId = options.groupId ?? consumer.groupId;
    const topics = [options.topics].flat();
    if (typeof groupId !== 'string' || groupId === '')
      throw new InvalidOptionError({ option: 'groupId', value: groupId, expected: "the group's name" });
    if (topics.length === 0 || topics.some((topic) => typeof topic !== 'string' || topic === '')) {
      throw new InvalidOptionError({
        ...{ option: 'topics', value: options.topics, expected: 'at least one topic name' },
      });
    }
    checkSaved(options, topics);
    countOrAll('maxRecords', maxRecords, 0);
    atLeast('streamTimeout', streamTimeout, -1);
    checkOneOf('stop', stop, ['end', 'never']);
    if (options.commit !== undefined) checkOneOf('commit', options.commit, ['auto', 'manual', 'off']);
    this.groupId = groupId;
    this.commitMode = options.commit ?? (consumer.autoCommit ? 'auto' : 'manual');
    this.#start = () =>
      new GroupPass({
        ...plan,
        member: {
          groupId,
          topics,
          groupInstanceId: options.groupInstanceId ?? consumer.groupInstanceId,
          protocol: consumer.groupProtocol,
          strategies: consumer.partitionAssignmentStrategy,
          metadataMaxAgeMs: consumer.metadataMaxAge,
          sessionTimeoutMs: consumer.sessionTimeout,
          heartbeatIntervalMs: consumer.heartbeatInterval,
          maxPollIntervalMs: consumer.maxPollInterval,
          retryForMs: plan.fetch.retryForMs,
        },
        meter: this.#meter,
        commit: this.commitMode,
        autoCommitIntervalMs: consumer.autoCommitInterval,
        streamTimeoutMs: streamTimeout,
        pauseMs,
        stopAtEnd: stop === 'end',
        maxRecords,
        saved: { position, topicIds, leaderEpochs, savedBy, onTopicRecreated: plan.fetch.onTopicRecreated },
        onAssigned,
        onRevoked,
        onRemark,
        order,
      });
  }

  open(): GroupPass {
    if (this.pass) throw new StreamTakenError({ groupId: this.groupId });
    this.pass = this.#start();
    return this.pass;
  }

  async close(): Promise<void> {
    await this.pass?.close();
  }

  async commit(position?: Position): Promise<void> {
    if (this.commitMode !== 'off') await this.pass?.commit(position);
  }

  position(): Position {
    return this.pass?.position ?? {};
  }

  stats(): ReadStats {
    return this.#meter.stats();
  }
}
