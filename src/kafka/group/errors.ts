/** What can go wrong with being a member of a consumer group, one class and one code for each. */
import { StreamTrainError } from '../../errors.ts';

/** The caller took longer between two records or mini data sets than the group allows, and was taken out of it. */
export class PollIntervalExceededError extends StreamTrainError {
  readonly code = 'ST_KAFKA_POLL_INTERVAL';

  readonly groupId: string;
  readonly maxPollIntervalMs: number;

  constructor(groupId: string, maxPollIntervalMs: number) {
    super(
      `Nothing was asked of the stream of group "${groupId}" for more than max.poll.interval.ms = ${maxPollIntervalMs}, ` +
        `so this member left the group and its partitions went to others. Raise "max.poll.interval.ms" above the ` +
        `longest time your work on one record or mini data set takes, or make the mini data sets smaller ` +
        `(maxRecords). What was not committed will be read again.`,
    );
    this.groupId = groupId;
    this.maxPollIntervalMs = maxPollIntervalMs;
  }
}

/** A commit came too late: the partition belongs to another member by now. */
export class CommitRefusedError extends StreamTrainError {
  readonly code = 'ST_KAFKA_COMMIT_REFUSED';

  readonly groupId: string;

  constructor(groupId: string, reason: string, cause?: unknown) {
    super(
      `The offsets of group "${groupId}" were not committed: ${reason}. The rows since the last commit will be read ` +
        `again by the member that now has the partitions.`,
      { cause },
    );
    this.groupId = groupId;
  }
}

/** Another process has joined the group under this member's lasting name, and has its partitions now. */
export class InstanceFencedError extends StreamTrainError {
  readonly code = 'ST_KAFKA_INSTANCE_FENCED';

  readonly groupId: string;
  readonly groupInstanceId: string;

  constructor(groupId: string, groupInstanceId: string, cause?: unknown) {
    super(
      `Another member of group "${groupId}" has joined under the name "${groupInstanceId}" (group.instance.id), so this ` +
        `one was shut out and ends here: the other reads its partitions from the last commit on. If both are meant to ` +
        `live, give each a name of its own.`,
      { cause },
    );
    this.groupId = groupId;
    this.groupInstanceId = groupInstanceId;
  }
}

/** With `group.protocol=consumer` a lasting name stays with the living member that has it. */
export class InstanceTakenError extends StreamTrainError {
  readonly code = 'ST_KAFKA_INSTANCE_TAKEN';

  readonly groupId: string;
  readonly groupInstanceId: string;

  constructor(groupId: string, groupInstanceId: string, cause?: unknown) {
    super(
      `Another member of group "${groupId}" has the name "${groupInstanceId}" (group.instance.id). With ` +
        `group.protocol=consumer the broker gives it to nobody else before that member leaves, or was not heard of for ` +
        `the broker's group.consumer.session.timeout.ms. End the other, give this one a name of its own, wait longer ` +
        `(raise "retryForMs"), or take group.protocol=classic, where the younger takes over.`,
      { cause },
    );
    this.groupId = groupId;
    this.groupInstanceId = groupInstanceId;
  }
}

/** The members of a group have no way of sharing partitions out in common. */
export class GroupProtocolError extends StreamTrainError {
  readonly code = 'ST_KAFKA_GROUP_PROTOCOL';

  readonly groupId: string;
  readonly strategies: readonly string[];

  constructor(groupId: string, strategies: readonly string[], cause?: unknown) {
    super(
      `Group "${groupId}" cannot take this member: it shares partitions out by ${strategies.join(', ')}, and the members ` +
        `that are there by something else (or they speak the newer protocol, group.protocol=consumer). Set ` +
        `"partition.assignment.strategy" to what they have, or take another group.`,
      { cause },
    );
    this.groupId = groupId;
    this.strategies = strategies;
  }
}
