/** Makes what exercises read from Kafka again, where the chapter's clean-up has removed it. */
import { createTopic, deleteTopic, resetOffsets, writeToKafka } from '../kafka/index.ts';
import type { KafkaClient, WriterItem } from '../kafka/index.ts';

/** A topic as the chapter left it, before its clean-up. */
export interface ExerciseTopic {
  readonly topic: string;
  readonly partitions: number;
  /** Its rows, in order. */
  readonly items: readonly WriterItem[];
  /** The groups that exercises read it with, and where each stands: `earliest` has read nothing, `latest` everything. */
  readonly groups?: Readonly<Record<string, 'earliest' | 'latest'>>;
}

/** Where the topics are. */
export interface ExerciseKafka {
  /** What `ensureBroker` gave. */
  readonly broker: { open(): Promise<void> };
  /** What `openKafka` gave. */
  readonly client: KafkaClient;
}

/**
 * Lets exercises be answered before and after the clean-up. Each call of what comes back starts the broker and opens the
 * client again if they were closed, writes each topic again that is missing or incomplete, and sets its groups to where
 * they stood. Run the clean-up again when the exercises are done.
 *
 * @returns to be awaited at the start of each answer that reads from Kafka; it prints which topics it has made
 * @throws whatever the cluster says: that it cannot be reached, that a group has members
 * @example
 * ```ts
 * const broker = await ensureBroker();
 * const client = await openKafka({ brokers: broker.brokers });
 * const ready = exerciseTopics({ broker, client }, [
 *   { topic: 'cancer-test', partitions: 2, items: testItems, groups: { testcg: 'latest' } },
 * ]);
 * await ready();
 * ```
 */
export function exerciseTopics(
  { broker, client }: ExerciseKafka,
  topics: readonly ExerciseTopic[],
): () => Promise<void> {
  return async () => {
    await broker.open();
    await client.open();
    for (const topic of topics) await asItWas(topic, client);
  };
}

async function asItWas({ topic, partitions, items, groups = {} }: ExerciseTopic, client: KafkaClient) {
  if (!(await isComplete(topic, partitions, items.length, client))) {
    await deleteTopic(topic, { client });
    await createTopic(topic, { partitions, client });
    const { messages } = await writeToKafka(topic, items, { client, log: false });
    console.log(`topic ${topic} is there again, with ${messages} rows`);
  }
  for (const [group, to] of Object.entries(groups)) await resetOffsets(group, { topic, to, client });
}

async function isComplete(topic: string, partitions: number, rows: number, client: KafkaClient) {
  const info = await client.topics.describe(topic);
  if (info?.partitions.length !== partitions) return false;
  const marks = await client.topics.watermarks(topic);
  return marks.every(({ low }) => low === 0) && marks.reduce((sum, { high }) => sum + high, 0) === rows;
}
