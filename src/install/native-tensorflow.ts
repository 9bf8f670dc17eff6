/** Makes native TensorFlow work in a clone: what is there, else the cache, else the package's way, else the wheel. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { DiskFullError, InstallError, NativeTensorFlowError } from './errors.ts';
import { withLock } from '../process/index.ts';
import { buildEnvironment, isBuildable, buildFromWheel } from './tensorflow-wheel.ts';
import type { Project } from './folders.ts';
import type { Step, StepContext, StepOutcome } from './steps.ts';
import { cacheEntry, entryIsSound, linkEntry, publishEntry, readManifest } from './tensorflow-package.ts';
import { installOfficially } from './tensorflow-official.ts';
import {
  hasNativeParts,
  passedBefore,
  probeAndStamp,
  probeStaged,
  tensorFlowPackage,
} from './tensorflow-package.ts';
import type { TensorFlowPackage } from './tensorflow-package.ts';

/** What {@link nativeTensorFlowStep} needs to know. */
export interface NativeTensorFlowOptions {
  readonly project: Project;
  /** The user's cache folder; see `cacheFolder`. */
  readonly cache: string;
  /** Path of `npm-cli.js`. */
  readonly npmCli: string;
}

/**
 * The step that makes `@tensorflow/tfjs-node` load: (1) does it already? (2) a build in the user's cache, (3) the
 * package's own install script, (4) the libraries of the Python wheel. Builds of (3) and (4) go into the cache once they
 * have loaded and computed, so the next clone needs neither network nor compiler; a build in the cache that does not load
 * here is made again. Two clones at once: one builds, the other waits.
 *
 * @throws {@link NativeTensorFlowError} (`ST_INSTALL_TENSORFLOW`) with the answer of every way
 * @throws {@link DiskFullError}
 */
export function nativeTensorFlowStep(options: NativeTensorFlowOptions): Step {
  return { title: 'Native TensorFlow', run: (context) => install(options, context) };
}

async function install(options: NativeTensorFlowOptions, context: StepContext): Promise<StepOutcome> {
  const native = await tensorFlowPackage(options.project);
  if (await passedBefore(native)) return 'already there';
  if ((await hasNativeParts(native)) && (await loads(native, context))) return 'already there';
  const entry = cacheEntry(options.cache, native);
  if (await entryIsSound(entry)) {
    context.note(`from the cache: ${entry}`);
    await linkEntry(entry, native);
    if (await loads(native, context)) return 'done';
    context.note('what is in the cache does not load here; making it again');
  }
  const unusable = (await readManifest(entry))?.made;
  const lock = path.join(options.cache, 'tensorflow', `${native.key}.lock`);
  await withLock(lock, () => fillCache(options, native, entry, context, unusable), {
    onWait: ({ pid }) =>
      context.note(`waiting for process ${pid}, which is building the same for another clone`),
  });
  await linkEntry(entry, native);
  const { libtensorflow } = await probeAndStamp(native);
  context.note(`libtensorflow ${libtensorflow} computes`);
  return 'done';
}

/** Probes; says what answered. */
async function loads(native: TensorFlowPackage, { note }: StepContext): Promise<boolean> {
  return probeAndStamp(native).then(
    ({ libtensorflow }) => {
      note(`libtensorflow ${libtensorflow} computes`);
      return true;
    },
    () => false,
  );
}

/** Makes the entry, unless another clone has put a sound one in the place of `unusable` meanwhile. */
async function fillCache(
  options: NativeTensorFlowOptions,
  native: TensorFlowPackage,
  entry: string,
  context: StepContext,
  unusable: string | undefined,
): Promise<void> {
  if ((await entryIsSound(entry)) && (await readManifest(entry))?.made !== unusable) return;
  const folder = await stagingRoot(path.dirname(entry));
  try {
    const { built, source } = await build(options, native, folder, context);
    await publishEntry(entry, native, built, source);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Beside the entry, unless make could not work there; what crashed set-ups left behind is swept away. */
async function stagingRoot(parent: string): Promise<string> {
  await fs.mkdir(parent, { recursive: true });
  for (const name of await fs.readdir(parent)) {
    if (name.startsWith('staging-')) await fs.rm(path.join(parent, name), { recursive: true, force: true });
  }
  const folder = path.join(isBuildable(parent) ? parent : os.tmpdir(), `staging-${randomUUID().slice(0, 8)}`);
  await fs.mkdir(folder);
  return folder;
}

async function build(
  { project, npmCli, cache }: NativeTensorFlowOptions,
  native: TensorFlowPackage,
  folder: string,
  { note, onProgress }: StepContext,
): Promise<{ built: string; source: string }> {
  const nested = path.join(native.folder, 'node_modules');
  const env = await buildEnvironment(project, npmCli, nested, cache);
  const official = path.join(folder, 'official');
  await fs.mkdir(official);
  let firstAnswer: string;
  try {
    await installOfficially({ native, staging: official, env, onProgress });
    await probeStaged(native, official, env);
    return { built: official, source: `scripts/install.js of @tensorflow/tfjs-node ${native.version}` };
  } catch (error) {
    if (error instanceof DiskFullError) throw error;
    firstAnswer = answerOf(error);
    note(`the package's own way did not work (${shorten(error)}); taking the Python wheel's libraries`);
    await fs.rm(official, { recursive: true, force: true });
  }
  const staging = path.join(folder, 'wheel-build');
  await fs.mkdir(staging);
  try {
    const source = await buildFromWheel({ project, native, cache, staging, env, note, onProgress });
    await probeStaged(native, staging, env);
    return { built: staging, source };
  } catch (error) {
    if (error instanceof DiskFullError) throw error;
    throw new NativeTensorFlowError({
      what: 'set up native TensorFlow',
      tried: ["the package's own install script", "the Python wheel's libraries with an addon compiled here"],
      answered: `1. ${firstAnswer}\n2. ${answerOf(error)}`,
      toDo: `Mend one of the two.\n${error instanceof InstallError ? error.toDo : 'Then run again.'}`,
      cause: error,
    });
  }
}

/** What was tried and what came back, without the advice, which is for the error as a whole. */
function answerOf(error: unknown): string {
  if (!(error instanceof InstallError)) return messageOf(error);
  return `${error.tried.join('\n')}\n   ${error.answered.trim().replaceAll('\n', '\n   ')}`;
}

/** The last line of what the system answered. */
function shorten(error: unknown): string {
  const answered = error instanceof Error && 'answered' in error ? String(error.answered) : messageOf(error);
  return answered.trim().split('\n').pop()?.slice(0, 120) ?? '';
}
