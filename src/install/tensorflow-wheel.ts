/** Native TensorFlow on a closed network: libtensorflow from the Python wheel, and the addon built from its source. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { platform } from '../platform.ts';
import { runCommand } from './command.ts';
import { compileAddon, findCompiler } from './addon-compiler.ts';
import { NativeTensorFlowError } from './errors.ts';
import { exists } from './files.ts';
import type { Project } from './folders.ts';
import type { OnProgress } from './steps.ts';
import { copyPackage } from './tensorflow-official.ts';
import type { TensorFlowPackage } from './tensorflow-package.ts';
import { targetOf, targets, type Target } from './tensorflow-wheels.ts';
import { venvPython, downloadWheel, unpackWheel } from './venv.ts';

/** The wheels are the same library for every Python; one has to be named. */
const WHEEL_PYTHON = '3.11';

/** The C headers that the addon includes (14 of the wheel's 5,000). */
const HEADERS = 'tensorflow/include/(tensorflow|tsl)/(c|core/platform|platform)/.*\\.h';

/** What the fallback needs. */
interface WheelBuildRequest {
  readonly project: Project;
  readonly native: TensorFlowPackage;
  /** The user's cache folder. */
  readonly cache: string;
  /** An empty folder to work in; afterwards it holds `deps/lib/` and `lib/<napi>/tfjs_binding.node`. */
  readonly staging: string;
  /** See `buildEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  readonly note: (text: string) => void;
  readonly onProgress?: OnProgress;
  /** The machine to build for; default: this one. */
  readonly target?: Target | undefined;
}

/**
 * Downloads the wheel (200 MB, checked), takes the libraries and the headers out, compiles the addon. A compiler is found
 * first. Wheel and headers are removed again; about 0.9 GB of disk are needed on the way, 615 MB remain.
 *
 * @throws {@link CommandError}, {@link DiskFullError}; {@link NativeTensorFlowError} where no wheel is known for the machine
 */
export async function buildFromWheel(request: WheelBuildRequest): Promise<string> {
  const { project, native, cache, staging, env, note, onProgress } = request;
  const { target = targetOf(platform.name, process.arch) } = request;
  if (target === undefined) throw noWheel();
  const compiler = await findCompiler({ project, cache, env, target, note });
  await copyPackage(native, staging);
  const file = await downloadWheel(project, {
    requirement: target.requirement,
    sha256: [target.sha256],
    to: path.join(staging, 'wheel'),
    pythonVersion: WHEEL_PYTHON,
    platform: target.pipPlatform,
    onProgress,
  });
  const unpacked = path.join(staging, 'unpacked');
  await unpackWheel(project, file, unpacked, `(${[...pathsOf(target), HEADERS].join('|')})$`);
  await fs.rm(path.dirname(file), { recursive: true });
  await layOut(target, unpacked, path.join(staging, 'deps'));
  const addon = path.join(staging, path.relative(native.folder, native.addon));
  await compileAddon({ compiler, target, folder: staging, addon, env });
  const by = path.basename(compiler.program);
  return `${target.requirement} (wheel), addon compiled by ${by} for Node-API 8`;
}

/** The libraries' paths in the wheel, as a pattern. */
function pathsOf({ libraries, besides, besidesFolder }: Target): string[] {
  const paths = [
    ...libraries.map((name) => `tensorflow/${name}`),
    ...besides.map((name) => `${besidesFolder}/${name}`),
  ];
  return paths.map((one) => one.replaceAll('.', '\\.'));
}

/** Lays wheel files out as the addon expects them: `lib` with the linker's names, `include`. */
async function layOut(target: Target, unpacked: string, deps: string): Promise<void> {
  const lib = path.join(deps, 'lib');
  await fs.mkdir(lib, { recursive: true });
  for (const name of target.libraries) {
    await fs.rename(path.join(unpacked, 'tensorflow', name), path.join(lib, name));
  }
  for (const name of target.besides) {
    await fs.rename(path.join(unpacked, target.besidesFolder ?? '', name), path.join(lib, name));
  }
  for (const [name, to] of Object.entries(target.links)) await fs.symlink(to, path.join(lib, name));
  await fs.rename(path.join(unpacked, 'tensorflow', 'include'), path.join(deps, 'include'));
}

function noWheel(): NativeTensorFlowError {
  const here = `${platform.name}-${process.arch}`;
  return new NativeTensorFlowError({
    what: 'build native TensorFlow from its Python wheel',
    tried: [
      `the wheels known here: ${targets.map(({ platform, arch }) => `${platform}-${arch}`).join(', ')}`,
    ],
    answered: `this machine is ${here}`,
    toDo: "On such a machine only the package's own way works; it needs its download server (see above).",
  });
}

/**
 * The environment in which a staged copy of a package runs its install script: this Node and the project's programs
 * first on PATH, its dependencies findable, node-gyp, Python and the Node headers named.
 *
 * @param npmCli path of `npm-cli.js`, whose bundled node-gyp is used
 * @param nested the package's own node_modules
 * @param scratch a writable folder for headers that have to be fetched
 */
export async function buildEnvironment(
  project: Project,
  npmCli: string,
  nested: string,
  scratch: string,
): Promise<NodeJS.ProcessEnv> {
  const npmFolder = path.dirname(path.dirname(npmCli));
  const headers = await findNodeHeaders(npmCli);
  const programs = [path.dirname(process.execPath), path.join(project.nodeModules, '.bin')];
  return {
    ...platform.withSearchPath(process.env, programs),
    NODE_PATH: [nested, project.nodeModules].join(path.delimiter),
    NODE_OPTIONS: '',
    npm_config_node_gyp:
      process.env['npm_config_node_gyp'] ??
      path.join(npmFolder, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'),
    npm_config_python: venvPython(project),
    npm_config_devdir: path.join(scratch, 'node-headers'),
    ...(headers === undefined ? {} : { npm_config_nodedir: headers }),
  };
}

/**
 * Where Node's headers are: as npm's setting `nodedir` says, else beside this Node when they are of the same version, else
 * nowhere, and node-gyp fetches them.
 */
async function findNodeHeaders(npmCli: string): Promise<string | undefined> {
  const named = process.env['npm_config_nodedir'];
  if (named) return named;
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  const text = await fs
    .readFile(path.join(prefix, 'include', 'node', 'node_version.h'), 'utf8')
    .catch(() => '');
  const part = (name: string) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  if (`${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}` === process.versions.node) return prefix;
  const asked = await runCommand(process.execPath, [npmCli, 'config', 'get', 'nodedir'], {
    what: 'ask npm for its nodedir',
    toDo: '',
    timeoutMs: 20_000,
  }).catch(() => undefined);
  const answer = asked?.stdout.trim() ?? '';
  return path.isAbsolute(answer) && (await exists(answer)) ? answer : undefined;
}

/** Whether make can build in this folder: it takes blanks and some signs for its own. */
export function isBuildable(folder: string): boolean {
  return /^[\w/.@+,~-]+$/.test(folder);
}
