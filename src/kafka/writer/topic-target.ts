/** Where rows of a topic go: to the partition of their key or of their own choice, also to one that is added meanwhile. */
import { LONGEST_TIMER_MS } from '../../options.ts';
import type { KafkaClient, TopicClient } from '../client/client.ts';
import { UnknownPartitionError, UnknownTopicError } from '../errors.ts';
import { Partitioner } from './partitioner.ts';

/**
 * The partitions of a topic that is written to. They are looked at again every `metadata.max.age.ms`, whether rows come
 * or not, as Kafka's other producers do: otherwise the rows of a key would go to one partition from here and to another
 * one from them.
 */
export class TopicTarget {
  readonly topic: string;
  readonly #topics: Pick<TopicClient, 'describe'>;
  readonly #maxAgeMs: number;
  #timer: NodeJS.Timeout | undefined;
  #partitions: number;
  #partitioner: Partitioner;
  /** A look by the timer. */
  #isLooking = false;
  /** A look for partitions that rows ask for. */
  #lookingFor: Promise<void> | undefined;

  private constructor(
    topic: string,
    { topics, settings }: Pick<KafkaClient, 'topics' | 'settings'>,
    partitions: number,
  ) {
    this.topic = topic;
    this.#topics = topics;
    this.#partitions = partitions;
    this.#partitioner = new Partitioner(partitions);
    this.#maxAgeMs = Math.min(settings.consumer.metadataMaxAge, LONGEST_TIMER_MS);
  }

  /** Looks again from now on, until it is closed. */
  follow(): void {
    this.#timer ??= setInterval(() => void this.#lookAgain(), this.#maxAgeMs).unref();
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.#timer);
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
    throw new UnknownPartitionError({
      ...{ topic: this.topic, partition: wanted, partitionCount: this.#partitions },
    });
  }

  /** Whether a partition that a row asks for is not known, but may have been added: then {@link lookFor} comes first. */
  mayBeAdded(wanted: number | undefined): boolean {
    return wanted !== undefined && wanted >= this.#partitions && Number.isInteger(wanted);
  }

  /**
   * Asks all brokers for partitions that were added, where one of these may have been; waits for such a look that is under
   * way in any case, so that calls go on in their order.
   *
   * @throws the errors of `describe`, when it cannot be found out
   */
  async lookFor(wanted: readonly (number | undefined)[]): Promise<void> {
    if (wanted.some((one) => this.mayBeAdded(one)))
      this.#lookingFor ??= this.#look({ everywhere: true }).finally(() => (this.#lookingFor = undefined));
    if (this.#lookingFor !== undefined) await this.#lookingFor;
  }

  /** A batch for `partition` is full: rows without a key go to the next one. */
  batchEnds(partition: number): void {
    this.#partitioner.nextSticky(partition);
  }

  /** A broker that is away is asked again the next time. */
  async #lookAgain(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#look({ sure: false }).catch(() => {});
    this.#isLooking = false;
  }

  async #look(how: { sure?: boolean; everywhere?: boolean }): Promise<void> {
    const found = await this.#topics.describe(this.topic, how);
    // Partitions are only ever added. A broker that knows of fewer is behind.
    const count = found?.partitions.length ?? 0;
    if (count <= this.#partitions) return;
    this.#partitions = count;
    this.#partitioner = new Partitioner(count);
  }
}
