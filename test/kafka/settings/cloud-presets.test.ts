import assert from 'node:assert/strict';
import test from 'node:test';
import { azureEventHubs, confluentCloud } from '../../../src/kafka/settings/cloud-presets.ts';
import { kafkaSettings, producerSettings } from '../../../src/kafka/settings/settings.ts';

const CONNECTION =
  'Endpoint=sb://farm.servicebus.windows.net/;SharedAccessKeyName=Send;SharedAccessKey=c2VjcmV0';

test('Azure Event Hubs: TLS on 9093, the connection string as password', () => {
  const settings = kafkaSettings(azureEventHubs({ connectionString: CONNECTION }), {});
  assert.deepEqual(settings.brokers, ['farm.servicebus.windows.net:9093']);
  assert.equal(String(settings), 'farm.servicebus.windows.net:9093 (TLS, PLAIN as $ConnectionString)');
  assert.equal(settings.sasl?.password.reveal(), CONNECTION);
});

test('Azure Event Hubs: requests of 1,000,000 bytes, gzip or no compression at all', () => {
  const azure = azureEventHubs({ connectionString: CONNECTION });
  const { producer } = kafkaSettings(azure, {});
  assert.deepEqual([producer.maxRequestBytes, producer.compression], [1_000_000, 'none']);
  assert.equal(producerSettings(producer, { compression: 'gzip' }).compression, 'gzip');
  for (const compression of ['zstd', 'lz4', 'snappy'] as const) {
    const refusal = {
      code: 'ST_KAFKA_SETTINGS',
      message: new RegExp(`does not take ${compression}; use gzip or none`),
    };
    assert.throws(() => producerSettings(producer, { compression }), refusal);
    assert.throws(
      () => kafkaSettings({ ...azure, configuration: { 'compression.type': compression } }, {}),
      refusal,
    );
  }
});

test('Azure Event Hubs: refuses another text without showing it', () => {
  for (const connectionString of [
    '',
    'SharedAccessKey=c2VjcmV0',
    'Endpoint=http://x;SharedAccessKey=c2VjcmV0',
  ]) {
    assert.throws(
      () => azureEventHubs({ connectionString }),
      (error: Error) => /connectionString/.test(error.message) && !error.message.includes('c2VjcmV0'),
    );
  }
});

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
