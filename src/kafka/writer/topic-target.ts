/** Where rows of a topic go: to the partition of their key or of their own choice, also to one that is added meanwhile. */
import type { KafkaClient, TopicClient } from '../client/client.ts';
import { UnknownPartitionError, UnknownTopicError } from '../errors.ts';
import { Partitioner } from './partitioner.ts';

/**
 * The partitions of a topic that is written to. They are looked at again every `metadata.max.age.ms`, as Kafka's other
 * producers do: otherwise the rows of a key would go to one partition from here and to another one from them.
 */
export class TopicTarget {
  readonly topic: string;
  readonly #topics: Pick<TopicClient, 'describe'>;
  readonly #maxAgeMs: number;
  #partitions: number;
  #partitioner: Partitioner;
  #lookedAt = performance.now();
  #looking = false;

  private constructor(
    topic: string,
    { topics, settings }: Pick<KafkaClient, 'topics' | 'settings'>,
    partitions: number,
  ) {
    this.topic = topic;
    this.#topics = topics;
    this.#maxAgeMs = settings.consumer.metadataMaxAge;
    this.#partitions = partitions;
    this.#partitioner = new Partitioner(partitions);
  }

  /**
   * Asks for the topic.
   *
   * @throws UnknownTopicError (`ST_KAFKA_UNKNOWN_TOPIC`)
   */
  static async find(client: KafkaClient, topic: string): Promise<TopicTarget> {
    const found = await client.topics.describe(topic);
    if (found === undefined) throw new UnknownTopicError({ topic });
    return new TopicTarget(topic, client, found.partitions.length);
  }

  /**
   * The partition of a row: the one it asks for, else that of its key.
   *
   * @throws UnknownPartitionError (`ST_KAFKA_UNKNOWN_PARTITION`)
   */
  partitionOf(wanted: number | undefined, key: string | Uint8Array | null): number {
    if (wanted === undefined) return this.#partitioner.choose(key);
    if (Number.isInteger(wanted) && wanted >= 0 && wanted < this.#partitions) return wanted;
    this.#look(); // it may have been added: then the next row finds it
    throw new UnknownPartitionError({
      ...{ topic: this.topic, partition: wanted, partitionCount: this.#partitions },
    });
  }

  /** A batch for `partition` is full: rows without a key go to the next one. */
  batchEnds(partition: number): void {
    this.#partitioner.nextSticky(partition);
    if (performance.now() - this.#lookedAt > this.#maxAgeMs) this.#look();
  }

  /** Looks for partitions that were added; a broker that is away is asked again the next time. */
  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#lookedAt = performance.now();
    this.#topics
      .describe(this.topic, { sure: false })
      .then(
        (found) => {
          // Partitions are only ever added. A broker that knows of fewer is behind.
          const count = found?.partitions.length ?? 0;
          if (count <= this.#partitions) return;
          this.#partitions = count;
          this.#partitioner = new Partitioner(count);
        },
        () => {},
      )
      .finally(() => (this.#looking = false));
  }
}
