/** Asks a broker who is in its cluster, in Kafka's own wire protocol, which is how we know that it is ready. */
import { WireWriter, exchange } from './wire.ts';
import type { WireOptions, WireReader } from './wire.ts';

/** One partition of a topic, as a broker sees it. */
export interface PartitionMetadata {
  readonly partition: number;
  /** The leader's node id; -1 while there is none. */
  readonly leader: number;
  /** Node ids, the preferred leader first. */
  readonly replicas: readonly number[];
  /** Those of them that are in sync. */
  readonly isr: readonly number[];
}

/** What a broker answered. */
export interface ClusterMetadata {
  readonly clusterId: string | null;
  /** The addresses at which the cluster's brokers say they can be reached, `host:port`. */
  readonly brokers: readonly string[];
  /** The topics' names, Kafka's own internal ones left out; empty unless asked for. */
  readonly topics: readonly string[];
  /** The partitions of each topic that was asked for, in order, internal ones too; a topic that is not there: none. */
  readonly partitions: ReadonlyMap<string, readonly PartitionMetadata[]>;
}

/** Whom to ask, what, and how long to wait. */
export interface MetadataRequestOptions extends WireOptions {
  /** Also list these topics, or all of them; default: none. */
  topics?: 'all' | readonly string[];
}

/**
 * Sends one Metadata request (version 4: it creates no topic) over a new plain connection.
 *
 * @throws Error when nothing listens there, or what listens does not speak plain Kafka
 * @example
 * ```ts
 * const { brokers } = await requestMetadata({ host: '127.0.0.1', port: 9092 });
 * ```
 * @see https://kafka.apache.org/protocol.html#The_Messages_Metadata
 */
export async function requestMetadata(options: MetadataRequestOptions): Promise<ClusterMetadata> {
  const { host, port, topics = [] } = options;
  const body = new WireWriter();
  body.list(topics === 'all' ? null : topics, (name) => body.text(name)).int8(0);
  const answer = await exchange(options, { apiKey: 3, version: 4, body });
  try {
    return decode(answer);
  } catch (error) {
    throw new Error(`${host}:${port} does not speak Kafka's protocol`, { cause: error });
  }
}

function decode(answer: WireReader): ClusterMetadata {
  answer.int32(); // how long the client should wait
  const brokers = answer.list(() => {
    answer.int32(); // the broker's id
    const address = `${answer.text()}:${answer.int32()}`;
    answer.text(); // its rack
    return address;
  });
  const clusterId = answer.text();
  answer.int32(); // the controller's id
  const topics = answer.list(() => {
    answer.int16(); // the topic's error code
    const name = answer.text() ?? '';
    const isInternal = answer.int8() !== 0;
    const partitions = answer.list((): PartitionMetadata => {
      answer.int16(); // the partition's error code: told by its leader, too
      const partition = answer.int32();
      const leader = answer.int32();
      return {
        partition,
        leader,
        replicas: answer.list(() => answer.int32()),
        isr: answer.list(() => answer.int32()),
      };
    });
    return { name, isInternal, partitions: partitions.sort((one, other) => one.partition - other.partition) };
  });
  return {
    clusterId,
    brokers,
    topics: topics.filter((topic) => !topic.isInternal).map((topic) => topic.name),
    partitions: new Map(topics.map(({ name, partitions }) => [name, partitions])),
  };
}
