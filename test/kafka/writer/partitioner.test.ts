import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';
import fc from 'fast-check';
import { Partitioner, murmur2, partitionOfKey } from '../../../src/kafka/writer/partitioner.ts';

const require = createRequire(import.meta.url);
const kafkajsMurmur2 = require('kafkajs/src/producer/partitioners/default/murmur2') as (
  key: Buffer,
) => number;

test("hashes as Kafka's Java client", () => {
  // Values of org.apache.kafka.common.utils.UtilsTest#testMurmur2.
  const known: Record<string, number> = {
    '21': -973932308,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
    'a-little-bit-longer-string': -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  };
  for (const [text, hash] of Object.entries(known)) assert.equal(murmur2(Buffer.from(text)), hash, text);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => murmur2(bytes) === kafkajsMurmur2(Buffer.from(bytes))));
});

test('a key always goes to the same partition, also when many keys are seen', () => {
  const partitioner = new Partitioner(7);
  const first = partitioner.choose('patient-1');
  assert.equal(first, partitionOfKey('patient-1', 7));
  for (let index = 0; index < 10_000; index++) partitioner.choose(`key ${index}`);
  assert.equal(partitioner.choose('patient-1'), first);
  assert.equal(partitioner.choose(Buffer.from('patient-1')), first);
});

test('rows without a key fill one partition a batch, one after the other', () => {
  const partitioner = new Partitioner(3, 1);
  assert.deepEqual([partitioner.choose(null), partitioner.choose(null)], [1, 1]);
  partitioner.nextSticky(0);
  assert.equal(partitioner.choose(null), 1, "another partition's batch changes nothing");
  partitioner.nextSticky(1);
  assert.equal(partitioner.choose(null), 2);
  partitioner.nextSticky(2);
  assert.equal(partitioner.choose(null), 0);
});
