import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { descendants, isRunning } from '../../src/process/children.ts';
import { projectAt } from '../../src/install/folders.ts';
import { ended, tempFolder, untilPrinted } from '../install/helpers.ts';

const { folder } = projectAt();
const run = promisify(execFile);

for (const name of ['start', 'test', 'tutorial', 'setup', 'doctor']) {
  test(`npm run ${name} -- --help explains itself without setting anything up`, async (t) => {
    const bare = await tempFolder(t);
    fs.cpSync(path.join(folder, 'scripts'), path.join(bare, 'scripts'), { recursive: true });
    const { stdout } = await run(process.execPath, [path.join(bare, 'scripts', `${name}.mjs`), '--help']);
    assert.match(stdout, /^Usage: npm /);
    assert.match(stdout, /--help/);
    assert.deepEqual(fs.readdirSync(bare), ['scripts']);
  });
}

test('doctor in a clone that is not set up says so and ends with 1', async (t) => {
  const bare = await tempFolder(t);
  fs.cpSync(path.join(folder, 'scripts'), path.join(bare, 'scripts'), { recursive: true });
  const doctor = run(process.execPath, [path.join(bare, 'scripts', 'doctor.mjs')]);
  await assert.rejects(doctor, (error: { code: number; stdout: string }) => {
    assert.equal(error.code, 1);
    assert.match(error.stdout, /not set up yet[^]*npm run setup/);
    return true;
  });
});

test('doctor finds every part of this clone healthy', async () => {
  const { stdout } = await run(process.execPath, ['scripts/doctor.mjs', '--json'], { cwd: folder });
  const { healthy, parts } = JSON.parse(stdout) as {
    healthy: boolean;
    parts: { name: string; status: string }[];
  };
  assert.deepEqual(
    parts.filter(({ status }) => status === 'broken'),
    [],
  );
  assert.equal(healthy, true);
  const names = parts.map(({ name }) => name);
  for (const part of [
    'Node',
    'npm',
    'Python packages',
    'Native TensorFlow',
    'Jupyter kernel',
    'Java',
    'Kafka',
  ]) {
    assert(names.includes(part), part);
  }
});

test('npm start reaches JupyterLab, and Ctrl-C stops JupyterLab, then Kafka, leaving nothing', async (t) => {
  const data = path.join(await tempFolder(t), 'kafka');
  const started = Date.now();
  const child = spawn(process.execPath, ['scripts/start.mjs', '--no-browser', '--data', data], {
    cwd: folder,
    env: { ...process.env, STREAMTRAIN_BROKERS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await untilPrinted(child, /Ctrl-C stops both/);
  // 6 s when the machine has nothing else to do; the suite keeps it busy.
  assert(Date.now() - started < 90_000, `took ${Date.now() - started} ms`);
  assert.match(
    text,
    /Kafka +127\.0\.0\.1:\d+\n +JupyterLab +http:\/\/127\.0\.0\.1:\d+\/lab\/tree\/notebooks\/01-/,
  );
  const family = descendants(child.pid);
  for (const program of ['java', 'python']) {
    assert(
      family.some(({ command }) => command.startsWith(program)),
      `${program} runs`,
    );
  }
  child.kill('SIGINT');
  assert.equal(await ended(child), 0);
  assert.match(text, /JupyterLab stopped[^]*Kafka stopped/);
  assert.doesNotMatch(text, /left over/);
  assert.deepEqual(family.filter(isRunning), []);
});
