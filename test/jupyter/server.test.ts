import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { descendants, isRunning } from '../../src/process/children.ts';
import { projectAt } from '../../src/install/folders.ts';
import { JupyterPortError, JupyterStartError } from '../../src/jupyter/errors.ts';
import { kernelSpecFile, kernelSpecStep, tslabKernelSpec } from '../../src/jupyter/environment.ts';
import { openBrowser } from '../../src/jupyter/browser.ts';
import { addressOf, choosePort, startJupyter } from '../../src/jupyter/server.ts';
import { ended, runModule, tempFolder, untilPrinted } from '../install/helpers.ts';

const context = { onProgress: () => undefined, note: () => undefined };

test('JupyterLab starts on loopback behind its token, runs a tslab kernel, and stops without a trace', async (t) => {
  const home = await tempFolder(t);
  const before = process.env['HOME'];
  process.env['HOME'] = home;
  t.after(() => (process.env['HOME'] = before));
  const notebook = 'notebooks/01-training-models-on-streaming-data.ipynb';
  const jupyter = await startJupyter({ brokers: Promise.resolve(['127.0.0.1:9']), notebook });
  t.after(() => jupyter.stop());
  assert.match(
    jupyter.url,
    /^http:\/\/127\.0\.0\.1:\d+\/lab\/tree\/notebooks\/01-[\w-]+\.ipynb\?token=[0-9a-f]{48}$/,
  );

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${jupyter.address}${path}`, { ...init, headers: { authorization: `token ${jupyter.token}` } });
  assert.equal(
    (await fetch(`${jupyter.address}api/contents`)).status,
    403,
    'nobody gets in without the token',
  );
  assert.equal((await ask('api/contents')).status, 200);
  const { kernelspecs } = (await (await ask('api/kernelspecs')).json()) as {
    kernelspecs: Record<string, { spec: { display_name: string } }>;
  };
  assert.equal(kernelspecs['tslab']?.spec.display_name, 'TypeScript (tslab)');

  const body = JSON.stringify({ name: 'tslab', path: notebook });
  assert.equal((await ask('api/kernels', { method: 'POST', body })).status, 201);
  const family = descendants(jupyter.pid);
  assert(family.length >= 1, 'a kernel runs');

  const environments = await Promise.all(
    family.map(({ pid }) => fs.readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
  );
  const told = environments.filter((text) => /STREAMTRAIN_BROKERS=127\.0\.0\.1:9\0/.test(text));
  if (process.platform === 'linux') assert.ok(told.length > 0, 'the kernel knows the brokers');
  for (const pid of [jupyter.pid, ...family.map((one) => one.pid)]) {
    const commandLine = await fs.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    assert(!commandLine.includes(jupyter.token), 'the token is not for everyone who runs ps');
    const inherited = await fs.readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    assert(!inherited.includes(jupyter.token), 'the token is not for the cells');
  }

  await jupyter.stop();
  await jupyter.ended;
  assert.deepEqual(family.filter(isRunning), []);
  await assert.rejects(fetch(jupyter.address));
  assert.deepEqual(await fs.readdir(home), [], "nothing was written into the user's home");
});

test('two that start at once get a port each', async (t) => {
  const start = async () => {
    const jupyter = await startJupyter();
    t.after(() => jupyter.stop());
    return jupyter.port;
  };
  const [one, other] = await Promise.allSettled([start(), start()]);
  assert.deepEqual([one.status, other.status], ['fulfilled', 'fulfilled'], inspect([one, other]));
  assert.notDeepEqual(one, other);
});

test('JupyterLab ends when the process that started it is killed', async (t) => {
  const owner = runModule(
    t,
    `const { startJupyter } = await import('./src/jupyter/server.ts');
     const { pid } = await startJupyter();
     console.log('running ' + pid);`,
  );
  await untilPrinted(owner, /running/);
  const family = descendants(owner.pid);
  assert(family.some(({ command }) => command.startsWith('python')));
  owner.kill('SIGKILL');
  await ended(owner);
  for (let waits = 0; family.some(isRunning) && waits < 100; waits++) await sleep(100);
  assert.deepEqual(family.filter(isRunning), []);
});

test('a JupyterLab that cannot start: its last words and the place of its log', async (t) => {
  const folder = await tempFolder(t);
  await fs.symlink(projectAt().venvFolder, projectAt(folder).venvFolder);
  const project = { ...projectAt(folder), folder: `${folder}/no-such-folder` };
  await fs.mkdir(project.stateFolder);
  await assert.rejects(startJupyter({ project }), (error) => {
    assert(error instanceof JupyterStartError);
    assert.match(error.message, /Could not start JupyterLab/);
    assert.match(error.message, /jupyterlab\.log/);
    return true;
  });
});

test('a port that is taken: an error that names it; without a wish the next free one', async (t) => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  await assert.rejects(choosePort(port), (error) => {
    assert(error instanceof JupyterPortError);
    assert.equal(error.port, port);
    assert.match(error.message, /EADDRINUSE[^]*--port/);
    return true;
  });
  assert.notEqual(await choosePort(), port);
});

test('the kernel is registered once, and again when the clone or Node moved', async (t) => {
  const project = projectAt(await tempFolder(t));
  const step = kernelSpecStep(project);
  assert.equal(await step.run(context), 'done');
  assert.equal(await step.run(context), 'already there');
  const file = kernelSpecFile(project, 'tslab');
  const written = JSON.parse(await fs.readFile(file, 'utf8')) as unknown;
  assert.deepEqual(written, tslabKernelSpec(project));
  await fs.writeFile(file, JSON.stringify(written).replace(process.execPath, '/old/node'));
  assert.equal(await step.run(context), 'done');
  assert(JSON.stringify(JSON.parse(await fs.readFile(file, 'utf8'))).includes(process.execPath));
});

test("the browser's command line does not show the token: it gets a page that only this user can read", async (t) => {
  const folder = await tempFolder(t);
  const said = path.join(folder, 'opened');
  await fs.writeFile(
    path.join(folder, 'xdg-open'),
    `#!/bin/sh\necho "$1" > "${said}.part" && mv "${said}.part" "${said}"\n`,
    { mode: 0o755 },
  );
  const url = 'http://127.0.0.1:8888/lab?token=5ecret&reset';
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, DISPLAY: ':0' };
  if (process.platform === 'linux') {
    assert.equal(await openBrowser(url, folder, env), true);
    let argument = '';
    for (let waits = 0; argument === '' && waits < 200; waits++) {
      await sleep(50);
      argument = await fs.readFile(said, 'utf8').catch(() => '');
    }
    assert.doesNotMatch(argument, /5ecret/);
    const page = fileURLToPath(argument.trim());
    assert.equal((await fs.stat(page)).mode & 0o777, 0o600);
    assert.match(
      await fs.readFile(page, 'utf8'),
      /url=http:\/\/127\.0\.0\.1:8888\/lab\?token=5ecret&amp;reset"/,
    );
    assert.equal(await openBrowser(url, folder, { PATH: '' }), false, 'no desktop');
  }
});

test('where the brokers it waits for do not come, JupyterLab is ended, and their failure told', async () => {
  const failure = new Error('Kafka does not start');
  const brokers = new Promise<string[]>((_, reject) => setTimeout(() => reject(failure), 300));
  await assert.rejects(startJupyter({ brokers }), failure);
  assert.deepEqual(
    descendants(process.pid).filter(({ command }) => command.startsWith('python')),
    [],
  );
});

test('JupyterLab is asked where it listens', () => {
  for (const [host, address] of Object.entries({
    '127.0.0.1': 'http://127.0.0.1:1/',
    '0.0.0.0': 'http://127.0.0.1:1/',
    '192.168.7.1': 'http://192.168.7.1:1/',
    '::': 'http://[::1]:1/',
    'fe80::7': 'http://[fe80::7]:1/',
  }))
    assert.equal(addressOf(host, 1), address);
});
