import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { alone } from '../../scripts/bootstrap-lock.mjs';
import { requireUnix } from '../../scripts/bootstrap.mjs';
import { requireWayToKafka } from '../../scripts/kafka-way.mjs';
import { tempFolder } from '../install/helpers.ts';
import { runIn, tinyClone } from './tiny-clone.ts';

const run = (folder: string, env: NodeJS.ProcessEnv = {}) => runIn(folder, ['scripts/run.mjs'], env);

test('compiles once, links the project under its own name, and compiles again only after a change', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  const first = await run(folder);
  assert.match(first.text, /✓ JavaScript packages +already there\n✓ Compile src into dist +\d+\.\d s\n42\n/);
  assert.equal(await fs.realpath(path.join(folder, 'node_modules/streamtrain')), await fs.realpath(folder));
  assert.match((await run(folder)).text, /Compile src into dist +already there\n42\n/);
  await fs.writeFile(path.join(folder, 'src/index.ts'), 'export const answer: number = 43;\n');
  assert.match((await run(folder)).text, /Compile src into dist +\d+\.\d s\n43\n/);
});

test('three at once in one clone: one works, the others wait, all succeed', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  const ends = await Promise.all([run(folder), run(folder), run(folder)]);
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0, 0],
  );
  const compiled = ends.filter(({ text }) => /Compile src into dist +\d/.test(text));
  assert.equal(compiled.length, 1);
});

test('a set-up that was killed does not block the next one', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  await fs.mkdir(path.join(folder, '.streamtrain'));
  await fs.writeFile(path.join(folder, '.streamtrain/bootstrap.lock'), '4194000');
  assert.equal((await run(folder)).code, 0);
});

test('a set-up that was killed does not block the next one, though another process has its id now', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  await fs.mkdir(path.join(folder, '.streamtrain'));
  const lock = path.join(folder, '.streamtrain/bootstrap.lock');
  for (const content of [JSON.stringify({ pid: process.pid, start: '1' }), '{"pid": 41', '']) {
    await fs.writeFile(lock, content);
    await fs.utimes(lock, 1, 1);
    await fs.rm(path.join(folder, 'dist'), { recursive: true, force: true });
    const end = await Promise.all([run(folder), run(folder)]);
    assert.deepEqual(
      end.map(({ code }) => code),
      [0, 0],
      content,
    );
  }
  assert.deepEqual(await fs.readdir(path.dirname(lock)), [], 'no lock and no rests of it stay');
});

test('on a disk without hard links one works and the other waits', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  // As exFAT answers.
  const source =
    'import fs from "node:fs"; fs.linkSync = () => { throw Object.assign(new Error("no links"), { code: "EPERM" }); };';
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}` };
  const ends = await Promise.all([run(folder, env), run(folder, env)]);
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0],
  );
  assert.equal(ends.filter(({ text }) => /Compile src into dist +\d/.test(text)).length, 1);
});

test('a lock of which another process has copied nothing yet is left to it', async (t) => {
  const lock = path.join(await tempFolder(t), 'a.lock');
  await fs.writeFile(lock, '');
  // Its first look is over before it waits.
  const set = alone(lock, async () => {});
  assert.equal(await fs.readFile(lock, 'utf8'), '');
  await fs.rm(lock);
  await set;
});

test('a set-up that has ended but whose parent has not asked for its end (a zombie) does not block the next one', async (t) => {
  if (process.platform !== 'linux') return;
  const folder = await tinyClone(t, { installed: true });
  const parent = spawn('sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  const fields = async () => (await fs.readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  for (let looks = 0; looks < 2000 && (await fields())[0] !== 'Z'; looks++) await sleep(5);
  await fs.mkdir(path.join(folder, '.streamtrain'));
  const lock = path.join(folder, '.streamtrain/bootstrap.lock');
  await fs.writeFile(lock, JSON.stringify({ pid, start: (await fields())[19] }));
  assert.equal((await run(folder)).code, 0);
});

test('a dist with a file missing, cut off or changed is compiled again', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  await run(folder);
  const file = path.join(folder, 'dist/index.js');
  const text = await fs.readFile(file, 'utf8');
  for (const damage of [undefined, text.slice(0, 5), text.replace('42', '41')]) {
    if (damage === undefined) await fs.rm(file);
    else await fs.writeFile(file, damage);
    assert.match((await run(folder)).text, /Compile src into dist +\d+\.\d s\n42\n/);
  }
  assert.match((await run(folder)).text, /Compile src into dist +already there\n42\n/);
});

test('no network: what was tried, what npm answered, what to do; exit code 1', async (t) => {
  const folder = await tinyClone(t, { installed: false });
  const { code, text } = await run(folder, {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_cache: path.join(folder, 'cache'),
  });
  assert.equal(code, 1);
  assert.match(text, /✗ Could not install the JavaScript packages[^]*Tried: [^]*npm-cli\.js ci/);
  assert.match(text, /Answered: exit 1[^]*ECONNREFUSED[^]*To do: +Check the network/);
  assert.doesNotMatch(text, /at .*\.mjs:\d+/, 'no stack trace');
});

test("a home that cannot be written: npm's cache goes into the project, and this is said", async (t) => {
  const folder = await tinyClone(t, { installed: false });
  const home = path.join(folder, 'home');
  await fs.writeFile(home, 'a file where a folder should be');
  const { text } = await run(folder, {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_cache: path.join(home, '.npm'),
  });
  assert.match(text, /npm's cache folder is not writable; using .*a clone\/\.streamtrain\/npm-cache/);
});

test('a type error in src stops with the compiler words', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  await fs.writeFile(path.join(folder, 'src/index.ts'), "export const answer: number = 'text';\n");
  const { code, text } = await run(folder);
  assert.equal(code, 1);
  assert.match(text, /Could not compile src into dist[^]*src\/index\.ts\(1,14\): error TS2322/);
});

test('a build that fails, or was killed, leaves the dist that was there, and no rests', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  await run(folder);
  await fs.mkdir(path.join(folder, '.dist-4194000-new'));
  await fs.writeFile(path.join(folder, 'src/index.ts'), "export const answer: number = 'text';\n");
  assert.equal((await run(folder)).code, 1);
  assert.match(await fs.readFile(path.join(folder, 'dist/index.js'), 'utf8'), /answer = 42/);
  assert.deepEqual(
    (await fs.readdir(folder)).filter((name) => name.startsWith('.dist')),
    [],
  );
});

test('native Windows is refused with the way to WSL2, nothing else is', () => {
  assert.throws(() => requireUnix('win32'), /WSL2.*README\.md.*wsl --install/);
  for (const platform of ['linux', 'darwin'] as const) assert.doesNotThrow(() => requireUnix(platform));
});

test('on a closed network without Maven nothing is downloaded, and the command that helps is named', async (t) => {
  const folder = await tinyClone(t, { installed: false });
  await fs.mkdir(path.join(folder, 'src/broker'));
  await fs.copyFile('src/broker/jar-list.ts', path.join(folder, 'src/broker/jar-list.ts'));
  await fs.writeFile(
    path.join(folder, 'scripts/run.mjs'),
    "import { runScript } from './bootstrap.mjs';\nawait runScript(async () => undefined, { native: true });",
  );
  const closed = {
    ...{ PATH: folder, XDG_CACHE_HOME: folder, STREAMTRAIN_MAVEN_URL: 'http://127.0.0.1:9' },
    ...{ KAFKA_HOME: '', STREAMTRAIN_BROKERS: '' },
  };
  const { code, text } = await run(folder, closed);
  assert.equal(code, 1);
  assert.match(text, /no way to Kafka 4\.1\.1 from here; nothing was downloaded yet[^]*mvn: no such program/);
  assert.match(text, /Install Maven \("(sudo apt-get|brew) install maven"\)/);
  assert.ok(!(await fs.readdir(folder)).includes('node_modules'));
  await fs.mkdir(path.join(folder, 'streamtrain/kafka-4.1.1'), { recursive: true });
  await requireWayToKafka(folder, closed);
});

test('an address of Maven with a login is refused before anything is downloaded, and not shown', async (t) => {
  const folder = await tinyClone(t, { installed: false });
  await fs.mkdir(path.join(folder, 'src/broker'));
  await fs.copyFile('src/broker/jar-list.ts', path.join(folder, 'src/broker/jar-list.ts'));
  const STREAMTRAIN_MAVEN_URL = 'https://user:token-7@mirror.example/maven2';
  await assert.rejects(
    requireWayToKafka(folder, { PATH: folder, XDG_CACHE_HOME: folder, STREAMTRAIN_MAVEN_URL }),
    (error: Error) => /holds a login/.test(error.message) && !error.message.includes('token-7'),
  );
});
