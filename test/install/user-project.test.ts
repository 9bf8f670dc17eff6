import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { packagesStep, partsOf, planManifest, projectAt, UserProjectError } from '../../src/install/index.ts';
import { findNpm } from '../../src/install/npm.ts';
import { tempFolder } from './helpers.ts';

const own = {
  peerDependencies: { '@tensorflow/tfjs-node': '^4.22.0', 'danfojs-node': '^1.2.0', 'plotly.js': '^3.7.0' },
  streamtrain: { overrides: { xlsx: 'npm:@e965/xlsx@^0.20.3', '@tensorflow/tfjs-node': '4.22.0' } },
};

test('danfojs brings TensorFlow and the overrides that keep to one copy of it, in the form the file has', () => {
  const before = '{\n\t"name": "mine",\n\t"dependencies": {\n\t\t"zod": "^4.0.0"\n\t}\n}\n';
  const { text, changes } = planManifest(before, ['danfojs'], own);
  assert.deepEqual(JSON.parse(text), {
    name: 'mine',
    dependencies: { '@tensorflow/tfjs-node': '4.22.0', 'danfojs-node': '1.2.0', zod: '^4.0.0' },
    overrides: own.streamtrain.overrides,
  });
  assert.match(text, /^\{\n\t"name": "mine",\n\t"dependencies": \{\n\t\t"@tensorflow/);
  assert.deepEqual(changes, [
    'dependencies: danfojs-node 1.2.0',
    'dependencies: @tensorflow/tfjs-node 4.22.0',
    'overrides: xlsx npm:@e965/xlsx@^0.20.3',
    'overrides: @tensorflow/tfjs-node 4.22.0',
  ]);
  assert.deepEqual(planManifest(text, ['danfojs'], own), { text, changes: [] });
});

test('a range that npm would refuse beside its override becomes the version, where it stands, and is said', () => {
  const before =
    '{ "devDependencies": { "@tensorflow/tfjs-node": "^4.20.0" }, "overrides": { "a": "1.0.0" } }';
  const { text, changes } = planManifest(before, ['tensorflow'], own);
  assert.deepEqual(JSON.parse(text), {
    devDependencies: { '@tensorflow/tfjs-node': '4.22.0' },
    overrides: { a: '1.0.0' },
  });
  assert.deepEqual(changes, ['devDependencies: @tensorflow/tfjs-node ^4.20.0 -> 4.22.0']);
});

test("the project's own override of the same package is not replaced", () => {
  const before = '{ "overrides": { "xlsx": "0.18.5" } }';
  assert.throws(() => planManifest(before, ['danfojs'], own), {
    name: 'UserProjectError',
    code: 'ST_INSTALL_PROJECT',
    message: /it says "xlsx": "0.18.5"[^]*Take your override of "xlsx" away/,
  });
  assert.deepEqual(planManifest(before, ['tensorflow'], own).changes.length, 1);
});

test('a project of another package manager, without or with a broken package.json, is left as it is', async (t) => {
  const project = projectAt(await tempFolder(t));
  const step = packagesStep({ project, parts: ['danfojs'], npmCli: findNpm() });
  const notes: string[] = [];
  const run = () => step.run({ note: (text) => notes.push(text), onProgress: () => undefined });
  const refused = (answered: RegExp) => (error: Error) =>
    error instanceof UserProjectError && answered.test(error.message);
  await assert.rejects(run(), refused(/there is none[^]*npm init/));
  const file = path.join(project.folder, 'package.json');
  await fs.writeFile(file, '{ "dependencies": { "danfojs-node": "1.2.0" }');
  await assert.rejects(partsOf(project), refused(/package.json[^]*JSON/));
  await fs.writeFile(file, '{ "dependencies": { "danfojs-node": "1.2.0" } }');
  assert.deepEqual(await partsOf(project), ['danfojs']);
  await fs.writeFile(path.join(project.folder, 'pnpm-lock.yaml'), '');
  await assert.rejects(run(), refused(/this project is pnpm's[^]*"@tensorflow\/tfjs-node":"4.22.0"/));
  assert.equal(await fs.readFile(file, 'utf8'), '{ "dependencies": { "danfojs-node": "1.2.0" } }');
  assert.deepEqual(notes, []);
});

test('where npm fails, package.json is as it was', async (t) => {
  const project = projectAt(await tempFolder(t));
  const file = path.join(project.folder, 'package.json');
  await fs.writeFile(file, '{}');
  await fs.writeFile(path.join(project.folder, '.npmrc'), 'registry=http://127.0.0.1:9/\nfetch-retries=0\n');
  const notes: string[] = [];
  const { run } = packagesStep({ project, parts: ['tensorflow'], npmCli: findNpm() });
  await assert.rejects(run({ note: (text) => notes.push(text), onProgress: () => undefined }), {
    code: 'ST_INSTALL_COMMAND',
  });
  assert.deepEqual(notes, ['package.json gets:', '  dependencies: @tensorflow/tfjs-node 4.22.0']);
  assert.equal(await fs.readFile(file, 'utf8'), '{}');
});
