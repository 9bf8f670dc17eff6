/** Kafka's Metadata request: which brokers there are, and who leads which partition. */

import { BytesReader, BytesWriter } from '../bytes.ts';
import type { WireCall } from './internals.ts';

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
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** A topic in the answer; `errorCode` 3 means there is none of that name. */
export interface TopicMetadata {
  readonly errorCode: number;
  readonly topic: string;
  readonly internal: boolean;
  readonly partitions: readonly PartitionMetadata[];
}

/** The whole answer. */
export interface ClusterMetadata {
  readonly brokers: readonly BrokerAddress[];
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

/**
 * Metadata, version 6. `undefined` asks for all topics, an empty list for none. Never creates a topic.
 * Format: https://kafka.apache.org/protocol.html#The_Messages_Metadata
 */
export function metadataCall(topics: readonly string[] | undefined): WireCall<ClusterMetadata> {
  return {
    request: {
      apiKey: 3,
      apiVersion: 6,
      apiName: 'Metadata',
      encode: () => {
        const body = new BytesWriter(64);
        if (topics === undefined) body.int32(-1);
        else body.list(topics, (topic) => body.string(topic));
        return Promise.resolve(body.int8(0).body());
      },
    },
    response: { decode: (body) => Promise.resolve(decode(body)), parse: (answer) => Promise.resolve(answer) },
  };
}

function decode(body: Buffer): ClusterMetadata {
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
    internal: bytes.int8() !== 0,
    partitions: bytes
      .list(() => decodePartition(bytes))
      .sort((one, other) => one.partition - other.partition),
  }));
  return { brokers, controllerId, topics };
}

function decodePartition(bytes: BytesReader): PartitionMetadata {
  const errorCode = bytes.int16();
  const partition = bytes.int32();
  const leader = bytes.int32();
  const replicas = bytes.list(() => bytes.int32());
  const inSync = bytes.list(() => bytes.int32());
  bytes.list(() => bytes.int32()); // offline replicas
  return { errorCode, partition, leader, replicas, inSync };
}
