/** `streamtrain kafka`, as `npm run kafka` runs it, from start to reset, with a background broker of its own. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { run } from '../../src/cli/run.ts';
import { suspend } from '../helpers/load.ts';
import { TextSink } from './run-cli.ts';

let folder: string;
before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-command-'));
});
after(async () => {
  await kafka('stop');
  await fs.rm(folder, { recursive: true, force: true });
});

async function kafka(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const given = args.includes('--data') ? args : [...args, '--data', path.join(folder, 'kafka')];
  const code = await run(['kafka', ...given], { stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}

async function kafkaJson(...args: string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await kafka(...args, '--json')).out) as Record<string, unknown>;
}

test('a wrong word or number is answered with the usage and exit code 2; --help with 0', async () => {
  for (const args of [
    [],
    ['begin'],
    ['start', 'stop'],
    ['start', '--port', '99999'],
    ['start', '--prot', '1'],
  ]) {
    const { code, err } = await kafka(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, /Usage: streamtrain kafka/);
  }
  const others = await kafka('status', '--brokers', '127.0.0.1:9092');
  assert.equal(others.code, 2, 'what says nothing here is not ignored');
  assert.match(others.err, /--brokers: this command is for the project's own Kafka/);
  const { code, out } = await kafka('--help');
  assert.equal(code, 0);
  assert.match(out, /reset .*delete its data/);
});

test('start, status, a second start, stop, reset: each says what is so', async () => {
  assert.equal((await kafka('status')).code, 3);
  const started = await kafkaJson('start');
  assert.equal(started['started'], true);
  const [address = ''] = started['brokers'] as string[];

  const again = await kafka('start');
  assert.equal(again.code, 0);
  assert.match(
    again.out,
    new RegExp(`already running at ${address} \\(process ${String(started['pid'])}\\)`),
  );

  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'rows', numPartitions: 3 }], waitForLeaders: true });
  await admin.disconnect();

  const status = await kafka('status');
  assert.equal(status.code, 0);
  assert.match(status.out, /Kafka 4\.\d.* is running at 127\.0\.0\.1:\d+/);
  assert.match(status.out, /in the background[^]*topics {2}1\n/);
  const found = await kafkaJson('status');
  assert.deepEqual(
    [found['running'], found['pid'], found['topics'], found['daemon']],
    [true, started['pid'], 1, true],
  );

  await damagedState(started);
  assert.match((await kafka('stop')).out, /is stopped/);
  assert.throws(() => process.kill(Number(started['pid']), 0), /ESRCH/);
  assert.match((await kafka('stop')).out, /was not running/);
  assert.match((await kafka('status')).out, /not running[^]*topics {2}1 on disk/);

  const refused = await kafka('reset');
  assert.equal(refused.code, 1);
  assert.match(refused.out, /1 topics in .*\(rows\)[^]*reset --yes/);
  assert.equal((await kafka('reset', '--yes')).code, 0);
  await assert.rejects(fs.access(path.join(folder, 'kafka')), /ENOENT/);
});

/** What is written down about a running broker is cut short, of another time, or gone: the broker is found all the same. */
async function damagedState(started: Record<string, unknown>): Promise<void> {
  const noted = path.join(folder, 'kafka', 'running.json');
  const whole = await fs.readFile(noted, 'utf8');
  const damages = [
    whole.slice(0, whole.length / 2),
    '',
    'null',
    '[]',
    '{"pid": "1"}',
    // The process id belongs to another program by now.
    JSON.stringify({ ...(JSON.parse(whole) as object), pid: process.pid }),
  ];
  for (const damaged of damages) {
    await fs.writeFile(noted, damaged);
    const { running, pid } = await kafkaJson('status');
    assert.deepEqual({ damaged, running, pid }, { damaged, running: true, pid: started['pid'] });
  }
  await fs.rm(noted, { force: true });
  assert.match((await kafka('start')).out, /already running/);
}

test('a broker that does not answer is told from none: status, start and stop say so', async (t) => {
  const started = await kafkaJson('start');
  const pid = Number(started['pid']);
  t.after(async () => void (await kafka('reset', '--yes')));
  await suspend(pid);
  try {
    const status = await kafka('status');
    assert.deepEqual(
      [status.code, /process \d+\), but does not answer/.test(status.out)],
      [1, true],
      status.out,
    );
    const again = await kafka('start');
    assert.equal(again.code, 1);
    assert.match(again.err, new RegExp(`process ${pid} is a Kafka on this data, and does not answer`));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  assert.match((await kafka('stop')).out, new RegExp(`process ${pid}`));
});

test('state files of another time or cut short do not keep Kafka from starting', async () => {
  const data = path.join(folder, 'kafka');
  await fs.mkdir(data, { recursive: true });
  const stale = { pid: process.pid, port: 9, brokers: ['127.0.0.1:9'], startedAt: 'x', kafka: '', java: '' };
  await fs.writeFile(path.join(data, 'running.json'), JSON.stringify(stale));
  await fs.writeFile(path.join(data, 'ports.json'), '{"client": 4');
  assert.equal((await kafka('status')).code, 3);
  assert.match((await kafka('stop')).out, /was not running/);
  const started = await kafkaJson('start');
  assert.equal(started['started'], true);
  assert.equal((await kafka('reset', '--yes')).code, 0);
});

test('reset never deletes a folder that was not made by Kafka', async () => {
  const precious = path.join(folder, 'precious');
  await fs.mkdir(path.join(precious, 'data'), { recursive: true });
  await fs.writeFile(path.join(precious, 'data', 'thesis.txt'), 'years of work');
  const { code, err } = await kafka('reset', '--yes', '--data', precious);
  assert.equal(code, 1);
  assert.match(err, /ST_BROKER_FOREIGN_FOLDER/);
  assert.match(err, /never used this folder/);
  await fs.access(path.join(precious, 'data', 'thesis.txt'));
});
