/** How far a consumer group is behind, partition by partition. */

import type { GroupInfo, KafkaClient } from '../client/client.ts';
import { checkMs, checkNumber, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { accessNames, usingKafka } from '../client/open.ts';
import type { KafkaAccess } from '../client/open.ts';
import { ConsumerGroupError, KafkaTimeoutError, UnknownTopicError } from '../errors.ts';
import { cellSignal, unlessAborted, until } from '../../process/index.ts';
import { entryOf } from '../record.ts';
import { textTable } from '../../terminal.ts';

/** One partition as one group reads it; the columns of `kafka-consumer-groups --describe`. */
export interface PartitionLag {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Next offset the group will read; `null` when it has committed none here. */
  readonly currentOffset: number | null;
  /** The offset the next record will get. */
  readonly logEndOffset: number;
  /**
   * Records still to read: from the committed offset, or all that are kept when none is committed, or one beyond the end of the
   * log: nobody goes on there (the log was cut back, or the topic created again).
   */
  readonly lag: number;
  readonly consumerId: string | null;
  readonly host: string | null;
  readonly clientId: string | null;
}

/** A group's state and lag. */
export class GroupDescription {
  readonly group: string;
  /** As the coordinator calls it: `Stable`, `Empty`, `PreparingRebalance`, `Dead` (there is none), ... */
  readonly state: string;
  readonly members: GroupInfo['members'];
  /** By topic and partition, in order. */
  readonly partitions: readonly PartitionLag[];

  constructor({ group, state, members }: GroupInfo, partitions: readonly PartitionLag[]) {
    this.group = group;
    this.state = state;
    this.members = members;
    this.partitions = partitions;
  }

  /** Records still to read, in all partitions together. */
  get totalLag(): number {
    return this.partitions.reduce((sum, { lag }) => sum + lag, 0);
  }

  /** The table of `kafka-consumer-groups --describe`, as text with a header line. */
  toTable(): string {
    const header = [
      'GROUP',
      'TOPIC',
      'PARTITION',
      'CURRENT-OFFSET',
      'LOG-END-OFFSET',
      'LAG',
      'CONSUMER-ID',
      'HOST',
      'CLIENT-ID',
    ];
    const rows = this.partitions.map((one) => [
      ...[one.group, one.topic, one.partition, one.currentOffset, one.logEndOffset, one.lag],
      ...[one.consumerId, one.host, one.clientId],
    ]);
    return textTable(header, rows);
  }

  toString(): string {
    return this.toTable();
  }
}

/** Options of {@link describeGroup}. */
export interface DescribeGroupOptions extends KafkaAccess {
  /** Also these topics, when the group has not committed anything there yet. */
  topics?: readonly string[];
}

const describeNames: OptionNames<DescribeGroupOptions> = { ...accessNames, topics: true };

/**
 * State, members and lag of a group: every partition it has committed to or reads now.
 *
 * @throws {ConsumerGroupError} when there is no such group (and no `topics` were given).
 * @throws {UnknownTopicError} when one of `topics` is not there.
 *
 * @example
 * ```ts
 * console.log((await describeGroup('cancer-training')).toTable());
 * ```
 */
export async function describeGroup(
  group: string,
  options: DescribeGroupOptions = {},
): Promise<GroupDescription> {
  refuseUnknownOptions('describeGroup', options, describeNames);
  return usingKafka(options, async (client) => {
    const description = await groupLag(client, group, options.topics ?? []);
    if (description.state === 'Dead' && description.partitions.length === 0) {
      throw new ConsumerGroupError({
        group,
        type: 'Dead',
        problem: 'there is no such group; it appears with its first member or commit',
      });
    }
    return description;
  });
}

/** Options of {@link waitForLag}. */
export interface WaitForLagOptions extends DescribeGroupOptions {
  /** Goes on as soon as the lag of all partitions together is this or less. Default 0. */
  max?: number;
  /** ms, default 30,000. */
  timeout?: number;
  /** Ends the wait with its reason. Default: that of the notebook's cell that calls, aborted by an interrupt. */
  signal?: AbortSignal;
}

/** States of a group in which it is known who reads what. While it is rearranged, what a member left is nobody's. */
const SETTLED = new Set(['Stable', 'Empty', 'Dead']);

const waitNames: OptionNames<WaitForLagOptions> = {
  ...describeNames,
  max: true,
  timeout: true,
  signal: true,
};

/**
 * Waits until a group has caught up; gives its description then. A group that has not committed yet counts as having
 * everything before it; name `topics` to wait for one that has not begun. A group that is just rearranged is waited for.
 *
 * @throws {KafkaTimeoutError} when it takes longer than `timeout`, saying how far it came.
 *
 * @example
 * ```ts
 * await waitForLag('cancer-training', { max: 0, timeout: 60_000 });
 * ```
 */
export async function waitForLag(group: string, options: WaitForLagOptions = {}): Promise<GroupDescription> {
  refuseUnknownOptions('waitForLag', options, waitNames);
  const { max = 0, timeout = 30_000, signal = cellSignal(), topics = [] } = options;
  checkNumber('max', max, { least: 0, most: Infinity });
  checkMs('timeout', timeout, { most: Infinity });
  const started = performance.now();
  return usingKafka(options, async (client) => {
    let state = '';
    const look = async () => {
      const description = await unlessAborted(groupLag(client, group, topics), signal);
      const { partitions, totalLag } = description;
      state = `its lag is ${totalLag} in ${partitions.length} partition(s), its state ${description.state}`;
      // A group without any partition has not begun: that is not the same as having read everything.
      const isKnown = partitions.length > 0 && SETTLED.has(description.state);
      return isKnown && totalLag <= max ? description : undefined;
    };
    const late = () =>
      new KafkaTimeoutError({
        what: `Group "${group}" did not come to a lag of ${max} (${state})`,
        waited: timeout,
        advice: 'See whether its members run and get on, or raise timeout.',
      });
    const left = timeout - (performance.now() - started);
    return until(look, { first: 20, longest: 500 }, left, late, signal);
  });
}

async function groupLag(
  client: KafkaClient,
  group: string,
  topics: readonly string[],
): Promise<GroupDescription> {
  const [info, committed] = await Promise.all([client.groups.describe(group), client.groups.offsets(group)]);
  const assigned = info.members.flatMap(({ assignment }) => Object.keys(assignment));
  const names = [...new Set([...committed.keys(), ...assigned, ...topics])].sort();
  const partitions = await Promise.all(
    names.map(async (topic) => {
      const isThere = (await client.topics.describe(topic)) !== undefined;
      if (!isThere && topics.includes(topic)) throw new UnknownTopicError({ topic });
      if (!isThere) return [];
      const marks = await client.topics.watermarks(topic);
      const offsets = committed.get(topic);
      return marks
        .map(({ partition, low, high }): PartitionLag => {
          const currentOffset = offsets?.get(partition) ?? null;
          const member = info.members.find(({ assignment }) =>
            entryOf(assignment, topic)?.includes(partition),
          );
          const isInLog = currentOffset !== null && currentOffset >= low && currentOffset <= high;
          const lag = high - (isInLog ? currentOffset : low);
          const who = {
            consumerId: member?.memberId ?? null,
            host: member?.host ?? null,
            clientId: member?.clientId ?? null,
          };
          return { group, topic, partition, currentOffset, logEndOffset: high, lag, ...who };
        })
        .filter(
          ({ currentOffset, consumerId }) =>
            currentOffset !== null || consumerId !== null || topics.includes(topic),
        );
    }),
  );
  return new GroupDescription(info, partitions.flat());
}
