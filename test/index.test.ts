import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const index = fileURLToPath(new URL('../dist/index.js', import.meta.url));

test('importing the library loads no package of CommonJS, neither TensorFlow nor any other: they come at first use', async () => {
  const program = `import(process.argv[1]).then((all) => {
    const packages = Object.keys(require.cache).map((file) => /.*node_modules.((?:@[^/]+.)?[^/]+)/.exec(file)?.[1] ?? file);
    console.log(JSON.stringify({ names: Object.keys(all).length, packages: [...new Set(packages)] }));
  })`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, index]);
  const { names, packages } = JSON.parse(stdout) as { names: number; packages: string[] };
  assert.ok(names > 100);
  assert.deepEqual(packages, []);
});
