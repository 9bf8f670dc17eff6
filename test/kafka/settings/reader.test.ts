/** An open client beside options: how to read may be given, another connection may not. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { fromKafka, fromKafkaGroup, kafkaSettings, listTopics, openKafka } from '../../../src/kafka/index.ts';
import { readerSettings } from '../../../src/kafka/settings/settings.ts';
import { testBrokers } from '../../helpers/broker.ts';

const base = kafkaSettings({
  brokers: 'kafka-1:9093',
  tls: true,
  sasl: { mechanism: 'PLAIN', username: 'ada', password: 'hunter2' },
  consumer: { sessionTimeout: 20_000 },
});

test('how to read is laid over the client’s own settings, its connection stays', () => {
  const settings = readerSettings(base, {
    configuration: ['auto.offset.reset=earliest', 'heartbeat.interval.ms=500'],
  });
  assert.equal(settings.consumer.autoOffsetReset, 'earliest');
  assert.equal(settings.consumer.heartbeatInterval, 500);
  assert.equal(settings.consumer.sessionTimeout, 20_000);
  assert.deepEqual([settings.brokers, settings.sasl], [base.brokers, base.sasl]);
  assert.ok(!inspect(settings).includes('hunter2'));
  assert.equal(readerSettings(base, {}), base);
});

test('an option that would make another connection is refused by its name, not passed over', () => {
  assert.throws(() => readerSettings(base, { brokers: 'other:9092' }), {
    code: 'ST_KAFKA_SETTINGS',
    message: /brokers: .*client/,
  });
  assert.throws(() => readerSettings(base, { configuration: ['security.protocol=ssl'] }), /client/);
  assert.throws(() => readerSettings(base, { configuration: ['no.such.name=1'] }), {
    code: 'ST_KAFKA_CONFIGURATION',
  });
  assert.throws(() => readerSettings(base, { consumer: { sessionTimeout: -1 } }), /consumer\.sessionTimeout/);
});

test('the datasets refuse it, too', async () => {
  const brokers = await testBrokers();
  const client = await openKafka({ brokers });
  try {
    const both = { client, brokers };
    assert.throws(
      () => fromKafka('any', both).stats() && fromKafkaGroup({ ...both, topics: 'a', groupId: 'g' }),
      {
        code: 'ST_KAFKA_SETTINGS',
      },
    );
  } finally {
    await client.close();
  }
});

test('a broker at an IPv6 address is reached', async (t) => {
  const [address = ''] = await testBrokers();
  const at = address.lastIndexOf(':');
  const relay = net.createServer((socket) => {
    const onward = net.connect(Number(address.slice(at + 1)), address.slice(0, at));
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on('error', () => end.destroy());
  });
  const port = await new Promise<number | undefined>((resolve) => {
    relay.once('error', () => resolve(undefined));
    relay.listen(0, '::1', () => resolve((relay.address() as net.AddressInfo).port));
  });
  if (port === undefined) return t.skip('this machine has no IPv6');
  assert.ok(Array.isArray(await listTopics({ brokers: `[::1]:${port}` })));
  relay.close();
  assert.throws(() => kafkaSettings({ brokers: '::1:9092' }), /brackets/);
});
