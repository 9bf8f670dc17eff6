/** The kernel as Jupyter meets it: Jupyter's own test suite, and each promise through a real client. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { runPython } from '../../../src/jupyter/run-notebook.ts';
import { installKernel } from '../../../src/kernel/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { runDriver } from './run-driver.ts';

const here = import.meta.dirname;
let folder = '';
let env: NodeJS.ProcessEnv = {};

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-kernel-test-'));
  await installKernel({ kind: 'prefix', folder });
  await installKernel({ kind: 'prefix', folder }, { dialect: 'javascript' });
  env = {
    ...process.env,
    JUPYTER_PATH: path.join(folder, 'share', 'jupyter'),
    JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime'),
    JUPYTER_CONFIG_DIR: path.join(folder, 'config'),
  };
  // Of the one who runs the tests; the cells have their own.
  delete env['NODE_OPTIONS'];
  delete env['NODE_TEST_CONTEXT'];
});
after(() => rm(folder, { recursive: true, force: true }));

test("Jupyter's test suite for kernels passes, with nothing left out", async () => {
  const { code, stderr } = await runPython([path.join(here, 'kernel_tests.py')], env);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Ran 13 tests/m);
  assert.doesNotMatch(stderr, /skipped/);
});

test('the JavaScript kernel runs plain JavaScript unchecked, and refuses what only TypeScript has', async () => {
  const { code, stderr } = await runPython([path.join(here, 'javascript.py')], env);
  assert.equal(code, 0, stderr);
});

test('an interrupt ends what the library does for the cell, and nothing else', async () => {
  const brokers = await testBrokers();
  const { code, stderr } = await runPython(
    [path.join(here, 'interrupted_library.py'), JSON.stringify(brokers)],
    env,
  );
  assert.equal(code, 0, stderr);
});

test('every promise of the kernel is kept', async (t) => {
  const checks = await runDriver('streamtrain', { env });
  assert(Object.keys(checks).length >= 40, `only ${Object.keys(checks).length} checks ran`);
  for (const [name, { promise, problem }] of Object.entries(checks)) {
    await t.test(`${name}: ${promise}`, () => assert.equal(problem, null));
  }
});
