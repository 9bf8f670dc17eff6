import assert from 'node:assert/strict';
import test from 'node:test';
import { confluentCloud } from '../../../src/kafka/settings/cloud-presets.ts';
import { kafkaSettings } from '../../../src/kafka/settings/settings.ts';

test('Confluent Cloud: TLS, key and secret', () => {
  const options = confluentCloud({
    bootstrap: 'SASL_SSL://pkc-1.aws.confluent.cloud:9092',
    key: 'K',
    secret: 'S',
  });
  assert.equal(String(kafkaSettings(options, {})), 'pkc-1.aws.confluent.cloud:9092 (TLS, PLAIN as K)');
  assert.throws(() => confluentCloud({ bootstrap: 'x:1', key: '', secret: '' }), {
    code: 'ST_KAFKA_SETTINGS',
    message: /key: is missing; secret: is missing/,
  });
});
