import assert from 'node:assert/strict';
import test from 'node:test';
import zlib from 'node:zlib';
import { openKafka } from '../../../src/kafka/client/open.ts';
import {
  DeliveryError,
  InvalidItemError,
  RecordTooLargeError,
  UnknownTopicError,
  WriteError,
} from '../../../src/kafka/errors.ts';
import { partitionOfKey } from '../../../src/kafka/writer/partitioner.ts';
import { deleteRecords, deleteTopic, describeTopic } from '../../../src/kafka/admin/topics.ts';
import { KafkaWriter } from '../../../src/kafka/writer/writer.ts';
import type { WriterItem } from '../../../src/kafka/writer/item.ts';
import type { WriteProgress } from '../../../src/kafka/writer/options.ts';
import { writeToKafka } from '../../../src/kafka/writer/run.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName, randomTopic, readOutside } from '../../helpers/topics.ts';

const brokers = await testBrokers();
const quiet = { brokers, log: false } as const;

test("says what it wrote in the article's words", async (t) => {
  const topic = await randomTopic(t, { partitions: 2 });
  const lines: string[] = [];
  const rows = Array.from({ length: 419 }, (_, index) => ({ key: index % 2, value: `${index},1,1` }));
  const result = await writeToKafka(topic, rows, { brokers, log: (line) => lines.push(line) });
  assert.equal(String(result), `Wrote 419 messages into topic: ${topic}`);
  assert.deepEqual(lines, [String(result)]);
  assert.equal(result.messages, 419);
  const records = await readOutside(topic);
  assert.equal(records.length, 419);
  for (const { key, partition } of records) assert.equal(partition, partitionOfKey(key ?? '', 2));
  // Within a partition the order is that of the input.
  for (const partition of [0, 1]) {
    const values = records
      .filter((one) => one.partition === partition)
      .map(({ value }) => parseInt(value ?? ''));
    assert.deepEqual(
      values,
      values.toSorted((one, other) => one - other),
    );
  }
});

test('keeps keys, tombstones, headers, timestamps, chosen partitions, long and non-ASCII texts', async (t) => {
  const topic = await randomTopic(t, { partitions: 3 });
  const long = 'ä€𝄞'.repeat(3000);
  const items: WriterItem[] = [
    {
      key: 'k',
      value: 'v',
      partition: 2,
      timestamp: 1_600_000_000_000,
      headers: { a: '1', b: Buffer.from('two'), c: ['x', 'y'] },
    },
    { key: null, value: Buffer.from([1, 2, 255]), partition: 2, timestamp: new Date(1_500_000_000_123) },
    { key: 'gone', value: null, partition: 2 },
    { value: long, partition: 2, timestamp: 1_700_000_000_000 },
    { key: 'ü'.repeat(40), value: '', partition: 2, timestamp: 0 },
    { key: 7, value: 0.5, partition: 0 },
  ];
  const before = Date.now();
  await writeToKafka(topic, items, quiet);
  const records = await readOutside(topic);
  assert.deepEqual(
    records.map(({ partition, key, value }) => ({ partition, key, value })),
    [
      { partition: 0, key: '7', value: '0.5' },
      { partition: 2, key: 'k', value: 'v' },
      { partition: 2, key: null, value: Buffer.from([1, 2, 255]).toString() },
      { partition: 2, key: 'gone', value: null },
      { partition: 2, key: null, value: long },
      { partition: 2, key: 'ü'.repeat(40), value: '' },
    ],
  );
  assert.deepEqual(records[1]?.headers, { a: '1', b: 'two', c: ['x', 'y'] });
  const times = records.map(({ timestamp }) => timestamp);
  assert.deepEqual(
    [times[1], times[2], times[4], times[5]],
    [1_600_000_000_000, 1_500_000_000_123, 1_700_000_000_000, 0],
  );
  for (const sent of [times[0], times[3]])
    assert.ok(sent !== undefined && sent >= before && sent <= Date.now());
});

test('takes an async iterable larger than its buffer, batch by batch, without growing', async (t) => {
  const topic = await randomTopic(t, { partitions: 4 });
  let taken = 0;
  let worst = 0;
  const seen: WriteProgress[] = [];
  const writer = await KafkaWriter.open(topic, { brokers, bufferBytes: 256 * 1024, batchBytes: 32 * 1024 });
  for (; taken < 60_000; taken++) {
    await writer.write({ value: `${taken},5,1,1,1,2,1,3,1,1` });
    worst = Math.max(worst, writer.progress.pending);
  }
  await writer.close();
  seen.push(writer.progress);
  assert.equal(seen[0]?.written, 60_000);
  // 256 KiB are about 8,000 rows of 31 bytes.
  assert.ok(worst < 12_000, `${worst} rows were under way`);
  const { offsets, records } = await describeTopic(topic, { brokers });
  assert.equal(records, 60_000);
  assert.ok(
    offsets.every(({ high }) => high > 5_000),
    'rows without a key are spread over all partitions',
  );
});

for (const compression of ['gzip', 'zstd'] as const) {
  const isThere = compression === 'gzip' || 'zstdCompress' in zlib;
  test(`compresses with ${compression}`, { skip: !isThere && 'this Node has no zstd' }, async (t) => {
    const topic = await randomTopic(t);
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      key: 'k',
      value: `${index},${'1,'.repeat(20)}`,
    }));
    await writeToKafka(topic, rows, { ...quiet, compression });
    const { records } = await describeTopic(topic, { brokers });
    assert.equal(records, 5_000);
    if (compression !== 'gzip') return;
    const back = await readOutside(topic);
    assert.deepEqual(
      back.map(({ value }) => value),
      rows.map(({ value }) => value),
    );
  });
}

test('says which compression this Node lacks, before anything is written', async (t) => {
  const topic = await randomTopic(t);
  await assert.rejects(writeToKafka(topic, [{ value: 'x' }], { ...quiet, compression: 'snappy' }), {
    code: 'ST_KAFKA_COMPRESSION',
    message: /snappy.*gzip/,
  });
});

test('tells a row that is too large by callback and by rejection, and writes its neighbours', async (t) => {
  const topic = await randomTopic(t, { config: { 'max.message.bytes': 20_000 } });
  const errors: DeliveryError[] = [];
  const rows = Array.from({ length: 300 }, (_, index) => ({
    key: String(index),
    value: index === 137 || index === 200 ? 'x'.repeat(30_000) : `row ${index}`,
  }));
  const outcome = writeToKafka(topic, rows, {
    ...quiet,
    keepGoing: true,
    onError: (error) => errors.push(error),
  });
  await assert.rejects(outcome, (error: unknown) => {
    assert.ok(error instanceof WriteError);
    assert.deepEqual([error.written, error.failed, error.topic], [298, 2, topic]);
    assert.match(error.message, /MESSAGE_TOO_LARGE/);
    return true;
  });
  assert.deepEqual(errors.flatMap(({ failed }) => failed.map(({ key }) => key)).sort(), ['137', '200']);
  const keys = (await readOutside(topic)).map(({ key }) => Number(key));
  assert.deepEqual(
    keys,
    rows.map((_, index) => index).filter((index) => index !== 137 && index !== 200),
  );
});

test('a row that fits only when compressed is written although its batch was too large', async (t) => {
  const topic = await randomTopic(t, { config: { 'max.message.bytes': 20_000 } });
  const noise = Array.from({ length: 3_000 }, () => Math.random().toString(36)).join('');
  const rows = [
    { value: 'a'.repeat(100_000) },
    ...Array.from({ length: 8 }, (_, at) => ({ value: noise.slice(at * 5_000, at * 5_000 + 10_000) })),
  ];
  await writeToKafka(topic, rows, { ...quiet, compression: 'gzip' });
  assert.deepEqual(
    (await readOutside(topic)).map(({ value }) => value),
    rows.map(({ value }) => value),
  );
});

test('a row larger than a request may be is refused at once, with a code; its neighbours are written', async (t) => {
  const topic = await randomTopic(t);
  const started = performance.now();
  const large = { value: 'ü'.repeat(600_000) };
  await assert.rejects(
    writeToKafka(topic, [{ value: '1' }, large, { value: '2' }], quiet),
    (error: unknown) => {
      assert.ok(error instanceof RecordTooLargeError);
      assert.deepEqual(
        [error.code, error.index, error.maxRequestBytes],
        ['ST_KAFKA_RECORD_TOO_LARGE', 1, 1_048_576],
      );
      assert.match(
        error.message,
        /takes 1200\d\d\d bytes.*raise maxRequestBytes together with the topic's max.message.bytes/,
      );
      return true;
    },
  );
  assert.ok(performance.now() - started < 10_000);
  const going = writeToKafka(topic, [{ value: '3' }, large, { value: '4' }], { ...quiet, keepGoing: true });
  await assert.rejects(
    going,
    (error: unknown) => error instanceof WriteError && error.written === 2 && error.failed === 1,
  );
  const values = (await readOutside(topic)).map(({ value }) => value);
  assert.deepEqual(values, ['1', '3', '4']);
});

test('a row of exactly the limit is written, and a larger limit lets larger ones through where the topic takes them', async (t) => {
  const topic = await randomTopic(t, { config: { 'max.message.bytes': 3_000_000 } });
  const rows = [1_048_576 - 101, 2_500_000].map((size) => ({ value: 'x'.repeat(size) }));
  await writeToKafka(topic, rows.slice(0, 1), quiet);
  await writeToKafka(topic, rows.slice(1), { ...quiet, configuration: ['message.max.bytes=2600000'] });
  assert.deepEqual(
    (await readOutside(topic)).map(({ value }) => value?.length),
    rows.map(({ value }) => value.length),
  );
});

test('rows that wait travel together, and rows of other scripts stay within the limit', async (t) => {
  const topic = await randomTopic(t);
  await using writer = await KafkaWriter.open(topic, { brokers, linger: 0, batchRecords: 1 });
  const value = '漢'.repeat(300);
  for (let row = 0; row < 5_000; row++) await writer.write({ key: String(row), value });
  await writer.flush();
  const keys = (await readOutside(topic)).map(({ key }) => Number(key));
  assert.deepEqual(
    keys,
    Array.from({ length: 5_000 }, (_, row) => row),
  );
});

test('stops at the first failure unless told to go on', async (t) => {
  const topic = await randomTopic(t, { config: { 'max.message.bytes': 5_000 } });
  const writer = await KafkaWriter.open(topic, { brokers, linger: 0 });
  await writer.write({ key: 'large', value: 'x'.repeat(10_000) });
  await assert.rejects(writer.flush(), WriteError);
  await assert.rejects(writer.write({ value: 'small' }), DeliveryError);
  await writer.close();
});

test('refuses what cannot be written, saying which item', async (t) => {
  const topic = await randomTopic(t, { partitions: 2 });
  const wrong: [WriterItem, RegExp][] = [
    [{ value: undefined as unknown as string }, /Item 1 .*value is missing/],
    [{ value: { a: 1 } as unknown as string }, /Item 1 .*of type object/],
    [{ value: 'x', timestamp: NaN }, /Item 1 .*timestamp/],
    [{ value: 'x', headers: { h: 5 as unknown as string } }, /Item 1 .*header "h"/],
    [{ value: 'x', headers: new Map([['h', 'v']]) as never }, /neither an object by name nor a list/],
    [{ value: 'x', headers: ['hv'] as never }, /neither an object by name nor a list/],
    [{ value: 'x', timestamp: null as never }, /timestamp null is not a time/],
    [{ value: 'x', timestamp: 5n as never }, /timestamp 5n is not a time/],
    [{ value: 'x', timestamp: new Date(NaN) }, /timestamp Invalid Date is not a time/],
    [{ value: NaN }, /value is NaN/],
    [{ key: Infinity, value: 'x' }, /key is Infinity/],
    [{ value: 'x\ud800' }, /half of a surrogate pair/],
  ];
  for (const [item, message] of wrong) {
    const outcome = writeToKafka(topic, [{ value: 'fine' }, item], quiet);
    await assert.rejects(
      outcome,
      (error: unknown) => error instanceof InvalidItemError && message.test(error.message),
    );
  }
  await assert.rejects(writeToKafka(topic, [{ value: 'x', partition: 2 }], quiet), {
    code: 'ST_KAFKA_UNKNOWN_PARTITION',
  });
  const { records } = await describeTopic(topic, { brokers });
  assert.equal(records, wrong.length, 'the items before the wrong one were written');
});

test('names a topic that does not exist instead of creating it', async () => {
  const topic = randomName();
  await assert.rejects(writeToKafka(topic, [{ value: 'x' }], quiet), UnknownTopicError);
});

test('tells when the topic is deleted under the writer', async (t) => {
  const topic = await randomTopic(t);
  const writer = await KafkaWriter.open(topic, { brokers });
  await writer.write({ value: 'before' });
  await writer.flush();
  await deleteTopic(topic, { brokers });
  await writer.write({ value: 'after' });
  await assert.rejects(writer.close(), { code: 'ST_KAFKA_WRITE', message: /UNKNOWN_TOPIC_OR_PARTITION/ });
});

test('stops at a signal, with everything taken before delivered', async (t) => {
  const topic = await randomTopic(t);
  const controller = new AbortController();
  let returned = false;
  async function* endless(): AsyncGenerator<WriterItem> {
    try {
      for (let index = 0; index < 10; index++) yield { value: String(index) };
      controller.abort(new Error('enough'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield { value: 'too late' };
    } finally {
      returned = true;
    }
  }
  const counts: number[] = [];
  const onProgress = ({ written }: { written: number }) => void counts.push(written);
  const options = { ...quiet, signal: controller.signal, onProgress };
  await assert.rejects(writeToKafka(topic, endless(), options), { message: 'enough' });
  assert.equal(counts.at(-1), 10, 'the last report says what was written');
  assert.equal((await describeTopic(topic, { brokers })).records, 10);
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.ok(returned, 'the source was told to end');
});

test('passes on what the source throws, after writing what came before', async (t) => {
  const topic = await randomTopic(t);
  function* broken(): Generator<WriterItem> {
    yield { value: 'one' };
    throw new Error('the file ended early');
  }
  await assert.rejects(writeToKafka(topic, broken(), quiet), { message: 'the file ended early' });
  assert.equal((await describeTopic(topic, { brokers })).records, 1);
});

test('reports progress and writes no faster than asked', async (t) => {
  const topic = await randomTopic(t);
  const seen: WriteProgress[] = [];
  const rows = Array.from({ length: 40 }, (_, index) => ({ value: String(index) }));
  const result = await writeToKafka(topic, rows, {
    ...quiet,
    rowsPerSecond: 100,
    progressEvery: 50,
    onProgress: (progress) => seen.push(progress),
  });
  assert.ok(
    result.elapsedMs >= 380 && result.elapsedMs < 2_000,
    `40 rows at 100 a second took ${result.elapsedMs} ms`,
  );
  assert.ok(seen.length >= 4);
  assert.equal(seen.at(-1)?.written, 40);
  assert.ok((seen[1]?.written ?? 40) < 40, 'rows arrive while others still wait');
});

test('shares an open client and leaves it open', async (t) => {
  await using client = await openKafka({ brokers });
  const topic = await randomTopic(t);
  await writeToKafka(topic, [{ value: '1' }], { client, log: false });
  await using writer = await KafkaWriter.open(topic, { client, acks: 1 });
  await writer.write({ value: '2' });
  await writer.close();
  await assert.rejects(writer.write({ value: '3' }), { code: 'ST_KAFKA_CLOSED' });
  const [marks] = await client.topics.watermarks(topic);
  assert.deepEqual(marks, { partition: 0, low: 0, high: 2 });
});

test('two writers at once lose and double nothing', async (t) => {
  const topic = await randomTopic(t, { partitions: 2 });
  await using client = await openKafka({ brokers });
  const rows = (name: string): WriterItem[] =>
    Array.from({ length: 20_000 }, (_, index) => ({ key: name, value: `${name}${index}` }));
  await Promise.all(
    ['a', 'b'].map((name) => writeToKafka(topic, rows(name), { client, log: false, batchRecords: 500 })),
  );
  const values = (await readOutside(topic)).map(({ value }) => value);
  assert.equal(values.length, 40_000);
  assert.equal(new Set(values).size, 40_000);
});

test('a write that was aborted before it could begin rejects with the reason, writes nothing, and ends no process', async (t) => {
  const topic = await randomTopic(t);
  const reason = new Error('enough');
  const stop = new AbortController();
  const rows = (function* () {
    stop.abort(reason);
    for (let i = 0; i < 10; i++) yield { value: String(i) };
  })();
  await assert.rejects(writeToKafka(topic, rows, { ...quiet, signal: stop.signal }), reason);
  assert.equal((await describeTopic(topic, { brokers })).records, 0);
});

test('with intoEmpty a second run is refused before anything is written, and an emptied topic is taken', async (t) => {
  const topic = await randomTopic(t, { partitions: 2 });
  const rows = [{ key: 'a', value: '1' }, { key: 'b', value: '2' }, { value: '3' }];
  const once = { ...quiet, intoEmpty: true };
  await writeToKafka(topic, rows, once);
  await assert.rejects(writeToKafka(topic, rows, once), {
    code: 'ST_KAFKA_TOPIC_NOT_EMPTY',
    message: new RegExp(`Topic "${topic}" already holds 3 records; .* Delete the topic and create it again`),
  });
  assert.equal((await readOutside(topic)).length, 3);
  const { offsets } = await describeTopic(topic, { brokers });
  const before = Object.fromEntries(offsets.map(({ partition, high }) => [partition, high]));
  await deleteRecords(topic, { before, brokers });
  assert.equal((await writeToKafka(topic, rows, once)).messages, 3);
  await assert.rejects(writeToKafka(topic, rows, { ...quiet, intoEmpty: 'yes' as never }), {
    code: 'ST_OPTION_INVALID',
  });
});
