import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { inspect } from 'node:util';
import { azureEventHubs } from '../../../src/kafka/settings/event-hubs.ts';
import { kafkaSettings, producerSettings } from '../../../src/kafka/settings/settings.ts';

const KEY = 'c2VjcmV0c2VjcmV0=';
const CONNECTION = `Endpoint=sb://farm.servicebus.windows.net/;SharedAccessKeyName=Send;SharedAccessKey=${KEY}`;

test('TLS on 9093, the connection string as password, which no print shows', () => {
  const azure = azureEventHubs({ connectionString: CONNECTION });
  const settings = kafkaSettings(azure, {});
  assert.deepEqual(settings.brokers, ['farm.servicebus.windows.net:9093']);
  assert.equal(String(settings), 'farm.servicebus.windows.net:9093 (TLS, PLAIN as $ConnectionString)');
  assert.equal(settings.sasl?.password.reveal(), CONNECTION);
  for (const shown of [inspect({ ...azure, brokers: 'a:1' }, { depth: 9 }), inspect(settings, { depth: 9 })])
    assert.ok(shown.includes('$ConnectionString') && !shown.includes(KEY.slice(0, 8)), shown);
});

test('the connection string of a single event hub, in another order and case, is taken', () => {
  const one = `sharedaccesskey=${KEY} ; EntityPath=cancer;SharedAccessKeyName=All;ENDPOINT=sb://farm.servicebus.chinacloudapi.cn;\n`;
  const settings = kafkaSettings(azureEventHubs({ connectionString: one }), {});
  assert.deepEqual(settings.brokers, ['farm.servicebus.chinacloudapi.cn:9093']);
});

test('the emulator is on port 9092, without TLS', () => {
  const local = `Endpoint=sb://localhost;SharedAccessKeyName=All;SharedAccessKey=${KEY};UseDevelopmentEmulator=true;`;
  const settings = kafkaSettings(azureEventHubs({ connectionString: local }), {});
  assert.equal(String(settings), 'localhost:9092 (PLAIN as $ConnectionString)');
  const other = local.replace('localhost', 'machine');
  assert.throws(() => kafkaSettings(azureEventHubs({ connectionString: other }), {}), {
    code: 'ST_KAFKA_SETTINGS',
    message: /TLS/,
  });
});

test('the connection string comes from the environment, or from a file that an option or a variable names', (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'streamtrain-event-hubs-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'connection');
  writeFileSync(file, `${CONNECTION}\n`);
  const variable = 'STREAMTRAIN_EVENTHUBS_CONNECTION_STRING';
  for (const azure of [
    azureEventHubs({ file }, {}),
    azureEventHubs({}, { [variable]: CONNECTION }),
    azureEventHubs({}, { [`${variable}_FILE`]: file }),
    azureEventHubs({}, { [variable]: CONNECTION, [`${variable}_FILE`]: 'nowhere' }),
  ])
    assert.equal(kafkaSettings(azure, {}).sasl?.password.reveal(), CONNECTION);
  for (const [options, environment, told] of [
    [{}, {}, /connectionString: is missing.*STREAMTRAIN_EVENTHUBS_CONNECTION_STRING_FILE/],
    [{ file: path.join(folder, 'none') }, {}, /file: cannot be read \(ENOENT/],
    [{}, { [`${variable}_FILE`]: folder }, /CONNECTION_STRING_FILE: cannot be read/],
    [{ file, connectionString: CONNECTION }, {}, /file: is given beside connectionString/],
  ] as const)
    assert.throws(() => azureEventHubs(options, environment), { code: 'ST_KAFKA_SETTINGS', message: told });
  assert.throws(() => azureEventHubs({ connection: 'x' } as object), { code: 'ST_OPTION_UNKNOWN' });
});

test('requests of 1,000,000 bytes, gzip or no compression at all', () => {
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

test('refuses another text, says what is wrong with it, and does not show it', () => {
  const wrong: [string, RegExp][] = [
    ['', /lacks Endpoint and SharedAccessKeyName and SharedAccessKey/],
    [`SharedAccessKeyName=a;SharedAccessKey=${KEY}`, /lacks Endpoint/],
    [CONNECTION.replace('SharedAccessKeyName=Send;', ''), /lacks SharedAccessKeyName/],
    [CONNECTION.replace('sb://', 'http://'), /Endpoint that does not read sb:/],
    [CONNECTION.replace('.net/', '.net:5671/'), /Endpoint that does not read sb:/],
    [`${CONNECTION};TransportType=Amqp`, /part 4 is none of/],
    [`"${CONNECTION}"`, /part 1 is none of/],
    [`${KEY.slice(0, 9)};${KEY}=a;${CONNECTION}`, /part 1 is none of/],
    [`${CONNECTION};Endpoint=sb://other`, /names Endpoint twice/],
    [`${CONNECTION};UseDevelopmentEmulator=yes`, /must be true or false/],
    [`Endpoint=sb://farm.net/;SharedAccessSignature=SharedAccessSignature sr=${KEY}`, /takes a key/],
  ];
  for (const [connectionString, told] of wrong)
    assert.throws(
      () => azureEventHubs({ connectionString }),
      (error: Error) => told.test(error.message) && !inspect(error).includes(KEY.slice(0, 8)),
      connectionString,
    );
});
