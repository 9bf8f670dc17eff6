/** The rest of administration: groups listed and deleted, records dropped. */

import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { accessNames, usingKafka } from '../client/scope.ts';
import type { KafkaAccess } from '../client/scope.ts';
import { UnknownTopicError } from '../errors.ts';

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

/** Options of {@link deleteRecords}. */
export interface DeleteRecordsOptions extends KafkaAccess {
  /** For each partition the first offset to keep; all records of all partitions go if missing. */
  before?: Readonly<Record<number, number>>;
}

const deleteRecordsNames: OptionNames<DeleteRecordsOptions> = { ...accessNames, before: true };

/**
 * Drops the oldest records of a topic; the offsets of the others stay as they are.
 *
 * @returns the first offset kept, by partition.
 * @throws {UnknownTopicError} when there is no such topic.
 * @throws {KafkaProtocolError} `OFFSET_OUT_OF_RANGE` when an offset lies behind the end.
 *
 * @example
 * ```ts
 * await deleteRecords('cancer-train', { before: { 0: 100 } });
 * ```
 */
export async function deleteRecords(
  topic: string,
  options: DeleteRecordsOptions = {},
): Promise<Readonly<Record<number, number>>> {
  refuseUnknownOptions('deleteRecords', options, deleteRecordsNames);
  return usingKafka(options, async (client) => {
    const info = await client.topics.describe(topic);
    if (info === undefined) throw new UnknownTopicError(topic);
    const all = info.partitions.map(({ partition }): [number, number] => [partition, -1]);
    const named = Object.entries(options.before ?? {}).map(([partition, offset]): [number, number] => [
      Number(partition),
      offset,
    ]);
    await client.topics.deleteRecords(topic, new Map(options.before === undefined ? all : named));
    const marks = await client.topics.watermarks(topic);
    return Object.fromEntries(marks.map(({ partition, low }) => [partition, low]));
  });
}
