/** Calls to programs of this machine. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fetchDirectly } from '../../src/process/index.ts';

async function listening(
  answer: string,
  status = 200,
  headers = {},
): Promise<{ server: Server; url: string }> {
  const server = createServer((_, response) => response.writeHead(status, headers).end(answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

test('what runs on this machine is asked past a proxy of the environment, and only that', async (t) => {
  const { server, url } = await listening('ours');
  t.after(() => server.close());
  const proxy = await listening('the proxy');
  t.after(() => proxy.server.close());
  const settings = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, NO_PROXY: 'example.org' };
  const ask = async () => (await fetchDirectly(url)).text();
  // Node reads some of it at its own start only, so a program of its own asks.
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program(url)], {
    env: { ...process.env, ...settings, no_proxy: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.deepEqual([(await text(child.stdout)).trim(), await ask()], ['ours example.org', 'ours']);
});

/** Asks, and says the answer, and what programs that it starts are given. */
const program = (url: string): string => `
  import { fetchDirectly } from ${JSON.stringify(new URL('../../src/process/ports.ts', import.meta.url).href)};
  console.log(await (await fetchDirectly('${url}')).text(), process.env.NO_PROXY);`;

test('an answer is that of fetch: its status, its headers, what it says, the reason of who ends it', async (t) => {
  const { server, url } = await listening('made', 201, { 'x-of': 'two words' });
  t.after(() => server.close());
  const made = await fetchDirectly(url, { method: 'POST', body: '{}' });
  assert.deepEqual([made.status, made.ok, made.headers.get('x-of')], [201, true, 'two words']);
  assert.equal(await made.text(), 'made');
  const reason = new Error('enough');
  await assert.rejects(fetchDirectly(url, { signal: AbortSignal.abort(reason) }), reason);
  const silent = net.createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const late = fetchDirectly(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(50) });
  await assert.rejects(late, { name: 'TimeoutError' });
  silent.once('connection', (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegun');
    socket.on('error', () => undefined);
  });
  const ending = new AbortController();
  const begun = await fetchDirectly(`http://127.0.0.1:${port}/`, { signal: ending.signal });
  ending.abort(reason);
  await assert.rejects(begun.text(), reason);
  silent.on('connection', (socket) => socket.destroy());
  await assert.rejects(fetchDirectly(`http://127.0.0.1:${port}/`), { code: 'ECONNRESET' });
});
