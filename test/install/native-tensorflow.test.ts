import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ToolMissingError } from '../../src/install/errors.ts';
import { isBuildable, requireCompiler } from '../../src/install/tensorflow-wheel.ts';
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

test('no compiler: said before anything is downloaded, with the packages to install', async (t) => {
  await assert.rejects(requireCompiler({ PATH: await tempFolder(t) }), (error) => {
    assert(error instanceof ToolMissingError);
    assert.match(error.answered, /g\+\+: no such program/);
    assert.match(error.toDo, /apt-get install g\+\+ make/);
    return true;
  });
});

test('folders that make cannot work in are known', () => {
  const verdicts = ['/home/me/.cache', '/home/x y/cache', '/home/$me', '/a#b', '/a:b'].map(isBuildable);
  assert.deepEqual(verdicts, [true, false, false, false, false]);
});
