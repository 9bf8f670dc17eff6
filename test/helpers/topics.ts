/** Gives a test a topic of its own that is gone afterwards. */
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaMessage } from 'kafkajs';
import { createTopic, deleteTopic } from '../../src/kafka/admin/topics.ts';
import type { CreateTopicOptions } from '../../src/kafka/admin/topics.ts';
import { openKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { testBrokers } from './broker.ts';

/** A name no other test has. */
export function randomName(prefix = 'test'): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

/** Creates a topic with a random name on the test broker (or on `brokers`) and removes it when the test ends. */
export async function randomTopic(t: TestContext, options: CreateTopicOptions = {}): Promise<string> {
  const { client } = options;
  const access = client === undefined ? { brokers: options.brokers ?? (await testBrokers()) } : { client };
  const topic = randomName();
  await createTopic(topic, { ...access, ...options });
  t.after(() => deleteTopic(topic, access));
  return topic;
}

/** A record as kafkajs, a client that is not ours, reads it. */
export interface OutsideRecord {
  partition: number;
  offset: number;
  timestamp: number;
  key: string | null;
  value: string | null;
  headers: Record<string, string | string[]>;
}

/**
 * Everything in a topic, read by kafkajs, sorted by partition and offset. A coordinator answers a commit before it has marked
 * its records; so marks that are missing are waited for, but not those of a transaction that stays open.
 */
export async function readOutside(topic: string, brokers?: string[]): Promise<OutsideRecord[]> {
  const addresses = brokers ?? (await testBrokers());
  await transactionsAreMarked(topic, addresses);
  const kafka = new Kafka({ brokers: addresses, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const marks = await admin.fetchTopicOffsets(topic);
  const wanted = new Set(marks.filter(({ low, high }) => low !== high).map(({ partition }) => partition));
  const ends = new Map(marks.map(({ partition, high }) => [partition, Number(high)]));
  const groupId = randomName('outside');
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 20 });
  const records: OutsideRecord[] = [];
  try {
    if (wanted.size > 0) {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        // A coordinator that is still loading is a crash to kafkajs, which then starts again by itself.
        consumer.on('consumer.crash', ({ payload }) => {
          if (!payload.restart) reject(payload.error);
        });
        consumer
          .run({
            eachBatch: ({ batch }) => {
              for (const message of batch.messages) records.push(outsideRecord(batch.partition, message));
              if (Number(batch.lastOffset()) + 1 >= (ends.get(batch.partition) ?? 0))
                wanted.delete(batch.partition);
              if (wanted.size === 0) resolve();
              return Promise.resolve();
            },
          })
          .catch(reject);
      });
    }
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
  return records.sort((one, other) => one.partition - other.partition || one.offset - other.offset);
}

const OPEN_TRANSACTION_MS = 3000;

async function transactionsAreMarked(topic: string, brokers: string[]): Promise<void> {
  const client = await openKafka({ brokers: brokers.join() });
  const end = performance.now() + OPEN_TRANSACTION_MS;
  const ends = async (isolationLevel: 'read_committed' | 'read_uncommitted') =>
    JSON.stringify(await client.topics.watermarks(topic, { isolationLevel }));
  try {
    // In this order, so that records written meanwhile are not taken for committed ones.
    for (;;) {
      const all = await ends('read_uncommitted');
      if ((await ends('read_committed')) === all || performance.now() > end) return;
      await sleep(5);
    }
  } finally {
    await client.close();
  }
}

function outsideRecord(partition: number, message: KafkaMessage): OutsideRecord {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String) : String(value),
  ]);
  return {
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key?.toString() ?? null,
    value: message.value?.toString() ?? null,
    headers: Object.fromEntries(headers) as Record<string, string | string[]>,
  };
}

/**
 * Waits until the group's offsets are those of the transactions that were committed: the coordinator writes them after it has
 * answered, and members that begin are refused until then.
 */
export async function offsetsAreStable(client: KafkaClient, group: string, topic: string): Promise<void> {
  const { partitions = [] } = (await client.topics.describe(topic)) ?? {};
  const log = client.reader().open();
  try {
    for (;;) {
      try {
        return void (await log.committed(
          group,
          partitions.map(({ partition }) => ({ topic, partition })),
        ));
      } catch (error) {
        if ((error as { type?: string }).type !== 'UNSTABLE_OFFSET_COMMIT') throw error;
        await sleep(5);
      }
    }
  } finally {
    await log.close();
  }
}
