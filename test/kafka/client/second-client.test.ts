/** The seam between the datasets and the client: another client, here one whose logs are in memory, fills it whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FetchRequest } from '../../../src/kafka/protocol/fetch.ts';
import type { GroupJoin } from '../../../src/kafka/protocol/group-member.ts';
import type { KafkaReader, LogClient } from '../../../src/kafka/client/client.ts';
import { encodeRecords, sealBatch } from '../../../src/kafka/protocol/record-batch.ts';
import { encodeAssignment } from '../../../src/kafka/protocol/consumer-protocol.ts';
import { fromKafka, fromKafkaBatches, fromKafkaGroup, kafkaSettings } from '../../../src/kafka/index.ts';
import { numberOf, range } from '../dataset-helpers.ts';

const settings = kafkaSettings({ brokers: 'memory:1' }, {});

/** One topic of `partitions` logs with rows "0", "1", ... in turn, and one group of one member. */
class MemoryLogs {
  readonly logs: Buffer[];
  readonly ends: number[];
  readonly commits: Record<string, number> = {};
  readonly calls = new Set<string>();
  readonly opened = new Set<LogClient>();

  constructor(rows: number, partitions: number) {
    const shares = Array.from({ length: partitions }, (_, partition) =>
      range(rows).filter((row) => row % partitions === partition),
    );
    this.ends = shares.map((share) => share.length);
    this.logs = shares.map((share) => {
      const batch = encodeRecords(
        share.map((row) => ({ key: null, value: String(row) })),
        0,
      );
      sealBatch(batch, { producerId: -1n, producerEpoch: -1, sequence: -1 });
      return batch.bytes;
    });
  }

  readonly settings = settings;

  reader(): KafkaReader {
    return { open: () => this.open(), close: () => Promise.resolve() };
  }

  open(): LogClient {
    const all = this.logs.map((_, partition) => partition);
    const noted = <T>(call: string, answer: T): Promise<T> => {
      this.calls.add(call);
      return Promise.resolve(answer);
    };
    const client: LogClient = {
      partitions: (topic) => noted('partitions', topic === 'rows' ? all : undefined),
      leader: () => 7,
      refresh: () => noted('refresh', undefined),
      offsets: (_topic, partitions, mark) =>
        noted('offsets', new Map(partitions.map((one) => [one, mark === 'beginning' ? 0 : this.ends[one]!]))),
      fetch: (_node, request) => this.fetch(request),
      decompress: () => Promise.reject(new Error('nothing here is compressed')),
      join: ({ memberId }: GroupJoin) =>
        noted('join', {
          memberId: memberId || 'only',
          generation: 1,
          leads: false,
          assignment: encodeAssignment(all.map((partition) => ({ topic: 'rows', partition }))),
        }),
      heartbeat: () => noted('heartbeat', undefined),
      leave: () => noted('leave', undefined),
      commit: (_identity, offsets) => {
        for (const { partition, offset } of offsets) this.commits[partition] = offset;
        return noted('commit', undefined);
      },
      committed: () =>
        noted(
          'committed',
          Object.entries(this.commits).map(([partition, offset]) => {
            return { topic: 'rows', partition: Number(partition), offset, metadata: '' };
          }),
        ),
      close: async () => void this.opened.delete(client),
    };
    this.opened.add(client);
    return client;
  }

  async fetch({ targets }: FetchRequest) {
    this.calls.add('fetch');
    if (targets.every(({ partition, offset }) => offset >= this.ends[partition]!))
      await new Promise((resolve) => setTimeout(resolve, 20));
    return targets.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      errorCode: 0,
      highWatermark: this.ends[partition]!,
      lastStableOffset: this.ends[partition]!,
      aborted: [],
      batches: offset < this.ends[partition]! ? this.logs[partition]! : Buffer.alloc(0),
    }));
  }
}

test('a dataset by partition reads through any client, epoch after epoch', async () => {
  const client = new MemoryLogs(1000, 2);
  const rows = fromKafka('rows', { client });
  for (let epoch = 0; epoch < 2; epoch++) {
    const numbers = (await rows.toArray()).map(numberOf).sort((a, b) => a - b);
    assert.deepEqual(numbers, range(1000));
  }
  await assert.rejects(fromKafka('others', { client }).toArray(), { code: 'ST_KAFKA_UNKNOWN_TOPIC' });
  assert.equal(client.opened.size, 0, 'what was opened is closed');
});

test('groups and mini datasets, too: join, commit, leave', async () => {
  const client = new MemoryLogs(100, 2);
  const group = { topics: 'rows', groupId: 'readers', client, stop: 'end' as const };
  const first = fromKafkaGroup({ ...group, maxRecords: 30 });
  const numbers: number[] = [];
  for await (const record of first) {
    numbers.push(numberOf(record));
    await first.commit();
  }
  for await (const mini of fromKafkaBatches({ ...group, maxRecords: 25 })) {
    numbers.push(...mini.records.map(numberOf));
    await mini.commit();
  }
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    range(100),
  );
  assert.deepEqual(client.commits, { 0: 50, 1: 50 });
  for (const call of ['join', 'leave', 'commit', 'committed', 'fetch'])
    assert.ok(client.calls.has(call), call);
  assert.equal(client.opened.size, 0, 'what was opened is closed');
});
