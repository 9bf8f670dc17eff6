/** The bytes of predictions: what any JSON reader reads back, whatever the numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaRecord } from '../../src/kafka/index.ts';
import { mulberry32 } from '../../src/random.ts';
import { encodePredictions, readPrediction } from '../../src/serving/prediction.ts';

const recordAt = (offset: number, timestamp: number, topic = 'rows'): KafkaRecord => ({
  ...{ topic, partition: offset % 3, offset, timestamp, key: null, value: null, headers: {} },
});

const awkward = [0, 1, 0.5, 1e-3, 1e-6, 9.99e-7, 1e-9, 1e-40, 0.1, 0.123456789, 0.999999999, 12.5, 1e21];
const random = mulberry32(1);
const numbers = [...awkward, ...awkward.map((value) => -value)]
  .concat(Array.from({ length: 2000 }, () => random() ** (1 + Math.floor(random() * 9))))
  .map(Math.fround);
const times = [0, -1, 1_780_000_000_000, 999_999_999, 1_000_000_000, 2 ** 31, 8.64e15, 5_000_000_007];

test('as JSON, each prediction is read back as it was: scores to the last bit of their float32', () => {
  const records = numbers.map((_, n) => recordAt(n * 7_000_000_019, times[n % times.length]!, `t${n % 2}.x`));
  const version = 'Ausgabe "7" für später';
  const scored = { scores: Float32Array.from(numbers), outputs: 1, classes: undefined, version };
  const values = encodePredictions(records, scored, 'json');
  for (const [n, value] of values.entries()) {
    const { topic, partition, offset, timestamp } = records[n]!;
    const found = JSON.parse(String(value)) as { score: number };
    const expected = { score: found.score, class: null, version, topic, partition, offset, timestamp };
    assert.deepEqual(found, expected);
    assert.equal(Math.fround(found.score), numbers[n] === 0 ? 0 : numbers[n], String(value));
  }
});

test('what is written is read again, also where a score is beyond 2^53 and below 1e21', () => {
  const large = Array.from({ length: 3_000 }, (_, n) => (n % 2 ? -1 : 1) * 2 ** (50 + random() * 21));
  const scores = Float32Array.from([...numbers, ...large, 1.2345e20, -3.4e38]);
  const version = 'checkpoint-000000000007';
  for (const outputs of [1, 3]) {
    const rows = Math.floor(scores.length / outputs);
    const classes = outputs === 1 ? undefined : Uint16Array.from({ length: rows }, (_, n) => n % outputs);
    const records = Array.from({ length: rows }, (_, n) => recordAt(n, 17));
    const values = encodePredictions(records, { scores, outputs, classes, version }, 'json');
    for (const [n, value] of values.entries()) {
      const { topic, partition, offset } = records[n]!;
      const read = readPrediction({ topic, partition, offset, value: Buffer.from(value) });
      const all = [...scores.subarray(n * outputs, (n + 1) * outputs)].map((one) => (one === 0 ? 0 : one));
      assert.deepEqual((read.scores ?? [read.score]).map(Math.fround), all, String(value));
      assert.deepEqual([read.offset, read.class], [offset, classes ? classes[n]! : null]);
    }
  }
});

test('several outputs and classes, as JSON and CSV; names with commas and quotes are quoted', () => {
  const scored = {
    ...{ scores: Float32Array.of(0.25, 0.75, 0.5, 0.125), outputs: 2, classes: Uint16Array.of(1, 0) },
    version: 'a,"b"',
  };
  const records = [recordAt(4, 17), recordAt(5, 18)];
  assert.deepEqual(encodePredictions(records, scored, 'json').map(String), [
    '{"score":0.75,"scores":[0.25,0.75],"class":1,"version":"a,\\"b\\"","topic":"rows","partition":1,"offset":4,"timestamp":17}',
    '{"score":0.5,"scores":[0.5,0.125],"class":0,"version":"a,\\"b\\"","topic":"rows","partition":2,"offset":5,"timestamp":18}',
  ]);
  assert.deepEqual(encodePredictions(records, scored, 'csv').map(String), [
    '0.25,0.75,1,"a,""b""",rows,1,4,17',
    '0.5,0.125,0,"a,""b""",rows,2,5,18',
  ]);
});

test('a prediction that gives a name twice is refused', () => {
  const value = Buffer.from(
    '{"score":0.25,"class":null,"version":null,"topic":"rows","partition":1,"offset":4,"timestamp":17,"score":0.5}',
  );
  assert.throws(
    () => readPrediction({ topic: 'p', partition: 0, offset: 0, value }),
    /its "score" is there twice/,
  );
});
