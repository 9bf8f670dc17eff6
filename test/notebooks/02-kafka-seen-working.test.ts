/** Chapter 2 shows Kafka at work: kafkajs and the helpers, order per key, lag, a rebalance, and rows that come twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printedBy } from '../../src/course/index.ts';
import { createTopic, deleteTopic, fromKafkaGroup, partitionOfKey } from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

const patients = ['ada', 'ben', 'cem', 'dua', 'eve'];

testChapter('02-kafka-seen-working', 'ch2-', (notebook) => {
  const printed = (id: string) => printedBy(notebook, id);
  assert.match(printed('keys-make'), /^30 items/);
  const written = numbersAfter(printed('keys-write'), /'\d': (\d+)/g);
  assert.deepEqual(written, countsOf(patients).map((count) => 6 * count)); // prettier-ignore
  assert.match(printed('kafkajs-read'), /^30 messages; the first is \[\d\] 0: \w+, visit 1$/m);
  assert.match(printed('compare-run'), /same places: true\n.*same order: true\n/);
  const byPatient = printed('order-patients').trim().split('\n');
  assert.deepEqual(byPatient, patients.map((patient) => `${patient} 1 2 3 4 5 6`)); // prettier-ignore
  assert.match(printed('offsets-end'), /visit 6\n.*visit 6/);
  assert.deepEqual(numbersAfter(printed('offsets-range'), /\] (\d):/g), [1, 2]);
  assert.match(printed('group-read'), /^10 records/);
  assert.match(printed('group-lag'), /lag of the group: 20/);
  assert.match(printed('group-rest'), /^20 more; lag of the group: 0\ndifferent messages in all: 30\n/);
  const lags = numbersAfter(printed('lag-watch'), /lag (\d+)/g);
  assert.equal(lags.length, 8);
  assert.equal(lags.at(-1), 0);
  assert.ok(Math.max(...lags) > lags[0]!, `the lag rises before it falls: ${lags.join(', ')}`);
  assert.match(printed('lag-done'), /^80 written, 80 heard/);
  assert.match(printed('rebalance-run'), /^anna reads partitions \[ 0, 1, 2 \]\n/);
  assert.match(printed('rebalance-run'), /^bert reads partitions \[ \d/m);
  const shares = numbersAfter(printed('rebalance-run'), /(?:has|bert) (\d)/g);
  assert.ok(
    shares.length === 2 && shares[0]! + shares[1]! === 3 && Math.min(...shares) === 1,
    String(shares),
  );
  assert.match(printed('rebalance-leave'), /^now bert has \[ 0, 1, 2 \]$/m);
  assert.match(printed('retention-run'), /^kept: offsets 60 to 79/);
  assert.match(
    printed('retention-read'),
    /got 20 messages from offset 60\ndeleted before they could be read: 60\n/,
  );
  const lives = printed('once-twice').trim().split('\n').map((life) => life.split(':')[1]!.trim()); // prettier-ignore
  const five = [60, 61, 62, 63, 64].map((offset) => `0/${offset}`).join(' ');
  assert.deepEqual(lives, [five, five]);
});

/** How many keys each of three partitions gets. */
function countsOf(keys: readonly string[]): number[] {
  const counts = [0, 0, 0];
  for (const key of keys) counts[partitionOfKey(key, 3)]! += 1;
  return counts;
}

test('five keys spread unevenly, five thousand by about a third each, whatever they are called', () => {
  assert.deepEqual(countsOf(patients).toSorted(), [1, 2, 2]);
  for (const name of ['patient', 'user', 'sensor', 'a', '']) {
    const counts = countsOf(Array.from({ length: 5000 }, (_, i) => `${name}${i}`));
    for (const count of counts) assert.ok(count / 5000 > 0.3 && count / 5000 < 0.37, String(counts));
  }
});

test('of four readers of three partitions, one has nothing to do', { timeout: 120_000 }, async () => {
  const brokers = await testBrokers();
  const topic = `share-${crypto.randomUUID()}`;
  await createTopic(topic, { partitions: 3, brokers });
  const configuration = ['heartbeat.interval.ms=200'];
  const options = { topics: topic, groupId: topic, streamTimeout: -1, brokers, configuration };
  const readers = Array.from({ length: 4 }, () => fromKafkaGroup(options));
  const ends = readers.map((reader) => reader.toArray());
  const shares = () => readers.map((reader) => (reader.assignment()[topic] ?? []).length);
  while (shares().toSorted().join() !== '0,1,1,1') await new Promise((done) => setTimeout(done, 100));
  await Promise.all(readers.map((reader) => reader.close()));
  await Promise.all(ends);
  await deleteTopic(topic, { brokers });
});
