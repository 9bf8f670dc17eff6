import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  cacheEntry,
  entryIsSound,
  linkEntry,
  publishEntry,
  readManifest,
} from '../../src/install/tensorflow-package.ts';
import { platformOf } from '../../src/platform.ts';
import type { TensorFlowPackage } from '../../src/install/tensorflow-package.ts';
import { tempFolder } from './helpers.ts';

/** A package folder as npm leaves it, a cache, and a build with small files in place of the large ones. */
async function scene(t: TestContext) {
  const folder = await tempFolder(t);
  const native: TensorFlowPackage = {
    folder: path.join(folder, 'package'),
    version: '4.22.0',
    key: 'tfjs-node-test',
    addon: path.join(folder, 'package', 'lib', 'napi-v8', 'tfjs_binding.node'),
    deps: path.join(folder, 'package', 'deps'),
  };
  await fs.mkdir(native.folder);
  const built = path.join(folder, 'built');
  await fs.mkdir(path.join(built, 'deps', 'lib'), { recursive: true });
  await fs.mkdir(path.join(built, 'deps', 'include'));
  await fs.mkdir(path.join(built, 'lib', 'napi-v8'), { recursive: true });
  await fs.writeFile(path.join(built, 'deps', 'lib', 'libtensorflow_cc.so.2'), 'library');
  await fs.symlink('libtensorflow_cc.so.2', path.join(built, 'deps', 'lib', 'libtensorflow.so'));
  await fs.writeFile(path.join(built, 'lib', 'napi-v8', 'tfjs_binding.node'), 'addon');
  const entry = cacheEntry(path.join(folder, 'cache'), native);
  return { native, built, entry };
}

test('a build is published with libraries, links and addon, without the headers', async (t) => {
  const { native, built, entry } = await scene(t);
  await publishEntry(entry, native, built, 'a test');
  assert.deepEqual((await fs.readdir(entry)).sort(), ['addon', 'deps', 'manifest.json']);
  assert.deepEqual(await fs.readdir(path.join(entry, 'deps')), ['lib']);
  assert.equal(await fs.readlink(path.join(entry, 'deps/lib/libtensorflow.so')), 'libtensorflow_cc.so.2');
  const manifest = await readManifest(entry);
  assert.equal(manifest?.source, 'a test');
  assert.deepEqual(manifest.files.map(({ path: file }) => file).sort(), [
    'addon/tfjs_binding.node',
    'deps/lib/libtensorflow_cc.so.2',
  ]);
  assert.equal(await entryIsSound(entry), true);
});

test('on Windows a link is taken away before the next one comes, and libraries lie beside the addon', async (t) => {
  const { native, built, entry } = await scene(t);
  await fs.writeFile(path.join(built, 'deps', 'lib', 'tensorflow.dll'), 'library');
  await publishEntry(entry, native, built, 'a test');
  await fs.mkdir(path.dirname(native.deps), { recursive: true });
  await fs.symlink(path.dirname(entry), native.deps, 'junction');
  for (let times = 0; times < 2; times++) await linkEntry(entry, native, platformOf('win32'));
  assert.equal(await fs.readlink(native.deps), path.join(entry, 'deps'));
  assert.deepEqual(await fs.readdir(path.dirname(native.addon)), ['tensorflow.dll', 'tfjs_binding.node']);
  assert.ok((await fs.stat(entry)).isDirectory());
});

test('a clone is linked to the entry: libraries by link, addon by copy; a second time changes nothing', async (t) => {
  const { native, built, entry } = await scene(t);
  await publishEntry(entry, native, built, 'a test');
  await fs.mkdir(path.join(native.deps, 'half', 'done'), { recursive: true });
  for (let times = 0; times < 2; times++) await linkEntry(entry, native);
  assert.equal(await fs.readFile(path.join(native.deps, 'lib', 'libtensorflow.so'), 'utf8'), 'library');
  assert.equal(await fs.readlink(native.deps), path.join(entry, 'deps'));
  assert((await fs.lstat(native.addon)).isFile());
  assert.deepEqual((await fs.readdir(native.folder)).sort(), ['deps', 'lib'], 'no temporary names stay');
});

test('a damaged library is found out even when its size is right', async (t) => {
  const { native, built, entry } = await scene(t);
  await publishEntry(entry, native, built, 'a test');
  await fs.writeFile(path.join(entry, 'deps/lib/libtensorflow_cc.so.2'), 'LIBRARY');
  assert.equal(await entryIsSound(entry), false);
});

test('a half copied or missing entry is not used', async (t) => {
  const { native, built, entry } = await scene(t);
  assert.equal(await entryIsSound(entry), false);
  await publishEntry(entry, native, built, 'a test');
  await fs.rm(path.join(entry, 'addon/tfjs_binding.node'));
  assert.equal(await entryIsSound(entry), false);
  await fs.writeFile(path.join(entry, 'manifest.json'), '{"source": "cut o');
  assert.equal(await entryIsSound(entry), false);
});

test('a cache that was copied to another disk (new times) is read once, accepted, and quick from then on', async (t) => {
  const { native, built, entry } = await scene(t);
  await publishEntry(entry, native, built, 'a test');
  const library = path.join(entry, 'deps/lib/libtensorflow_cc.so.2');
  const time = new Date(1_000_000);
  await fs.utimes(library, time, time);
  assert.equal(await entryIsSound(entry), true);
  const record = (await readManifest(entry))?.files.find(({ path: file }) => file.startsWith('deps'));
  assert.equal(record?.mtimeMs, 1_000_000, 'the new time is remembered');
});
