import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { inspect } from 'node:util';
import { Dialer } from '../../../src/kafka/client/dial.ts';
import { kafkaSettings, producerSettings } from '../../../src/kafka/settings/settings.ts';
import type { KafkaOptions } from '../../../src/kafka/settings/settings.ts';

const PEM = '-----BEGIN PRIVATE KEY-----\nsecretkeybytes\n-----END PRIVATE KEY-----\n';

function problemsOf(options: KafkaOptions, environment: NodeJS.ProcessEnv = {}): string[] {
  try {
    kafkaSettings(options, environment);
  } catch (error) {
    const { issues } = error as { issues: { path: string; problem: string }[] };
    return issues.map((issue) => `${issue.path}: ${issue.problem}`);
  }
  return [];
}

test('works without any setting', () => {
  const settings = kafkaSettings({}, {});
  assert.deepEqual(settings.brokers, ['127.0.0.1:9092']);
  assert.deepEqual([settings.tls, settings.sasl, settings.clientId], [undefined, undefined, 'streamtrain']);
  assert.equal(settings.producer.idempotent, true);
  assert.equal(settings.consumer.autoOffsetReset, 'earliest');
});

test('options win over configuration, configuration over the environment', () => {
  const environment = {
    STREAMTRAIN_BROKERS: 'env:1, env:2',
    STREAMTRAIN_CLIENT_ID: 'env',
    STREAMTRAIN_TLS: 'yes',
  };
  assert.deepEqual(kafkaSettings({}, environment).brokers, ['env:1', 'env:2']);
  const configuration = ['bootstrap.servers=conf:1', 'client.id=conf', 'session.timeout.ms=7000'];
  const settings = kafkaSettings({ configuration, clientId: 'option' }, environment);
  assert.deepEqual(settings.brokers, ['conf:1']);
  assert.equal(settings.clientId, 'option');
  assert.equal(settings.consumer.sessionTimeout, 7_000);
  assert.ok(settings.tls);
  assert.equal(kafkaSettings({ tls: false }, environment).tls, undefined);
});

test('TLS and SASL come from the environment too, also in part', () => {
  const environment = {
    STREAMTRAIN_TLS_CA: PEM,
    STREAMTRAIN_SASL_MECHANISM: 'SCRAM-SHA-512',
    STREAMTRAIN_SASL_USERNAME: 'ada',
    STREAMTRAIN_SASL_PASSWORD: 'hunter2',
  };
  const { tls, sasl } = kafkaSettings({ tls: { servername: 'kafka' } }, environment);
  assert.deepEqual([tls?.ca, tls?.servername, tls?.rejectUnauthorized], [PEM, 'kafka', true]);
  assert.deepEqual(
    [sasl?.mechanism, sasl?.username, sasl?.password.reveal()],
    ['SCRAM-SHA-512', 'ada', 'hunter2'],
  );
  assert.equal(kafkaSettings({ tls: true }, environment).tls?.ca, PEM);
});

test('never prints a password or a private key', () => {
  const settings = kafkaSettings(
    {
      tls: { cert: PEM.replaceAll('PRIVATE KEY', 'CERTIFICATE'), key: PEM, passphrase: 'openme' },
      sasl: { username: 'ada', password: 'hunter2' },
    },
    {},
  );
  const shown = [
    inspect(settings, { depth: 9, showHidden: true }),
    JSON.stringify(settings),
    String(settings),
    inspect({ ...settings }, { depth: 9, showHidden: true }),
    JSON.stringify({ ...settings.sasl, ...settings.tls }),
  ].join('\n');
  for (const secret of ['hunter2', 'openme', 'BEGIN PRIVATE'])
    assert.ok(!shown.includes(secret), `${secret} was shown`);
  assert.match(String(settings), /TLS, PLAIN as ada/);
  assert.match(JSON.stringify(settings), /"username":"ada","password":"\*\*\*"/);
});

test('names every setting that is wrong, and the variable it came from, but not the value', () => {
  assert.deepEqual(problemsOf({ brokers: 'kafka' }), [
    'brokers.0: must read host:port, an IPv6 address in brackets: [::1]:9092',
  ]);
  assert.deepEqual(problemsOf({ brokers: 'kafka:99999' }), ['brokers.0: has a port outside 1 to 65535']);
  assert.match(problemsOf({ brokers: '' })[0] ?? '', /^brokers: needs at least one/);
  assert.match(
    problemsOf(
      {},
      {
        STREAMTRAIN_SASL_MECHANISM: 'secret!',
        STREAMTRAIN_SASL_USERNAME: 'a',
        STREAMTRAIN_SASL_PASSWORD: 'b',
      },
    )[0] ?? '',
    /^STREAMTRAIN_SASL_MECHANISM: Invalid option/,
  );
  assert.match(problemsOf({}, { STREAMTRAIN_TLS: 'perhaps' })[0] ?? '', /^STREAMTRAIN_TLS: /);
  assert.match(problemsOf({ sasl: { username: 'a' } as never })[0] ?? '', /^sasl\.password: /);
  assert.match(problemsOf({ tls: { cert: PEM } })[0] ?? '', /both cert and key/);
  assert.match(
    problemsOf({ tls: { ca: '/no/such/file.pem' } })[0] ?? '',
    /^tls\.ca: neither PEM text nor a file/,
  );
  assert.match(problemsOf({ brokres: 'x' } as never)[0] ?? '', /brokres/);
  assert.match(
    problemsOf({ consumer: { heartbeatInterval: 9, sessionTimeout: 8 } })[0] ?? '',
    /^consumer\.heartbeatInterval: must be shorter/,
  );
  assert.match(
    problemsOf({ producer: { acks: 1, idempotent: true } })[0] ?? '',
    /^producer\.acks: idempotent writing needs acks=all/,
  );
  assert.equal(problemsOf({ brokers: 'x', connectTimeout: -1 }).length, 2, 'all at once');
});

test('reads certificates from files', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'settings-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'with a space.pem');
  fs.writeFileSync(file, PEM);
  assert.equal(kafkaSettings({ tls: { ca: file } }, {}).tls?.ca, PEM);
  assert.equal(
    kafkaSettings({ configuration: { 'security.protocol': 'ssl', 'ssl.ca.location': file } }, {}).tls?.ca,
    PEM,
  );
  fs.writeFileSync(file, 'no certificate');
  assert.match(problemsOf({ tls: { ca: file } })[0] ?? '', /holds no PEM text/);
});

test('security.protocol decides what is used, and what does not fit is said', () => {
  const user = { 'sasl.username': 'ada', 'sasl.password': 'x' };
  const of = (protocol: string) =>
    kafkaSettings({ configuration: { 'security.protocol': protocol, ...user } }, {});
  assert.deepEqual([of('SASL_SSL').tls?.rejectUnauthorized, of('SASL_SSL').sasl?.username], [true, 'ada']);
  assert.equal(of('sasl_plaintext').tls, undefined);
  assert.throws(() => of('ssl'), { code: 'ST_KAFKA_SETTINGS', message: /sasl_ssl/ });
  assert.throws(() => kafkaSettings({ configuration: { 'security.protocol': 'sasl_ssl' } }, {}), /user name/);
});

test('PLAIN without TLS is refused to another machine, unless it is allowed by name', () => {
  const sasl = { mechanism: 'PLAIN', username: 'ada', password: 'hunter2' } as const;
  for (const brokers of [
    'kafka:9092',
    '127.0.0.1:9092,10.0.0.7:9092',
    '[2001:db8::1]:9092',
    '127.evil.example:9092',
  ])
    assert.match(problemsOf({ brokers, sasl })[0] ?? '', /^sasl: PLAIN without TLS .*allowCleartext: true/);
  assert.doesNotMatch(problemsOf({ brokers: 'kafka:9092', sasl })[0] ?? '', /hunter2/);
  const fine: KafkaOptions[] = [
    { brokers: 'localhost:9092,127.0.0.9:9092,[::1]:9092', sasl },
    { brokers: 'kafka:9093', tls: true, sasl },
    { brokers: 'kafka:9092', sasl: { ...sasl, mechanism: 'SCRAM-SHA-512' } },
    { brokers: 'kafka:9092', sasl: { ...sasl, allowCleartext: true } },
    { brokers: 'kafka:9092', sasl, configuration: ['security.protocol=sasl_plaintext'] },
  ];
  for (const options of fine) assert.equal(kafkaSettings(options, {}).sasl?.username, 'ada');
  const named = {
    STREAMTRAIN_SASL_USERNAME: 'ada',
    STREAMTRAIN_SASL_PASSWORD: 'x',
    STREAMTRAIN_BROKERS: 'kafka:9092',
  };
  assert.throws(() => kafkaSettings({}, named), { code: 'ST_KAFKA_SETTINGS' });
  assert.equal(
    kafkaSettings({}, { ...named, STREAMTRAIN_SASL_ALLOW_CLEARTEXT: 'true' }).sasl?.allowCleartext,
    true,
  );
});

test('a broker of this machine that names another machine gets no readable password there', async () => {
  const sasl = { mechanism: 'PLAIN', username: 'ada', password: 'hunter2' } as const;
  const dialer = new Dialer(kafkaSettings({ brokers: '127.0.0.1:9092', sasl }, {}));
  const elsewhere = dialer.openNode(1, { host: 'kafka.invalid', port: 9092 }, new AbortController().signal);
  await assert.rejects(elsewhere, { code: 'ST_KAFKA_SETTINGS', message: /readable to kafka\.invalid/ });
  dialer.stop();
});

test('a producer may differ from its connection', () => {
  const base = kafkaSettings({ producer: { batchBytes: 1000 } }, {}).producer;
  assert.deepEqual(producerSettings(base, { compression: 'gzip' }), { ...base, compression: 'gzip' });
  assert.equal(producerSettings(base, { acks: 1 }).idempotent, false);
  assert.throws(() => producerSettings(base, { maxInFlight: 6 }), /producer\.maxInFlight/);
});
