/** Where TensorFlow or danfojs is not installed, an error says which of them, and what to run. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as danfoModule from '../../src/data/danfo.ts';

test('a package that is missing is named, with what to run', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamtrain-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await cp(fileURLToPath(new URL('../../src', import.meta.url)), path.join(folder, 'src'), {
    recursive: true,
  });
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  const module = pathToFileURL(path.join(folder, 'src/data/danfo.ts')).href;
  const { danfo } = (await import(module)) as typeof danfoModule;
  assert.throws(() => danfo(), {
    code: 'ST_TENSORFLOW_LOAD',
    message: /tfjs-node.*streamtrain setup --with tensorflow/s,
  });

  const tensorflow = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json');
  await mkdir(path.join(folder, 'node_modules/@tensorflow'), { recursive: true });
  await symlink(
    path.dirname(tensorflow),
    path.join(folder, 'node_modules/@tensorflow/tfjs-node'),
    'junction',
  );
  assert.throws(() => danfo(), {
    code: 'ST_DATA_DANFO_LOAD',
    message: /danfojs-node.*streamtrain setup --with danfojs/s,
  });
});
