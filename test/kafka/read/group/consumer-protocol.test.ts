/** The group protocol in which the broker shares partitions out (KIP-848), and what members say in the classic one. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openKafka } from '../../../../src/kafka/client/open.ts';
import { kafkajsReader } from '../../../../src/kafka/client/log-client.ts';
import type { KafkaReader } from '../../../../src/kafka/client/client.ts';
import { fromKafkaGroup } from '../../../../src/kafka/dataset/group-dataset.ts';
import { decodeSubscription, encodeSubscription } from '../../../../src/kafka/protocol/consumer-protocol.ts';
import { kafkaSettings } from '../../../../src/kafka/settings/settings.ts';
import { clientAround } from '../../client-around.ts';
import { numberOf, range, sharedBench, sorted, until, type Bench } from '../../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

const consumer = { groupProtocol: 'consumer' } as const;

test('group.protocol=consumer: reads to the end, commits, leaves, and the next life goes on behind the commit', async () => {
  const [topic, groupId] = [await bench.topic({ partitions: 3 }), bench.group()];
  for (const partition of range(3)) await bench.write(topic, 20, { partition, from: partition * 20 });
  const options = { topics: topic, groupId, brokers: bench.brokers, stop: 'end' as const, consumer };
  const first = fromKafkaGroup({ ...options, maxRecords: 30 });
  const seen: number[] = [];
  for await (const record of first) {
    seen.push(numberOf(record));
    await first.commit();
  }
  const configuration = ['group.protocol=consumer'];
  const second = fromKafkaGroup({ ...options, configuration, commit: 'auto' });
  for await (const record of second) seen.push(numberOf(record));
  assert.deepEqual(sorted(seen), range(60));
  assert.equal(await fromKafkaGroup(options).count(), 0, 'all was committed');
});

const slow = process.env['STREAMTRAIN_LONG'] !== undefined;
test(`group.protocol=consumer: ${slow ? 'three members come' : 'a second member comes'} and go${slow ? '' : 'es'}, every row is read once`, async () => {
  const [topic, groupId] = [await bench.topic({ partitions: 4 }), bench.group()];
  const seen: number[] = [];
  const shares = new Map<string, number>();
  const open = (who: string) =>
    fromKafkaGroup({
      topics: topic,
      groupId,
      brokers: bench.brokers,
      streamTimeout: -1,
      commit: 'auto',
      consumer: { ...consumer, autoCommitInterval: 50 },
      onAssigned: (assignment) => shares.set(who, assignment[topic]?.length ?? 0),
    });
  const read = async (stream: ReturnType<typeof open>) => {
    for await (const record of stream) seen.push(numberOf(record));
  };
  let written = 0;
  const more = async () => {
    for (const partition of range(4))
      await bench.write(topic, 10, { partition, from: written + partition * 10 });
    written += 40;
    await until(() => seen.length >= written, 30_000);
  };
  const streams = [open('first')];
  const reading = [read(streams[0]!)];
  await until(() => shares.get('first') === 4);
  await more();
  for (const who of slow ? ['second', 'third'] : ['second']) {
    const stream = open(who);
    streams.push(stream);
    reading.push(read(stream));
    // The broker hears of what was let go of with the next heartbeat, every 5 s.
    await until(() => (shares.get(who) ?? 0) > 0, 40_000);
    await more();
  }
  const client = await openKafka({ brokers: bench.brokers });
  // Its members are told as those of any group.
  await until(async () => {
    const { state, members } = await client.groups.describe(groupId);
    const told = members.flatMap(({ assignment }) => assignment[topic] ?? []);
    return state !== 'Dead' && members.length === streams.length && sorted(told).join() === '0,1,2,3';
  });
  assert.equal((await client.groups.describe(bench.group())).state, 'Dead');
  await client.close();
  for (const stream of streams.splice(1)) await stream.close();
  if (slow) await until(() => shares.get('first') === 4, 40_000);
  if (slow) await more();
  await streams[0]!.close();
  await Promise.all(reading);
  assert.deepEqual(sorted(seen), range(written), 'every row once');
});

test('group.protocol=consumer: a lasting name that another living member has is refused in a sentence, after retryForMs', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 2);
  const options = { topics: topic, groupId, groupInstanceId: 'one', brokers: bench.brokers, consumer };
  const first = fromKafkaGroup({ ...options, streamTimeout: -1 });
  const rows = first[Symbol.asyncIterator]();
  assert.equal(numberOf((await rows.next()).value!), 0);
  const since = performance.now();
  await assert.rejects(fromKafkaGroup({ ...options, retryForMs: 500 }).toArray(), {
    code: 'ST_KAFKA_INSTANCE_TAKEN',
    groupId,
    groupInstanceId: 'one',
    message: /Another member of group .* has the name "one".*group.protocol=classic/,
  });
  assert.ok(performance.now() - since < 10_000);
  assert.equal(numberOf((await rows.next()).value!), 1, 'the first goes on');
  await first.close();
  assert.equal(await fromKafkaGroup({ ...options, stop: 'end' }).count(), 2, 'the name is free again');
});

test('group.protocol=consumer where it is not spoken is refused in a sentence', async () => {
  const topic = await bench.topic();
  const settings = kafkaSettings({ brokers: bench.brokers, consumer });
  const real = kafkajsReader(settings);
  const old: KafkaReader = {
    open: () => Object.assign(real.open(), { beat: undefined }),
    close: () => real.close(),
  };
  const stream = fromKafkaGroup({
    topics: topic,
    groupId: bench.group(),
    client: { settings, reader: () => old },
  });
  await assert.rejects(stream.toArray(), {
    code: 'ST_KAFKA_PROTOCOL',
    message: /leave "group\.protocol" out/,
  });
});

test('a group whose members have no way of sharing out in common says so', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 1);
  const open = (strategy: string) =>
    fromKafkaGroup({
      topics: topic,
      groupId,
      brokers: bench.brokers,
      streamTimeout: -1,
      configuration: { 'partition.assignment.strategy': strategy },
    });
  const first = open('range');
  await first[Symbol.asyncIterator]().next();
  await assert.rejects(open('roundrobin').toArray(), { code: 'ST_KAFKA_GROUP_PROTOCOL', groupId });
  await first.close();
  assert.throws(() => open('sticky'), { code: 'ST_KAFKA_SETTINGS' });
});

test('what a member says of itself can be read in every version of the encoding', () => {
  const owned = [{ topic: 'constructor', partition: 1 }];
  const said = { topics: ['constructor', 't'], owned, generation: 7 };
  const bytes = encodeSubscription(said);
  assert.deepEqual(decodeSubscription(bytes), said);
  // Version 0 ends after the user data, in which Java's sticky assignor keeps the generation; 1 after what is owned.
  const userData = 2 + 4 + (2 + 11) + (2 + 1) + 4 + 4;
  const older = (version: number, length: number) => {
    const cut = Buffer.from(bytes.subarray(0, length));
    cut.writeInt16BE(version);
    return cut;
  };
  assert.deepEqual(decodeSubscription(older(0, userData)), { ...said, owned: [] });
  assert.deepEqual(decodeSubscription(older(1, bytes.length - 6)), said);
  assert.deepEqual(
    decodeSubscription(older(9, bytes.length)),
    said,
    'a newer one is read as far as it is known',
  );
  assert.throws(() => decodeSubscription(Buffer.from([0xff, 0xfe, 0, 0])), RangeError);
});

test('group.protocol=consumer: the first heartbeat after joining tells what the member has, so that nobody else gets it', async () => {
  const [topic, groupId] = [await bench.topic({ partitions: 2 }), bench.group()];
  await bench.write(topic, 1);
  const told: (number | readonly number[])[][] = [];
  const client = clientAround({ brokers: bench.brokers, consumer }, (real) => ({
    beat: (beat) => {
      told.push([beat.identity.generation, ...beat.owned.map(({ partitions }) => sorted(partitions))]);
      return real.beat!(beat);
    },
  }));
  const stream = fromKafkaGroup({ topics: topic, groupId, client, streamTimeout: -1 });
  await stream[Symbol.asyncIterator]().next();
  // The caller is away from now on.
  await until(() => told.length > 1, 20_000);
  const epoch = told[1]![0];
  assert.deepEqual(told, [[0], [epoch, [0, 1]]]);
  await stream.close();
});
