import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { nodeHeaders, ownCompiler } from '../../src/install/addon-compiler.ts';
import { targetOf, targets } from '../../src/install/tensorflow-wheels.ts';
import { isBuildable } from '../../src/install/tensorflow-wheel.ts';
import { projectAt } from '../../src/install/folders.ts';
import { passedBefore, probeNative, tensorFlowPackage } from '../../src/install/tensorflow-package.ts';
import { tempFolder } from './helpers.ts';

test('the native backend of this clone computes, and its files are those that passed', async () => {
  const native = await tensorFlowPackage(projectAt());
  const answer = await probeNative(native);
  assert.equal(answer.backend, 'tensorflow');
  assert.equal(answer.tfjs, '4.22.0');
  assert.match(answer.libtensorflow, /^2\.\d+\.\d+/);
  assert.match(native.key, /^tfjs-node-4\.22\.0-\w+-\w+-napi-v8$/);
});

test('a package without native parts has not passed', async (t) => {
  const folder = await tempFolder(t);
  const native = { ...(await tensorFlowPackage(projectAt())), folder };
  assert.equal(await passedBefore(native), false);
});

test("the machine's own compiler is taken only when it compiles with Node's headers", async (t) => {
  const folder = await tempFolder(t);
  assert.equal(await ownCompiler({ PATH: folder }), undefined, 'there is none');
  await fs.writeFile(path.join(folder, 'g++'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  assert.equal(await ownCompiler({ PATH: folder }), undefined, 'it does not compile');
  await fs.access(path.join(nodeHeaders(), 'node_api.h'));
});

test('every machine that a wheel is known for has one of its own, with a whole digest', () => {
  const names = targets.map(({ platform, arch }) => `${platform}-${arch}`);
  assert.deepEqual(names, ['linux-x64', 'linux-arm64', 'darwin-arm64']);
  for (const { sha256 } of targets) assert.match(sha256, /^[0-9a-f]{64}$/);
  assert.equal(new Set(targets.map(({ sha256 }) => sha256)).size, targets.length);
  assert.equal(targetOf('linux', 'arm64')?.requirement, 'tensorflow-cpu-aws==2.15.1');
  assert.equal(targetOf('win32', 'x64'), undefined);
});

test('folders that make cannot work in are known', () => {
  const verdicts = ['/home/me/.cache', '/home/x y/cache', '/home/$me', '/a#b', '/a:b'].map(isBuildable);
  assert.deepEqual(verdicts, [true, false, false, false, false]);
});
