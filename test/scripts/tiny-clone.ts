/** A clone with one source file, this project's own scripts, and a lock file that asks for TypeScript alone. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { projectAt } from '../../src/install/folders.ts';
import { tempFolder } from '../install/helpers.ts';

const own = projectAt();
const typescriptVersion = (
  JSON.parse(readFileSync(path.join(own.nodeModules, 'typescript', 'package.json'), 'utf8')) as {
    version: string;
  }
).version;

/** Makes the clone; `installed`: its packages are there, with the same `.bin` folder as this project has. */
export async function tinyClone(t: TestContext, { installed }: { installed: boolean }): Promise<string> {
  const folder = path.join(await tempFolder(t), 'a clone');
  await fs.mkdir(path.join(folder, 'src'), { recursive: true });
  await fs.cp(path.join(own.folder, 'scripts'), path.join(folder, 'scripts'), { recursive: true });
  const { scripts } = JSON.parse(await fs.readFile(path.join(own.folder, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const typescript = {
    version: typescriptVersion,
    resolved: 'http://127.0.0.1:9/typescript.tgz',
    integrity: 'sha512-AAAA',
  };
  const description = {
    name: 'tiny',
    version: '1.0.0',
    type: 'module',
    dependencies: { typescript: typescriptVersion },
  };
  const lock = { name: 'tiny', version: '1.0.0', lockfileVersion: 3, requires: true };
  const packages = { '': description, 'node_modules/typescript': typescript };
  const write = (file: string, text: string) => fs.writeFile(path.join(folder, file), text);
  const writeJson = (file: string, value: unknown) => write(file, `${JSON.stringify(value, null, 2)}\n`);
  await writeJson('package.json', { ...description, scripts });
  await writeJson('package-lock.json', { ...lock, packages });
  const options = { rootDir: 'src', module: 'NodeNext', target: 'ES2022', types: [], lib: ['ES5'] };
  await writeJson('tsconfig.json', { compilerOptions: { ...options, noEmit: true }, include: ['src'] });
  await writeJson('tsconfig.build.json', {
    compilerOptions: { ...options, outDir: 'dist' },
    include: ['src'],
  });
  await writeJson('.oxlintrc.json', {
    ignorePatterns: ['node_modules', 'scripts'],
    rules: { eqeqeq: 'error' },
  });
  await write(
    'scripts/knip.config.mjs',
    "export default { entry: ['src/index.ts'], project: ['src/**'], ignore: ['scripts/**'], ignoreBinaries: ['oxfmt'] };\n",
  );
  await writeJson('.oxfmtrc.json', { singleQuote: true, ignorePatterns: ['scripts', '*.json', 'dist'] });
  await write('src/index.ts', 'export const answer: number = 42;\n');
  await write(
    'scripts/run.mjs',
    `import { runScript } from './bootstrap.mjs';
     await runScript(async () => console.log((await import('../dist/index.js')).answer));`,
  );
  if (installed) {
    await fs.mkdir(path.join(folder, 'node_modules'));
    for (const name of [
      'typescript',
      'typescript-7',
      'oxlint',
      'oxfmt',
      'dependency-cruiser',
      'knip',
      '.bin',
    ])
      await fs.symlink(path.join(own.nodeModules, name), path.join(folder, 'node_modules', name));
    const found = { packages: { 'node_modules/typescript': typescript } };
    await writeJson('node_modules/.package-lock.json', found);
  }
  return folder;
}

/** Runs Node in a folder; `text` is what it printed on both streams. */
export async function runIn(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, ...env } });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text };
}
