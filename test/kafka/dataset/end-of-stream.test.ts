/** A stream ends when it has been read, and never because nobody answered. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker, startFaultProxy, type Broker, type FaultProxy } from '../../../src/broker/index.ts';
import { ClusterRequests } from '../../../src/broker/cluster-requests.ts';
import { fromKafkaBatches } from '../../../src/kafka/dataset/batch-dataset.ts';
import { fromKafkaGroup } from '../../../src/kafka/dataset/group-dataset.ts';
import { fromKafka } from '../../../src/kafka/dataset/partition-dataset.ts';
import { openKafka } from '../../../src/kafka/client/open.ts';
import type { FetchRequest } from '../../../src/kafka/protocol/fetch.ts';
import type { KafkaReader } from '../../../src/kafka/client/client.ts';
import { benchOn, numberOf, range, sorted, until, type Bench } from '../dataset-helpers.ts';
import { typescriptFlags } from '../../helpers/typescript.ts';

const ROWS = 600;
const SILENCE = 400;
const AWAY = 1200;

let broker: Broker;
let proxy: FaultProxy;
let bench: Bench;

before(async () => {
  proxy = await startFaultProxy();
  broker = await startBroker({ temporary: true, proxy, heapMb: 256 });
  bench = await benchOn(broker.brokers);
});
after(async () => {
  proxy.resume();
  await bench.close();
  await broker.stop();
  await proxy.close();
});

/** Small answers, so that a fault falls in the middle of the read; silence is short, the faults are three times longer. */
const options = () => ({
  brokers: proxy.address,
  bufferBytes: 4_000,
  streamTimeout: SILENCE,
  consumer: { maxPartitionFetchBytes: 2_000, fetchMaxBytes: 2_000 },
});

async function filled(rows = ROWS): Promise<string> {
  const topic = await bench.topic();
  for (let from = 0; from < rows; from += 50) await bench.write(topic, 50, { from });
  return topic;
}

/** What can keep a broker from answering for a while. */
const faults = {
  'a network that went silent': { begin: () => proxy.freeze(), end: () => proxy.resume() },
  'a broker that is away': { begin: () => proxy.cut(), end: () => proxy.resume() },
  'a broker that hangs': {
    begin: () => void process.kill(broker.pid, 'SIGSTOP'),
    end: () => void process.kill(broker.pid, 'SIGCONT'),
  },
};

for (const [name, fault] of Object.entries(faults)) {
  test(`${name} for three times the silence ends no stream, and makes no mini dataset smaller`, async () => {
    const topic = await filled();
    const byPartition = (async () => {
      const seen: number[] = [];
      for await (const record of fromKafka(topic, { ...options(), stop: 'never' })) {
        if (seen.push(numberOf(record)) !== 100) continue;
        fault.begin();
        setTimeout(fault.end, AWAY);
      }
      return seen;
    })();
    const inGroup = (async () => {
      const seen: number[] = [];
      const group = { ...options(), topics: topic, groupId: bench.group() };
      for await (const record of fromKafkaGroup(group)) seen.push(numberOf(record));
      return seen;
    })();
    const inBatches = (async () => {
      const seen: number[] = [];
      const sizes: number[] = [];
      const group = {
        ...options(),
        topics: topic,
        groupId: bench.group(),
        maxRecords: 75,
        pauseTimeout: 300,
      };
      for await (const mini of fromKafkaBatches(group)) {
        sizes.push(mini.size);
        seen.push(...mini.records.map(numberOf));
      }
      assert.deepEqual(new Set(sizes), new Set([75]));
      return seen;
    })();
    for (const seen of await Promise.all([byPartition, inGroup, inBatches]))
      assert.deepEqual(seen, range(ROWS));
  });
}

test('a broker away for good is an error that tells how many rows were left', async () => {
  const topic = await filled();
  const stream = fromKafkaGroup({
    ...options(),
    ...{ topics: topic, groupId: bench.group(), retryForMs: 600, connectTimeout: 300, requestTimeout: 500 },
  });
  let seen = 0;
  try {
    await assert.rejects(
      async () => {
        for await (const _record of stream) if (++seen === 100) proxy.cut();
      },
      (error: Error & { code?: string; lag?: number }) => {
        assert.equal(error.code, 'ST_KAFKA_READ_FAILED');
        assert.equal(error.lag, ROWS - seen);
        assert.match(error.message, new RegExp(`${ROWS - seen} records were left unread`));
        return true;
      },
    );
  } finally {
    proxy.resume();
  }
});

/** A reader in a process of its own that ends after so much silence; `rows` is what it has printed. */
function readerProcess(topic: string, silence: number, block = 0) {
  const script = fileURLToPath(new URL('suspended-reader.ts', import.meta.url));
  const child = spawn(process.execPath, [...typescriptFlags(), script], {
    env: {
      ...process.env,
      ...{ BROKERS: broker.brokers.join(), TOPIC: topic, SILENCE: String(silence), BLOCK: String(block) },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const rows = () => output.split('\n').slice(0, -1).map(Number);
  return { child, ended, rows };
}

test('steps that block the event loop longer than the silence do not end the stream before them', async () => {
  const topic = await bench.topic();
  const reader = readerProcess(topic, SILENCE, 2 * SILENCE);
  await bench.write(topic, 60);
  await until(() => reader.rows().length >= 50);
  // The reader stands still now.
  for (let from = 60; from < 200; from += 10) {
    await bench.write(topic, 10, { from });
    await sleep(20);
  }
  await reader.ended;
  assert.deepEqual(reader.rows(), range(200));
});

test('a suspended process goes on where it was', { skip: process.platform === 'win32' }, async () => {
  const topic = await bench.topic();
  const reader = readerProcess(topic, 5 * SILENCE);
  await bench.write(topic, 10);
  await until(() => reader.rows().length === 10);
  reader.child.kill('SIGSTOP');
  await sleep(7 * SILENCE);
  await bench.write(topic, 10, { from: 10 });
  reader.child.kill('SIGCONT');
  await reader.ended;
  assert.deepEqual(reader.rows(), range(20));
});

test('a quota only slows the read down', async () => {
  const topic = await bench.topic();
  for (let from = 0; from < 4000; from += 500) await bench.write(topic, 500, { from });
  const port = Number(broker.brokers[0]?.split(':')[1]);
  const requests = new ClusterRequests(() => [port], 5000);
  await requests.setQuota({ clientId: 'slow', consumerByteRate: 4_500 });
  const group = { topics: topic, groupId: bench.group(), brokers: broker.brokers, clientId: 'slow' };
  const stream = fromKafkaGroup({ ...group, streamTimeout: SILENCE });
  assert.deepEqual((await stream.toArray()).map(numberOf), range(4000));
  assert.ok(stream.stats().retries > 0, `the quota was felt: ${JSON.stringify(stream.stats())}`);
});

test('answers with nothing in them, however many in a row, skip no row', async () => {
  const topic = await filled();
  const client = await openKafka({ brokers: broker.brokers });
  try {
    for (const empties of [3, 7]) {
      let calls = 0;
      const reader = (settings: typeof client.settings): KafkaReader => {
        const real = client.reader(settings);
        const open = () => {
          const log = real.open();
          const fetch = async (node: number, request: FetchRequest) => {
            const answer = await log.fetch(node, request);
            const isEmpty = ++calls > 2 && calls <= 2 + empties;
            return isEmpty ? answer.map((one) => ({ ...one, batches: Buffer.alloc(0) })) : answer;
          };
          return { ...log, fetch };
        };
        return { open, close: () => real.close() };
      };
      const through = { settings: client.settings, reader };
      const small = { bufferBytes: 4_000, consumer: { maxPartitionFetchBytes: 2_000, fetchMaxBytes: 2_000 } };
      const ds = fromKafka(topic, { client: through, ...small });
      assert.deepEqual((await ds.toArray()).map(numberOf), range(ROWS));
    }
  } finally {
    await client.close();
  }
});

test('interleaved reading goes on without a partition that is silent, and loses nothing of the others', async () => {
  const topic = await bench.topic({ partitions: 2 });
  await bench.write(topic, 30, { partition: 0 });
  await bench.write(topic, 100, { partition: 1, from: 30 });
  const seen: number[] = [];
  for await (const mini of fromKafkaBatches({
    ...{ topics: topic, groupId: bench.group(), brokers: broker.brokers, order: 'interleaved' },
    ...{ streamTimeout: SILENCE, pauseTimeout: 200, maxRecords: 20 },
  }))
    seen.push(...mini.records.map(numberOf));
  assert.deepEqual(sorted(seen), range(130));
});

test('a transaction that is open holds up stop: end no longer than what is stable', async () => {
  const topic = await bench.topic();
  const producer = bench.kafka.producer({
    transactionalId: `tx-${topic}`,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  try {
    const send = async (from: number, end: 'commit' | 'abort' | undefined) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: range(10, from).map((i) => ({ value: String(i) })) });
      if (end) await transaction[end]();
      return transaction;
    };
    await send(0, 'commit');
    await send(10, 'abort');
    const open = await send(20, undefined);
    const read = async (isolationLevel: 'read_committed' | 'read_uncommitted') => {
      const ds = fromKafka(topic, { brokers: broker.brokers, consumer: { isolationLevel } });
      return [(await ds.toArray()).map(numberOf), ds.position()[topic]?.[0]] as const;
    };
    // Behind the marker of the aborted transaction: its last offset, not that of a record, is where the read ends.
    assert.deepEqual(await read('read_committed'), [range(10), 22]);
    assert.deepEqual((await read('read_uncommitted'))[0], range(30));
    await open.commit();
    // The coordinator answers before its marker is in the log.
    const late = performance.now() + 10_000;
    let after = await read('read_committed');
    while (after[1] === 22 && performance.now() < late) after = await read('read_committed');
    assert.deepEqual(after, [[...range(10), ...range(10, 20)], 33]);
  } finally {
    await producer.disconnect();
  }
});
