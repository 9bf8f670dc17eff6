import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { projectAt } from '../../src/install/project.ts';
import { tempFolder } from '../install/helpers.ts';

const own = projectAt();

/** A tiny clone: one source file, a lock file that asks for TypeScript, and TypeScript if `installed`. */
async function tinyClone(t: TestContext, { installed }: { installed: boolean }): Promise<string> {
  const folder = path.join(await tempFolder(t), 'a clone');
  await fs.mkdir(path.join(folder, 'scripts'), { recursive: true });
  await fs.mkdir(path.join(folder, 'src'));
  await fs.copyFile(
    path.join(own.folder, 'scripts/bootstrap.mjs'),
    path.join(folder, 'scripts/bootstrap.mjs'),
  );
  const typescript = {
    version: '5.9.3',
    resolved: 'http://127.0.0.1:9/typescript.tgz',
    integrity: 'sha512-AAAA',
  };
  const description = {
    name: 'tiny',
    version: '1.0.0',
    type: 'module',
    dependencies: { typescript: '5.9.3' },
  };
  const lock = { name: 'tiny', version: '1.0.0', lockfileVersion: 3, requires: true };
  const packages = { '': description, 'node_modules/typescript': typescript };
  const write = (file: string, value: unknown) =>
    fs.writeFile(path.join(folder, file), JSON.stringify(value));
  await write('package.json', description);
  await write('package-lock.json', { ...lock, packages });
  await write('tsconfig.json', {});
  const options = {
    outDir: 'dist',
    rootDir: 'src',
    module: 'NodeNext',
    target: 'ES2022',
    types: [],
    lib: ['ES5'],
  };
  await write('tsconfig.build.json', { compilerOptions: options, include: ['src'] });
  await fs.writeFile(path.join(folder, 'src/index.ts'), 'export const answer: number = 42;\n');
  await fs.writeFile(
    path.join(folder, 'scripts/run.mjs'),
    `import { runScript } from './bootstrap.mjs';
     await runScript(async () => console.log((await import('../dist/index.js')).answer));`,
  );
  if (installed) {
    await fs.mkdir(path.join(folder, 'node_modules'));
    await fs.symlink(path.join(own.nodeModules, 'typescript'), path.join(folder, 'node_modules/typescript'));
    await write('node_modules/.package-lock.json', { packages: { 'node_modules/typescript': typescript } });
  }
  return folder;
}

async function run(
  folder: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, ['scripts/run.mjs'], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text };
}

test('compiles once, links the project under its own name, and compiles again only after a change', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  const first = await run(folder);
  assert.match(first.text, /✓ JavaScript packages +already there\n✓ Compile src into dist +\d+\.\d s\n42\n/);
  assert.equal(await fs.realpath(path.join(folder, 'node_modules/streamtrain')), await fs.realpath(folder));
  assert.match((await run(folder)).text, /Compile src into dist +already there\n42\n/);
  await fs.writeFile(path.join(folder, 'src/index.ts'), 'export const answer: number = 43;\n');
  assert.match((await run(folder)).text, /Compile src into dist +\d+\.\d s\n43\n/);
});

test('three at once in one clone: one works, the others wait, all succeed', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  const ends = await Promise.all([run(folder), run(folder), run(folder)]);
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0, 0],
  );
  const compiled = ends.filter(({ text }) => /Compile src into dist +\d/.test(text));
  assert.equal(compiled.length, 1);
});

test('a set-up that was killed does not block the next one', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  await fs.mkdir(path.join(folder, '.streamtrain'));
  await fs.writeFile(path.join(folder, '.streamtrain/bootstrap.lock'), '4194000');
  assert.equal((await run(folder)).code, 0);
});

test('no network: what was tried, what npm answered, what to do; exit code 1', async (t) => {
  const folder = await tinyClone(t, { installed: false });
  const { code, text } = await run(folder, {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_cache: path.join(folder, 'cache'),
  });
  assert.equal(code, 1);
  assert.match(text, /✗ Could not install the JavaScript packages[^]*Tried: [^]*npm-cli\.js ci/);
  assert.match(text, /Answered: exit 1[^]*ECONNREFUSED[^]*To do: +Check the network/);
  assert.doesNotMatch(text, /at .*\.mjs:\d+/, 'no stack trace');
});

test("a home that cannot be written: npm's cache goes into the project, and this is said", async (t) => {
  const folder = await tinyClone(t, { installed: false });
  const home = path.join(folder, 'home');
  await fs.writeFile(home, 'a file where a folder should be');
  const { text } = await run(folder, {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_cache: path.join(home, '.npm'),
  });
  assert.match(text, /npm's cache folder is not writable; using .*a clone\/\.streamtrain\/npm-cache/);
});

test('a type error in src stops with the compiler words', async (t) => {
  const folder = await tinyClone(t, { installed: true });
  await fs.writeFile(path.join(folder, 'src/index.ts'), "export const answer: number = 'text';\n");
  const { code, text } = await run(folder);
  assert.equal(code, 1);
  assert.match(text, /Could not compile src into dist[^]*src\/index\.ts\(1,14\): error TS2322/);
});
