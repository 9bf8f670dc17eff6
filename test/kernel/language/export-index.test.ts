import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ExportIndex } from '../../../src/kernel/language/export-index.ts';
import { makeProject } from '../modules/project.ts';

test('what packages export is found though hardly anything else wakes the process', async (t) => {
  const names = Array.from({ length: 100 }, (_, place) => `package-${place}`);
  const cwd = makeProject(t, {
    'package.json': { dependencies: Object.fromEntries(names.map((name) => [name, '1'])) },
    'node_modules/package-99/package.json': { name: 'package-99', types: './index.d.ts' },
    'node_modules/package-99/index.d.ts': 'export declare function ofTheLast(): void;',
  });
  const index = new ExportIndex(cwd, {});
  t.after(() => index.dispose());
  for (let turn = 0; turn < 20 && index.find('ofTheLast').length === 0; turn++) await setTimeout(200);
  assert.deepEqual(index.find('ofTheLast'), [{ name: 'ofTheLast', module: 'package-99', isDefault: false }]);
});

test('a completion does not wait for all files of a project: they are read in the background, and at once where one name is looked for', async (t) => {
  const long = Array.from(
    { length: 400 },
    (_, at) => `export function f${at}(n: number) { return n + ${at} }`,
  );
  const files = Array.from({ length: 200 }, (_, place) => [
    `part-${place}.ts`,
    `export const ofFile${place} = 1;\n${long.join('\n')}`,
  ]);
  const cwd = makeProject(t, Object.fromEntries(files) as Record<string, string>);
  const first = new ExportIndex(cwd, {});
  t.after(() => first.dispose());
  const found = () => first.find('ofFile').length;
  const before = process.cpuUsage();
  const atOnce = found();
  const { user, system } = process.cpuUsage(before);
  assert.ok(atOnce < 50, `${atOnce} names in ${(user + system) / 1000} ms`);
  assert.ok((user + system) / 1000 < 300, `${(user + system) / 1000} ms of the processor`);
  for (let turn = 0; turn < 200 && found() < 50; turn++) await setTimeout(50);
  assert.equal(found(), 50, 'as many as are shown');
  const second = new ExportIndex(cwd, {});
  t.after(() => second.dispose());
  assert.deepEqual(
    second.find('ofFile199', true).map(({ module }) => module),
    ['./part-199.ts'],
  );
});
