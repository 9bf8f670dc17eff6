/** Kafka's Metadata request: which brokers there are, and who leads which partition. */

import { BytesReader, BytesWriter } from './bytes.ts';
import type { Broker, WireCall } from './kafkajs.ts';

/** A broker's address as the cluster advertises it. */
export interface BrokerAddress {
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
  readonly brokers: readonly BrokerAddress[];
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

/** Kafka's number for asking for metadata. */
const METADATA_KEY = 3;
/** The first version that tells topic ids. */
const WITH_IDS = 10;
const PLAIN = 6;

/**
 * Metadata in version 10, or 6 where that is the newest a broker speaks. `undefined` asks for all topics, an empty list for
 * none. Never creates a topic. Format: https://kafka.apache.org/protocol.html#The_Messages_Metadata
 */
export function metadataCall(
  topics: readonly string[] | undefined,
  { versions }: Pick<Broker, 'versions'>,
): WireCall<ClusterMetadata> {
  const apiVersion = (versions?.[METADATA_KEY]?.maxVersion ?? 0) >= WITH_IDS ? WITH_IDS : PLAIN;
  const isFlexible = apiVersion === WITH_IDS;
  return {
    request: {
      apiKey: METADATA_KEY,
      apiVersion,
      apiName: 'Metadata',
      encode: () => Promise.resolve((isFlexible ? flexibleRequest(topics) : plainRequest(topics)).body()),
    },
    response: {
      decode: (body) => Promise.resolve(isFlexible ? decodeFlexible(body) : decodePlain(body)),
      parse: (answer) => Promise.resolve(answer),
    },
  };
}

function plainRequest(topics: readonly string[] | undefined): BytesWriter {
  const body = new BytesWriter(64);
  if (topics === undefined) body.int32(-1);
  else body.list(topics, (topic) => body.string(topic));
  return body.int8(0); // create no topic
}

function flexibleRequest(topics: readonly string[] | undefined): BytesWriter {
  const body = new BytesWriter(64).tags();
  if (topics === undefined) body.uvarint(0);
  else body.compactList(topics, (topic) => body.uuid(NO_ID).compactString(topic).tags());
  return body.int8(0).int8(0).int8(0).tags(); // create no topic, tell nothing of rights
}

/** Sixteen zero bytes. */
const NO_ID = 'A'.repeat(22);

function decodePlain(body: Buffer): ClusterMetadata {
  const bytes = new BytesReader(body);
  bytes.int32(); // throttle time
  const brokers = bytes.list(() => {
    const address = { nodeId: bytes.int32(), host: bytes.string() ?? '', port: bytes.int32() };
    bytes.string(); // rack
    return address;
  });
  bytes.string(); // cluster id
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
  return { brokers, controllerId, topics };
}

function decodeFlexible(body: Buffer): ClusterMetadata {
  const bytes = new BytesReader(body);
  bytes.tags(); // of the header
  bytes.int32(); // throttle time
  const brokers = bytes.compactList(() => {
    const address = { nodeId: bytes.int32(), host: bytes.compactString() ?? '', port: bytes.int32() };
    bytes.compactString(); // rack
    bytes.tags();
    return address;
  });
  bytes.compactString(); // cluster id
  const controllerId = bytes.int32();
  const topics = bytes.compactList(() => {
    const errorCode = bytes.int16();
    const topic = bytes.compactString() ?? '';
    const topicId = bytes.uuid();
    const internal = bytes.int8() !== 0;
    const partitions = inOrder(bytes.compactList(() => decodePartition(bytes)));
    bytes.int32(); // rights
    bytes.tags();
    return { errorCode, topic, topicId, internal, partitions };
  });
  return { brokers, controllerId, topics };
}

function decodePartition(bytes: BytesReader): PartitionMetadata {
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
