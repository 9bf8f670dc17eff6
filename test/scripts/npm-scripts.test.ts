/** Every `npm run ...` as a user types it: in a clone of its own where it writes, in this one where it only looks. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { projectAt } from '../../src/install/folders.ts';
import { runIn, tinyClone } from './tiny-clone.ts';

const { folder: own } = projectAt();
const { findNpm } = (await import(new URL('../../scripts/bootstrap.mjs', import.meta.url).href)) as {
  findNpm: () => string;
};
/** Nothing here may need the network. */
const offline = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' };
const npm = (folder: string, ...args: string[]) => runIn(folder, [findNpm(), ...args], offline);

test('typecheck, lint, format:check, check and build pass in a clone whose .bin/tsc is another TypeScript', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  const build = await npm(folder, 'run', 'build');
  assert.equal(build.code, 0, build.text);
  const check = await npm(folder, 'run', 'check');
  assert.equal(check.code, 0, check.text);
  for (const title of ['Types', 'Lint', 'Format', 'Rooms', 'Nothing unused'])
    assert.match(check.text, new RegExp(`✓ ${title} `));
  await fs.writeFile(path.join(folder, 'src/index.ts'), "export const answer:number = 'text'\n");
  await fs.writeFile(path.join(folder, 'src/loose.js'), 'export const same = (a) => a == 1;\n');
  const ends = await Promise.all(
    ['typecheck', 'lint', 'format:check'].map((name) => npm(folder, 'run', name)),
  );
  const [types, lint, format] = ends;
  assert.ok(ends.every(({ code }) => code !== 0));
  assert.match(types!.text, /✗ Types[^]*TS2322/);
  assert.match(lint!.text, /✗ Lint[^]*eqeqeq/);
  assert.match(format!.text, /✗ Format[^]*src\/index\.ts/);
  const broken = await npm(folder, 'run', 'build');
  assert.equal(broken.code, 1);
  assert.match(await fs.readFile(path.join(folder, 'dist/index.js'), 'utf8'), /answer = 42/);
});

test('npx streamtrain works from the clone and from a folder inside it, without a network', async () => {
  const npx = path.join(path.dirname(findNpm()), 'npx-cli.js');
  for (const folder of [own, path.join(own, 'notebooks')]) {
    const { code, text } = await runIn(folder, [npx, 'streamtrain', '--version'], offline);
    assert.equal(code, 0, text);
    assert.match(text, /^\d+\.\d+\.\d+\n$/);
  }
});

for (const [script, args, problem] of [
  ['start', ['--prot', '1'], /'--prot'.*--port.*npm start -- --help/],
  ['start', ['--port', 'lots'], /--port wants a number from 1 to 65535, not "lots"/],
  ['start', ['--notebook', 'notebooks/none.ipynb'], /--notebook notebooks\/none\.ipynb is not in/],
  ['test', ['--only', '['], /--only wants a regular expression, not "\["/],
  ['test', ['kafka'], /'kafka'.*--only/],
  ['setup', ['--no-brokers'], /'--no-brokers'.*--no-broker,/],
  ['doctor', ['--jsn'], /'--jsn'.*--json/],
  ['tutorial', ['none.ipynb'], /There is no notebook .*none\.ipynb/],
  ['tutorial', ['a.ipynb', 'b.ipynb'], /Unexpected argument 'b\.ipynb'/],
  ['tutorial', ['--output'], /'--output <value>' argument missing/],
  ['check', ['typos'], /no check "typos": types, lint, format, rooms, unused/],
  ['build', ['--watch'], /'--watch'/],
] as const) {
  test(`npm run ${script} ${args.join(' ')}: a sentence that names the options, exit code 2, no stack`, async () => {
    const { code, text } = await runIn(own, [path.join('scripts', `${script}.mjs`), ...args]);
    assert.equal(code, 2, text);
    assert.match(text, problem);
    assert.doesNotMatch(text, /^\s+at |node:internal/m);
    assert.ok(text.length < 400, text);
  });
}

test('a reader that has seen enough, such as head, ends a script quietly with 0', async () => {
  for (const script of ['start', 'test', 'tutorial', 'setup', 'doctor', 'build', 'check', 'kafka']) {
    const child = spawn(process.execPath, [path.join('scripts', `${script}.mjs`), '--help'], { cwd: own });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.deepEqual({ script, code, stderr }, { script, code: 0, stderr: '' });
  }
});

test('npm run build | head builds to its end', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  const child = spawn(process.execPath, [path.join('scripts', 'build.mjs')], { cwd: folder });
  child.stdout.destroy();
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0);
  assert.match(await fs.readFile(path.join(folder, 'dist/index.js'), 'utf8'), /answer = 42/);
});

test('npm run doctor | head ends at once with 0', async () => {
  const child = spawn(process.execPath, [path.join('scripts', 'doctor.mjs')], { cwd: own });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.deepEqual([code, stderr], [0, '']);
});

if (process.env['STREAMTRAIN_LONG'] === '1')
  test('npm run check passes on this project', async () => {
    const { code, text } = await npm(own, 'run', 'check');
    assert.equal(code, 0, text);
  });
