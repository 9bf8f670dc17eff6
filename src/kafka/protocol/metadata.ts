/** Which brokers there are, who leads which partition, and who coordinates which group: Metadata and FindCoordinator. */
import type { BytesReader, BytesWriter } from './bytes.ts';
import { newestVersion, type KafkaCall, type Versioned } from './calls.ts';

/** A broker's address as the cluster advertises it. */
interface BrokerAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** A partition in the answer; `errorCode` 0 means fine, 5 means no leader just now. */
export interface PartitionMetadata {
  readonly errorCode: number;
  readonly partition: number;
  readonly leader: number;
  /** Counts the elections of leaders; -1 from brokers before Kafka 2.8. */
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** A topic in the answer; `errorCode` 3 means there is none of that name. */
export interface TopicMetadata {
  readonly errorCode: number;
  readonly topic: string;
  /** Another one when a topic was deleted and created again; `undefined` from brokers before Kafka 2.8. */
  readonly topicId: string | undefined;
  readonly internal: boolean;
  readonly partitions: readonly PartitionMetadata[];
}

/** The whole answer. */
export interface ClusterMetadata {
  readonly clusterId: string | null;
  readonly brokers: readonly BrokerAddress[];
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

/** Kafka's number for asking for metadata. */
const METADATA_KEY = 3;
/** The first version with topic ids. */
const WITH_IDS = 10;
const PLAIN = 6;

/**
 * Metadata in version 10, or 6 where that is the newest a broker knows. `undefined` asks for all topics, an empty list for
 * none. Never creates a topic. Format: https://kafka.apache.org/protocol.html#The_Messages_Metadata
 */
export function metadataCall(
  topics: readonly string[] | undefined,
  broker: Versioned,
): KafkaCall<ClusterMetadata> {
  const flexible = newestVersion(broker, METADATA_KEY) >= WITH_IDS;
  return {
    key: METADATA_KEY,
    name: 'Metadata',
    version: flexible ? WITH_IDS : PLAIN,
    flexible,
    throttles: true,
    write: (body) => (flexible ? writeFlexible(body, topics) : writePlain(body, topics)),
    read: flexible ? readFlexible : readPlain,
  };
}

function writePlain(body: BytesWriter, topics: readonly string[] | undefined): void {
  if (topics === undefined) body.int32(-1);
  else body.list(topics, (topic) => body.string(topic));
  body.int8(0); // create no topic
}

function writeFlexible(body: BytesWriter, topics: readonly string[] | undefined): void {
  if (topics === undefined) body.uvarint(0);
  else body.compactList(topics, (topic) => body.uuid(NO_ID).compactString(topic).tags());
  body.int8(0).int8(0).int8(0).tags(); // create no topic, leave rights out
}

/** Sixteen zero bytes. */
const NO_ID = 'A'.repeat(22);

function readPlain(bytes: BytesReader): ClusterMetadata {
  const brokers = bytes.list(() => {
    const address = { nodeId: bytes.int32(), host: bytes.string() ?? '', port: bytes.int32() };
    bytes.string(); // rack
    return address;
  });
  const clusterId = bytes.string();
  const controllerId = bytes.int32();
  const topics = bytes.list(() => ({
    errorCode: bytes.int16(),
    topic: bytes.string() ?? '',
    topicId: undefined,
    internal: bytes.int8() !== 0,
    partitions: inOrder(
      bytes.list(() => {
        const [errorCode, partition, leader] = [bytes.int16(), bytes.int32(), bytes.int32()];
        const [replicas, inSync] = [bytes.list(() => bytes.int32()), bytes.list(() => bytes.int32())];
        bytes.list(() => bytes.int32()); // offline replicas
        return { errorCode, partition, leader, leaderEpoch: -1, replicas, inSync };
      }),
    ),
  }));
  return { clusterId, brokers, controllerId, topics };
}

function readFlexible(bytes: BytesReader): ClusterMetadata {
  const brokers = bytes.compactList(() => {
    const address = { nodeId: bytes.int32(), host: bytes.compactString() ?? '', port: bytes.int32() };
    bytes.compactString(); // rack
    bytes.tags();
    return address;
  });
  const clusterId = bytes.compactString();
  const controllerId = bytes.int32();
  const topics = bytes.compactList(() => {
    const errorCode = bytes.int16();
    const topic = bytes.compactString() ?? '';
    const topicId = bytes.uuid();
    const internal = bytes.int8() !== 0;
    const partitions = inOrder(bytes.compactList(() => readPartition(bytes)));
    bytes.int32(); // rights
    bytes.tags();
    return { errorCode, topic, topicId, internal, partitions };
  });
  return { clusterId, brokers, controllerId, topics };
}

function readPartition(bytes: BytesReader): PartitionMetadata {
  const [errorCode, partition] = [bytes.int16(), bytes.int32()];
  const [leader, leaderEpoch] = [bytes.int32(), bytes.int32()];
  const replicas = bytes.compactList(() => bytes.int32());
  const inSync = bytes.compactList(() => bytes.int32());
  bytes.compactList(() => bytes.int32()); // offline replicas
  bytes.tags();
  return { errorCode, partition, leader, leaderEpoch, replicas, inSync };
}

function inOrder(partitions: PartitionMetadata[]): PartitionMetadata[] {
  return partitions.sort((one, other) => one.partition - other.partition);
}

/** The coordinator of a group; `errorCode` 15 means that there is none just now. */
interface Coordinator extends BrokerAddress {
  readonly errorCode: number;
  readonly message: string | null;
}

/** What a coordinator is in charge of, in Kafka's numbers. */
const coordinated = { group: 0, transaction: 1 } as const;

/** FindCoordinator of a consumer group, or of a transactional id. Format: https://kafka.apache.org/protocol.html#The_Messages_FindCoordinator */
export function coordinatorCall(
  name: string,
  kind: keyof typeof coordinated = 'group',
): KafkaCall<Coordinator> {
  return {
    key: 10,
    name: 'FindCoordinator',
    version: 1,
    throttles: true,
    write: (body) => void body.string(name).int8(coordinated[kind]),
    read: (bytes) => {
      const [errorCode, message] = [bytes.int16(), bytes.string()];
      return { errorCode, message, nodeId: bytes.int32(), host: bytes.string() ?? '', port: bytes.int32() };
    },
  };
}
