/** A Kafka for a program: what it learns where the named one is not there. */
import assert from 'node:assert/strict';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { BrokersUnreachableError, ensureBroker } from '../../src/broker/index.ts';

test('brokers that were named but do not answer: each with its reason', async () => {
  const silent = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const env = { STREAMTRAIN_BROKERS: `127.0.0.1:9, 127.0.0.1:${port},nonsense` };
  await assert.rejects(ensureBroker({ env }), (error) => {
    assert.ok(error instanceof BrokersUnreachableError);
    assert.match(error.answered, /127\.0\.0\.1:9: .*ECONNREFUSED/);
    assert.match(error.answered, /closed the connection without an answer/);
    assert.match(error.answered, /nonsense: not of the form host:port/);
    return true;
  });
  silent.close();
});
