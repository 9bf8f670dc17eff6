/** What the tests of datasets share: scratch topics that remove themselves, and rows to fill them with. */
import { randomUUID } from 'node:crypto';
import { after } from 'node:test';
import { Kafka, logLevel, type Admin, type Message, type Producer } from 'kafkajs';
import { createTopic } from '../../src/kafka/admin/topics.ts';
import type { KafkaRecord } from '../../src/kafka/record.ts';
import { testBrokers } from '../helpers/broker.ts';

/** The brokers under test, and a plain kafkajs beside our own reader, as an independent writer. */
export interface Bench {
  readonly brokers: string[];
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly producer: Producer;
  /** A new topic, deleted when the test file ends. */
  topic(options?: { partitions?: number; config?: Record<string, string> }): Promise<string>;
  /** A group name, deleted when the test file ends. */
  group(): string;
  /** Deletes the rows of partition 0 before `offset`. */
  deleteBefore(topic: string, offset: number): Promise<void>;
  /** Removes what it made and disconnects. */
  close(): Promise<void>;
  /** Writes `count` rows `"<i>"`, the first with number `from`, to one partition. */
  write(topic: string, count: number, options?: { partition?: number; from?: number }): Promise<void>;
}

/** The benches of this file; what they made is removed at its end (kafkajs trips over topics removed earlier). */
const open = new Set<Bench>();

after(async () => {
  for (const bench of open) await bench.close();
});

let shared: Promise<Bench> | undefined;

/** The bench on the run's shared broker. */
export function sharedBench(): Promise<Bench> {
  shared ??= testBrokers().then((brokers) => benchOn(brokers));
  return shared;
}

/** A bench on any brokers. Closed when the test file ends. */
export async function benchOn(brokers: string[]): Promise<Bench> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  const topics: string[] = [];
  const groups: string[] = [];
  const bench: Bench = {
    brokers,
    kafka,
    admin,
    producer,
    async topic({ partitions = 1, config = {} } = {}) {
      const topic = `dataset-${randomUUID()}`;
      await createTopic(topic, { brokers, partitions, config }); // kafkajs' own gives up while a leader is chosen
      topics.push(topic);
      return topic;
    },
    group() {
      const group = `group-${randomUUID()}`;
      groups.push(group);
      return group;
    },
    async deleteBefore(topic, offset) {
      await admin.fetchTopicOffsets(topic); // kafkajs learns the leader only so
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
    },
    async close() {
      open.delete(bench);
      if (topics.length > 0) await admin.deleteTopics({ topics }).catch(() => {});
      if (groups.length > 0) await admin.deleteGroups(groups).catch(() => {});
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    },
    async write(topic, count, { partition = 0, from = 0 } = {}) {
      for (let at = 0; at < count; at += 5000) {
        const messages: Message[] = Array.from({ length: Math.min(5000, count - at) }, (_, i) => ({
          partition,
          key: String((from + at + i) % 2),
          value: String(from + at + i),
        }));
        await producer.send({ topic, messages });
      }
    },
  };
  open.add(bench);
  return bench;
}

/** The number in a record's value. */
export function numberOf(record: KafkaRecord): number {
  return Number(String(record.value));
}

/** 0, 1, 2, ... */
export function range(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

/** Sorted from the least to the greatest. */
export function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}

/** Polls until `condition` is true, or fails after `ms`. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const limit = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`not true within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
