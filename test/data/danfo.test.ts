/** Where TensorFlow or danfojs is not installed, an error says which of them, and what to run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('a package that is missing is named, with what to run', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamtrain-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await cp(fileURLToPath(new URL('../../src', import.meta.url)), path.join(folder, 'src'), {
    recursive: true,
  });
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  const program = path.join(folder, 'ask.mjs');
  await writeFile(
    program,
    "import { danfo } from './src/data/danfo.ts';\ntry { danfo(); } catch ({ code, message }) { console.log(code, message); }\n",
  );
  // Outside of this project nothing is compiled ahead.
  const flags = ['--import', import.meta.resolve('tsx')];
  const said = async () => (await promisify(execFile)(process.execPath, [...flags, program])).stdout;
  assert.match(await said(), /^ST_TENSORFLOW_LOAD .*tfjs-node.*streamtrain setup --with tensorflow/s);

  const tensorflow = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json');
  await mkdir(path.join(folder, 'node_modules/@tensorflow'), { recursive: true });
  await symlink(
    path.dirname(tensorflow),
    path.join(folder, 'node_modules/@tensorflow/tfjs-node'),
    'junction',
  );
  assert.match(await said(), /^ST_DATA_DANFO_LOAD .*danfojs-node.*streamtrain setup --with danfojs/s);
});
