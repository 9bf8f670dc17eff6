/** Where native TensorFlow lies: in the package @tensorflow/tfjs-node, whether it loads there, and in the user's cache. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { platform, type Platform } from '../platform.ts';
import { runCommand } from './command.ts';
import {
  exists,
  findDamage,
  publishFolder,
  readJson,
  recordFiles,
  replaceFile,
  sameFiles,
  writeFileAtomically,
} from './files.ts';
import type { FileRecord } from './files.ts';
import type { Project } from './folders.ts';

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
interface NativeAnswer {
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
    key: `tfjs-node-${description.version}-${platform.name}-${process.arch}-${napi}`,
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
    toDo: 'Run "npx streamtrain setup"; "npx streamtrain doctor" names the parts.',
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
  const stamp = await readJson<Stamp>(stampFile(native));
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

/** What lies in a cache entry, beside `deps/lib/` and `addon/tfjs_binding.node`. */
interface TensorFlowManifest {
  /** How it was made, for bug reports. */
  readonly source: string;
  /** Unique to this build; entries of older versions have none. */
  readonly made?: string;
  /** Every file with its size, time and SHA-256. */
  readonly files: FileRecord[];
}

const ADDON = path.join('addon', 'tfjs_binding.node');

/** The folder of one cached build. */
export function cacheEntry(cache: string, { key }: TensorFlowPackage): string {
  return path.join(cache, 'tensorflow', key);
}

/** An entry's manifest, or undefined when there is none that can be read. */
export async function readManifest(entry: string): Promise<TensorFlowManifest | undefined> {
  return readJson(path.join(entry, 'manifest.json'));
}

/**
 * Whether an entry may be used: quick when sizes and times are those of the manifest, else every file is read and its
 * SHA-256 compared (a cache that was copied has new times but the right content).
 */
export async function entryIsSound(entry: string): Promise<boolean> {
  const manifest = await readManifest(entry);
  if (manifest === undefined || manifest.files.length === 0) return false;
  if (await sameFiles(entry, manifest.files)) return true;
  if ((await findDamage(entry, manifest.files)).length > 0) return false;
  const files = await recordFiles(
    entry,
    manifest.files.map((record) => record.path),
    { digest: true },
  );
  await writeManifest(entry, { ...manifest, files }).catch(() => undefined); // a read-only cache stays as it is
  return true;
}

/**
 * Publishes a build as a cache entry.
 *
 * @param built a folder with `deps/lib/` and `lib/<napi>/tfjs_binding.node`; moved away
 * @param source how it was made
 */
export async function publishEntry(
  entry: string,
  native: TensorFlowPackage,
  built: string,
  source: string,
): Promise<void> {
  const draft = path.join(built, 'entry');
  await fs.mkdir(path.join(draft, 'deps'), { recursive: true });
  await fs.mkdir(path.join(draft, 'addon'));
  await fs.rename(path.join(built, 'deps', 'lib'), path.join(draft, 'deps', 'lib'));
  await fs.rename(path.join(built, path.relative(native.folder, native.addon)), path.join(draft, ADDON));
  const libs = (await fs.readdir(path.join(draft, 'deps', 'lib'), { withFileTypes: true }))
    .filter((file) => file.isFile())
    .map((file) => path.join('deps', 'lib', file.name));
  const files = await recordFiles(draft, [ADDON, ...libs], { digest: true });
  await writeManifest(draft, { source, made: randomUUID(), files });
  await publishFolder(draft, entry);
}

/**
 * Makes the package use an entry: `deps` becomes a link to it, the addon a copy (it finds its libraries relative to
 * itself), on Windows with the libraries beside it.
 */
export async function linkEntry(
  entry: string,
  native: TensorFlowPackage,
  { replacesLinks, librariesBesideAddon }: Platform = platform,
): Promise<void> {
  const link = `${native.deps}.${randomUUID()}`;
  await fs.symlink(path.join(entry, 'deps'), link, 'junction');
  const isLink = await fs.lstat(native.deps).then(
    (stat) => stat.isSymbolicLink(),
    () => false,
  );
  if (!isLink || !replacesLinks) await fs.rm(native.deps, { recursive: true, force: true });
  await fs.rename(link, native.deps);
  await fs.mkdir(path.dirname(native.addon), { recursive: true });
  const copy = `${native.addon}.${randomUUID()}`;
  await fs.copyFile(path.join(entry, ADDON), copy);
  await replaceFile(copy, native.addon);
  if (!librariesBesideAddon) return;
  const libraries = path.join(entry, 'deps', 'lib');
  for (const name of (await fs.readdir(libraries)).filter((one) => one.endsWith('.dll')))
    await fs.copyFile(path.join(libraries, name), path.join(path.dirname(native.addon), name));
}

async function writeManifest(entry: string, manifest: TensorFlowManifest): Promise<void> {
  await writeFileAtomically(path.join(entry, 'manifest.json'), JSON.stringify(manifest, null, 2));
}
