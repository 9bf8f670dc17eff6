/** Examines the machine and everything this room installs, for `npm run doctor` and bug reports. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { runCommand } from './command.ts';
import { InstallError } from './errors.ts';
import { findDamage, folderSize } from './files.ts';
import type { Project } from './folders.ts';
import type { NativeTensorFlowOptions } from './native-tensorflow.ts';
import { ownCompiler } from './addon-compiler.ts';
import { readableBytes } from '../terminal.ts';
import { cleanPythonEnv, findPython } from './python.ts';
import { cacheEntry, readManifest, probeNative, tensorFlowPackage } from './tensorflow-package.ts';
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
    toDo: 'Install npm again.',
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

/** A compiler is needed only where the package's own download server cannot be reached, and fetched where there is none. */
async function compiler(): Promise<Health> {
  const own = await ownCompiler(process.env);
  return ok(
    own === undefined ? 'none; where one is needed, the Python package ziglang is used' : own.program,
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
  if (damage.length > 0)
    return broken(damage.join('\n'), `Remove ${entry}, then run "npx streamtrain setup".`);
  return ok(`${manifest.source}; ${manifest.files.length} files, every SHA-256 right`);
}

/** How one part is doing. */
export interface Health {
  /** `warning`: works, but something is worth knowing. */
  readonly status: 'ok' | 'warning' | 'broken';
  /** Version, place, size: one line. */
  readonly detail: string;
  /** What the user can do, when not ok. */
  readonly toDo?: string;
}

/** One part to examine. */
export interface HealthCheck {
  readonly name: string;
  /** What it throws counts as broken. */
  readonly examine: () => Promise<Health>;
}

/** A part and how it is doing. */
export interface HealthReport extends Health {
  readonly name: string;
}

/**
 * Examines parts one after another; a check that throws is a broken part, and the others still run.
 *
 * @param onReport called as each part is done
 * @example
 * ```ts
 * const reports = await examine(installChecks({ project, cache, npmCli }), (report) => console.log(healthLine(report)));
 * process.exitCode = isHealthy(reports) ? 0 : 1;
 * ```
 */
export async function examine(
  checks: readonly HealthCheck[],
  onReport: (report: HealthReport) => void = () => undefined,
): Promise<HealthReport[]> {
  const reports: HealthReport[] = [];
  for (const { name, examine: look } of checks) {
    const report = { name, ...(await look().catch(brokenBy)) };
    reports.push(report);
    onReport(report);
  }
  return reports;
}

/** Whether nothing is broken. */
export function isHealthy(reports: readonly HealthReport[]): boolean {
  return reports.every(({ status }) => status !== 'broken');
}

/** One part as text: `✓ Node   v20.20.2`, with what to do on a line below. */
export function healthLine({ name, status, detail, toDo }: HealthReport): string {
  const mark = { ok: '✓', warning: '!', broken: '✗' }[status];
  const indent = ' '.repeat(24);
  const advice = toDo === undefined ? '' : `\n${indent}-> ${toDo.replaceAll('\n', `\n${indent}   `)}`;
  return `${mark} ${name.padEnd(21)} ${detail.trim().replaceAll('\n', `\n${indent}`)}${advice}`;
}

function brokenBy(error: unknown): Health {
  if (error instanceof InstallError) {
    return {
      status: 'broken',
      detail: error.answered.trim().split('\n').slice(-8).join('\n'),
      toDo: error.toDo,
    };
  }
  return { status: 'broken', detail: messageOf(error), toDo: 'Run "npx streamtrain setup".' };
}
