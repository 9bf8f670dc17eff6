/** The dead-letter topic: every bad row is found there, whole, with the right reason. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { openKafka } from '../../src/kafka/client/open.ts';
import type { KafkaClient } from '../../src/kafka/client/client.ts';
import type { OutgoingRecord } from '../../src/kafka/record.ts';
import { decodeBatches, decodeRecords } from '../../src/kafka/codec/batches.ts';
import { csvCodec } from '../../src/kafka/codec/csv.ts';
import { BadRecordError, badRecord, type BadRecordReason } from '../../src/kafka/codec/errors.ts';
import { skipBadRecords } from '../../src/kafka/codec/policy.ts';
import { deadLetters, readDeadLetters } from '../../src/kafka/dead-letters.ts';
import { DeadLetterError } from '../../src/kafka/read-errors.ts';
import { fromKafka } from '../../src/kafka/dataset/partition-dataset.ts';
import type { KafkaRecord } from '../../src/kafka/record.ts';
import { testBrokers } from '../helpers/broker.ts';

const good = '5,1,1,1,2,1,3,1,1';

/** One bad row for each reason, as value and key. */
const badRows: readonly (readonly [reason: BadRecordReason, value: Buffer | null, key: string | null])[] = [
  ['null-value', null, '0'],
  ['empty', Buffer.from(''), '0'],
  ['too-long', Buffer.from(`${good}${' '.repeat(300)}`), '0'],
  ['binary', Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x0a]), '0'],
  ['malformed', Buffer.from('"5,1,1,1,2,1,3,1,1'), '0'],
  ['column-count', Buffer.from('5,1,1'), '0'],
  ['not-a-number', Buffer.from('5,1,1,1,2,?,3,1,1'), '0'],
  ['not-finite', Buffer.from('5,1,1,1,2,NaN,3,1,1'), '0'],
  ['bad-label', Buffer.from(good), null],
];

const codec = csvCodec({ columns: 9, maxBytes: 256 });

/** Records as if read, without a broker. */
function recordsOf(rows: readonly (Buffer | null)[]): KafkaRecord[] {
  return rows.map((value, offset) => ({
    topic: 'source',
    partition: offset % 3,
    offset,
    timestamp: 1_000 + offset,
    key: Buffer.from('1'),
    value,
    headers: { trace: Buffer.from([1, 2, 255]) },
  }));
}

describe('policies for bad records', () => {
  const rows = recordsOf([good, 'x', good, good, '', good].map((text) => Buffer.from(text)));

  test("'throw' ends the reading at the first bad record, after the batches before it", async () => {
    const sizes: number[] = [];
    await assert.rejects(
      async () => {
        for await (const { rows: count } of decodeBatches(rows, codec, { size: 1 })) sizes.push(count);
      },
      (error: unknown) =>
        error instanceof BadRecordError && error.offset === 1 && error.reason === 'column-count',
    );
    assert.deepEqual(sizes, [1]);
  });

  test("'skip' leaves bad records out, counts them, and moves the position past them", async () => {
    const skipped = skipBadRecords();
    const batches = [];
    const reading = decodeBatches([rows], codec, { size: 3, onBad: skipped });
    for await (const batch of reading) batches.push(batch);
    assert.deepEqual(skipped.counts, { 'column-count': 1, empty: 1 });
    assert.deepEqual(
      batches.map(({ rows: count, bad, position, last }) => ({ count, bad, position, last: last.offset })),
      [
        { count: 3, bad: 1, position: { source: { 0: 4, 1: 2, 2: 3 } }, last: 3 },
        { count: 1, bad: 1, position: { source: { 0: 4, 1: 5, 2: 6 } }, last: 5 },
      ],
    );
    assert.equal(batches[0]!.xs.length, 27);
    assert.deepEqual([...batches[1]!.xs], [5, 1, 1, 1, 2, 1, 3, 1, 1]);
  });

  test('a batch stays as it was while the next ones are filled', async () => {
    const copies: Float32Array[] = [];
    const given: Float32Array[] = [];
    const numbers = recordsOf(Array.from({ length: 10 }, (_, i) => Buffer.from(`${i}`)));
    for await (const { xs } of decodeBatches(numbers, csvCodec({ columns: 1 }), { size: 3 })) {
      given.push(xs);
      copies.push(xs.slice());
    }
    assert.deepEqual(given, copies);
    assert.deepEqual(
      given.map((xs) => [...xs]),
      [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]],
    );
  });

  test('the remainder can be left out, and a size that makes no sense is refused', async () => {
    let total = 0;
    for await (const { rows: count } of decodeBatches([rows], codec, {
      size: 3,
      onBad: 'skip',
      dropRemainder: true,
    }))
      total += count;
    assert.equal(total, 3);
    await assert.rejects(
      decodeBatches(rows, codec, { size: 0 }).next(),
      /size is 0; expected a whole number/,
    );
  });

  test('an error of the user in a handler ends the reading and is told as it is', async () => {
    const handler = { counts: {}, settle: async () => {}, handle: () => assert.fail('mine') };
    await assert.rejects(async () => {
      for await (const _row of decodeRecords(rows, codec, { onBad: handler }));
    }, /mine/);
  });
});

describe('deadLetters', () => {
  const topics = {
    source: `dead-source-${randomUUID()}`,
    dead: `dead-${randomUUID()}`,
    few: `dead-few-${randomUUID()}`,
    late: `dead-late-${randomUUID()}`,
  };
  let brokers: string[];
  let client: KafkaClient;

  before(async () => {
    brokers = await testBrokers();
    client = await openKafka({ brokers });
  });
  after(async () => {
    for (const topic of Object.values(topics)) await client.topics.delete(topic);
    await client.close();
  });

  test('keeps key, value and headers byte for byte and says where the record stood', async () => {
    const value = Buffer.from([0, 255, 10, 13, 34]);
    const [record] = recordsOf([value]);
    await using letters = deadLetters(topics.few, { brokers });
    for await (const _row of decodeRecords([record!], codec, { onBad: letters }));
    assert.deepEqual(letters.counts, { binary: 1 });
    assert.equal(letters.delivered, 1);

    const [letter] = await readDeadLetters(topics.few, { brokers }).toArray();
    assert.ok(letter);
    assert.equal(letter.reason, 'binary');
    assert.match(letter.message, /not UTF-8|control bytes/);
    assert.deepEqual(letter.source, { topic: 'source', partition: 0, offset: 0, timestamp: 1_000 });
    assert.ok(letter.value?.equals(value));
    assert.ok(letter.key?.equals(Buffer.from('1')));
    assert.deepEqual(Object.keys(letter.headers), ['trace']);
    assert.ok(letter.headers['trace']?.equals(Buffer.from([1, 2, 255])));
  });

  test('of 100,000 rows with 1 % bad ones, each bad one is found with the right reason, and no good one is lost', async () => {
    const count = 100_000;
    const expected = new Map<string, BadRecordReason>();
    const partitions = 2;
    await client.topics.create({ topic: topics.source, partitions, replication: -1, config: {} });
    const producer = await client.producer();
    const chunk = 5_000;
    for (let start = 0; start < count; start += chunk) {
      const partition = (start / chunk) % partitions;
      const records = Array.from({ length: chunk }, (_, i): OutgoingRecord => {
        const row = start + i;
        if (row % 100 !== 37) return { key: String(row % 2), value: good };
        const [reason, value, key] = badRows[Math.floor(row / 100) % badRows.length]!;
        const offset = Math.floor(start / chunk / partitions) * chunk + i;
        expected.set(`${partition}/${offset}`, reason);
        return { key, value };
      });
      await producer.send(topics.source, partition, records);
    }
    await producer.close();

    await using letters = deadLetters(topics.dead, { brokers, partitions: 2 });
    let rows = 0;
    let bad = 0;
    for await (const batch of decodeBatches(fromKafka(topics.source, { brokers }), codec, {
      size: 512,
      onBad: letters,
    })) {
      rows += batch.rows;
      bad += batch.bad;
      // Whoever commits this position now loses nothing.
      assert.equal(
        letters.delivered,
        Object.values(letters.counts).reduce((sum, n) => sum + n, 0),
      );
      assert.ok(batch.xs.every((value, i) => value === [5, 1, 1, 1, 2, 1, 3, 1, 1][i % 9]));
    }
    assert.equal(rows, count * 0.99);
    assert.equal(bad, count * 0.01);

    const found = await readDeadLetters(topics.dead, { brokers }).toArray();
    assert.equal(found.length, count * 0.01);
    assert.deepEqual(
      new Map(found.map(({ source, reason }) => [`${source.partition}/${source.offset}`, reason])),
      expected,
    );
    const byReason = new Map(badRows.map(([reason, value]) => [reason, value]));
    for (const { reason, value } of found) assert.deepEqual(value, byReason.get(reason as BadRecordReason));
  });

  test('stops the reading when dead letters cannot be delivered, so that none is lost', async () => {
    const nowhere = deadLetters('dead', { brokers: '127.0.0.1:1', connectTimeout: 300 });
    const reading = decodeBatches(recordsOf([Buffer.from('x'), Buffer.from(good)]), codec, {
      size: 1,
      onBad: nowhere,
    });
    await assert.rejects(
      reading.next(),
      (error: unknown) =>
        error instanceof DeadLetterError && error.records === 1 && error.code === 'ST_KAFKA_DEAD_LETTER',
    );
  });

  test('keeps what could not be delivered and delivers it once Kafka is there, each record once', async () => {
    // A port on which nothing listens yet; what comes later leads to the broker.
    const gate = createServer((socket) => {
      const [host = '', port = ''] = brokers[0]!.split(':');
      pipeline(socket, connect({ host, port: Number(port) }), socket, () => {});
    });
    gate.listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const { port } = gate.address() as AddressInfo;
    gate.close();
    await once(gate, 'close');
    const letters = deadLetters(topics.late, { brokers: `127.0.0.1:${port}`, connectTimeout: 200 });
    const [record] = recordsOf([Buffer.from('x')]);
    letters.handle(record!, badRecord(record!, 'column-count', 'expected 9 columns, found 1'));
    await assert.rejects(letters.settle(), DeadLetterError);
    assert.equal(letters.delivered, 0);

    gate.listen(port, '127.0.0.1');
    await once(gate, 'listening');
    await letters.close();
    await letters.close();
    gate.close();
    assert.equal(letters.delivered, 1);
    const [letter, ...more] = await readDeadLetters(topics.late, { brokers }).toArray();
    assert.equal(letter?.reason, 'column-count');
    assert.deepEqual(more, []);
  });
});
