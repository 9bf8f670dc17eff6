/** The `streamtrain` command against a real broker. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decodeRecords } from '../../src/kafka/codec/batches.ts';
import { csvCodec } from '../../src/kafka/codec/csv.ts';
import { deadLetters } from '../../src/kafka/dead-letters.ts';
import {
  createTopic,
  describeGroup,
  fromKafka,
  openKafka,
  writeToKafka,
  type KafkaClient,
} from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { runCli, spawnCli, startCli } from './run-cli.ts';

let client: KafkaClient;
let folder: string;
const topics: string[] = [];

function topicName(what: string): string {
  const topic = `cli-${what}-${randomUUID()}`;
  topics.push(topic);
  return topic;
}

/** A topic of one partition with the numbers from 0 on. */
async function numbersTopic(what: string, count: number): Promise<string> {
  const topic = topicName(what);
  await createTopic(topic, { client, partitions: 1 });
  const items = Array.from({ length: count }, (_, i) => ({
    key: `k${i}`,
    value: String(i),
    timestamp: 1_000_000 + i,
  }));
  await writeToKafka(topic, items, { client, log: false });
  return topic;
}

async function valuesOf(topic: string): Promise<string[]> {
  return (await fromKafka(topic, { brokers: await testBrokers() }).toArray()).map(({ value }) =>
    String(value),
  );
}

describe('streamtrain', { concurrency: 3 }, () => {
  before(async () => {
    client = await openKafka({ brokers: await testBrokers() });
    folder = await mkdtemp(join(tmpdir(), 'streamtrain-cli-'));
  });
  after(async () => {
    for (const topic of topics) await client.topics.delete(topic);
    await client.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('help lists every command, and goes to stdout with exit code 0', async () => {
    const { exitCode, stdout, stderr } = await spawnCli('--help');
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' });
    for (const name of ['topics', 'write', 'read', 'lag', 'replay', 'dead-letters', '--json', '--brokers'])
      assert.ok(stdout.includes(name), name);
  });

  test('wrong usage is exit code 2 and one line that says what is wrong', async () => {
    const results = await Promise.all([
      spawnCli('frobnicate'),
      runCli('read', 'some-topic', '--from', 'noon'),
      runCli('replay', '-t', 'x', '--json'),
    ]);
    assert.deepEqual(
      results.map(({ exitCode, stdout }) => ({ exitCode, stdout })),
      Array(3).fill({ exitCode: 2, stdout: '' }),
    );
    assert.match(results[0].stderr, /^error ST_CLI_USAGE: unknown command 'frobnicate'.*\n$/);
    assert.match(results[1].stderr, /^error ST_CLI_USAGE: .*--from.*beginning, end, an offset.*\n$/);
    assert.deepEqual(JSON.parse(results[2].stderr), {
      error: { code: 'ST_CLI_USAGE', message: 'Give either a file or --from-topic.' },
    });
  });

  test('a failure is exit code 1 and one line with its code', async () => {
    const [noBroker, noTopic] = await Promise.all([
      runCli('read', 'x', '--brokers', '127.0.0.1:1'),
      runCli('read', `missing-${randomUUID()}`, '--json'),
    ]);
    assert.equal(noBroker.exitCode, 1);
    assert.match(noBroker.stderr, /^error ST_KAFKA_CONNECTION: No Kafka broker at 127\.0\.0\.1:1.*\n$/);
    assert.equal(noTopic.exitCode, 1);
    const { error } = JSON.parse(noTopic.stderr) as { error: { code: string } };
    assert.equal(error.code, 'ST_KAFKA_UNKNOWN_TOPIC');
  });

  test('topics: create, describe, list, delete', async () => {
    const topic = topicName('life');
    const created = await runCli(
      'topics',
      'create',
      topic,
      '-p',
      '3',
      '--set',
      'cleanup.policy=compact',
      '--json',
    );
    assert.deepEqual(JSON.parse(created.stdout), { topic, partitions: 3, created: true });
    const [described, listed, mismatch] = await Promise.all([
      runCli('topics', 'describe', topic, '--json'),
      runCli('topics', 'list'),
      runCli('topics', 'create', topic, '-p', '2'),
    ]);
    const facts = JSON.parse(described.stdout) as { partitions: unknown[]; records: number; config: object };
    assert.equal(facts.partitions.length, 3);
    assert.equal(facts.records, 0);
    assert.equal((facts.config as Record<string, string>)['cleanup.policy'], 'compact');
    assert.ok(listed.stdout.split('\n').includes(topic));
    assert.equal(mismatch.exitCode, 1);
    assert.match(mismatch.stderr, /ST_KAFKA_PARTITION_MISMATCH/);
    assert.equal((await runCli('topics', 'delete', topic)).stdout, `Deleted topic ${topic}\n`);
    assert.equal(await client.topics.describe(topic), undefined);
  });

  test('write puts a CSV file into a topic: the label becomes the key, the rest the value', async () => {
    const topic = topicName('write');
    const file = join(folder, 'rows.csv');
    await writeFile(file, 'Id,Clump,Note,Class\r\n7,5,"a, b",2\r\n8, 3 ,?,4\r\n');
    const wrote = await runCli('write', file, '-t', topic, '-p', '1', '--key', 'Class', '--drop', 'Id');
    assert.deepEqual(wrote, { exitCode: 0, stdout: `Wrote 2 messages into topic: ${topic}\n`, stderr: '' });
    const read = await runCli('read', topic, '--with-key', '--quiet');
    assert.deepEqual(read, { exitCode: 0, stdout: '2\t5,"a, b"\n4\t3,?\n', stderr: '' });
  });

  test('read starts, stops and counts where it is told; with --json a line holds the whole record', async () => {
    const topic = await numbersTopic('range', 50);
    const [slice, tail, times, json] = await Promise.all([
      runCli('read', topic, '--from', '10', '--to', '13'),
      runCli('read', topic, '--from', '-2'),
      runCli('read', topic, '--from', new Date(1_000_047).toISOString(), '-n', '2'),
      runCli('read', topic, '-n', '1', '--json'),
    ]);
    assert.equal(slice.stdout, '10\n11\n12\n');
    assert.equal(slice.stderr, 'Read 3 records\n');
    assert.equal(tail.stdout, '48\n49\n');
    assert.equal(times.stdout, '47\n48\n');
    const expected = {
      topic,
      partition: 0,
      offset: 0,
      timestamp: 1_000_000,
      key: 'k0',
      value: '0',
      headers: {},
    };
    assert.deepEqual(JSON.parse(json.stdout), expected);
  });

  test('Ctrl-C ends a following member: what was printed is committed, the group is left', async () => {
    const topic = await numbersTopic('group', 20);
    const group = `cli-group-${randomUUID()}`;
    const running = await startCli(['read', topic, '--group', group, '--follow']);
    await running.printed('\n19\n');
    assert.equal((await describeGroup(group, { client })).members.length, 1);
    running.child.kill('SIGINT');
    const { exitCode, stdout } = await running.result;
    assert.equal(exitCode, 130);
    assert.equal(stdout.split('\n').length, 21);
    const left = await describeGroup(group, { client });
    assert.deepEqual({ members: left.members.length, lag: left.totalLag }, { members: 0, lag: 0 });

    await writeToKafka(topic, [{ value: 'new' }], { client, log: false });
    const lag = await runCli('lag', group, '--json');
    assert.equal((JSON.parse(lag.stdout) as { totalLag: number }).totalLag, 1);
    assert.equal((await runCli('read', topic, '--group', group, '-q')).stdout, 'new\n');
    const table = await runCli('lag', group, '--wait');
    assert.match(table.stdout, /^TOPIC +PARTITION +CURRENT-OFFSET +LOG-END-OFFSET +LAG/);
    assert.match(table.stdout, new RegExp(`${topic} +0 +21 +21 +0`));
    await client.groups.delete(group);
  });

  test('Ctrl-C ends a slow write: the rows it reports are in the topic', async () => {
    const topic = topicName('slow');
    await createTopic(topic, { client, partitions: 1 });
    const running = await startCli(['write', '-', '-t', topic, '--no-header', '--rate', '200', '--json']);
    running.child.stdin.write('1,2\n'.repeat(5_000));
    while ((await valuesOf(topic)).length < 20) await new Promise((resolve) => setTimeout(resolve, 50));
    running.child.kill('SIGINT');
    const { exitCode, stdout } = await running.result;
    assert.equal(exitCode, 130);
    const { written } = JSON.parse(stdout) as { written: number };
    const there = (await valuesOf(topic)).length;
    assert.ok(written >= 20 && written < 5_000, String(written));
    assert.equal(there, written);
  });

  test('replay keeps a rate, or the rhythm of the timestamps, and the rows as they were', async () => {
    const source = await numbersTopic('source', 300);
    const [even, rhythm] = [topicName('even'), topicName('rhythm')];
    const results = await Promise.all([
      runCli('replay', '--from-topic', source, '-t', even, '-p', '1', '-r', '500', '--json'),
      runCli(
        'replay',
        '--from-topic',
        source,
        '-t',
        rhythm,
        '-p',
        '1',
        '--by-timestamps',
        '--speed',
        '0.5',
        '--json',
      ),
    ]);
    // 300 rows at 500 a second; 299 ms at half the speed.
    for (const { stdout, exitCode } of results) {
      const { written, seconds } = JSON.parse(stdout) as { written: number; seconds: number };
      assert.equal(exitCode, 0);
      assert.equal(written, 300);
      assert.ok(seconds >= 0.45, `${seconds} s`);
    }
    const records = await fromKafka(rhythm, { brokers: await testBrokers() }).toArray();
    assert.deepEqual(
      records.map(({ key, value, timestamp }) => [String(key), String(value), timestamp]),
      Array.from({ length: 300 }, (_, i) => [`k${i}`, String(i), 1_000_000 + i]),
    );
  });

  test('dead-letters shows where each bad record stood and why, and counts by reason', async () => {
    const topic = topicName('dead');
    const rows = ['1,x', '', '1'].map((text, offset) => ({
      ...{ topic: 'source', partition: 0, offset, timestamp: 5, key: Buffer.from('0'), headers: {} },
      value: Buffer.from(text),
    }));
    await using letters = deadLetters(topic, { client });
    for await (const _row of decodeRecords(rows, csvCodec({ columns: 2 }), { onBad: letters }));
    const [text, json, counts] = await Promise.all([
      runCli('dead-letters', topic),
      runCli('dead-letters', topic, '--json', '--reason', 'empty'),
      runCli('dead-letters', topic, '--counts', '--json'),
    ]);
    assert.match(text.stdout, /^source\/0@0 {2}not-a-number: column 2 holds "x" {2}"1,x"\n/);
    assert.equal(text.stderr, '3 dead letters\n');
    const letter = JSON.parse(json.stdout) as { reason: string; source: { offset: number }; value: string };
    assert.deepEqual([letter.reason, letter.source.offset, letter.value], ['empty', 1, '']);
    assert.deepEqual(
      new Set(JSON.parse(counts.stdout) as object[]),
      new Set([
        { reason: 'not-a-number', records: 1 },
        { reason: 'empty', records: 1 },
        { reason: 'column-count', records: 1 },
      ]),
    );
  });

  test('what is not there is said, with exit code 1; asking for nothing is no failure', async () => {
    const topic = await numbersTopic('there', 5);
    const missing = `missing-${randomUUID()}`;
    const group = `cli-group-${randomUUID()}`;
    assert.equal((await runCli('read', topic, '--group', group, '-n', '2')).stdout, '0\n1\n');
    for (const [args, message] of [
      [['read', missing, '-n', '0'], /ST_KAFKA_UNKNOWN_TOPIC.*"streamtrain topics create/],
      [['read', missing, '--group', group], /ST_KAFKA_UNKNOWN_TOPIC/],
      [['read', topic, '--partition', '3'], /ST_KAFKA_UNKNOWN_PARTITION.*no partition 3/],
      [['dead-letters', missing], /ST_KAFKA_UNKNOWN_TOPIC/],
      [['topics', 'describe', missing], /ST_KAFKA_UNKNOWN_TOPIC/],
      [['lag', missing], /ST_KAFKA_GROUP.*no such group/],
      [['lag', missing, '--topic', topic], /ST_KAFKA_GROUP.*no such group/],
      [['lag', group, '--topic', missing], /ST_KAFKA_UNKNOWN_TOPIC/],
      [['lag', group, '--wait', '--timeout', '300'], /ST_KAFKA_TIMEOUT.*lag is 3/],
      [['replay', '--from-topic', missing, '-t', topic, '-r', '5'], /ST_KAFKA_UNKNOWN_TOPIC/],
      [['write', 'none.csv', '-t', topic], /ST_CLI_CSV_FILE: none\.csv: there is no such file/],
      [['write', folder, '-t', topic], /ST_CLI_CSV_FILE: .*EISDIR/],
    ] as const) {
      const { exitCode, stderr } = await runCli(...args);
      assert.equal(exitCode, 1, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, message);
    }
    assert.deepEqual(await runCli('read', topic, '-n', '0', '-q'), { exitCode: 0, stdout: '', stderr: '' });
    assert.deepEqual(await runCli('read', topic, '-n', '0', '-q', '--group', group), {
      ...{ exitCode: 0, stdout: '', stderr: '' },
    });
    // Nothing was read, and nothing committed.
    assert.equal(
      (JSON.parse((await runCli('lag', group, '--json')).stdout) as { totalLag: number }).totalLag,
      3,
    );
    await client.groups.delete(group);
    const half = await runCli('topics', 'delete', missing, topic);
    assert.equal(half.exitCode, 1);
    assert.equal(half.stdout, `Deleted topic ${topic}\n`);
  });

  test('a file that turns bad: what came before is written and counted, and the line is named', async () => {
    const topic = topicName('bad');
    const file = join(folder, 'bad.csv');
    await writeFile(file, 'a,b\n1,2\n3,4\n5\n6,7\n');
    const { exitCode, stdout, stderr } = await runCli('write', file, '-t', topic, '-p', '1', '--json');
    assert.equal(exitCode, 1);
    assert.equal((JSON.parse(stdout) as { written: number }).written, 2);
    assert.deepEqual(await valuesOf(topic), ['1,2', '3,4']);
    const { error } = JSON.parse(stderr) as { error: { code: string; message: string } };
    assert.equal(error.code, 'ST_CLI_CSV_FILE');
    assert.match(error.message, /bad\.csv: line 4: 1 columns, expected 2/);
    const large = await runCli('write', file, '-t', topic, '--max-request-bytes', '1');
    assert.equal(large.exitCode, 1);
    assert.match(large.stderr, /--max-request-bytes/);
  });

  test('a reader that has seen enough, such as head, ends the command quietly', async () => {
    const topic = await numbersTopic('pipe', 50_000);
    const running = await startCli(['read', topic]);
    await running.printed('\n5\n');
    running.child.stdout.destroy();
    const { exitCode, stderr } = await running.result;
    assert.equal(exitCode, 0);
    assert.match(stderr, /^Read \d+ records\n$/);
  });
});
