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
