/** What can go wrong while reading: logs, consumer groups, datasets. */
import { failure, messageOf } from '../errors.ts';

/** The items of one mini-batch do not have the same shape, so they cannot become one tensor. */
export class BatchShapeError extends failure({
  code: 'ST_KAFKA_BATCH_SHAPE',
  /** `path`: where in the item, e.g. `xs` or `[1].pixels`; empty for the item itself. `item`: which one, from 0. */
  says: ({ path, item, expected, found }: { path: string; item: number; expected: string; found: string }) =>
    `Items of one mini-batch differ in shape: item ${item} has ${found} at ${path === '' ? 'its top' : `"${path}"`}, ` +
    `but the first item has ${expected}.`,
  cure: 'Make every item alike in map() or drop the odd ones in filter() before batch().',
}) {}

/** Kafka could not be reached, or kept failing, for longer than the dataset is willing to retry. */
export class ReadFailedError extends failure({
  code: 'ST_KAFKA_READ_FAILED',
  canRetry: true,
  /** `lag`: records that were known to be there and had not been handed over; `NaN` when that is not known. */
  says: ({ what, failedForMs, lag, cause }: ReadFailure) =>
    `${what} failed for ${Math.round(failedForMs / 1000)} s: ${messageOf(cause)}.` +
    (lag > 0 ? ` At least ${lag} records were left unread.` : ''),
  cure: 'Check that the brokers run and are reachable, or raise "retryForMs".',
}) {
  /** The same, where it is known what was left unread. */
  withLag(lag: number): ReadFailedError {
    const { what, failedForMs, cause } = this;
    return Number.isNaN(this.lag) ? new ReadFailedError({ what, failedForMs, cause, lag }) : this;
  }
}

interface ReadFailure {
  what: string;
  failedForMs: number;
  lag: number;
  cause: unknown;
}

/** The broker refused a request in a way that trying again does not change (no authorization, say). */
export class ReadRefusedError extends failure({
  code: 'ST_KAFKA_READ_REFUSED',
  /** `kafkaCode`: Kafka's error code number. */
  says: ({ what, reason, kafkaCode }: ReadRefusal) =>
    `Kafka refused ${what}: ${reason}${kafkaCode === undefined ? '' : ` (Kafka error ${kafkaCode})`}.`,
  cure: ({ advice }) => advice,
}) {}

interface ReadRefusal {
  what: string;
  reason: string;
  kafkaCode: number | undefined;
  advice: string;
}

/** A topic was deleted and created again under the same name: what was read or saved of it was another topic's. */
export class TopicRecreatedError extends failure({
  code: 'ST_KAFKA_TOPIC_RECREATED',
  /** `idBefore`: of the topic that was read, or of which the position was saved. `idNow`: of the topic of that name now. */
  says: ({ topic, idBefore, idNow }: { topic: string; idBefore: string; idNow: string }) =>
    `Topic "${topic}" was deleted and created again: its id was ${idBefore} and is ${idNow} now, so offsets of the ` +
    'old topic say nothing about the new one.',
  cure:
    `To read the new topic from its beginning set onTopicRecreated: 'restart', or start without the saved position or ` +
    'checkpoint.',
}) {}

/**
 * The log was cut back behind what was read, under its reader or since a position, commit or checkpoint was saved: a leader was
 * elected that did not have it (KIP-320).
 */
export class LogTruncatedError extends failure({
  code: 'ST_KAFKA_LOG_TRUNCATED',
  /** `offset`: the next one that would have been read. Records before `agreesUpTo` are still as they were read. */
  says: ({ topic, partition, offset, agreesUpTo }: Place & { agreesUpTo: number }) =>
    `The log of ${topic}[${partition}] was cut back: it was read up to offset ${offset}, but only what lies before ` +
    `${agreesUpTo} is still in it; the ${offset - agreesUpTo} offsets behind that were lost by the cluster (an ` +
    'election of a leader that did not have them) and may hold other records now.',
  cure: ({ agreesUpTo }) =>
    `Go on from a checkpoint or position at or before ${agreesUpTo}, or set the group's offset to it (resetOffsets).`,
}) {}

interface Place {
  topic: string;
  partition: number;
  offset: number;
}

/** A batch of records takes more memory, once its compression is undone, than the reader allows. */
export class RecordsTooLargeError extends failure({
  code: 'ST_KAFKA_RECORDS_TOO_LARGE',
  /** `offset`: the first one of the batch. `maxRecordBytes`: what is allowed. */
  says: ({ topic, partition, offset, maxRecordBytes }: Place & { maxRecordBytes: number }) =>
    `The compressed record batch at offset ${offset} of ${topic}[${partition}] unpacks to more than ` +
    `${maxRecordBytes} bytes.`,
  cure: 'If its records are what they should be, raise "maxRecordBytes".',
}) {}

/** A record batch is not as its producer sent it: changed on a disk or on the way. None of its records is handed on. */
export class DamagedBatchError extends failure({
  code: 'ST_KAFKA_DAMAGED_BATCH',
  /** `offset`: the first one of the batch. */
  says: ({ topic, partition, offset, problem }: Place & { problem: string }) =>
    `The record batch at offset ${offset} of ${topic}[${partition}] is damaged: ${problem}.`,
  cure:
    `Read again: damage on the way does not come twice. Damage that stays is on the broker's disk; read on behind the ` +
    'batch with a later "offset", or take its records as they are with "check.crcs=false".',
}) {}

/** A record batch came in a form that cannot be read: too old, damaged, or compressed in an unknown way. */
export class RecordFormatError extends failure({
  code: 'ST_KAFKA_RECORD_FORMAT',
  /** `offset`: the first one of the batch. */
  says: ({ topic, partition, offset, problem }: Place & { problem: string }) =>
    `The record batch at offset ${offset} of ${topic}[${partition}] cannot be read: ${problem}.`,
  cure: 'To leave it out, read on behind it with a later "offset".',
}) {}

/** A stream of records was iterated a second time; only datasets by partition can be read again. */
export class StreamTakenError extends failure({
  code: 'ST_KAFKA_STREAM_TAKEN',
  says: ({ groupId }: { groupId: string }) =>
    `The stream of group "${groupId}" can be iterated once only, because its position moves with the group.`,
  cure: `Make a new one, or read the topic's partitions with fromKafka() for several epochs.`,
}) {}

/** The caller took longer between two records or mini datasets than the group allows, and was taken out of it. */
export class PollIntervalExceededError extends failure({
  code: 'ST_KAFKA_POLL_INTERVAL',
  says: ({ groupId, maxPollIntervalMs }: { groupId: string; maxPollIntervalMs: number }) =>
    `Nothing was asked of the stream of group "${groupId}" for more than max.poll.interval.ms = ${maxPollIntervalMs}, ` +
    'so this member left the group and its partitions went to others.',
  cure:
    'Raise "max.poll.interval.ms" above the longest time your work on one record or mini dataset takes, or make the ' +
    'mini datasets smaller (maxRecords). What was not committed will be read again.',
}) {}

/** A commit came too late: the partition belongs to another member by now. */
export class CommitRefusedError extends failure({
  code: 'ST_KAFKA_COMMIT_REFUSED',
  says: ({ groupId, reason }: { groupId: string; reason: string }) =>
    `The offsets of group "${groupId}" were not committed: ${reason}.`,
  cure: 'The rows since the last commit will be read again by the member that now has the partitions.',
}) {}

/** Another process has joined the group under this member's lasting name, and has its partitions now. */
export class InstanceFencedError extends failure({
  code: 'ST_KAFKA_INSTANCE_FENCED',
  says: ({ groupId, groupInstanceId }: { groupId: string; groupInstanceId: string }) =>
    `Another member of group "${groupId}" has joined under the name "${groupInstanceId}" (group.instance.id), so this ` +
    'one was shut out and ends here: the other reads its partitions from the last commit on.',
  cure: 'If both are meant to live, give each a name of its own.',
}) {}

/** With `group.protocol=consumer` a lasting name stays with the living member that has it. */
export class InstanceTakenError extends failure({
  code: 'ST_KAFKA_INSTANCE_TAKEN',
  says: ({ groupId, groupInstanceId }: { groupId: string; groupInstanceId: string }) =>
    `Another member of group "${groupId}" has the name "${groupInstanceId}" (group.instance.id). With ` +
    'group.protocol=consumer the broker gives it to nobody else before that member leaves, or was not heard of for ' +
    `the broker's group.consumer.session.timeout.ms.`,
  cure:
    'End the other, give this one a name of its own, wait longer (raise "retryForMs"), or take group.protocol=classic, ' +
    'where the younger takes over.',
}) {}

/** The members of a group have no way of sharing partitions out in common. */
export class GroupProtocolError extends failure({
  code: 'ST_KAFKA_GROUP_PROTOCOL',
  says: ({ groupId, strategies }: { groupId: string; strategies: readonly string[] }) =>
    `Group "${groupId}" cannot take this member: it shares partitions out by ${strategies.join(', ')}, and the members ` +
    'that are there by something else (or they use the newer protocol, group.protocol=consumer).',
  cure: 'Set "partition.assignment.strategy" to what they have, or take another group.',
}) {}

/** Dead letters could not be delivered; the records they hold are still kept and are sent again by `settle()`. */
export class DeadLetterError extends failure({
  code: 'ST_KAFKA_DEAD_LETTER',
  canRetry: true,
  /** `records`: how many wait. */
  says: ({ topic, records, cause }: { topic: string; records: number; cause: unknown }) =>
    `${records} bad records could not be written to dead-letter topic ${topic}: ${messageOf(cause)}.`,
  cure: 'Reading stops here, so that none is lost: read again from the last committed position when the cause is removed.',
}) {}
