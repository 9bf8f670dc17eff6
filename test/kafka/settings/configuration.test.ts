import assert from 'node:assert/strict';
import test from 'node:test';
import { knownConfigurationNames, mapConfiguration } from '../../../src/kafka/settings/configuration.ts';
import { kafkaSettings } from '../../../src/kafka/settings/settings.ts';

test("understands the article's lines", () => {
  const lines = ['session.timeout.ms=7000', 'max.poll.interval.ms=8000', 'auto.offset.reset=earliest'];
  assert.deepEqual(mapConfiguration(lines), {
    consumer: { sessionTimeout: 7000, maxPollInterval: 8000, autoOffsetReset: 'earliest' },
  });
});

test('takes typed values, spaces and any case of fixed words', () => {
  assert.deepEqual(mapConfiguration({ 'enable.auto.commit': true, 'linger.ms': 5, acks: 'ALL' }), {
    consumer: { autoCommit: true },
    producer: { linger: 5, acks: 'all' },
  });
  assert.deepEqual(mapConfiguration(['enable.auto.commit = No', 'sasl.password = a=b ']), {
    consumer: { autoCommit: false },
    sasl: { password: 'a=b' },
  });
});

test('refuses an unknown name, lists the known ones and suggests the nearest', () => {
  assert.throws(() => mapConfiguration(['session.timeout=7000']), {
    code: 'ST_KAFKA_CONFIGURATION',
    setting: 'session.timeout',
    message:
      /Did you mean session\.timeout\.ms\?.*Known: acks, auto\.commit\.interval\.ms, .*, topic\.metadata\.refresh\.interval\.ms$/,
  });
  assert.throws(() => mapConfiguration({ toString: 'x' }), { setting: 'toString' });
});

test('refuses a value of the wrong kind without showing it', () => {
  for (const [name, value] of [
    ['session.timeout.ms', 'hunter2'],
    ['fetch.min.bytes', '-1'],
    ['enable.auto.commit', 'hunter2'],
    ['auto.offset.reset', 'hunter2'],
  ] as const) {
    assert.throws(
      () => mapConfiguration({ [name]: value }),
      (error: Error) => error.message.includes(name) && !error.message.includes('hunter2'),
    );
  }
  assert.throws(() => mapConfiguration(['just words']), /name=value/);
});

test('every name that is known leads to a setting the schema has', () => {
  const samples: Record<string, string> = {
    'security.protocol': 'plaintext',
    'auto.offset.reset': 'latest',
    'isolation.level': 'read_uncommitted',
    acks: 'all',
    'request.required.acks': '-1',
    'bootstrap.servers': 'kafka:9092',
    'metadata.broker.list': 'kafka:9092',
    'check.crcs': 'false',
    'partition.assignment.strategy': 'range,roundrobin',
    'group.protocol': 'consumer',
  };
  for (const name of knownConfigurationNames) {
    if (/^(ssl|sasl)\./.test(name)) continue;
    const value = samples[name] ?? (/compression/.test(name) ? 'gzip' : /^enable/.test(name) ? 'true' : '5');
    const extra: Record<string, number> = name === 'session.timeout.ms' ? { 'heartbeat.interval.ms': 1 } : {};
    assert.doesNotThrow(() => kafkaSettings({ configuration: { [name]: value, ...extra } }, {}), name);
  }
});
