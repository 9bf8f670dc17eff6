/** The package @tensorflow/tfjs-node as it lies in node_modules: what its native part is, and whether it loads. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { recordFiles, sameFiles } from './file-record.ts';
import type { FileRecord } from './file-record.ts';
import { exists, readText, writeFileAtomically } from './files.ts';
import type { Project } from './project.ts';

/** The package and the places of its native parts. */
export interface TensorFlowPackage {
  readonly folder: string;
  readonly version: string;
  /** Names one build: package version, platform, processor, N-API version. */
  readonly key: string;
  /** Where the package looks for its addon. */
  readonly addon: string;
  /** Where the addon looks for libtensorflow, `deps/lib` inside. */
  readonly deps: string;
}

/** What a native backend said of itself after a small computation. */
export interface NativeAnswer {
  readonly backend: string;
  readonly tfjs: string;
  readonly libtensorflow: string;
}

interface Stamp {
  readonly answer: NativeAnswer;
  readonly files: FileRecord[];
}

/** Reads the installed package's own description. */
export async function tensorFlowPackage({ nodeModules }: Project): Promise<TensorFlowPackage> {
  const folder = path.join(nodeModules, '@tensorflow', 'tfjs-node');
  const description = JSON.parse(await fs.readFile(path.join(folder, 'package.json'), 'utf8')) as {
    version: string;
    binary: { napi_versions: number[] };
  };
  const known = description.binary.napi_versions.filter((napi) => napi <= Number(process.versions['napi']));
  const napi = `napi-v${Math.max(...known)}`;
  return {
    folder,
    version: description.version,
    key: `tfjs-node-${description.version}-${process.platform}-${process.arch}-${napi}`,
    addon: path.join(folder, 'lib', napi, 'tfjs_binding.node'),
    deps: path.join(folder, 'deps'),
  };
}

/** Multiplies two matrices; the lines before bring back what Node 23 took out of `util`. */
const PROBE = `const util = require('util');
util.isNullOrUndefined ??= (x) => x === null || x === undefined;
util.isArray ??= Array.isArray;
util.isNumber ??= (x) => typeof x === 'number';
util.isString ??= (x) => typeof x === 'string';
const tf = require(process.argv[1]);
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync();
if (product.join() !== '19,22,43,50') throw new Error('a matrix product came out as ' + product.join());
const answer = { backend: tf.getBackend(), tfjs: tf.version['tfjs-node'], libtensorflow: tf.backend().binding.TF_Version };
console.log('STREAMTRAIN ' + JSON.stringify(answer));`;

/**
 * Loads the native backend in a process of its own and multiplies two matrices, so that a library that crashes the
 * process is found out as well.
 *
 * @param env its environment; `NODE_PATH` finds the dependencies of a package that lies outside node_modules
 * @throws {@link CommandError} (`ST_INSTALL_COMMAND`) with what the loader said
 */
export async function probeNative(
  { folder }: Pick<TensorFlowPackage, 'folder'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<NativeAnswer> {
  const { stdout } = await runCommand(process.execPath, ['-e', PROBE, folder], {
    what: 'load native TensorFlow',
    toDo: 'Run "npm run setup"; "npm run doctor" names the parts.',
    env: { ...env, TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '' },
    timeoutMs: 120_000,
  });
  const line = stdout.split('\n').find((text) => text.startsWith('STREAMTRAIN '));
  return JSON.parse(line?.slice('STREAMTRAIN '.length) ?? 'null') as NativeAnswer;
}

/**
 * Probes native parts that were built in a copy of the package, before anything is done with them.
 *
 * @param staging holds `deps/lib/` and `lib/<napi>/tfjs_binding.node`; the package's JavaScript is copied beside them
 * @param env see `buildEnvironment`
 * @throws {@link CommandError} (`ST_INSTALL_COMMAND`) with what the loader said
 */
export async function probeStaged(
  native: TensorFlowPackage,
  staging: string,
  env: NodeJS.ProcessEnv,
): Promise<NativeAnswer> {
  await fs.cp(path.join(native.folder, 'dist'), path.join(staging, 'dist'), { recursive: true });
  return probeNative({ folder: staging }, env);
}

/** Whether the native parts are those that passed {@link probeNative} before: same sizes, same times. */
export async function passedBefore(native: TensorFlowPackage): Promise<boolean> {
  const stamp = parse(await readText(stampFile(native)));
  return stamp !== undefined && sameFiles(native.folder, stamp.files);
}

/** Probes, and remembers the files that passed. */
export async function probeAndStamp(native: TensorFlowPackage): Promise<NativeAnswer> {
  const answer = await probeNative(native);
  const libs = (await fs.readdir(path.join(native.deps, 'lib'))).map((name) =>
    path.join('deps', 'lib', name),
  );
  const files = await recordFiles(native.folder, [path.relative(native.folder, native.addon), ...libs]);
  await writeFileAtomically(stampFile(native), JSON.stringify({ answer, files } satisfies Stamp, null, 2));
  return answer;
}

/** Whether both native parts exist, working or not. */
export async function hasNativeParts(native: TensorFlowPackage): Promise<boolean> {
  return (await exists(native.addon)) && (await exists(path.join(native.deps, 'lib')));
}

function stampFile({ folder }: TensorFlowPackage): string {
  return path.join(folder, '.streamtrain-native.json');
}

function parse(text: string | undefined): Stamp | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Stamp);
  } catch {
    return undefined;
  }
}
