import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import test, { after, before, type TestContext } from 'node:test';
import { prepareBroker } from '../../../src/broker/index.ts';
import { openKafka, type KafkaClient } from '../../../src/kafka/index.ts';
import { fromKafka, fromKafkaBatches } from '../../../src/kafka/index.ts';
import { openTransactions, type TransactionsOptions } from '../../../src/kafka/writer/transactions.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { offsetsAreStable, randomName, randomTopic } from '../../helpers/topics.ts';

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

const open = (options: Partial<TransactionsOptions> = {}) =>
  openTransactions({ client, transactionalId: randomName('transactions'), ...options });
const topicOf = (t: TestContext, partitions = 1) => randomTopic(t, { client, partitions });

/** Waits for the markers of transactions that were ended: the coordinator writes them after it has answered. */
async function ended(topic: string): Promise<void> {
  const highs = async (isolationLevel: 'read_committed' | 'read_uncommitted') =>
    (await client.topics.watermarks(topic, { isolationLevel })).map(({ high }) => high).join();
  while ((await highs('read_committed')) !== (await highs('read_uncommitted')))
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What readers with `read_committed` (the default) see; `open`: while a transaction is. */
async function committed(topic: string, { open = false } = {}): Promise<string[]> {
  if (!open) await ended(topic);
  const values: string[] = [];
  for (const partition of (await client.topics.describe(topic))?.partitions ?? [])
    for await (const { value } of fromKafka(topic, { client, partition: partition.partition }))
      values.push(String(value));
  return values;
}

/** Where a member of the group starts; refused while a transaction with its offsets is not through. */
async function startOf(group: string, topic: string, partition = 0): Promise<number | undefined> {
  const log = client.reader().open();
  try {
    return (await log.committed(group, [{ topic, partition }]))[0]?.offset;
  } finally {
    await log.close();
  }
}

const unstable = { code: 'ST_KAFKA_PROTOCOL', type: 'UNSTABLE_OFFSET_COMMIT', canRetry: true };

/** The same once the transactions that were committed are through. */
async function stableOffsetOf(group: string, topic: string, partition = 0): Promise<number | undefined> {
  await offsetsAreStable(client, group, topic);
  return offsetOf(group, topic, partition);
}

async function offsetOf(group: string, topic: string, partition = 0): Promise<number | undefined> {
  return (await client.groups.offsets(group)).get(topic)?.get(partition);
}

test('rows of two topics and offsets of a group count together, once committed', async (t) => {
  const [scores, others, group] = [await topicOf(t, 3), await topicOf(t), randomName('group')];
  await using producer = await open();
  const rows = Array.from({ length: 300 }, (_, i) => ({ key: `key-${i}`, value: String(i) }));
  await using transaction = await producer.begin();
  await transaction.send(scores, rows);
  await transaction.send(others, { value: 'other', partition: 0, headers: { version: '7' } });
  await transaction.sendOffsets({ [scores]: { 2: 41 } }, group);
  assert.deepEqual(await committed(scores, { open: true }), []);
  assert.equal(await offsetOf(group, scores, 2), undefined);
  await assert.rejects(startOf(group, scores, 2), unstable);
  await transaction.commit();
  assert.equal(await stableOffsetOf(group, scores, 2), 41);
  assert.deepEqual(
    (await committed(scores)).map(Number).sort((a, b) => a - b),
    rows.map((_, i) => i),
  );
  assert.deepEqual(await committed(others), ['other']);
});

test('what is left without a commit, aborted, or thrown out of is never seen, and the next one goes on', async (t) => {
  const [topic, group] = [await topicOf(t, 2), randomName('group')];
  await using producer = await open();
  const boom = new Error('boom');
  await assert.rejects(async () => {
    await using transaction = await producer.begin();
    await transaction.send(topic, { value: 'thrown', partition: 1 });
    await transaction.sendOffsets({ [topic]: { 0: 1 } }, group);
    throw boom;
  }, boom);
  const aborted = await producer.begin();
  void aborted.send(topic, { value: 'aborted', partition: 0 }).catch(() => undefined);
  await aborted.abort();
  await assert.rejects(aborted.commit(), { code: 'ST_KAFKA_TRANSACTION_STATE' });
  const empty = await producer.begin();
  await assert.rejects(producer.begin(), { code: 'ST_KAFKA_TRANSACTION_STATE' });
  await empty.commit();
  for (let i = 0; i < 5; i++) {
    await using transaction = await producer.begin();
    void transaction.send(topic, { value: `kept ${i}`, partition: i % 2 });
    void transaction.sendOffsets({ [topic]: { 0: i } }, group);
    await transaction.commit();
  }
  assert.deepEqual(
    (await committed(topic)).sort(),
    range(5).map((i) => `kept ${i}`),
  );
  assert.equal(await stableOffsetOf(group, topic), 4);
});

test('while a commit or abort is under way none begins, closing waits for it, and no rows are no transaction', async (t) => {
  const topic = await topicOf(t);
  await using producer = await open();
  const first = await producer.begin();
  await first.send(topic, { value: 'first' });
  const committing = first.commit();
  await assert.rejects(producer.begin(), { code: 'ST_KAFKA_TRANSACTION_STATE' });
  await committing;
  const aborted = await producer.begin();
  void aborted.sendOffsets({ [topic]: { 0: 1 } }, randomName('group')).catch(() => undefined);
  const aborting = aborted.abort();
  await assert.rejects(producer.begin(), { code: 'ST_KAFKA_TRANSACTION_STATE' });
  await aborting;
  const empty = await producer.begin();
  await empty.send(topic, []);
  await empty.commit();
  const last = await client.transactional(producer.transactionalId);
  const transaction = await last.begin();
  assert.equal((await transaction.send(topic, 0, [])).records, 0);
  await transaction.commit();
  const closing = await last.begin();
  await closing.send(topic, 0, [{ key: null, value: 'last' }]);
  let isCommitted = false;
  const done = closing.commit().then(() => (isCommitted = true));
  await last.close();
  assert.ok(isCommitted);
  await done;
  assert.deepEqual(await committed(topic), ['first', 'last']);
});

test('one row that cannot be written aborts all of its transaction, whoever waits for it or not', async (t) => {
  const topic = await topicOf(t);
  await using producer = await open();
  const transaction = await producer.begin();
  void transaction.send(topic, { value: 'good' });
  void transaction.send(randomName(), { value: 'nowhere' });
  await assert.rejects(
    transaction.commit(),
    (error: Error & { code?: string; cause?: { code?: string } }) => {
      assert.equal(error.code, 'ST_KAFKA_TRANSACTION_ABORTED');
      return error.cause?.code === 'ST_KAFKA_UNKNOWN_TOPIC';
    },
  );
  const tooLarge = await producer.begin();
  await tooLarge.send(topic, { value: 'good' });
  await assert.rejects(tooLarge.send(topic, { value: Buffer.alloc(2 ** 21) }), { code: 'ST_KAFKA_DELIVERY' });
  await assert.rejects(tooLarge.commit(), { code: 'ST_KAFKA_TRANSACTION_ABORTED' });
  await using last = await producer.begin();
  await last.send(topic, { value: 'last' });
  await last.commit();
  assert.deepEqual(await committed(topic), ['last']);
});

test('a second producer of the same id fences the first, whose next call says so', async (t) => {
  const [topic, group] = [await topicOf(t), randomName('group')];
  const transactionalId = randomName('transactions');
  await using zombie = await open({ transactionalId });
  const left = await zombie.begin();
  await left.send(topic, { value: 'left open' });
  await using taker = await open({ transactionalId });
  await using taken = await taker.begin();
  await taken.send(topic, { value: 'taken' });
  const fenced = { code: 'ST_KAFKA_PRODUCER_FENCED', transactionalId };
  await assert.rejects(left.send(topic, { value: 'zombie' }), fenced);
  await assert.rejects(left.sendOffsets({ [topic]: { 0: 9 } }, group), fenced);
  await assert.rejects(left.commit(), fenced);
  await assert.rejects(zombie.begin(), fenced);
  await taken.commit();
  assert.deepEqual(await committed(topic), ['taken']);
  assert.equal(await offsetOf(group, topic), undefined);

  // One that had nothing but the commit left to do.
  const late = await taker.begin();
  await late.send(topic, { value: 'late' });
  await using _third = await open({ transactionalId });
  await assert.rejects(late.commit(), fenced);
  await assert.rejects(taker.begin(), fenced);
  assert.deepEqual(await committed(topic), ['taken']);
});

test('a transaction that took longer than its time is aborted, said so, and its producer goes on', async (t) => {
  const topic = await topicOf(t);
  await using producer = await open({ transactionTimeout: 50 });
  const slow = await producer.begin();
  await slow.send(topic, { value: 'slow' });
  const end = (await client.topics.watermarks(topic))[0]!.high;
  // The broker looks every ten seconds or so; its marker behind the row shows that it has.
  while ((await client.topics.watermarks(topic))[0]!.high === end)
    await new Promise((resolve) => setTimeout(resolve, 100));
  await assert.rejects(slow.commit(), { code: 'ST_KAFKA_TRANSACTION_ABORTED', canRetry: true });
  await using next = await producer.begin();
  await next.send(topic, { value: 'next' });
  await next.commit();
  assert.deepEqual(await committed(topic), ['next']);
});

test('offsets of a member that its group has given up are refused, and the transaction with them', async (t) => {
  const [source, target, groupId] = [await topicOf(t), await topicOf(t), randomName('group')];
  await using producer = await open();
  await using writing = await producer.begin();
  await writing.send(
    source,
    range(6).map((i) => ({ value: String(i) })),
  );
  await writing.commit();
  const stream = fromKafkaBatches({ client, topics: source, groupId, commit: 'off', maxRecords: 3 });
  const minis = stream[Symbol.asyncIterator]();
  const first = (await minis.next()).value!;
  const member = stream.member();
  assert.ok(member.generation > 0);
  await using scored = await producer.begin();
  void scored.send(
    target,
    first.records.map(({ value }) => ({ value })),
  );
  void scored.sendOffsets(first.end, member);
  await scored.commit();
  assert.equal(await stableOffsetOf(groupId, source), 3);
  const stale = await producer.begin();
  void stale.send(target, { value: 'stale' });
  const offsets = stale.sendOffsets({ [source]: { 0: 6 } }, { ...member, generation: member.generation - 1 });
  await assert.rejects(offsets, { code: 'ST_KAFKA_PROTOCOL', type: 'ILLEGAL_GENERATION' });
  await assert.rejects(stale.commit(), { code: 'ST_KAFKA_TRANSACTION_ABORTED' });
  await stream.close();
  assert.equal(await offsetOf(groupId, source), 3);
  assert.deepEqual(await committed(target), ['0', '1', '2']);
});

test("Kafka's own console consumer reads what was committed, in order, and nothing else", async (t) => {
  const topic = await topicOf(t);
  await using producer = await open({ compression: 'gzip' });
  for (let i = 0; i < 40; i++) {
    await using transaction = await producer.begin();
    await transaction.send(topic, [{ value: `${i}a` }, { value: `${i}b` }]);
    if (i % 3 === 0) await transaction.commit();
    else if (i % 3 === 1) await transaction.abort();
  }
  const wanted = range(40).flatMap((i) => (i % 3 === 0 ? [`${i}a`, `${i}b`] : []));
  // The last rows of the topic are among them: one that should not be seen would stand before those.
  assert.deepEqual(await javaValues(topic, wanted.length), wanted);
});

test('offsets of a topic that does not exist are refused soon', async (t) => {
  const topic = await topicOf(t);
  await using producer = await open();
  await using transaction = await producer.begin();
  await transaction.send(topic, { value: 'lonely' });
  const offsets = transaction.sendOffsets({ [randomName()]: { 0: 1 } }, randomName('group'));
  await assert.rejects(offsets, { code: 'ST_KAFKA_PROTOCOL', type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  await assert.rejects(transaction.commit(), { code: 'ST_KAFKA_TRANSACTION_ABORTED' });
});

test('options that cannot be are refused before anything is connected', async () => {
  await assert.rejects(openTransactions({ transactionalId: '' }), { code: 'ST_OPTION_INVALID' });
  await assert.rejects(open({ transactionTimeout: 0 }), { code: 'ST_OPTION_INVALID' });
  await assert.rejects(open({ acks: 1 } as object), { code: 'ST_OPTION_UNKNOWN' });
  const closed = await open();
  await closed.close();
  await assert.rejects(closed.begin(), { code: 'ST_KAFKA_CLOSED' });
});

/** The first values that the Java consumer prints with `read_committed`; fewer than `count` when no more come. */
async function javaValues(topic: string, count: number): Promise<string[]> {
  const { java, jars } = await prepareBroker();
  const quick = ['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=OFF'];
  const main = ['-cp', jars.files.join(path.delimiter), 'org.apache.kafka.tools.consumer.ConsoleConsumer'];
  const where = ['--bootstrap-server', client.settings.brokers.join(), '--topic', topic, '--from-beginning'];
  const how = [
    '--isolation-level',
    'read_committed',
    '--max-messages',
    String(count),
    '--timeout-ms',
    '60000',
  ];
  const child = spawn(java.program, [...quick, ...main, ...where, ...how], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  await once(child, 'close');
  return printed.split('\n').filter((line) => line !== '');
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
