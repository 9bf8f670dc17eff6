/** What the user learns when the broker cannot start, and what is left behind when its parent is killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  BrokerStartError,
  ensureBroker,
  prepareBroker,
  startBroker,
  startCluster,
  startFaultProxy,
} from '../../src/broker/index.ts';
import { InvalidOptionError } from '../../src/options.ts';
import { typescriptFlags } from '../helpers/typescript.ts';

let folder: string;
before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-faults-'));
});
after(() => fs.rm(folder, { recursive: true, force: true }));

test('an option that is not known is refused before anything is started, also in the security', async () => {
  const unknown = { code: 'ST_OPTION_UNKNOWN' };
  // A misspelt name in a program without types.
  const misspelt = { temporray: true } as object;
  for (const start of [startBroker, ensureBroker, startCluster, prepareBroker, startFaultProxy])
    await assert.rejects(async () => start(misspelt), unknown, start.name);
  const tls = { cert: '', key: '', clientCA: '' };
  await assert.rejects(startBroker({ dataFolder: path.join(folder, 'tls'), security: { tls } }), unknown);
  // The next program's start would remove the data of a broker that goes on.
  await assert.rejects(startBroker({ temporary: true, daemon: true }), InvalidOptionError);
});

test('a setting that Kafka refuses: its own words and what to do, within seconds, nothing left running', async () => {
  const dataFolder = path.join(folder, 'setting');
  await assert.rejects(startBroker({ dataFolder, config: { 'num.io.threads': -3 } }), (error) => {
    assert.ok(error instanceof BrokerStartError);
    assert.match(error.message, /Value must be at least 1/);
    assert.match(error.toDo, /options config/);
    return true;
  });
  await assert.rejects(fs.access(path.join(dataFolder, 'running.json')));
});

test('a Java that dies while starting: the end of its log, without its stack frames', async () => {
  await assert.rejects(startBroker({ dataFolder: path.join(folder, 'heap'), heapMb: 1 }), (error) => {
    assert.ok(error instanceof BrokerStartError);
    assert.match(error.logTail, /heap|OutOfMemory/i);
    assert.doesNotMatch(error.logTail, /^\s+at /m);
    assert.match(error.toDo, /heapMb/);
    return true;
  });
});

interface Ports {
  readonly client: number;
  readonly controller: number;
}

/** The ports that a start has chosen; Kafka needs a second before it listens on them. */
async function chosenPorts(dataFolder: string): Promise<Ports> {
  for (;;) {
    const text = await fs.readFile(path.join(dataFolder, 'ports.json'), 'utf8').catch(() => '');
    if (text.trimEnd().endsWith('}')) return JSON.parse(text) as Ports;
    await sleep(5);
  }
}

test('a port that another Kafka takes meanwhile: that one is not taken for ours', async (t) => {
  await using other = await startBroker({ dataFolder: path.join(folder, 'other') });
  const dataFolder = path.join(folder, 'own');
  const starting = startBroker({ dataFolder });
  const { client } = await chosenPorts(dataFolder);
  const otherPort = Number(other.brokers[0]?.split(':')[1]);
  const thief = net.createServer((socket) => {
    const there = net.connect(otherPort, '127.0.0.1');
    for (const end of [socket, there]) end.on('error', () => [socket, there].map((one) => one.destroy()));
    socket.pipe(there).pipe(socket);
  });
  thief.listen(client, '127.0.0.1');
  t.after(() => thief.close());
  await using broker = await starting;
  assert.ok(broker.isRunning);
  assert.deepEqual(broker.brokers, [`127.0.0.1:${(await chosenPorts(dataFolder)).client}`]);
  assert.ok(!broker.brokers.includes(`127.0.0.1:${client}`), 'it has another port now');
});

test('a port that another program takes while Kafka starts: it starts again with another', async (t) => {
  const dataFolder = path.join(folder, 'port');
  const told: string[] = [];
  const starting = startBroker({ dataFolder, log: (line) => told.push(line) });
  const { controller } = await chosenPorts(dataFolder);
  const thief = net.createServer().listen(controller, '127.0.0.1');
  t.after(() => thief.close());
  await using broker = await starting;
  const now = await chosenPorts(dataFolder);
  assert.notEqual(now.controller, controller);
  assert.deepEqual(broker.brokers, [`127.0.0.1:${now.client}`]);
  assert.ok(told.some((line) => line.includes('took a port')));
});

test('a full disk: says so and names the folder', { skip: process.platform !== 'linux' }, async () => {
  const dataFolder = path.join(folder, 'full');
  // Every write to this device is answered with "No space left on device"; here Kafka's first segment lands on it.
  const log = path.join(dataFolder, 'data', '__cluster_metadata-0');
  await fs.mkdir(log, { recursive: true });
  await fs.symlink('/dev/full', path.join(log, '00000000000000000000.log'));
  await assert.rejects(startBroker({ dataFolder }), (error) => {
    assert.ok(error instanceof BrokerStartError);
    assert.match(error.message, /No space left on device/);
    assert.match(error.toDo, /disk is full/);
    assert.ok(error.toDo.includes(dataFolder));
    return true;
  });
});

test('a data folder that is a file: names it', async () => {
  const dataFolder = path.join(folder, 'file');
  await fs.writeFile(dataFolder, '');
  await assert.rejects(
    startBroker({ dataFolder }),
    (error) => error instanceof Error && error.message.includes(dataFolder),
  );
});

test('a comma in the path, or a setting that is ours: refused before anything is written', async () => {
  await assert.rejects(startBroker({ dataFolder: path.join(folder, 'a,b') }), InvalidOptionError);
  await assert.rejects(
    startBroker({ dataFolder: path.join(folder, 'own'), config: { listeners: 'x' } }),
    InvalidOptionError,
  );
});

test('a parent that is killed with SIGKILL leaves no Java behind, and the data usable', async () => {
  const dataFolder = path.join(folder, 'orphan');
  const library = fileURLToPath(new URL('../../src/broker/index.ts', import.meta.url));
  const program = `
    const { startBroker } = await import(${JSON.stringify(library)});
    const broker = await startBroker({ dataFolder: ${JSON.stringify(dataFolder)} });
    console.log(broker.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, [...typescriptFlags(), '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  process.kill(pid, 0);
  parent.kill('SIGKILL');
  const deadline = Date.now() + 15_000;
  while (isThere(pid) && Date.now() < deadline) await sleep(50);
  assert.ok(!isThere(pid), `Java (process ${pid}) outlived its parent`);
  await using again = await startBroker({ dataFolder });
  assert.notEqual(again.pid, pid);
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
