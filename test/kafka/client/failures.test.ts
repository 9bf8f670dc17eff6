import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KafkaLink } from '../../../src/kafka/client/connections.ts';
import { mayRetry, translated } from '../../../src/kafka/client/failures.ts';
import {
  KafkaConnectionError,
  KafkaProtocolError,
  UnreadableAnswerError,
  fromKafka,
  openKafka,
} from '../../../src/kafka/index.ts';
import { kafkaSettings } from '../../../src/kafka/settings/settings.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName } from '../../helpers/topics.ts';
import { clientAround } from '../client-around.ts';

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

test('what kafkajs cannot do at an older broker is an answer, not a broker that is away', () => {
  const unknown = new Error('The Kafka server does not support the requested API version');
  unknown.name = 'KafkaJSServerDoesNotSupportApiKey';
  const said = translated(unknown, 'topic "t"', settings);
  assert.ok(said instanceof KafkaProtocolError && said.type === 'UNSUPPORTED_VERSION', said.message);
  assert.equal(mayRetry(said), false);
});

test('and where all brokers give such, it is that failure, not that none can be reached', async () => {
  const brokers = await testBrokers();
  const link = new KafkaLink(kafkaSettings({ brokers }));
  const unreadable = () => Promise.reject(new RangeError('the answer ends too early'));
  await assert.rejects(
    link.retrying('asking', () => link.ask(unreadable)),
    UnreadableAnswerError,
  );
  const unknown = Object.assign(new Error('no such call'), { name: 'KafkaJSServerDoesNotSupportApiKey' });
  await assert.rejects(
    link.retrying('asking', () => link.ask(() => Promise.reject(unknown))),
    { code: 'ST_KAFKA_PROTOCOL', type: 'UNSUPPORTED_VERSION' },
  );
  await link.close();
});

test("a program's own fault is thrown as it is, at once, whichever way it comes", async () => {
  const brokers = await testBrokers();
  await using client = await openKafka({ brokers });
  const began = performance.now();
  const noText = 7 as unknown as string;
  const isOwn = (error: unknown): boolean => error instanceof TypeError;
  // While a request is written: for each broker in turn, and at the one in charge.
  await assert.rejects(client.groups.describe(noText), isOwn);
  await assert.rejects(client.topics.config(noText), isOwn);
  const log = client.reader().open();
  await assert.rejects(log.committed(noText, []), isOwn);
  await log.close();
  // In the middle of reading.
  const topic = randomName();
  await client.topics.create({ topic, partitions: 1, replication: 1, config: {} });
  const broken = clientAround({ brokers }, () => ({
    fetch: () => Promise.reject(new TypeError('x is not a function')),
  }));
  await assert.rejects(fromKafka(topic, { client: broken, stop: 'never' }).toArray(), isOwn);
  await client.topics.delete(topic);
  assert.ok(performance.now() - began < 4_000, 'nothing was waited for');
});
