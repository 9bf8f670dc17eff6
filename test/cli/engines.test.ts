/** `streamtrain engines`: what is here, how big it is, started and stopped; wrong words are usage. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../src/cli/run.ts';
import {
  defaultEngineFolder,
  engineNames,
  engineParts,
  findRunningEngine,
  SqlGateway,
} from '../../src/engines/index.ts';
import { isAlive } from '../../src/process/index.ts';
import { suspend } from '../helpers/load.ts';
import { TextSink } from './run-cli.ts';

const { isFetched } = await engineParts('flink');
const skip =
  !isFetched && "not run: Flink's parts are not here (npx streamtrain engines fetch flink: 124 MB)";

let folder: string;
/** Where engines work hangs on the folder of the process. */
const startFolder = process.cwd();
before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-engines-'));
  await fs.writeFile(path.join(folder, 'package.json'), '{}');
  process.chdir(folder);
});
after(async () => {
  await engines('stop');
  process.chdir(startFolder);
  await fs.rm(folder, { recursive: true, force: true });
});

async function engines(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const code = await run(['engines', ...args], { stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}

test('a wrong word is answered with the usage and exit code 2; so are settings of a broker', async () => {
  for (const args of [[], ['begin'], ['start'], ['fetch', 'storm']]) {
    const { code, err } = await engines(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, /Usage: streamtrain engines/);
  }
  const { code, err } = await engines('status', '--brokers', '127.0.0.1:9092');
  assert.equal(code, 2);
  assert.match(err, /--brokers: this command has nothing to do with a broker/);
  assert.match((await engines('--help')).out, /fetch .*\n?.*Download what is missing/);
});

test('status says of each whether it is here and how big it is; stopping what does not run is no failure', async () => {
  const { code, out } = await engines('status');
  const all = await Promise.all(engineNames.map((name) => engineParts(name)));
  assert.equal(code, all.every((one) => one.isFetched) ? 0 : 3);
  for (const name of engineNames) {
    const { title, version } = await engineParts(name);
    assert.ok(out.includes(`${title} ${version}`), out);
  }
  assert.match(
    out,
    isFetched ? /parts {2}here \(124 MB\)/ : /engines fetch flink" downloads 51 files, 124 MB/,
  );
  assert.match(out, /does not run, in \.streamtrain/);
  const [flink] = JSON.parse((await engines('status', 'flink', '--json')).out) as Record<string, unknown>[];
  assert.deepEqual(
    [flink?.['engine'], flink?.['isFetched'], flink?.['running']],
    ['flink', isFetched, false],
  );
  const stopped = await engines('stop', 'flink');
  assert.equal(stopped.code, 0);
  assert.match(stopped.out, /was not running/);
});

test('fetching all tries each, also behind one that fails, and fails at the end', async (t) => {
  const set = {
    XDG_CACHE_HOME: path.join(folder, 'cache'),
    STREAMTRAIN_MAVEN_URL: 'http://me:secret@nowhere',
  };
  for (const [name, value] of Object.entries(set)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => (before === undefined ? delete process.env[name] : (process.env[name] = before)));
  }
  const { code, err } = await engines('fetch');
  assert.equal(code, 1);
  assert.match(
    err,
    /^spark: .*STREAMTRAIN_MAVEN_URL[^]*^nifi: .*STREAMTRAIN_MAVEN_URL[^]*^error ST_INSTALL_MAVEN_ADDRESS/m,
  );
});

test(
  'start, a second start at once and one later, use by address, stop: each says what is so',
  { skip },
  async () => {
    assert.match((await engines('fetch', 'flink')).out, /already there \(51 files, 124 MB\)/);
    type Facts = { url: string; pid: number; started: boolean };
    const starts = await Promise.all([1, 2].map(() => engines('start', 'flink', '--json')));
    assert.deepEqual(
      starts.map(({ code }) => code),
      [0, 0],
      starts.map(({ err }) => err).join(),
    );
    const both = starts.flatMap(({ out }) => JSON.parse(out) as Facts[]);
    assert.equal(new Set(both.map(({ pid }) => pid)).size, 1, 'one was started, which both name');
    const facts = both.find(({ started }) => started);
    const { url = '', pid = 0 } = facts ?? {};
    const again = await engines('start', 'flink');
    assert.equal(again.code, 0);
    assert.ok(again.out.includes(`already running at ${url} (process ${pid})`), again.out);
    assert.match((await engines('status')).out, new RegExp(`runs at ${url}`));
    await suspend(pid);
    const silent = await engines('status', 'flink', '--json');
    process.kill(pid, 'SIGCONT');
    assert.deepEqual(
      (JSON.parse(silent.out) as { running: boolean; answers: boolean }[]).map((one) => [
        one.running,
        one.answers,
      ]),
      [[true, false]],
    );
    const gateway = await SqlGateway.open(url);
    assert.deepEqual((await gateway.execute('SHOW CURRENT DATABASE')).rows, [
      { 'current database name': 'default_database' },
    ]);
    await gateway.close();
    assert.match((await engines('stop', 'flink')).out, new RegExp(`is stopped \\(it was process ${pid}\\)`));
    assert.equal(isAlive(pid), false);
    assert.equal(await findRunningEngine(defaultEngineFolder('flink')), undefined);
  },
);
