import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  installedKernels,
  installKernel,
  KernelInstallError,
  type KernelLocation,
  uninstallKernel,
} from '../../../src/kernel/index.ts';
import { kernelsFolder } from '../../../src/kernel/install/install.ts';

async function prefix(t: TestContext): Promise<KernelLocation & { folder: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-install-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return { kind: 'prefix', folder };
}

test('an installed kernel is complete, listed, and gone after uninstalling', async (t) => {
  const place = await prefix(t);
  const folder = await installKernel(place);
  assert.equal(folder, path.join(place.folder, 'share', 'jupyter', 'kernels', 'streamtrain'));
  assert.deepEqual((await readdir(folder)).sort(), [
    'kernel.json',
    'logo-32x32.png',
    'logo-64x64.png',
    'logo-svg.svg',
  ]);
  const spec = JSON.parse(await readFile(path.join(folder, 'kernel.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  assert.equal(spec['display_name'], 'TypeScript (streamtrain)');
  assert.equal(spec['interrupt_mode'], 'message');
  assert.equal((spec['argv'] as string[])[0], process.execPath);
  const png = await readFile(path.join(folder, 'logo-64x64.png'));
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [64, 64]);
  assert.deepEqual(
    (await installedKernels(place)).map(({ name, works }) => ({ name, works })),
    [{ name: 'streamtrain', works: true }],
  );
  assert.equal(await uninstallKernel(place), folder);
  assert.deepEqual(await installedKernels(place), []);
  assert.equal(await uninstallKernel(place), undefined);
});

test('options end up in the description; a second installation replaces the first', async (t) => {
  const place = await prefix(t);
  await installKernel(place, { name: 'mine' });
  const folder = await installKernel(place, {
    name: 'mine',
    displayName: 'Mine',
    node: '/gone/node',
    history: true,
  });
  const spec = JSON.parse(await readFile(path.join(folder, 'kernel.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  assert.deepEqual(spec['env'], { STREAMTRAIN_KERNEL_HISTORY: 'on' });
  assert.equal(spec['display_name'], 'Mine');
  assert.deepEqual(
    (await installedKernels(place)).map(({ name, works }) => ({ name, works })),
    [{ name: 'mine', works: false }],
    'the Node it names is not there',
  );
});

test('the JavaScript kernel is installed beside the TypeScript one', async (t) => {
  const place = await prefix(t);
  await installKernel(place);
  const folder = await installKernel(place, { dialect: 'javascript' });
  const spec = JSON.parse(await readFile(path.join(folder, 'kernel.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  assert.equal(spec['display_name'], 'JavaScript (streamtrain)');
  assert.equal(spec['language'], 'javascript');
  assert.match(await readFile(path.join(folder, 'logo-svg.svg'), 'utf8'), /JavaScript/);
  const names = (await installedKernels(place)).map(({ name }) => name);
  assert.deepEqual(names.sort(), ['streamtrain', 'streamtrain-javascript']);
  assert.equal(await uninstallKernel(place, 'streamtrain-javascript'), folder);
});

test("somebody else's kernel is neither listed nor removed", async (t) => {
  const place = await prefix(t);
  const folder = path.join(kernelsFolder(place), 'streamtrain');
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'kernel.json'),
    '{"argv":["python","-m","other"],"display_name":"Other"}',
  );
  assert.deepEqual(await installedKernels(place), []);
  await assert.rejects(uninstallKernel(place), /not streamtrain's/);
  assert.deepEqual(await readdir(folder), ['kernel.json']);
});

test('a name or a place that cannot be is refused', async (t) => {
  const place = await prefix(t);
  await assert.rejects(installKernel(place, { name: '../escape' }), /no kernel name/);
  const file = path.join(place.folder, 'file');
  await writeFile(file, '');
  await assert.rejects(installKernel({ kind: 'prefix', folder: file }), (error: unknown) => {
    assert(error instanceof KernelInstallError);
    assert.equal(error.code, 'ST_KERNEL_INSTALL');
    return true;
  });
});

test('kernels go where Jupyter looks for them', () => {
  const user = (env: NodeJS.ProcessEnv) => kernelsFolder({ kind: 'user' }, env);
  assert.equal(user({ JUPYTER_DATA_DIR: '/data' }), '/data/kernels');
  if (process.platform === 'linux') {
    assert.equal(user({ XDG_DATA_HOME: '/xdg' }), '/xdg/jupyter/kernels');
    assert.equal(user({ HOME: '/home/ada' }), '/home/ada/.local/share/jupyter/kernels');
  }
  const environment = kernelsFolder({ kind: 'sys-prefix' }, { VIRTUAL_ENV: '/venv' });
  assert.equal(environment, '/venv/share/jupyter/kernels');
});
