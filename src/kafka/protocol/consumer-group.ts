/** The requests of the group protocol in which the broker shares partitions out (KIP-848), in flexible versions. */
import { KafkaProtocolError } from '../errors.ts';
import { BytesReader, BytesWriter } from './bytes.ts';
import type { GroupInfo } from '../client/client.ts';
import type { CommittedOffset, MemberBeat, MemberBeatAnswer, MemberIdentity } from '../client/reader.ts';
import { answered, byTopic } from './classic-group.ts';
import type { Broker, WireCall } from './kafkajs.ts';

/** Kafka's number for asking about such a group. */
export const DESCRIBE_KEY = 69;
const BEAT_KEY = 68;
const NEWEST_BEAT = 1;
const COMMIT_KEY = 8;
/** The first version whose generation may be a member's epoch. */
const COMMIT_VERSION = 9;

/** Errors that kafkajs does not know, and whether the same request may succeed a moment later. */
const ERRORS: ReadonlyMap<number, readonly [type: string, retriable: boolean]> = new Map([
  [110, ['FENCED_MEMBER_EPOCH', false]],
  [111, ['UNRELEASED_INSTANCE_ID', true]],
  [112, ['UNSUPPORTED_ASSIGNOR', false]],
  [113, ['STALE_MEMBER_EPOCH', true]],
]);

function fine(errorCode: number, message: string | null): void {
  if (errorCode === 0) return;
  const known = ERRORS.get(errorCode);
  if (!known) throw answered(errorCode);
  const [type, retriable] = known;
  throw new KafkaProtocolError('The group', { type, message: message ?? 'no reason was given', retriable });
}

/** ConsumerGroupHeartbeat: joins with epoch 0, leaves with -1, and goes on with what it was told. */
export function beatCall(broker: Broker, beat: MemberBeat): WireCall<MemberBeatAnswer> {
  const { maxVersion } = broker.versions?.[BEAT_KEY] ?? { maxVersion: -1 };
  if (maxVersion < 0) {
    const message =
      'the broker does not share partitions out itself (KIP-848; Kafka 4.0 or newer, with "consumer" among its ' +
      'group.coordinator.rebalance.protocols); leave "group.protocol" out';
    throw new KafkaProtocolError('Kafka', { type: 'UNSUPPORTED_VERSION', message, retriable: false });
  }
  const apiVersion = Math.min(NEWEST_BEAT, maxVersion);
  const { identity, rebalanceTimeoutMs, topics, owned } = beat;
  const body = new BytesWriter(256).tags();
  body.compactString(identity.groupId).compactString(identity.memberId).int32(identity.generation);
  body.compactString(identity.groupInstanceId ?? null).compactString(null); // no rack
  body.int32(rebalanceTimeoutMs).compactList(topics, (topic) => body.compactString(topic));
  if (apiVersion >= 1) body.compactString(null); // no pattern of names
  body.compactString(null); // the broker's own way to share out
  body.compactList(owned, ({ topicId, partitions }) => {
    body.uuid(topicId).compactList(partitions, (partition) => body.int32(partition));
    body.tags();
  });
  body.tags();
  return {
    request: {
      apiKey: BEAT_KEY,
      apiVersion,
      apiName: 'ConsumerGroupHeartbeat',
      encode: () => Promise.resolve(body.body()),
    },
    response: {
      decode: (answer) => Promise.resolve(decodeBeat(answer)),
      parse: (answer) => Promise.resolve(answer),
    },
    logResponseError: false,
  };
}

function decodeBeat(answer: Buffer): MemberBeatAnswer {
  const bytes = new BytesReader(answer);
  bytes.tags(); // of the header
  bytes.int32(); // throttle time
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
  _broker: Broker,
  { groupId, generation, memberId, groupInstanceId }: MemberIdentity,
  offsets: readonly CommittedOffset[],
): WireCall<object> {
  const body = new BytesWriter(256).tags();
  body
    .compactString(groupId)
    .int32(generation)
    .compactString(memberId)
    .compactString(groupInstanceId ?? null);
  body.compactList(byTopic(offsets), ([topic, list]) => {
    body.compactString(topic).compactList(list, ({ partition, offset, metadata }) => {
      // The leader's epoch is not known.
      body.int32(partition).int64(BigInt(offset)).int32(-1).compactString(metadata).tags();
    });
    body.tags();
  });
  body.tags();
  return {
    request: {
      apiKey: COMMIT_KEY,
      apiVersion: COMMIT_VERSION,
      apiName: 'OffsetCommit',
      encode: () => Promise.resolve(body.body()),
    },
    response: {
      decode: (answer) => Promise.resolve(decodeCommit(answer)),
      parse: (answer) => Promise.resolve(answer),
    },
    logResponseError: false,
  };
}

function decodeCommit(answer: Buffer): object {
  const bytes = new BytesReader(answer);
  bytes.tags(); // of the header
  bytes.int32(); // throttle time
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
}

/** The group is not there, or it is of the classic kind. */
const NOT_OF_THIS_KIND = 69;

/** ConsumerGroupDescribe of one group; nothing is found when it is of the classic kind. */
export function describeConsumerGroupCall(
  group: string,
): WireCall<{ readonly found: GroupInfo | undefined }> {
  const body = new BytesWriter(64).tags();
  body.compactList([group], (name) => body.compactString(name));
  body.int8(0).tags(); // tell nothing of rights
  return {
    request: {
      apiKey: DESCRIBE_KEY,
      apiVersion: 0,
      apiName: 'ConsumerGroupDescribe',
      encode: () => Promise.resolve(body.body()),
    },
    response: {
      decode: (answer) => Promise.resolve(decodeDescription(answer)),
      parse: (answer) => Promise.resolve(answer),
    },
    logResponseError: false,
  };
}

function decodeDescription(answer: Buffer): { readonly found: GroupInfo | undefined } {
  const bytes = new BytesReader(answer);
  bytes.tags(); // of the header
  bytes.int32(); // throttle time
  const [found] = bytes.compactList(() => {
    const [errorCode, message] = [bytes.int16(), bytes.compactString()];
    const [group, state] = [bytes.compactString() ?? '', bytes.compactString() ?? ''];
    bytes.int32(); // the group's epoch
    bytes.int32(); // the epoch of what its members are to have
    bytes.compactString(); // how it is shared out
    const members = bytes.compactList(() => decodeMember(bytes));
    bytes.int32(); // rights
    bytes.tags();
    if (errorCode === NOT_OF_THIS_KIND) return undefined;
    fine(errorCode, message);
    return { group, state, members };
  });
  return { found };
}

function decodeMember(bytes: BytesReader): GroupInfo['members'][number] {
  const memberId = bytes.compactString() ?? '';
  bytes.compactString(); // its lasting name
  bytes.compactString(); // rack
  bytes.int32(); // epoch
  const [clientId, host] = [bytes.compactString() ?? '', (bytes.compactString() ?? '').replace(/^\//, '')];
  bytes.compactList(() => bytes.compactString()); // topics
  bytes.compactString(); // pattern of topics
  const assignment = decodePartitions(bytes);
  decodePartitions(bytes); // what it is to have
  bytes.tags();
  return { memberId, clientId, host, assignment: Object.fromEntries(assignment) };
}

function decodePartitions(bytes: BytesReader): [topic: string, partitions: number[]][] {
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
