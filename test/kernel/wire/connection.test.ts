import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ConnectionFileError } from '../../../src/kernel/errors.ts';
import { readConnection } from '../../../src/kernel/wire/connection.ts';
import { Wire } from '../../../src/kernel/wire/sockets.ts';

const good = {
  transport: 'tcp',
  ip: '127.0.0.1',
  shell_port: 5001,
  iopub_port: 5002,
  stdin_port: 5003,
  control_port: 5004,
  hb_port: 5005,
  key: 'secret',
  signature_scheme: 'hmac-sha256',
};

async function connectionFile(t: TestContext, content: unknown): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-connection-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'kernel.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('addresses, key and hash are those of the file', async (t) => {
  const connection = readConnection(await connectionFile(t, { ...good, kernel_name: 'ignored' }));
  assert.equal(connection.addresses.shell, 'tcp://127.0.0.1:5001');
  assert.equal(connection.addresses.hb, 'tcp://127.0.0.1:5005');
  assert.deepEqual([connection.key, connection.hash], ['secret', 'sha256']);
  const six = readConnection(await connectionFile(t, { ...good, ip: '::1' }));
  assert.equal(six.addresses.iopub, 'tcp://[::1]:5002');
  const ipc = readConnection(await connectionFile(t, { ...good, transport: 'ipc', ip: 'kernel' }));
  assert.equal(ipc.addresses.control, 'ipc://kernel-5004');
});

test('a file that cannot be used is refused with the fields that are wrong', async (t) => {
  const bad = await connectionFile(t, { ...good, shell_port: 0, transport: 'udp' });
  assert.throws(
    () => readConnection(bad),
    (error: unknown) => {
      assert(error instanceof ConnectionFileError);
      assert.equal(error.code, 'ST_KERNEL_CONNECTION_FILE');
      assert.match(error.message, /transport: .*shell_port: /);
      return true;
    },
  );
  assert.throws(() => readConnection('/nowhere/kernel.json'), /ENOENT/);
  const torn = await connectionFile(t, '{"ip":');
  assert.throws(() => readConnection(torn), ConnectionFileError);
});

test('only the addresses of the file are bound, and they are free again after close', async (t) => {
  const ports = await freePorts(5);
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
  const content = { ...good, shell_port, iopub_port, stdin_port, control_port, hb_port };
  const connection = readConnection(await connectionFile(t, content));
  const wire = new Wire(connection, { received: () => undefined, log: () => undefined });
  await wire.bind(connection);
  for (const port of ports) {
    assert.equal(await canListen('127.0.0.1', port), false, `${port} is bound`);
    assert.equal(await canListen('127.0.0.2', port), true, 'on this address only');
  }
  wire.close();
  for (const port of ports) {
    const until = Date.now() + 5000;
    while (!(await canListen('127.0.0.1', port))) assert(Date.now() < until, `${port} is still bound`);
  }
});

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen('127.0.0.1', 0)));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function canListen(host: string, port: number): Promise<boolean> {
  const server = await listen(host, port).catch(() => undefined);
  if (server) await new Promise((resolve) => server.close(resolve));
  return server !== undefined;
}

function listen(host: string, port: number): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}
