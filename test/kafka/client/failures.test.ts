import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayRetry, translated } from '../../../src/kafka/client/failures.ts';
import { KafkaConnectionError, UnreadableAnswerError } from '../../../src/kafka/index.ts';
import { kafkaSettings } from '../../../src/kafka/settings/settings.ts';

const settings = kafkaSettings({ brokers: ['127.0.0.1:9092'] });

test('an answer that cannot be read is not taken for a broker that is away, and is not asked for again', () => {
  let thrown: unknown;
  try {
    Buffer.alloc(2).readInt32BE(0);
  } catch (error) {
    thrown = error;
  }
  const wrapped = Object.assign(new Error('gave up'), {
    name: 'KafkaJSNumberOfRetriesExceeded',
    cause: thrown,
  });
  for (const error of [thrown, wrapped, new SyntaxError('no BigInt')]) {
    const said = translated(error, 'topic "t"', settings);
    assert.ok(said instanceof UnreadableAnswerError, said.message);
    assert.match(said.message, /^topic "t": the answer could not be read: /);
    assert.equal(mayRetry(said), false);
  }
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const away = translated(refused, 'topic "t"', settings);
  assert.ok(away instanceof KafkaConnectionError);
  assert.equal(mayRetry(away), true);
});
