/** Connections to one broker: a request fails when they are given up, also one that is not written yet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerMaker } from '../../../src/kafka/protocol/kafkajs.ts';
import { metadataCall } from '../../../src/kafka/protocol/metadata.ts';
import { addressOf } from '../../../src/kafka/client/dial.ts';
import { connect } from 'node:net';
import { testBrokers } from '../../helpers/broker.ts';

test('a request fails when its connection is given up, however far it has come, and none after it connects again', async () => {
  const [broker = ''] = await testBrokers();
  const make = brokerMaker({
    ...{ clientId: 'test', connectionTimeout: 5000, requestTimeout: 5000, ssl: undefined, sasl: undefined },
    socketFactory: ({ host, port, onConnect }) => connect({ host, port }, onConnect),
  });
  for (let steps = 0; steps < 12; steps++) {
    const connection = make(addressOf(broker), null);
    await connection.connect();
    const refused = assert.rejects(connection.send(metadataCall([], connection)), {
      code: 'ST_KAFKA_CONNECTION',
      message: /the connection was given up/,
    });
    for (let step = 0; step < steps; step++) await Promise.resolve();
    connection.cut();
    await refused;
    assert.equal(connection.isConnected, false);
    await assert.rejects(connection.send(metadataCall([], connection)), { code: 'ST_KAFKA_CONNECTION' });
    assert.throws(() => connection.requests, { code: 'ST_KAFKA_CONNECTION' });
  }
});
