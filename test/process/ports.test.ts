/** Calls to programs of this machine. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fetchDirectly } from '../../src/process/index.ts';

async function listening(answer: string): Promise<{ server: Server; url: string }> {
  const server = createServer((_, response) => response.end(answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

test('what runs on this machine is asked past a proxy of the environment, and only that', async (t) => {
  const { server, url } = await listening('ours');
  t.after(() => server.close());
  const names = ['NODE_USE_ENV_PROXY', 'NO_PROXY', 'no_proxy'] as const;
  const before = names.map((name) => process.env[name]);
  t.after(() => {
    for (const [i, name] of names.entries())
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
  });
  for (const name of names) delete process.env[name];
  const ask = async () => (await fetchDirectly(url)).text();
  assert.deepEqual([await ask(), process.env['NO_PROXY']], ['ours', undefined]);
  process.env['NODE_USE_ENV_PROXY'] = '1';
  process.env['NO_PROXY'] = 'example.org, example.com';
  for (let again = 0; again < 2; again++)
    assert.deepEqual([await ask(), process.env['NO_PROXY']], ['ours', 'example.org,example.com,127.0.0.1']);
});
