/** Each fault of the proxy, against an echo server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, beforeEach, afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultProxy } from '../../src/broker/index.ts';
import type { FaultProxy } from '../../src/broker/index.ts';

let echo: net.Server;
/** The sizes of what the echo server received, chunk by chunk. */
let received: number[] = [];
let proxy: FaultProxy;

before(async () => {
  echo = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received.push(chunk.length);
      socket.write(chunk);
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
});
after(() => void echo.close());
beforeEach(async () => {
  received = [];
  const { port } = echo.address() as net.AddressInfo;
  proxy = await startFaultProxy({ target: { host: '127.0.0.1', port } });
});
afterEach(() => proxy.close());

test('passes bytes on unchanged, both ways, and counts them', async () => {
  const socket = await connect();
  const sent = Buffer.alloc(300_000, 'abc');
  assert.deepEqual(await roundTrip(socket, sent), sent);
  assert.equal(proxy.bytes, 600_000);
  assert.equal(proxy.connections, 1);
  socket.destroy();
});

test('cut breaks open connections and refuses new ones until resume', async () => {
  const socket = await connect();
  await roundTrip(socket, 'x');
  proxy.cut();
  await closed(socket);
  await refused();
  proxy.resume();
  assert.equal(String(await roundTrip(await connect(), 'back')), 'back');
});

test('cutOnce breaks open connections, the next one works', async () => {
  const socket = await connect();
  await roundTrip(socket, 'x');
  proxy.cutOnce();
  await closed(socket);
  assert.equal(String(await roundTrip(await connect(), 'again')), 'again');
});

test('delay holds data back, in order', async () => {
  const socket = await connect();
  await roundTrip(socket, 'x');
  proxy.delay(60);
  const started = performance.now();
  assert.equal(String(await roundTrip(socket, 'slow')), 'slow');
  assert.ok(performance.now() - started >= 115, 'two directions of 60 ms each');
});

test('slice hands data on in small pieces, nothing lost', async () => {
  const socket = await connect();
  proxy.slice(3);
  assert.equal(String(await roundTrip(socket, '0123456789')), '0123456789');
  assert.ok(received.length >= 2 && received.reduce((sum, size) => sum + size) === 10, received.join());
  assert.throws(() => proxy.slice(0), RangeError);
});

test('freeze swallows nothing: what was sent arrives after resume', async () => {
  const socket = await connect();
  proxy.freeze();
  const answer = roundTrip(socket, 'later');
  await sleep(50);
  assert.deepEqual(received, []);
  proxy.resume();
  assert.equal(String(await answer), 'later');
});

test('freeze of the answers alone: the broker gets what is asked, the client hears nothing until resume', async () => {
  const socket = await connect();
  proxy.freeze('answers');
  let isAnswered = false;
  const answer = roundTrip(socket, 'done?').then((text) => ((isAnswered = true), text));
  await until(() => received.length > 0);
  await sleep(50);
  assert.deepEqual([received, isAnswered], [[5], false]);
  proxy.freeze('requests');
  assert.equal(String(await answer), 'done?');
});

test('throttle lets through as many bytes a second as it is told', async () => {
  const socket = await connect();
  proxy.throttle(20_000);
  const started = performance.now();
  const sent = Buffer.alloc(6_000, 'abc');
  assert.deepEqual(await roundTrip(socket, sent), sent);
  const tookMs = performance.now() - started;
  assert.ok(tookMs >= 290, `6,000 bytes took ${tookMs} ms`);
  assert.throws(() => proxy.throttle(0.5), RangeError);
});

test('cutAfter breaks connections after so many bytes, once', async () => {
  const socket = await connect();
  await roundTrip(socket, '12345');
  proxy.cutAfter(4);
  socket.write('67890');
  await closed(socket);
  assert.equal(proxy.bytes, 5 + 5 + 4, 'four of the last five bytes were passed on');
  assert.equal(String(await roundTrip(await connect(), 'again')), 'again');
});

test('a target that refuses: the client sees a broken connection, the proxy lives on', async () => {
  const { target } = proxy;
  proxy.target = { host: '127.0.0.1', port: 9 };
  await refused();
  proxy.target = target;
  assert.equal(String(await roundTrip(await connect(), 'ok')), 'ok');
});

async function connect(): Promise<net.Socket> {
  const socket = net.connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    assert.ok(performance.now() < deadline, 'not within 10 s');
    await sleep(5);
  }
}

/** A connection that ends without having been of use, whether before or after it was accepted. */
async function refused(): Promise<void> {
  const socket = net.connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await closed(socket);
}

async function closed(socket: net.Socket): Promise<void> {
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}

async function roundTrip(socket: net.Socket, data: Buffer | string): Promise<Buffer> {
  const wanted = Buffer.byteLength(data);
  const chunks: Buffer[] = [];
  const answer = new Promise<Buffer>((resolve, reject) => {
    socket.once('close', () => reject(new Error('closed before the answer was complete')));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunks.reduce((sum, { length }) => sum + length, 0) >= wanted) resolve(Buffer.concat(chunks));
    });
  });
  socket.write(data);
  const whole = await answer;
  socket.removeAllListeners('data');
  return whole;
}
