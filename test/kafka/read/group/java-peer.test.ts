/** In one group with Kafka's own consumer, by its usual settings and with cooperative rebalancing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { prepareBroker } from '../../../../src/broker/index.ts';
import { fromKafkaGroup } from '../../../../src/kafka/dataset/group-dataset.ts';
import { writeToKafka } from '../../../../src/kafka/writer/run.ts';
import { numberOf, range, sharedBench, sorted, until, type Bench } from '../../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

const peers: { end(): Promise<void> }[] = [];
after(() => Promise.all(peers.map((peer) => peer.end())));

/** Kafka's console consumer as a process: prints each value on a line, and commits when it is told to end. */
async function javaConsumer(topic: string, group: string, properties: readonly string[]) {
  const { java, jars } = await prepareBroker();
  const quick = ['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=OFF'];
  const main = ['-cp', jars.files.join(path.delimiter), 'org.apache.kafka.tools.consumer.ConsoleConsumer'];
  const where = ['--bootstrap-server', bench.brokers.join(), '--topic', topic, '--group', group];
  const usual = ['auto.offset.reset=earliest', 'auto.commit.interval.ms=100', 'heartbeat.interval.ms=100'];
  const settings = [...usual, ...properties].flatMap((property) => ['--consumer-property', property]);
  const child = spawn(java.program, [...quick, ...main, ...where, ...settings], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const numbers: number[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => numbers.push(Number(line)));
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const peer = {
    numbers,
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
  peers.push(peer);
  return peer;
}

const cooperative = 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor';
const cases = [
  { title: 'usual settings on both sides', ours: undefined, theirs: undefined, javaLeads: false },
  {
    title: 'cooperative-sticky, Java leads',
    ours: 'cooperative-sticky',
    theirs: cooperative,
    javaLeads: true,
  },
] as const;
for (const { title, ours, theirs, javaLeads } of cases)
  test(`${title}: every row goes to one of the two, also when one leaves`, async () => {
    const [topic, groupId] = [await bench.topic({ partitions: 4 }), bench.group()];
    let written = 0;
    const more = async () => {
      const rows = range(40, written).map((row) => ({ value: String(row), partition: row % 4 }));
      await writeToKafka(topic, rows, { brokers: bench.brokers, log: false });
      written += rows.length;
    };
    const mine: number[] = [];
    const shares: number[] = [];
    const stream = fromKafkaGroup({
      topics: topic,
      groupId,
      brokers: bench.brokers,
      streamTimeout: -1,
      commit: 'auto',
      configuration: {
        'heartbeat.interval.ms': 100,
        'auto.commit.interval.ms': 50,
        ...(ours && { 'partition.assignment.strategy': ours }),
      },
      onAssigned: (assignment) => shares.push(assignment[topic]?.length ?? 0),
    });
    const read = async () => {
      for await (const record of stream) mine.push(numberOf(record));
    };
    const properties = theirs ? [`partition.assignment.strategy=${theirs}`] : [];
    let reading = javaLeads ? undefined : read();
    await more();
    if (!javaLeads) await until(() => mine.length === written);
    const java = await javaConsumer(topic, groupId, properties);
    if (javaLeads) await until(() => java.numbers.length === written, 60_000);
    reading ??= read();
    await until(() => shares.at(-1) === 2, 60_000);
    const before = { mine: mine.length, java: java.numbers.length };
    await more();
    await until(() => mine.length + java.numbers.length === written, 30_000);
    assert.ok(mine.length > before.mine && java.numbers.length > before.java, 'both had a share');
    await java.end();
    await until(() => shares.at(-1) === 4, 30_000);
    await more();
    await until(() => mine.length + java.numbers.length >= written, 30_000);
    await stream.close();
    await reading;
    assert.deepEqual(sorted([...mine, ...java.numbers]), range(written), 'every row once');
  });
