/** An engine's Java process: why it did not start, and that it ends with whoever started it. Java itself is real. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { prepareBroker } from '../../src/broker/index.ts';
import type { Java } from '../../src/broker/java.ts';
import { EngineEndedError, EngineRunningError, EngineStartError } from '../../src/engines/index.ts';
import { Engine, startEngine, type EnginePlace, type EnginePlan } from '../../src/engines/engine.ts';
import { launchJava } from '../../src/engines/launch.ts';
import type { EngineParts } from '../../src/engines/parts.ts';
import { findRunningEngine, isWellAt, stopRunningEngine } from '../../src/engines/running.ts';
import { isAlive, until, withLock } from '../../src/process/index.ts';

let folder: string;
let java: Java;
/** A program that goes on until it is ended: a consumer of a broker that is not there. Every Java can run it. */
let waits: string[];
before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-launch-'));
  const broker = await prepareBroker();
  java = broker.java;
  const consumer = ['org.apache.kafka.tools.consumer.ConsoleConsumer', '--topic', 'none'];
  waits = ['-cp', broker.jars.files.join(path.delimiter), ...consumer, '--bootstrap-server', '127.0.0.1:1'];
});
after(() => fs.rm(folder, { recursive: true, force: true }));

const isThere = (file: string) =>
  fs.access(file).then(
    () => true,
    () => false,
  );
const engine: EngineParts = { name: 'waiting', title: 'Waiting', version: '1', files: [] };

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** It is ready as soon as it has a log. */
const plan = async ({ folder: work }: EnginePlace): Promise<EnginePlan> => ({
  args: waits,
  url: 'http://127.0.0.1:1',
  isReady: () => isThere(path.join(work, 'engine.log')),
});

test('one that ends while it starts is an error with the end of its log', async () => {
  const work = path.join(folder, 'fails');
  const start = launchJava({
    title: 'Waiting',
    java,
    args: ['no.such.Main'],
    folder: work,
    isReady: async () => false,
  });
  await assert.rejects(start, (error) => {
    assert.ok(error instanceof EngineStartError);
    assert.equal(error.code, 'ST_ENGINES_START');
    assert.match(error.message, /it ended with exit code 1.*no\.such\.Main/s);
    assert.ok(error.message.includes(path.join(work, 'engine.log')));
    return true;
  });
});

test('one that does not answer in time, or whose start is aborted, is ended', async () => {
  const options = { title: 'Waiting', java, args: waits, folder, isReady: async () => false };
  await assert.rejects(launchJava({ ...options, timeoutMs: 1 }), /no answer in 0\.001 s/);
  const reason = new Error('enough');
  await assert.rejects(launchJava({ ...options, signal: AbortSignal.abort(reason) }), reason);
});

test('one whose start waits for that of another program in its folder can be aborted', async () => {
  const work = path.join(folder, 'waited for');
  await withLock(path.join(work, 'start.lock'), async () => {
    const start = startEngine(engine, { folder: work, signal: AbortSignal.timeout(100) }, 0, plan);
    await assert.rejects(start, { name: 'TimeoutError' });
  });
});

test('a folder that cannot be written to, or has no room, is said as such', async (t) => {
  const file = path.join(folder, 'a file');
  await fs.writeFile(file, '');
  await assert.rejects(startEngine(engine, { folder: path.join(file, 'below') }, 0, plan), (error) => {
    assert.ok(error instanceof EngineStartError, String(error));
    assert.match(error.message, /start Waiting[^]*writing into [^]*ENOTDIR[^]*choose another/);
    return true;
  });
  const { TMPDIR } = process.env;
  t.after(() => (TMPDIR === undefined ? delete process.env['TMPDIR'] : (process.env['TMPDIR'] = TMPDIR)));
  process.env['TMPDIR'] = file;
  await assert.rejects(startEngine(engine, {}, 0, plan), {
    code: 'ST_PROCESS_TEMPORARY_FOLDER',
    message: /ENOTDIR/,
  });
  process.env['TMPDIR'] = folder;
  // Of a copy the system names where it is from first.
  const copying = async ({ folder: work }: EnginePlace): Promise<EnginePlan> => {
    await fs.writeFile(path.join(work, 'a file'), '');
    await fs.copyFile(java.program, path.join(work, 'a file', 'copy'));
    return plan({ java, parts: work, folder: work, ports: [] });
  };
  await assert.rejects(startEngine(engine, {}, 0, copying), { name: 'EngineStartError', message: /ENOTDIR/ });
  const intoFullDisk = async (): Promise<EnginePlan> => {
    await fs.writeFile('/dev/full', 'settings');
    return plan({ java, parts: folder, folder, ports: [] });
  };
  await assert.rejects(startEngine(engine, {}, 0, intoFullDisk), {
    name: 'EngineStartError',
    message: /ENOSPC[^]*The disk is full: free some space/,
  });
});

test('trouble that is not about its folder is said as what it is', async () => {
  const elsewhere = path.join(folder, 'a plain file');
  await fs.writeFile(elsewhere, '');
  const failing: [code: string, fail: () => Promise<unknown>][] = [
    ['EADDRNOTAVAIL', () => once(net.createServer().listen(0, '192.0.2.1'), 'listening')],
    ['ENOTDIR', () => fs.readFile(path.join(elsewhere, 'below'))],
    ['ENOENT', () => fs.readFile(path.join(folder, 'parts that went', 'one.jar'))],
    ['ESRCH', async () => process.kill(2 ** 22 + 1)],
  ];
  for (const [code, fail] of failing) {
    const failingPlan = async ({ folder: work }: EnginePlace): Promise<EnginePlan> => {
      await fail();
      return { args: waits, url: work, isReady: async () => true };
    };
    const start = startEngine(engine, { folder: path.join(folder, 'not to blame') }, 0, failingPlan);
    await assert.rejects(start, (error) => !(error instanceof EngineStartError) && codeOf(error) === code);
  }
});

test('what answers is asked whether it is well without a connection left behind for each time', async (t) => {
  const sockets = new Set<net.Socket>();
  let status = 200;
  const server = http.createServer((_request, response) => {
    response.writeHead(status).end('x'.repeat(1_000_000));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  for (let n = 0; n < 20; n++) assert.equal(await isWellAt(url), true);
  status = 503;
  assert.equal(await isWellAt(url), false);
  await until(
    async () => sockets.size < 3 || undefined,
    { first: 10, longest: 50 },
    20_000,
    () => new Error(`${sockets.size} connections stay`),
  );
});

test('a second one in the same folder is refused; one that was killed says so, and its folder is free again', async () => {
  const work = path.join(folder, 'one');
  const started = await startEngine(engine, { folder: work }, 1, plan);
  await using one = new Engine(started);
  assert.equal((await findRunningEngine(work))?.pid, one.pid);
  await assert.rejects(startEngine(engine, { folder: work }, 1, plan), (error) => {
    assert.ok(error instanceof EngineRunningError);
    assert.deepEqual([error.code, error.pid], ['ST_ENGINES_RUNNING', one.pid]);
    return true;
  });
  assert.equal(await started.process.endedError('ask it'), undefined);
  await one.kill();
  assert.deepEqual(
    [one.isRunning, isAlive(one.pid), await findRunningEngine(work)],
    [false, false, undefined],
  );
  const error = await started.process.endedError('ask it');
  assert.ok(error instanceof EngineEndedError);
  assert.equal(error.code, 'ST_ENGINES_ENDED');
  assert.match(error.message, /Could not ask it.*it ended with SIGKILL/s);
});

test('a daemon is found by its folder and stopped; a temporary folder is gone afterwards', async () => {
  await assert.rejects(startEngine(engine, { daemon: true }, 0, plan), {
    code: 'ST_OPTION_INVALID',
    message: /daemon.*without a folder/,
  });
  const work = path.join(folder, 'daemon');
  const options = { folder: work, daemon: true };
  const { process: daemon } = await startEngine(engine, options, 0, plan);
  assert.equal((await stopRunningEngine(work))?.pid, daemon.pid);
  assert.equal(isAlive(daemon.pid), false);
  assert.equal(await stopRunningEngine(work), undefined);

  const temporary = new Engine(await startEngine(engine, {}, 0, plan));
  assert.ok(await isThere(temporary.logFile));
  await temporary.stop();
  assert.equal(await isThere(temporary.folder), false);
});

test('what stops late leaves a later one in the same folder noted', async () => {
  const work = path.join(folder, 'twice');
  const first = new Engine(await startEngine(engine, { folder: work }, 0, plan));
  await first.kill();
  await using second = new Engine(await startEngine(engine, { folder: work }, 0, plan));
  await first.stop();
  assert.equal((await findRunningEngine(work))?.pid, second.pid);
});

test('whoever starts it is killed on the way: it ends, too; a daemon goes on, and is found and stopped', async () => {
  for (const daemon of [false, true]) {
    const work = path.join(folder, `orphan-${daemon}`);
    const script = fileURLToPath(new URL('starting-child.ts', import.meta.url));
    const facts = JSON.stringify({ work, daemon, args: waits });
    const child = spawn(process.execPath, ['--import', 'tsx', script, facts], { stdio: 'inherit' });
    const { pid } = await comes(() => findRunningEngine(work));
    child.kill('SIGKILL');
    await once(child, 'exit');
    if (daemon) assert.equal((await stopRunningEngine(work))?.pid, pid);
    await comes(async () => !isAlive(pid) || undefined);
    assert.equal(await findRunningEngine(work), undefined);
  }
});

/** What comes by itself. */
function comes<T>(look: () => Promise<T | undefined>): Promise<T> {
  return until(look, { first: 50, longest: 400 }, 60_000, () => new Error('it did not come in a minute'));
}
