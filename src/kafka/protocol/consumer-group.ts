/** The requests of the group protocol in which the broker shares partitions out (KIP-848), in flexible versions. */
import { KafkaProtocolError } from '../errors.ts';
import type { BytesReader } from './bytes.ts';
import { newestVersion, type KafkaCall, type Versioned } from './calls.ts';
import {
  writeOffsets,
  type CommittedOffset,
  type GroupInfo,
  type MemberBeat,
  type MemberBeatAnswer,
  type MemberIdentity,
} from './group-member.ts';
import { kafkaError } from './kafkajs.ts';

/** Kafka's number for asking about such a group. */
export const DESCRIBE_KEY = 69;
const BEAT_KEY = 68;
const NEWEST_BEAT = 1;
const COMMIT_KEY = 8;
/** The first version whose generation may be a member's epoch. */
const COMMIT_VERSION = 9;

/** Errors that kafkajs does not know, and whether the same request may succeed a moment later. */
const ERRORS: ReadonlyMap<number, readonly [type: string, canRetry: boolean]> = new Map([
  [110, ['FENCED_MEMBER_EPOCH', false]],
  [111, ['UNRELEASED_INSTANCE_ID', true]],
  [112, ['UNSUPPORTED_ASSIGNOR', false]],
  [113, ['STALE_MEMBER_EPOCH', true]],
]);

function fine(errorCode: number, message: string | null): void {
  if (errorCode === 0) return;
  const known = ERRORS.get(errorCode);
  if (!known) throw kafkaError(errorCode);
  const [type, canRetry] = known;
  throw new KafkaProtocolError({
    what: 'The group',
    type,
    answer: message ?? 'no reason was given',
    canRetry,
  });
}

/** ConsumerGroupHeartbeat: joins with epoch 0, leaves with -1, and otherwise reports what the member has. */
export function beatCall(broker: Versioned, beat: MemberBeat): KafkaCall<MemberBeatAnswer> {
  const newest = newestVersion(broker, BEAT_KEY);
  if (newest < 0) {
    const answer =
      'the broker does not share partitions out itself (KIP-848; Kafka 4.0 or newer, with "consumer" among its ' +
      'group.coordinator.rebalance.protocols); leave "group.protocol" out';
    throw new KafkaProtocolError({ what: 'Kafka', type: 'UNSUPPORTED_VERSION', answer, canRetry: false });
  }
  const version = Math.min(NEWEST_BEAT, newest);
  const { identity, rebalanceTimeoutMs, topics, owned } = beat;
  return {
    key: BEAT_KEY,
    name: 'ConsumerGroupHeartbeat',
    version,
    flexible: true,
    throttles: true,
    write: (body) => {
      body.compactString(identity.groupId).compactString(identity.memberId).int32(identity.generation);
      body.compactString(identity.groupInstanceId ?? null).compactString(null); // no rack
      body.int32(rebalanceTimeoutMs).compactList(topics, (topic) => body.compactString(topic));
      if (version >= 1) body.compactString(null); // no pattern of names
      body.compactString(null); // the broker's own way to share out
      body.compactList(owned, ({ topicId, partitions }) => {
        body.uuid(topicId).compactList(partitions, (partition) => body.int32(partition));
        body.tags();
      });
      body.tags();
    },
    read: readBeat,
  };
}

function readBeat(bytes: BytesReader): MemberBeatAnswer {
  fine(bytes.int16(), bytes.compactString());
  bytes.compactString(); // the member id, which is this member's own
  const [epoch, intervalMs] = [bytes.int32(), bytes.int32()];
  const isTold = bytes.int8() >= 0;
  const assigned = isTold
    ? bytes.compactList(() => {
        const topicId = bytes.uuid() ?? '';
        const partitions = bytes.compactList(() => bytes.int32());
        bytes.tags();
        return { topicId, partitions };
      })
    : undefined;
  return { epoch, intervalMs, assigned };
}

/** OffsetCommit by a member of such a group. */
export function consumerCommitCall(
  _broker: Versioned,
  { groupId, generation, memberId, groupInstanceId }: MemberIdentity,
  offsets: readonly CommittedOffset[],
): KafkaCall<object> {
  return {
    key: COMMIT_KEY,
    name: 'OffsetCommit',
    version: COMMIT_VERSION,
    flexible: true,
    throttles: true,
    write: (body) => {
      body.compactString(groupId).int32(generation).compactString(memberId);
      body.compactString(groupInstanceId ?? null);
      writeOffsets(body, offsets);
      body.tags();
    },
    read: (bytes) => {
      bytes.compactList(() => {
        bytes.compactString();
        bytes.compactList(() => {
          bytes.int32();
          fine(bytes.int16(), null);
          bytes.tags();
        });
        bytes.tags();
      });
      return {};
    },
  };
}

/** The group is not there, or it is of the classic kind. */
const NOT_OF_THIS_KIND = 69;

/** ConsumerGroupDescribe of one group; `found` is missing when it is of the classic kind. */
export function describeConsumerGroupCall(
  group: string,
): KafkaCall<{ readonly found: GroupInfo | undefined }> {
  return {
    key: DESCRIBE_KEY,
    name: 'ConsumerGroupDescribe',
    version: 0,
    flexible: true,
    throttles: true,
    write: (body) => {
      body
        .compactList([group], (name) => body.compactString(name))
        .int8(0) // leave rights out
        .tags();
    },
    read: (bytes) => {
      const [found] = bytes.compactList(() => readDescription(bytes));
      return { found };
    },
  };
}

function readDescription(bytes: BytesReader): GroupInfo | undefined {
  const [errorCode, message] = [bytes.int16(), bytes.compactString()];
  const [group, state] = [bytes.compactString() ?? '', bytes.compactString() ?? ''];
  bytes.int32(); // the group's epoch
  bytes.int32(); // the epoch of what its members are to have
  bytes.compactString(); // how it is shared out
  const members = bytes.compactList(() => readMember(bytes));
  bytes.int32(); // rights
  bytes.tags();
  if (errorCode === NOT_OF_THIS_KIND) return undefined;
  fine(errorCode, message);
  return { group, state, members };
}

function readMember(bytes: BytesReader): GroupInfo['members'][number] {
  const memberId = bytes.compactString() ?? '';
  bytes.compactString(); // its lasting name
  bytes.compactString(); // rack
  bytes.int32(); // epoch
  const [clientId, host] = [bytes.compactString() ?? '', (bytes.compactString() ?? '').replace(/^\//, '')];
  bytes.compactList(() => bytes.compactString()); // topics
  bytes.compactString(); // pattern of topics
  const assignment = readPartitions(bytes);
  readPartitions(bytes); // what it is to have
  bytes.tags();
  return { memberId, clientId, host, assignment: Object.fromEntries(assignment) };
}

function readPartitions(bytes: BytesReader): [topic: string, partitions: number[]][] {
  const topics = bytes.compactList((): [string, number[]] => {
    bytes.uuid();
    const topic = bytes.compactString() ?? '';
    const partitions = bytes.compactList(() => bytes.int32());
    bytes.tags();
    return [topic, partitions];
  });
  bytes.tags();
  return topics;
}
