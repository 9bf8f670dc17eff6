import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { NativeTensorFlowError } from '../../src/install/errors.ts';
import { nativeTensorFlowStep } from '../../src/install/native-tensorflow.ts';
import { projectAt } from '../../src/install/folders.ts';
import type { Project } from '../../src/install/folders.ts';
import { cacheEntry, publishEntry, tensorFlowPackage } from '../../src/install/tensorflow-package.ts';
import { fileServer, tempFolder } from './helpers.ts';

const own = projectAt();
const skip =
  process.platform === 'linux' && process.arch === 'x64' ? false : 'the archive names are those of Linux x64';

/** The wheel has 207 MB. */
const LONG = process.env['STREAMTRAIN_LONG'] === '1';

/**
 * This project with a node_modules whose @tensorflow/tfjs-node has no native parts, and without a Python environment, so
 * that the wheel's way ends at once.
 */
async function projectWithoutNativeParts(t: TestContext): Promise<Project> {
  const nodeModules = path.join(await tempFolder(t), 'node_modules');
  await fs.mkdir(path.join(nodeModules, '@tensorflow'), { recursive: true });
  const link = (name: string) =>
    fs.symlink(path.join(own.nodeModules, name), path.join(nodeModules, name), 'junction');
  for (const name of await fs.readdir(own.nodeModules)) if (name !== '@tensorflow') await link(name);
  for (const name of await fs.readdir(path.join(own.nodeModules, '@tensorflow')))
    if (name !== 'tfjs-node') await link(path.join('@tensorflow', name));
  const { folder } = await tensorFlowPackage(own);
  const copy = path.join(nodeModules, '@tensorflow', 'tfjs-node');
  for (const part of ['package.json', 'binding.gyp', 'binding', 'scripts', 'dist'])
    await fs.cp(path.join(folder, part), path.join(copy, part), { recursive: true });
  return { ...own, nodeModules, venvFolder: path.join(nodeModules, 'no-venv') };
}

/** The official archives, with the right names and a real addon, but a library that no loader takes. */
async function brokenArchives(t: TestContext): Promise<Record<string, Buffer>> {
  const folder = await tempFolder(t);
  await fs.mkdir(path.join(folder, 'lib'));
  await fs.mkdir(path.join(folder, 'napi-v8'));
  for (const name of ['libtensorflow.so.2', 'libtensorflow_framework.so.2', 'libtensorflow_cc.so.2'])
    await fs.writeFile(path.join(folder, 'lib', name), 'half of a library');
  await fs.copyFile((await tensorFlowPackage(own)).addon, path.join(folder, 'napi-v8', 'tfjs_binding.node'));
  const pack = (...parts: string[]) => execFileSync('tar', ['-cz', '-C', folder, ...parts]);
  return {
    'libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz': pack('lib'),
    'napi-v8/4.22.0/CPU-linux-4.22.0.tar.gz': pack('napi-v8'),
  };
}

/** Sets variables of this process for one test. */
function setEnvironment(t: TestContext, values: Readonly<Record<string, string>>): void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
}

/** Runs the step; `notes` is what it said. */
async function runStep(project: Project, cache: string): Promise<{ notes: string[]; end: unknown }> {
  const notes: string[] = [];
  const step = nativeTensorFlowStep({ project, cache, npmCli: process.env['npm_execpath'] ?? 'npm-cli.js' });
  const end = await step
    .run({ note: (text) => notes.push(text), onProgress: () => {} })
    .catch((error: unknown) => error);
  return { notes, end };
}

test(
  'a download that does not load is not kept: the wheel is tried, and the cache stays empty',
  { skip },
  async (t) => {
    const [project, cache] = [await projectWithoutNativeParts(t), await tempFolder(t)];
    const server = await fileServer(t, await brokenArchives(t));
    setEnvironment(t, {
      TFJS_NODE_BASE_URI: `${server.url}libtensorflow-`,
      npm_config_tfjs_binding_binary_host_mirror: server.url,
    });
    const { notes, end } = await runStep(project, cache);
    assert(end instanceof NativeTensorFlowError, String(end));
    assert.match(notes.join('\n'), /own way did not work .* taking the Python wheel/);
    assert.match(end.answered, /1\. [^]*(file too short|invalid ELF header)[^]*2\. [^]*no-venv/);
    const native = await tensorFlowPackage(project);
    assert.deepEqual(await fs.readdir(path.dirname(cacheEntry(cache, native))), []);
    assert.deepEqual((await fs.readdir(native.folder)).includes('deps'), false, 'node_modules is untouched');
  },
);

test(
  'a build in the cache that does not load here is not used for good: it is made again',
  { skip },
  async (t) => {
    const [project, cache] = [await projectWithoutNativeParts(t), await tempFolder(t)];
    const native = await tensorFlowPackage(project);
    const built = await tempFolder(t);
    await fs.mkdir(path.join(built, 'deps', 'lib'), { recursive: true });
    await fs.mkdir(path.join(built, 'lib', path.basename(path.dirname(native.addon))), { recursive: true });
    await fs.writeFile(path.join(built, 'deps', 'lib', 'libtensorflow.so.2'), 'half of a library');
    await fs.copyFile(
      (await tensorFlowPackage(own)).addon,
      path.join(built, path.relative(native.folder, native.addon)),
    );
    await publishEntry(cacheEntry(cache, native), native, built, 'a machine that was another');
    setEnvironment(t, { TFJS_NODE_BASE_URI: 'http://127.0.0.1:9/' });
    const { notes, end } = await runStep(project, cache);
    assert.match(notes.join('\n'), /does not load here; making it again/);
    assert(end instanceof NativeTensorFlowError, String(end)); // neither way is open in this test
  },
);

test('the wheel takes the place of a download that does not load', { skip: skip || !LONG }, async (t) => {
  const [project, cache] = [await projectWithoutNativeParts(t), await tempFolder(t)];
  const server = await fileServer(t, await brokenArchives(t));
  setEnvironment(t, {
    TFJS_NODE_BASE_URI: `${server.url}libtensorflow-`,
    npm_config_tfjs_binding_binary_host_mirror: server.url,
  });
  const { notes, end } = await runStep({ ...project, venvFolder: own.venvFolder }, cache);
  assert.equal(end, 'done', String(end));
  assert.match(notes.join('\n'), /taking the Python wheel[^]*libtensorflow 2\.15\.1 computes/);
});
