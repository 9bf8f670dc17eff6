/**
 * What the members of a group write to each other while it forms, in the encoding that all of Kafka's consumers share.
 *
 * Source: ConsumerProtocolSubscription.json and ConsumerProtocolAssignment.json of Apache Kafka, versions 0 to 3.
 */
import { BytesReader, BytesWriter } from './bytes.ts';
import { inOrder, perTopic, type TopicPartition } from './group-member.ts';

/** What a member says about itself. */
interface Subscription {
  readonly topics: readonly string[];
  /** The partitions it goes on reading meanwhile (since version 1, KIP-429). */
  readonly owned: readonly TopicPartition[];
  /** The generation in which it got them; -1 when it does not say (since version 2, KIP-792). */
  readonly generation: number;
}

const NEWEST = 3;
const HIGHEST_OF_OTHERS = 1000;

/** Version 3: older readers take of it what they know. */
export function encodeSubscription({ topics, owned, generation }: Subscription): Buffer {
  const writer = new BytesWriter(256).int16(NEWEST);
  writer.list([...topics].sort(), (topic) => writer.string(topic));
  // Before version 2 Java's sticky assignor looks for the generation here.
  writer.bytes(new BytesWriter(4).int32(generation).written());
  partitionsInto(writer, owned);
  return writer.int32(generation).string(null).written();
}

/** Any version. A newer one is read as the newest that is known, as Kafka's own consumer does. */
export function decodeSubscription(bytes: Buffer): Subscription {
  const reader = new BytesReader(bytes);
  const version = checked(reader.int16());
  const topics = reader.list(() => reader.string() ?? '');
  const userData = reader.left > 0 ? reader.bytes() : Buffer.alloc(0);
  const owned = version >= 1 && reader.left > 0 ? partitionsFrom(reader) : [];
  const said = version >= 2 && reader.left > 0 ? reader.int32() : undefined;
  const generation = said ?? (userData.length === 4 ? userData.readInt32BE() : -1);
  return { topics, owned, generation };
}

/** Version 0, which every client reads. */
export function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const writer = new BytesWriter(256).int16(0);
  return partitionsInto(writer, partitions).bytes(new Uint8Array(0)).written();
}

/** The partitions of an assignment, in order. None at all is what a member gets for whom nothing is left. */
export function decodeAssignment(bytes: Buffer): readonly TopicPartition[] {
  if (bytes.length === 0) return [];
  const reader = new BytesReader(bytes);
  checked(reader.int16());
  return inOrder(partitionsFrom(reader));
}

function checked(version: number): number {
  if (version < 0 || version > HIGHEST_OF_OTHERS)
    throw new RangeError(`the bytes of a member begin with version ${version}: not Kafka's ConsumerProtocol`);
  return version;
}

function partitionsInto(writer: BytesWriter, partitions: readonly TopicPartition[]): BytesWriter {
  const topics = perTopic(inOrder(partitions));
  return writer.list([...topics], ([topic, list]) =>
    writer.string(topic).list(list, (partition) => writer.int32(partition)),
  );
}

function partitionsFrom(reader: BytesReader): TopicPartition[] {
  return reader
    .list(() => {
      const topic = reader.string() ?? '';
      return reader.list(() => ({ topic, partition: reader.int32() }));
    })
    .flat();
}
