/** The requests and answers of Kafka's classic group protocol, each with the member's lasting name in it. */
import { KafkaProtocolError } from '../errors.ts';
import type { BytesReader, BytesWriter } from './bytes.ts';
import type { KafkaCall, Versioned } from './calls.ts';
import { byTopic } from './group-member.ts';
import type {
  CommittedOffset,
  GroupJoin,
  JoinedMember,
  MemberIdentity,
  TopicPartition,
} from './group-member.ts';
import { kafkaError } from './kafkajs.ts';

/** A group request: its number and name, and the versions this library writes. */
interface GroupApi {
  readonly key: number;
  readonly name: string;
  readonly oldest: number;
  readonly newest: number;
  /** The first version with a `group_instance_id` (KIP-345, Kafka 2.3). */
  readonly named: number;
}

const COMMIT: GroupApi = { key: 8, name: 'OffsetCommit', oldest: 3, newest: 7, named: 7 };
const FETCH: GroupApi = { key: 9, name: 'OffsetFetch', oldest: 3, newest: 5, named: 0 };
/** The same for a reader that must not start before a transaction that is being committed (KIP-447, Kafka 2.5). */
const STABLE_FETCH: GroupApi = { ...FETCH, newest: 7 };
const JOIN: GroupApi = { key: 11, name: 'JoinGroup', oldest: 2, newest: 5, named: 5 };
const HEARTBEAT: GroupApi = { key: 12, name: 'Heartbeat', oldest: 1, newest: 3, named: 3 };
const LEAVE: GroupApi = { key: 13, name: 'LeaveGroup', oldest: 1, newest: 3, named: 3 };
const SYNC: GroupApi = { key: 14, name: 'SyncGroup', oldest: 1, newest: 3, named: 3 };

const MEMBER_ID_REQUIRED = 79;
/** How much longer than the group's own time an answer may take, ms. */
const NETWORK_DELAY_MS = 5000;

/** The answer to a join. `nameRequired`: only a name was given, under which to ask again (KIP-394). */
export interface Joined {
  readonly nameRequired: boolean;
  readonly generation: number;
  readonly protocol: string;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly JoinedMember[];
}

/** The newest version both sides know; a lasting name needs one that carries it. */
function versionOf({ versions }: Versioned, api: GroupApi, instanceId?: string): number {
  const known = versions?.[api.key] ?? { minVersion: api.oldest, maxVersion: api.newest };
  const version = Math.min(api.newest, known.maxVersion);
  const needed = instanceId === undefined ? api.oldest : api.named;
  if (version >= needed && version >= known.minVersion) return version;
  const answer =
    version >= api.oldest && version >= known.minVersion
      ? `the broker knows ${api.name} up to version ${known.maxVersion}; "group.instance.id" needs version ` +
        `${api.named} (Kafka 2.3): leave it out`
      : `the broker knows ${api.name} in versions ${known.minVersion} to ${known.maxVersion}, this library ` +
        `${api.oldest} to ${api.newest}`;
  throw new KafkaProtocolError({ what: 'Kafka', type: 'UNSUPPORTED_VERSION', answer, canRetry: false });
}

/** `waitsForMs`: how long the coordinator may take to answer. */
function callOf<Answer>(
  { key, name }: GroupApi,
  version: number,
  write: (body: BytesWriter) => void,
  read: (bytes: BytesReader) => Answer,
  waitsForMs = 0,
): KafkaCall<Answer> {
  const timeoutMs = waitsForMs + NETWORK_DELAY_MS;
  return { key, name, version, throttles: true, write, read, ...(waitsForMs > 0 && { timeoutMs }) };
}

/** Throws Kafka's error unless the code says that all is well. */
function fine(bytes: BytesReader): object {
  const errorCode = bytes.int16();
  if (errorCode !== 0) throw kafkaError(errorCode);
  return {};
}

/** JoinGroup. The answer comes when the group has formed: after `rebalanceTimeoutMs` at the latest. */
export function joinCall(broker: Versioned, wish: GroupJoin, memberId: string): KafkaCall<Joined> {
  const version = versionOf(broker, JOIN, wish.groupInstanceId);
  const write = (body: BytesWriter): void => {
    body.string(wish.groupId).int32(wish.sessionTimeoutMs).int32(wish.rebalanceTimeoutMs).string(memberId);
    if (version >= JOIN.named) body.string(wish.groupInstanceId ?? null);
    body.string('consumer').list(wish.protocols, ({ name, metadata }) => body.string(name).bytes(metadata));
  };
  const read = (bytes: BytesReader): Joined => {
    const errorCode = bytes.int16();
    if (errorCode !== 0 && errorCode !== MEMBER_ID_REQUIRED) throw kafkaError(errorCode);
    return {
      nameRequired: errorCode !== 0,
      generation: bytes.int32(),
      protocol: bytes.string() ?? '',
      leaderId: bytes.string() ?? '',
      memberId: bytes.string() ?? '',
      members: bytes.list(() => ({
        memberId: bytes.string() ?? '',
        groupInstanceId: (version >= JOIN.named ? bytes.string() : null) ?? undefined,
        metadata: bytes.bytes(),
      })),
    };
  };
  return callOf(JOIN, version, write, read, wish.rebalanceTimeoutMs);
}

/** SyncGroup: the leader hands in what each member gets, and every member gets its own part. */
export function syncCall(
  broker: Versioned,
  identity: MemberIdentity,
  shares: ReadonlyMap<string, Buffer>,
  waitsForMs: number,
): KafkaCall<{ readonly assignment: Buffer }> {
  const version = versionOf(broker, SYNC, identity.groupInstanceId);
  const write = (body: BytesWriter): void => {
    writeIdentity(body, identity, version >= SYNC.named);
    body.list([...shares], ([memberId, share]) => body.string(memberId).bytes(share));
  };
  return callOf(SYNC, version, write, (bytes) => ({ ...fine(bytes), assignment: bytes.bytes() }), waitsForMs);
}

/** Heartbeat. */
export function heartbeatCall(broker: Versioned, identity: MemberIdentity): KafkaCall<object> {
  const version = versionOf(broker, HEARTBEAT, identity.groupInstanceId);
  return callOf(
    HEARTBEAT,
    version,
    (body) => writeIdentity(body, identity, version >= HEARTBEAT.named),
    fine,
  );
}

/** LeaveGroup. */
export function leaveCall(
  broker: Versioned,
  { groupId, memberId, groupInstanceId }: MemberIdentity,
): KafkaCall<object> {
  const version = versionOf(broker, LEAVE, groupInstanceId);
  const isNamed = version >= LEAVE.named;
  const write = (body: BytesWriter): void => {
    body.string(groupId);
    if (isNamed) body.int32(1);
    body.string(memberId);
    if (isNamed) body.string(groupInstanceId ?? null);
  };
  const read = (bytes: BytesReader): object => {
    fine(bytes);
    if (isNamed) {
      bytes.list(() => {
        bytes.string();
        bytes.string();
        fine(bytes);
      });
    }
    return {};
  };
  return callOf(LEAVE, version, write, read);
}

/** OffsetCommit, by a member or, with generation -1 and no member id, from outside the group. */
export function commitCall(
  broker: Versioned,
  identity: MemberIdentity,
  offsets: readonly CommittedOffset[],
): KafkaCall<object> {
  const version = versionOf(broker, COMMIT, identity.groupInstanceId);
  const write = (body: BytesWriter): void => {
    writeIdentity(body, identity, version >= COMMIT.named);
    if (version < 5) body.int64(-1n); // how long to keep it: the broker's own time
    body.list(byTopic(offsets), ([topic, list]) => {
      body.string(topic).list(list, ({ partition, offset, leaderEpoch = -1, metadata }) => {
        body.int32(partition).int64(BigInt(offset));
        if (version >= 6) body.int32(leaderEpoch);
        body.string(metadata);
      });
    });
  };
  const read = (bytes: BytesReader): object => {
    bytes.list(() => {
      bytes.string();
      bytes.list(() => {
        bytes.int32();
        fine(bytes);
      });
    });
    return {};
  };
  return callOf(COMMIT, version, write, read);
}

/**
 * OffsetFetch: what the group has committed of these partitions, of all if `undefined`; those without a commit are left
 * out, and one whose offset the broker does not give fails the whole. `stable`: while a transaction with offsets of theirs
 * is open or still being ended, the broker answers by a retriable error (from Kafka 2.5 on), not by the offsets of before.
 */
export function committedCall(
  broker: Versioned,
  groupId: string,
  partitions: readonly TopicPartition[] | undefined,
  { stable = false }: { readonly stable?: boolean } = {},
): KafkaCall<readonly CommittedOffset[]> {
  const version = versionOf(broker, stable ? STABLE_FETCH : FETCH);
  if (version >= 6) return flexibleCommittedCall(version, groupId, partitions ?? []);
  const write = (body: BytesWriter): void => {
    body.string(groupId);
    if (partitions === undefined) body.int32(-1);
    else
      body.list(byTopic(partitions), ([topic, list]) => {
        body.string(topic).list(list, ({ partition }) => body.int32(partition));
      });
  };
  const read = (bytes: BytesReader): readonly CommittedOffset[] => {
    const topics = bytes.list(() => {
      const topic = bytes.string() ?? '';
      return bytes.list(() => {
        const [partition, offset] = [bytes.int32(), bytes.int64()];
        const leaderEpoch = version >= 5 ? epochOf(bytes) : undefined;
        const metadata = bytes.string() ?? '';
        fine(bytes);
        return { topic, partition, offset, metadata, leaderEpoch };
      });
    });
    fine(bytes);
    return topics.flat().filter(({ offset }) => offset >= 0);
  };
  return callOf(FETCH, version, write, read);
}

function flexibleCommittedCall(
  version: number,
  groupId: string,
  partitions: readonly TopicPartition[],
): KafkaCall<readonly CommittedOffset[]> {
  const write = (body: BytesWriter): void => {
    body.compactString(groupId).compactList(byTopic(partitions), ([topic, list]) => {
      body.compactString(topic).compactList(list, ({ partition }) => body.int32(partition));
      body.tags();
    });
    if (version >= 7) body.int8(1); // only stable offsets
    body.tags();
  };
  const read = (bytes: BytesReader): readonly CommittedOffset[] => {
    const topics = bytes.compactList(() => {
      const topic = bytes.compactString() ?? '';
      const list = bytes.compactList(() => {
        const [partition, offset] = [bytes.int32(), bytes.int64()];
        const leaderEpoch = epochOf(bytes);
        const metadata = bytes.compactString() ?? '';
        fine(bytes);
        bytes.tags();
        return { topic, partition, offset, metadata, leaderEpoch };
      });
      bytes.tags();
      return list;
    });
    fine(bytes);
    bytes.tags();
    return topics.flat().filter(({ offset }) => offset >= 0);
  };
  return { ...callOf(FETCH, version, write, read), flexible: true };
}

/** A leader's epoch; -1 stands for none. */
function epochOf(bytes: BytesReader): number | undefined {
  const epoch = bytes.int32();
  return epoch < 0 ? undefined : epoch;
}

/** The beginning of most requests. */
function writeIdentity(
  body: BytesWriter,
  { groupId, generation, memberId, groupInstanceId }: MemberIdentity,
  isNamed: boolean,
): void {
  body.string(groupId).int32(generation).string(memberId);
  if (isNamed) body.string(groupInstanceId ?? null);
}
