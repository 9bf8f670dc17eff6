/** Kafka's settings as text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidOptionError } from '../../src/options.ts';
import {
  serverProperties,
  toProperties,
  scramArguments,
  secureListenerProperties,
} from '../../src/broker/properties.ts';

const ports = { client: 1, controller: 2, secure: 3, proxied: [4, 5] };

test('any text survives the way into a properties file', () => {
  assert.equal(
    toProperties({ path: '/tmp/ä b\\c', pem: 'one\ntwo\r\n', spaced: ' x', emoji: '🚂' }),
    'path=/tmp/\\u00e4 b\\\\c\npem=one\\ntwo\\r\\n\nspaced=\\ x\nemoji=\\ud83d\\ude82\n',
  );
});

test('every listener is on the loopback address; a proxied one names the address of the proxy', () => {
  const text = serverProperties({
    ports,
    kafkaData: '/d',
    proxyPorts: [9, 10],
    security: { sasl: 'PLAIN', users: { a: 'b' } },
  });
  assert.match(
    text,
    /^listeners=PLAINTEXT:\/\/127\.0\.0\.1:1,CONTROLLER:\/\/127\.0\.0\.1:2,SECURE:\/\/127\.0\.0\.1:3,PROXIED1:\/\/127\.0\.0\.1:4,PROXIED2:\/\/127\.0\.0\.1:5$/m,
  );
  assert.match(
    text,
    /^advertised\.listeners=PLAINTEXT:\/\/127\.0\.0\.1:1,SECURE:\/\/127\.0\.0\.1:3,PROXIED1:\/\/127\.0\.0\.1:9,PROXIED2:\/\/127\.0\.0\.1:10$/m,
  );
});

test('nodes of a cluster know each other, and keep everything on three of them, written to two at least', () => {
  const controllers = new Map([1, 2, 3, 4].map((id) => [id, 100 + id]));
  const text = serverProperties({ ports, kafkaData: '/d', place: { id: 3, controllers } });
  assert.match(text, /^node\.id=3$/m);
  assert.match(text, /^controller\.quorum\.voters=1@127\.0\.0\.1:101,2@.*:102,3@.*:103,4@127\.0\.0\.1:104$/m);
  assert.match(text, /^default\.replication\.factor=3$/m);
  assert.match(text, /^offsets\.topic\.replication\.factor=3$/m);
  assert.match(text, /^min\.insync\.replicas=2$/m);
  assert.match(serverProperties({ ports, kafkaData: '/d' }), /^min\.insync\.replicas=1$/m);
});

test('own settings win over the defaults; those that make the embedding are refused by name', () => {
  const text = serverProperties({ ports, kafkaData: '/d', config: { 'num.io.threads': 8 } });
  assert.match(text, /^num\.io\.threads=8$/m);
  assert.throws(
    () => serverProperties({ ports, kafkaData: '/d', config: { 'log.dirs': '/e', 'node.id': 2 } }),
    (error) => error instanceof InvalidOptionError && error.message.includes('log.dirs, node.id'),
  );
});

test('a secure listener needs something to be secured by', () => {
  assert.throws(() => secureListenerProperties({}), InvalidOptionError);
  assert.throws(() => secureListenerProperties({ sasl: 'PLAIN' }), InvalidOptionError);
  assert.throws(() => secureListenerProperties({ tls: { cert: '', key: 'no key' } }), InvalidOptionError);
});

test('no SCRAM password is shown in the arguments of a process', () => {
  const [flag, entry = ''] = scramArguments({ sasl: 'SCRAM-SHA-512', users: { alice: 'secret' } });
  assert.equal(flag, '--add-scram');
  assert.match(
    entry,
    /^SCRAM-SHA-512=\[name=alice,salt=[\w+/=]+,iterations=4096,saltedpassword=[\w+/=]{88}\]$/,
  );
  assert.doesNotMatch(entry, /secret/);
  assert.throws(() => scramArguments({ sasl: 'SCRAM-SHA-256', users: { 'a,b': 'x' } }), InvalidOptionError);
});
