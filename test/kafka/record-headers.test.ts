/** Headers whose name comes several times: none is lost on any way through the library. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordJson } from '../../src/cli/reading.ts';
import { badRecord } from '../../src/kafka/codec/errors.ts';
import { deadLetters, readDeadLetters } from '../../src/kafka/dead-letters.ts';
import { fromKafka } from '../../src/kafka/dataset/partition-dataset.ts';
import { headerListOf } from '../../src/kafka/record.ts';
import type { KafkaRecord } from '../../src/kafka/record.ts';
import type { WriterItem } from '../../src/kafka/writer/item.ts';
import { writeToKafka } from '../../src/kafka/writer/run.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomTopic } from '../helpers/topics.ts';
import { runCli } from '../cli/run-cli.ts';

const brokers = await testBrokers();

/** In this order, with a name that objects treat specially and bytes that are no text. */
const list: readonly (readonly [string, string | Buffer])[] = [
  ['trace', 'one'],
  ['__proto__', 'p'],
  ['trace', 'two'],
  ['bytes', Buffer.from([0, 255])],
  ['trace', ''],
];
const asBytes = list.map(([name, value]) => [name, Buffer.from(value)]);

const read = (topic: string): Promise<KafkaRecord[]> => fromKafka(topic, { brokers }).toArray();
const write = (topic: string, ...items: WriterItem[]) => writeToKafka(topic, items, { brokers, log: false });

test('every value of a repeated header is read, in order; `headers` holds the last', async (t) => {
  const topic = await randomTopic(t);
  await write(topic, { value: 'a', headers: list }, { value: 'b', headers: { trace: 'one' } });
  const [record, single] = await read(topic);
  assert.deepEqual(record?.headerList, asBytes);
  assert.deepEqual(record.headers['trace'], Buffer.from(''));
  assert.deepEqual(new Set(Object.keys(record.headers)), new Set(['trace', '__proto__', 'bytes']));
  // Nothing more to carry for the usual record.
  assert.ok(single && !('headerList' in single));
  assert.deepEqual(headerListOf(single), [['trace', Buffer.from('one')]]);
});

test('a record that was read is written whole; what was changed in its headers counts', async (t) => {
  const topic = await randomTopic(t);
  const again = await randomTopic(t);
  await write(topic, { value: 'a', headers: list });
  const [record] = await read(topic);
  assert.ok(record);
  const { trace: _trace, ...rest } = record.headers;
  await write(
    again,
    record,
    { ...record, headers: { ...record.headers, more: ['x', 'y'] } },
    { ...record, headers: { ...record.headers, trace: 'new' } },
    { ...record, headers: rest },
    { ...record, headers: undefined },
  );
  const without = asBytes.filter(([name]) => name !== 'trace');
  assert.deepEqual(
    (await read(again)).map((one) => headerListOf(one)),
    [
      asBytes,
      [...asBytes, ['more', Buffer.from('x')], ['more', Buffer.from('y')]],
      [...without, ['trace', Buffer.from('new')]],
      without,
      [],
    ],
  );
});

test('the dead-letter topic keeps repeated headers, and those that have the names of its own', async (t) => {
  const topic = await randomTopic(t);
  const dead = await randomTopic(t);
  const deader = await randomTopic(t);
  const own: typeof list = [
    ['dead-letter.reason', 'mine'],
    ...list,
    ['dead-letter.offset', 'not a number'],
    ['dead-letter.reason', 'mine too'],
  ];
  const ownBytes = own.map(([name, value]) => [name, Buffer.from(value)]);
  await write(topic, { value: 'a', headers: own });
  const [record] = await read(topic);
  assert.ok(record);
  await using letters = deadLetters(dead, { brokers });
  letters.handle(record, badRecord(record, 'column-count', 'expected 9 columns, found 1'));
  await letters.settle();
  const [letter] = await readDeadLetters(dead, { brokers }).toArray();
  assert.ok(letter);
  assert.equal(letter.reason, 'column-count');
  assert.deepEqual([letter.source.topic, letter.source.offset], [topic, 0]);
  assert.deepEqual(headerListOf(letter), ownBytes);
  assert.deepEqual(letter.headers['dead-letter.reason'], Buffer.from('mine too'));

  // A dead letter can become one itself: its headers are then the record's own.
  await using second = deadLetters(deader, { brokers });
  second.handle(letter.record, badRecord(letter.record, 'empty', 'nothing'));
  await second.settle();
  const [twice] = await readDeadLetters(deader, { brokers }).toArray();
  assert.ok(twice);
  assert.deepEqual([twice.reason, twice.source.topic], ['empty', dead]);
  assert.deepEqual(headerListOf(twice), headerListOf(letter.record));

  const shown = await runCli('dead-letters', dead, '--json');
  const { headers } = JSON.parse(shown.stdout) as { headers: Record<string, unknown> };
  assert.deepEqual(headers['dead-letter.reason'], ['mine', 'mine too']);
  assert.deepEqual(headers['trace'], ['one', 'two', '']);
});

test('the command line shows and replays every value', async (t) => {
  const topic = await randomTopic(t);
  const live = await randomTopic(t);
  await write(topic, { value: 'a', headers: list });
  const replayed = await runCli('replay', '--from-topic', topic, '-t', live, '-r', '1000');
  assert.equal(replayed.exitCode, 0, replayed.stderr);
  const [record] = await read(live);
  assert.ok(record);
  assert.deepEqual(record.headerList, asBytes);
  const { headers } = JSON.parse(recordJson(record)) as { headers: Record<string, unknown> };
  assert.deepEqual(headers['trace'], ['one', 'two', '']);
  assert.deepEqual(headers['bytes'], { base64: 'AP8=' });
  assert.equal(Object.getOwnPropertyDescriptor(headers, '__proto__')?.value, 'p');
});
