/** Lists and deletes consumer groups, and sets where they go on reading. */

import type { KafkaClient } from '../client/client.ts';
import { invalidOption, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { accessNames, usingKafka } from '../client/open.ts';
import type { KafkaAccess } from '../client/open.ts';
import {
  ConsumerGroupError,
  KafkaSettingsError,
  UnknownPartitionError,
  UnknownTopicError,
} from '../errors.ts';

/** The names of all consumer groups, sorted. */
export async function listGroups(options: KafkaAccess = {}): Promise<readonly string[]> {
  refuseUnknownOptions('listGroups', options, accessNames);
  return usingKafka(options, (client) => client.groups.list());
}

/**
 * Deletes a group with its committed offsets.
 *
 * @returns `false` when there was none.
 * @throws {ConsumerGroupError} while it has members.
 */
export async function deleteGroup(group: string, options: KafkaAccess = {}): Promise<boolean> {
  refuseUnknownOptions('deleteGroup', options, accessNames);
  return usingKafka(options, (client) => client.groups.delete(group));
}

/**
 * Where to set a group: the first record kept, the end, an offset (kept within what is there), the first record at or
 * after a time (ms since 1970 or a Date; the end when there is none), or a number of records back or on.
 */
export type OffsetTarget =
  | 'earliest'
  | 'latest'
  | { readonly offset: number }
  | { readonly timestamp: number | Date }
  | { readonly by: number };

/** Options of {@link resetOffsets}. */
export interface ResetOffsetsOptions extends KafkaAccess {
  topic: string;
  /** All partitions of the topic if missing. */
  partitions?: readonly number[];
  to: OffsetTarget;
  /** Only say what would be set. */
  dryRun?: boolean;
}

const resetNames: OptionNames<ResetOffsetsOptions> = {
  ...accessNames,
  ...{ topic: true, partitions: true, to: true, dryRun: true },
};

/** One partition's new offset. */
export interface ResetOffset {
  readonly topic: string;
  readonly partition: number;
  /** What was committed before; `null` for nothing. */
  readonly before: number | null;
  readonly offset: number;
}

/**
 * Sets the committed offsets of a group that nobody is reading with.
 *
 * @throws {ConsumerGroupError} when the group has members.
 * @throws {UnknownTopicError} and {@link UnknownPartitionError}.
 * @throws {KafkaSettingsError} when `to` is not a target.
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for an empty list of partitions
 *
 * @example
 * ```ts
 * await resetOffsets('cancer-training', { topic: 'cancer-train', to: 'earliest' });
 * ```
 */
export async function resetOffsets(
  group: string,
  options: ResetOffsetsOptions,
): Promise<readonly ResetOffset[]> {
  refuseUnknownOptions('resetOffsets', options, resetNames);
  const { topic, to, dryRun = false } = options;
  checkTarget(to);
  if (options.partitions?.length === 0)
    throw invalidOption('partitions', [], 'one partition or more; left out, all are set');
  return usingKafka(options, async (client) => {
    const info = await client.topics.describe(topic);
    if (info === undefined) throw new UnknownTopicError({ topic });
    const partitions = [...new Set(options.partitions ?? info.partitions.map(({ partition }) => partition))];
    const wrong = partitions.find((partition) => !info.partitions.some((one) => one.partition === partition));
    if (wrong !== undefined)
      throw new UnknownPartitionError({ topic, partition: wrong, partitionCount: info.partitions.length });
    const { state, members } = await client.groups.describe(group);
    if (members.length > 0) {
      throw new ConsumerGroupError({
        group,
        type: state,
        problem: `it has ${members.length} member(s); close them before its offsets are set`,
      });
    }
    const before = (await client.groups.offsets(group)).get(topic);
    const targets = await targetOffsets(client, topic, partitions, to, before);
    if (!dryRun) await client.groups.setOffsets(group, new Map([[topic, targets]]));
    return partitions.map((partition) => ({
      ...{ topic, partition, before: before?.get(partition) ?? null },
      offset: targets.get(partition) ?? 0,
    }));
  });
}

function checkTarget(to: OffsetTarget): void {
  const [[name, value] = [], ...others] = Object.entries(typeof to === 'object' ? (to ?? {}) : {});
  const isNumber = typeof value === 'number' || (name === 'timestamp' && value instanceof Date);
  const isNamed = ['offset', 'timestamp', 'by'].includes(name ?? '') && others.length === 0;
  const isExact = name === 'timestamp' ? Number.isFinite(Number(value)) : Number.isSafeInteger(value);
  if (to === 'earliest' || to === 'latest' || (isNamed && isNumber && isExact)) return;
  const problem = "must be 'earliest', 'latest', { timestamp }, or { offset } or { by } of a whole number";
  throw new KafkaSettingsError({ issues: [{ path: 'to', problem }] });
}

async function targetOffsets(
  client: KafkaClient,
  topic: string,
  partitions: readonly number[],
  to: OffsetTarget,
  before: ReadonlyMap<number, number> | undefined,
): Promise<ReadonlyMap<number, number>> {
  const marks = await client.topics.watermarks(topic, { partitions });
  const byTime =
    typeof to === 'object' && 'timestamp' in to
      ? await client.topics.offsetsForTimestamp(topic, Number(to.timestamp), partitions)
      : undefined;
  return new Map(
    marks.map(({ partition, low, high }) => {
      const within = (offset: number): number => Math.min(Math.max(offset, low), high);
      if (to === 'earliest') return [partition, low];
      if (to === 'latest') return [partition, high];
      if ('offset' in to) return [partition, within(to.offset)];
      if ('by' in to) return [partition, within((before?.get(partition) ?? low) + to.by)];
      const found = byTime?.get(partition) ?? -1;
      return [partition, found < 0 ? high : found];
    }),
  );
}
