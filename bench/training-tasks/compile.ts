/** Compiles the library and the tasks to JavaScript, as users run it: no loader takes time or memory then. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Compiled code in a temporary folder. */
export interface Compiled extends AsyncDisposable {
  /** The JavaScript of `bench/training-tasks/run-task.ts`. */
  readonly runTask: string;
}

/** Compiles; takes a few seconds. */
export async function compileTasks(): Promise<Compiled> {
  const folder = await mkdtemp(join(tmpdir(), 'streamtrain-bench-'));
  const compilerOptions = {
    rootDir: root,
    outDir: folder,
    noCheck: true,
    incremental: false,
    declaration: false,
    sourceMap: false,
    inlineSources: false,
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const settings = {
    extends: join(root, 'tsconfig.build.json'),
    compilerOptions,
    include: [join(root, 'src'), join(root, 'bench/training-tasks/run-task.ts')],
  };
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  await writeFile(join(folder, 'package.json'), '{"type":"module","version":"0.0.0"}');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', folder]);
  return {
    runTask: join(folder, 'bench/training-tasks/run-task.js'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
