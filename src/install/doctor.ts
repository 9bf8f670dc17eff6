/** The health checks of the machine and of everything this room installs. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runCommand } from './command.ts';
import { findDamage } from './file-record.ts';
import { folderSize } from './files.ts';
import type { Health, HealthCheck } from './health.ts';
import type { NativeTensorFlowOptions } from './native-tensorflow.ts';
import { requireCompiler } from './node-gyp.ts';
import { readableBytes } from './progress.ts';
import type { Project } from './project.ts';
import { cleanPythonEnv, findPython } from './python.ts';
import { cacheEntry, readManifest } from './tensorflow-cache.ts';
import { probeNative, tensorFlowPackage } from './tensorflow-package.ts';
import { venvIsCurrent, venvPython } from './venv.ts';

const ok = (detail: string): Health => ({ status: 'ok', detail });
const warning = (detail: string, toDo: string): Health => ({ status: 'warning', detail, toDo });
const broken = (detail: string, toDo: string): Health => ({ status: 'broken', detail, toDo });

/** Free disk below which a step may fail, bytes. */
const TIGHT_DISK = 2e9;

/** The checks, quick ones first; the last ones read the whole cached library (1-2 s). */
export function installChecks(options: NativeTensorFlowOptions): HealthCheck[] {
  const { project, cache, npmCli } = options;
  return [
    { name: 'Machine', examine: machine },
    { name: 'Memory', examine: memory },
    { name: 'Disk', examine: () => disk(project, cache) },
    { name: 'Node', examine: async () => ok(`${process.version} at ${process.execPath}`) },
    { name: 'npm', examine: () => npm(npmCli) },
    { name: 'Python', examine: python },
    { name: 'Python packages', examine: () => pythonPackages(project) },
    { name: 'C++ compiler', examine: compiler },
    { name: 'Native TensorFlow', examine: () => nativeTensorFlow(project) },
    { name: 'TensorFlow cache', examine: () => tensorFlowCache(options) },
    { name: 'Cache folder', examine: async () => ok(`${cache}, ${readableBytes(await folderSize(cache))}`) },
  ];
}

async function machine(): Promise<Health> {
  const cores = os.availableParallelism();
  return ok(`${os.type()} ${os.release()} ${process.arch}, ${cores} ${cores === 1 ? 'core' : 'cores'}`);
}

async function memory(): Promise<Health> {
  const detail = `${readableBytes(os.freemem())} free of ${readableBytes(os.totalmem())}`;
  if (os.totalmem() > 3e9) return ok(detail);
  return warning(detail, 'Kafka, JupyterLab and TensorFlow together want about 2 GB: close other programs.');
}

async function disk(project: Project, cache: string): Promise<Health> {
  const places = [project.folder, cache];
  const free = await Promise.all(
    places.map(async (place) => {
      const { bavail, bsize } = await fs.statfs(place);
      return { place, bytes: bavail * bsize };
    }),
  );
  const detail = free.map(({ place, bytes }) => `${readableBytes(bytes)} free at ${place}`).join('\n');
  if (free.every(({ bytes }) => bytes > TIGHT_DISK)) return ok(detail);
  return warning(detail, 'A full set-up takes about 2 GB here and 1 GB in the cache folder.');
}

async function npm(npmCli: string): Promise<Health> {
  const { stdout } = await runCommand(process.execPath, [npmCli, '--version'], {
    what: 'ask npm for its version',
    toDo: 'Install npm anew.',
  });
  return ok(`${stdout.trim()} at ${npmCli}`);
}

async function python(): Promise<Health> {
  const { program, version } = await findPython();
  return ok(`${version} (${program})`);
}

async function pythonPackages(project: Project): Promise<Health> {
  const code = `import importlib.metadata as m, platform
print(', '.join(f'{n} {m.version(n)}' for n in ('jupyterlab', 'nbclient', 'plotly', 'jupyter_kernel_test', 'pip')))
print('Python', platform.python_version())`;
  const { stdout } = await runCommand(venvPython(project), ['-c', code], {
    what: 'ask for the versions of the Python packages',
    toDo: 'Run "npm run setup".',
    env: cleanPythonEnv(),
  });
  const [packages = '', version = ''] = stdout.trim().split('\n');
  const detail = `${packages} on ${version} in ${project.venvFolder}, ${readableBytes(await folderSize(project.venvFolder))}`;
  if (await venvIsCurrent(project)) return ok(detail);
  return broken(`${detail}; not what scripts/python/requirements.txt asks for`, 'Run "npm run setup".');
}

/** A compiler is needed only where the package's own download server cannot be reached. */
async function compiler(): Promise<Health> {
  return requireCompiler().then(
    () => ok('g++ and make are there'),
    () => warning('g++ or make is missing', 'Only needed to build native TensorFlow on a closed network.'),
  );
}

async function nativeTensorFlow(project: Project): Promise<Health> {
  const native = await tensorFlowPackage(project);
  const { libtensorflow, tfjs, backend } = await probeNative(native);
  const libraries = await fs.realpath(path.join(native.deps, 'lib'));
  return ok(
    `libtensorflow ${libtensorflow}, tfjs-node ${tfjs}, backend "${backend}", computes; libraries in ${libraries}`,
  );
}

async function tensorFlowCache({ project, cache }: NativeTensorFlowOptions): Promise<Health> {
  const entry = cacheEntry(cache, await tensorFlowPackage(project));
  const manifest = await readManifest(entry);
  if (manifest === undefined) return ok('nothing cached (this clone has libraries of its own)');
  const damage = await findDamage(entry, manifest.files);
  if (damage.length > 0) return broken(damage.join('\n'), `Remove ${entry}, then run "npm run setup".`);
  return ok(`${manifest.source}; ${manifest.files.length} files, every SHA-256 right`);
}
