import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Subscriber, XPublisher } from 'zeromq';
import { OutputSocket } from '../../../src/kernel/wire/output-socket.ts';

/** A publisher and one client whose queue holds few messages. */
async function connected(): Promise<{ publisher: XPublisher; client: Subscriber; close: () => void }> {
  const publisher = new XPublisher(OutputSocket.options);
  const client = new Subscriber({ receiveHighWaterMark: 10, receiveTimeout: 5_000 });
  await publisher.bind('tcp://127.0.0.1:0');
  client.connect(publisher.lastEndpoint ?? '');
  client.subscribe();
  await publisher.receive();
  const close = (): void => {
    client.close();
    publisher.close();
  };
  return { publisher, client, close };
}

/** 30 MB: more than the queues of both sides and the system's buffers between them hold. */
const messages = 1_000;
const body = Buffer.alloc(30_000, 'y');

test('a client that does not read for a while gets every message, in order', async () => {
  const { publisher, client, close } = await connected();
  const log: string[] = [];
  const output = new OutputSocket(publisher, (line) => log.push(line));
  for (let number = 0; number < messages; number++) void output.send([Buffer.from(String(number)), body]);
  await sleep(700);
  assert.ok(output.waiting > 0, 'the queues hold everything: nothing was tried');
  for (let number = 0; number < messages; number++)
    assert.equal(String((await client.receive())[0]), String(number));
  await output.flushed();
  assert.deepEqual(log, []);
  close();
});

test(
  'a client that never reads holds up the others for a limited time, once',
  { timeout: 60_000 },
  async () => {
    const { publisher, client, close } = await connected();
    const reader = new Subscriber({ receiveTimeout: 5_000 });
    reader.connect(publisher.lastEndpoint ?? '');
    reader.subscribe();
    await sleep(200);
    const log: string[] = [];
    const output = new OutputSocket(publisher, (line) => log.push(line), { patience: 300 });
    const sent = Promise.all(
      Array.from({ length: messages }, (_, number) => output.send([Buffer.from(String(number)), body])),
    );
    let last = '';
    while (last !== String(messages - 1)) last = String((await reader.receive())[0]);
    await sent;
    assert.equal(log.length, 1);
    assert.match(log[0] ?? '', /has not read for 0.3 s/);
    // The one that was left out reads what its queue held, and is given what comes then. Silence may also be a busy machine.
    client.receiveTimeout = 300;
    while (last !== 'late') {
      last = await client.receive().then(String, () => '');
      if (last === '') await output.send([Buffer.from('late')]);
    }
    reader.close();
    close();
  },
);
