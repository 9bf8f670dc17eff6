/** The requests and answers of Kafka's classic group protocol, each with the member's lasting name in it. */
import { createRequire } from 'node:module';
import { KafkaProtocolError } from '../errors.ts';
import { BytesReader, BytesWriter } from './bytes.ts';
import type {
  CommittedOffset,
  GroupJoin,
  JoinedMember,
  MemberIdentity,
  TopicPartition,
} from '../client/reader.ts';
import type { Broker, WireCall } from './kafkajs.ts';

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
const JOIN: GroupApi = { key: 11, name: 'JoinGroup', oldest: 2, newest: 5, named: 5 };
const HEARTBEAT: GroupApi = { key: 12, name: 'Heartbeat', oldest: 1, newest: 3, named: 3 };
const LEAVE: GroupApi = { key: 13, name: 'LeaveGroup', oldest: 1, newest: 3, named: 3 };
const SYNC: GroupApi = { key: 14, name: 'SyncGroup', oldest: 1, newest: 3, named: 3 };

const MEMBER_ID_REQUIRED = 79;
/** How much longer than the group's own time an answer may take, ms. */
const NETWORK_DELAY_MS = 5000;
const LONGEST_TIMER_MS = 2_147_483_647;

/** The answer to a join. `nameRequired`: only a name was given, under which to ask again (KIP-394). */
export interface Joined {
  readonly nameRequired: boolean;
  readonly generation: number;
  readonly protocol: string;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly JoinedMember[];
}

const require = createRequire(import.meta.url);

/** kafkajs' error for one of Kafka's codes; `translated` of `failures.ts` puts it in this library's words. */
export function answered(errorCode: number): Error {
  const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
    createErrorFromCode(this: void, code: number): Error;
  };
  return createErrorFromCode(errorCode);
}

/** The newest version both sides know; a lasting name needs one that carries it. */
function versionOf(broker: Pick<Broker, 'versions'>, api: GroupApi, instanceId?: string): number {
  const spoken = broker.versions?.[api.key] ?? { minVersion: api.oldest, maxVersion: api.newest };
  const version = Math.min(api.newest, spoken.maxVersion);
  const needed = instanceId === undefined ? api.oldest : api.named;
  if (version >= needed && version >= spoken.minVersion) return version;
  const message =
    version >= api.oldest && version >= spoken.minVersion
      ? `the broker knows ${api.name} up to version ${spoken.maxVersion}; "group.instance.id" needs version ` +
        `${api.named} (Kafka 2.3): leave it out`
      : `the broker knows ${api.name} in versions ${spoken.minVersion} to ${spoken.maxVersion}, this library ` +
        `${api.oldest} to ${api.newest}`;
  throw new KafkaProtocolError('Kafka', { type: 'UNSUPPORTED_VERSION', message, retriable: false });
}

function callOf<Answer>(
  api: GroupApi,
  version: number,
  body: BytesWriter,
  read: (bytes: BytesReader) => Answer,
  waitsForMs = 0,
): WireCall<Answer> {
  return {
    request: {
      apiKey: api.key,
      apiVersion: version,
      apiName: api.name,
      encode: () => Promise.resolve(body.body()),
    },
    response: {
      decode: (answer) => {
        const bytes = new BytesReader(answer);
        const clientSideThrottleTime = bytes.int32();
        return Promise.resolve({ ...read(bytes), clientSideThrottleTime });
      },
      parse: (answer) => Promise.resolve(answer),
    },
    ...(waitsForMs > 0 && { requestTimeout: Math.min(LONGEST_TIMER_MS, waitsForMs + NETWORK_DELAY_MS) }),
    logResponseError: false,
  };
}

/** Throws Kafka's error unless the code says that all is well. */
function fine(bytes: BytesReader): object {
  const errorCode = bytes.int16();
  if (errorCode !== 0) throw answered(errorCode);
  return {};
}

/** JoinGroup. The answer comes when the group has formed: after `rebalanceTimeoutMs` at the latest. */
export function joinCall(broker: Broker, wish: GroupJoin, memberId: string): WireCall<Joined> {
  const version = versionOf(broker, JOIN, wish.groupInstanceId);
  const body = new BytesWriter(512)
    .string(wish.groupId)
    .int32(wish.sessionTimeoutMs)
    .int32(wish.rebalanceTimeoutMs)
    .string(memberId);
  if (version >= JOIN.named) body.string(wish.groupInstanceId ?? null);
  body.string('consumer').list(wish.protocols, ({ name, metadata }) => body.string(name).bytes(metadata));
  const read = (bytes: BytesReader): Joined => {
    const errorCode = bytes.int16();
    if (errorCode !== 0 && errorCode !== MEMBER_ID_REQUIRED) throw answered(errorCode);
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
  return callOf(JOIN, version, body, read, wish.rebalanceTimeoutMs);
}

/** SyncGroup: the leader hands in what each member gets, and everyone hears its own part. */
export function syncCall(
  broker: Broker,
  identity: MemberIdentity,
  shares: ReadonlyMap<string, Buffer>,
  waitsForMs: number,
): WireCall<{ readonly assignment: Buffer }> {
  const version = versionOf(broker, SYNC, identity.groupInstanceId);
  const body = spoken(identity, version >= SYNC.named);
  body.list([...shares], ([memberId, share]) => body.string(memberId).bytes(share));
  return callOf(SYNC, version, body, (bytes) => ({ ...fine(bytes), assignment: bytes.bytes() }), waitsForMs);
}

/** Heartbeat. */
export function heartbeatCall(broker: Broker, identity: MemberIdentity): WireCall<object> {
  const version = versionOf(broker, HEARTBEAT, identity.groupInstanceId);
  return callOf(HEARTBEAT, version, spoken(identity, version >= HEARTBEAT.named), fine);
}

/** LeaveGroup. */
export function leaveCall(
  broker: Broker,
  { groupId, memberId, groupInstanceId }: MemberIdentity,
): WireCall<object> {
  const version = versionOf(broker, LEAVE, groupInstanceId);
  const body = new BytesWriter(128).string(groupId);
  if (version < LEAVE.named) body.string(memberId);
  else
    body
      .int32(1)
      .string(memberId)
      .string(groupInstanceId ?? null);
  const read = (bytes: BytesReader) => {
    fine(bytes);
    if (version >= LEAVE.named) {
      bytes.list(() => {
        bytes.string();
        bytes.string();
        fine(bytes);
      });
    }
    return {};
  };
  return callOf(LEAVE, version, body, read);
}

/** OffsetCommit. */
export function commitCall(
  broker: Broker,
  identity: MemberIdentity,
  offsets: readonly CommittedOffset[],
): WireCall<object> {
  const version = versionOf(broker, COMMIT, identity.groupInstanceId);
  const body = spoken(identity, version >= COMMIT.named);
  if (version < 5) body.int64(-1n); // how long to keep it: the broker's own time
  body.list(byTopic(offsets), ([topic, list]) => {
    body.string(topic).list(list, ({ partition, offset, metadata }) => {
      body.int32(partition).int64(BigInt(offset));
      if (version >= 6) body.int32(-1); // leader epoch, not known
      body.string(metadata);
    });
  });
  const read = (bytes: BytesReader) => {
    bytes.list(() => {
      bytes.string();
      bytes.list(() => {
        bytes.int32();
        fine(bytes);
      });
    });
    return {};
  };
  return callOf(COMMIT, version, body, read);
}

/**
 * OffsetFetch: what the group has committed of these partitions, of all if `undefined`; those without a commit are left
 * out, and one that cannot be told fails the whole.
 */
export function committedCall(
  broker: Broker,
  groupId: string,
  partitions: readonly TopicPartition[] | undefined,
): WireCall<{ readonly offsets: readonly CommittedOffset[] }> {
  const version = versionOf(broker, FETCH);
  const body = new BytesWriter(256).string(groupId);
  if (partitions === undefined) body.int32(-1);
  else
    body.list(byTopic(partitions), ([topic, list]) => {
      body.string(topic).list(list, ({ partition }) => body.int32(partition));
    });
  const read = (bytes: BytesReader): { readonly offsets: readonly CommittedOffset[] } => {
    const topics = bytes.list(() => {
      const topic = bytes.string() ?? '';
      return bytes.list(() => {
        const [partition, offset] = [bytes.int32(), bytes.int64()];
        if (version >= 5) bytes.int32(); // leader epoch
        const metadata = bytes.string() ?? '';
        fine(bytes);
        return { topic, partition, offset, metadata };
      });
    });
    fine(bytes);
    return { offsets: topics.flat().filter(({ offset }) => offset >= 0) };
  };
  return callOf(FETCH, version, body, read);
}

/** Who speaks: the beginning of most requests. */
function spoken({ groupId, generation, memberId, groupInstanceId }: MemberIdentity, named: boolean) {
  const body = new BytesWriter(256).string(groupId).int32(generation).string(memberId);
  return named ? body.string(groupInstanceId ?? null) : body;
}

/** What belongs to each topic. */
export function byTopic<T extends { readonly topic: string }>(parts: readonly T[]): [string, T[]][] {
  const topics = new Map<string, T[]>();
  for (const part of parts) {
    const list = topics.get(part.topic);
    if (list) list.push(part);
    else topics.set(part.topic, [part]);
  }
  return [...topics];
}
