/** Native TensorFlow on a closed network: libtensorflow from the Python wheel, and the addon built from its source. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { NativeTensorFlowError } from './errors.ts';
import { exists } from './files.ts';
import type { Project } from './folders.ts';
import type { OnProgress } from './steps.ts';
import { copyPackage } from './tensorflow-official.ts';
import type { TensorFlowPackage } from './tensorflow-package.ts';
import { venvPython, downloadWheel, unpackWheel } from './venv.ts';

/** The wheel whose libraries fit @tensorflow/tfjs-node 4.22, for each `platform-processor` tried. */
const WHEELS: Readonly<Record<string, { requirement: string; sha256: string } | undefined>> = {
  'linux-x64': {
    requirement: 'tensorflow-cpu==2.15.1',
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  },
};

/** The wheels are the same library for every Python; one has to be named. */
const WHEEL_PYTHON = '3.11';

/** The two libraries, and the C headers that the addon includes (14 of the wheel's 5,000). */
const NEEDED =
  'tensorflow/(libtensorflow_cc\\.so\\.2|libtensorflow_framework\\.so\\.2' +
  '|include/(tensorflow|tsl)/(c|core/platform|platform)/.*\\.h)$';

/** What the fallback needs. */
interface WheelBuildRequest {
  readonly project: Project;
  readonly native: TensorFlowPackage;
  /** An empty folder to work in; afterwards it holds `deps/lib/` and `lib/<napi>/tfjs_binding.node`. */
  readonly staging: string;
  /** See `buildEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress?: OnProgress;
}

/**
 * Downloads the wheel (207 MB, checked), takes the two libraries and the headers out, builds the addon. Wheel and
 * headers are removed again; about 0.9 GB of disk are needed on the way, 615 MB remain.
 *
 * @throws {@link ToolMissingError} without a compiler, before anything is downloaded
 * @throws {@link CommandError}, {@link DiskFullError}, {@link NativeTensorFlowError}
 */
export async function buildFromWheel(request: WheelBuildRequest): Promise<string> {
  const { project, native, staging, env, onProgress } = request;
  const wheel = WHEELS[`${process.platform}-${process.arch}`];
  if (wheel === undefined) throw noWheel();
  await requireCompiler(env);
  await copyPackage(native, staging);
  const file = await downloadWheel(project, {
    requirement: wheel.requirement,
    sha256: [wheel.sha256],
    to: path.join(staging, 'wheel'),
    pythonVersion: WHEEL_PYTHON,
    onProgress,
  });
  const unpacked = path.join(staging, 'unpacked');
  await unpackWheel(project, file, unpacked, NEEDED);
  await fs.rm(path.dirname(file), { recursive: true });
  await layOut(path.join(unpacked, 'tensorflow'), path.join(staging, 'deps'));
  const gyp = path.join(project.nodeModules, '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp');
  await runCommand(process.execPath, [gyp, 'install', '--build-from-source'], {
    what: "build TensorFlow's addon for Node",
    toDo:
      "The compiler's own words are above. It needs g++ (or clang), make and the headers of this Node; headers that " +
      'do not lie beside Node can be named with npm_config_nodedir=/folder/with/include/node.',
    cwd: staging,
    env,
  });
  return `${wheel.requirement} (wheel), addon built with Node ${process.version}`;
}

/** Lays wheel files out as the addon's build expects them: `lib` with the linker's names, `include`. */
async function layOut(unpacked: string, deps: string): Promise<void> {
  const lib = path.join(deps, 'lib');
  await fs.mkdir(lib, { recursive: true });
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
    await fs.rename(path.join(unpacked, name), path.join(lib, name));
  }
  await fs.symlink('libtensorflow_cc.so.2', path.join(lib, 'libtensorflow.so.2'));
  await fs.symlink('libtensorflow_cc.so.2', path.join(lib, 'libtensorflow.so'));
  await fs.symlink('libtensorflow_framework.so.2', path.join(lib, 'libtensorflow_framework.so'));
  await fs.rename(path.join(unpacked, 'include'), path.join(deps, 'include'));
}

function noWheel(): NativeTensorFlowError {
  const here = `${process.platform}-${process.arch}`;
  return new NativeTensorFlowError({
    what: 'build native TensorFlow from its Python wheel',
    tried: [`the wheels known here: ${Object.keys(WHEELS).join(', ')}`],
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
  return {
    ...process.env,
    PATH: [
      path.dirname(process.execPath),
      path.join(project.nodeModules, '.bin'),
      process.env['PATH'] ?? '',
    ].join(path.delimiter),
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

/**
 * Makes sure that a C++ compiler and make are there, before anything large is downloaded for them.
 *
 * @throws {@link ToolMissingError} (`ST_INSTALL_TOOL_MISSING`)
 */
export async function requireCompiler(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  for (const program of [env['CXX'] ?? 'g++', env['MAKE'] ?? 'make']) {
    await runCommand(program.split(' ')[0] ?? program, ['--version'], {
      what: "build TensorFlow's addon for Node",
      toDo:
        'Install a C++ compiler and make (Debian and Ubuntu: sudo apt-get install g++ make; Fedora: sudo dnf install ' +
        'gcc-c++ make; macOS: xcode-select --install), then run again.',
      env,
      timeoutMs: 20_000,
    });
  }
}

/** Whether make can build in this folder: it takes blanks and some signs for its own. */
export function isBuildable(folder: string): boolean {
  return /^[\w/.@+,~-]+$/.test(folder);
}
