/** What an engine is made of: fetched once into the cache, on request only, every file checked against our own list. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { copyWithMaven, findMaven, howToGetMaven } from '../broker/maven.ts';
import { DownloadError } from '../install/errors.ts';
import { publishFolder, unlessMissing } from '../install/files.ts';
import { cacheFolder, type CacheFolder } from '../install/folders.ts';
import { downloadFiles, haveLengths, nameOf, repositoryOf, type MavenFile } from '../install/maven-files.ts';
import type { OnProgress } from '../install/steps.ts';
import { placeFile, withLock } from '../process/index.ts';
import { readableBytes } from '../terminal.ts';
import { EnginePartsError } from './errors.ts';

/** An engine as it is downloaded. */
export interface EngineParts {
  /** `flink`: what it is called on the command line. */
  readonly name: string;
  /** `Apache Flink`. */
  readonly title: string;
  readonly version: string;
  /** Its files in a Maven repository. */
  readonly files: readonly MavenFile[];
  /** What it has besides, from elsewhere. */
  readonly besides?: readonly OtherPart[];
}

/** A part that comes from elsewhere than a Maven repository. */
interface OtherPart {
  /** `pyspark 4.2.0, from the Python package index`. */
  readonly title: string;
  /** Its name for a bill of materials: `pkg:pypi/pyspark@4.2.0`. */
  readonly purl: string;
  /** What is downloaded, its length and its digest (hex). */
  readonly bytes: number;
  readonly sha256: string;
  /** Whether it is in the engine's folder, whole. */
  readonly isThere: (folder: string) => Promise<boolean>;
  /** Fetches it into the engine's folder, checked; what was begun before is gone on with, or begun again. */
  readonly fetch: (folder: string, options: FetchOtherOptions) => Promise<void>;
}

/** What {@link OtherPart.fetch} is given. */
interface FetchOtherOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The user's cache folder, for what is needed on the way. */
  readonly cache: string;
  readonly log: (line: string) => void;
  readonly onProgress: OnProgress;
}

/** Where to look; the defaults are the real places. */
export interface PartsOptions {
  /** `STREAMTRAIN_MAVEN_URL` and what else is needed are read from it; default `process.env`. */
  env?: NodeJS.ProcessEnv;
  /** The folder to keep downloads in; default: the user's own. */
  cache?: string;
}

/** How to fetch. */
export interface FetchOptions extends PartsOptions {
  /** Called with a line for what takes long. */
  log?: (line: string) => void;
  /** Called with how far the download is. */
  onProgress?: OnProgress;
  /** Pause before a broken download goes on, ms, doubled every time. */
  retryDelayMs?: number;
}

/** What is known of an engine's parts. */
export interface PartsStatus {
  /** `flink`. */
  readonly engine: string;
  /** `Apache Flink`. */
  readonly title: string;
  readonly version: string;
  /** How many files its download is, and their lengths together. */
  readonly files: number;
  readonly bytes: number;
  /** Where they are, or would be. */
  readonly folder: string;
  readonly isFetched: boolean;
}

/** Looks what is there; fetches nothing. Names and lengths are looked at, also in a cache folder that can be read only. */
export async function partsStatus(engine: EngineParts, options: PartsOptions = {}): Promise<PartsStatus> {
  const { folder: cache, readOnly } = cacheOf(options);
  const place = placeOf(engine, cache);
  const elsewhere = readOnly === undefined ? place : placeOf(engine, readOnly);
  const isElsewhere = elsewhere !== place && (await isWhole(engine, elsewhere));
  const { besides = [] } = engine;
  return {
    engine: engine.name,
    title: engine.title,
    version: engine.version,
    files: engine.files.length + besides.length,
    bytes: sizeOf(engine),
    folder: isElsewhere ? elsewhere : place,
    isFetched: isElsewhere || (await isWhole(engine, place)),
  };
}

async function isWhole({ files, besides = [] }: EngineParts, folder: string): Promise<boolean> {
  const others = await Promise.all(besides.map((part) => part.isThere(folder)));
  return others.every(Boolean) && (await haveLengths(folder, files));
}

/**
 * The folder with an engine's parts.
 *
 * @throws {@link EnginePartsError} (`ST_ENGINES_PARTS_MISSING`) where they were not fetched: it says how big they are and how to
 */
export async function requireParts(engine: EngineParts, options: PartsOptions = {}): Promise<string> {
  const { isFetched, folder, files, bytes } = await partsStatus(engine, options);
  if (isFetched) return folder;
  const title = `${engine.title} ${engine.version}`;
  throw new EnginePartsError({ engine: engine.name, title, files, bytes, folder });
}

/**
 * Fetches what of an engine is missing. What arrives is kept when it breaks off, and the next call goes on. Safe when
 * several processes do it at once.
 *
 * @returns what is there now, and whether it was there before
 * @throws `DownloadError` (`ST_INSTALL_DOWNLOAD`), `DiskFullError` (`ST_INSTALL_DISK_FULL`), `ChecksumError`
 *   (`ST_INSTALL_CHECKSUM`), `MavenAddressError` (`ST_INSTALL_MAVEN_ADDRESS`)
 */
export async function fetchParts(
  engine: EngineParts,
  options: FetchOptions = {},
): Promise<PartsStatus & { outcome: 'done' | 'already there' }> {
  const { env = process.env, log = () => undefined, onProgress = () => undefined, retryDelayMs } = options;
  const { folder: cache, note } = cacheOf(options);
  const before = await partsStatus(engine, options);
  if (before.isFetched) return { ...before, outcome: 'already there' };
  if (note !== undefined) log(note);
  const place = before.folder;
  await fs.mkdir(path.dirname(place), { recursive: true });
  await withLock(`${place}.lock`, async () => {
    if ((await partsStatus(engine, options)).isFetched) return;
    const draft = `${place}.part`; // stays when it breaks off
    await keepWhatIsThere(engine, place, draft);
    const total = before.bytes;
    if (engine.files.length > 0) {
      const size = readableBytes(sum(engine.files));
      const count = engine.files.length;
      log(`fetching ${engine.title} ${engine.version} from ${repositoryOf(env)} (${count} files, ${size})`);
      const report: OnProgress = (progress) => onProgress({ done: progress.done, total });
      const request = { files: engine.files, into: draft, env, onProgress: report, retryDelayMs };
      await downloadFiles(request).catch((error: unknown) => askMaven(engine, draft, { env, log, error }));
    }
    let done = sum(engine.files);
    for (const part of engine.besides ?? []) {
      const begun = done;
      done += part.bytes;
      const report: OnProgress = (progress) => onProgress({ done: begun + progress.done, total });
      if (await part.isThere(draft)) report({ done: part.bytes });
      else {
        log(`fetching ${part.title} (${readableBytes(part.bytes)})`);
        await part.fetch(draft, { env, cache, log, onProgress: report });
      }
    }
    await publishFolder(draft, place);
  });
  return { ...(await partsStatus(engine, options)), outcome: 'done' };
}

/** Where the repository cannot be reached, Maven may know the way, by its own settings: the same files, by the same list. */
async function askMaven(
  { title, version, files }: EngineParts,
  into: string,
  { env, log, error }: { env: NodeJS.ProcessEnv; log: (line: string) => void; error: unknown },
): Promise<void> {
  if (!(error instanceof DownloadError)) throw error;
  const engine = `${title} ${version}`;
  const toDo = `${howToGetMaven()}; or set STREAMTRAIN_MAVEN_URL to a mirror of Maven Central; then run again.`;
  if (findMaven(env) === undefined) {
    const { what, tried, answered } = error;
    throw new DownloadError({ what, tried: [...tried, 'mvn on PATH'], answered, toDo, cause: error });
  }
  log(`${repositoryOf(env)} did not work: ${error.answered.trim()}`);
  log(`fetching ${engine} with Maven`);
  await copyWithMaven({ files, title: engine, into, env });
}

/** Where some files are missing or have another length, the others are not fetched again; all are checked once more. */
async function keepWhatIsThere(
  { files, besides = [] }: EngineParts,
  place: string,
  draft: string,
): Promise<void> {
  await fs.mkdir(draft, { recursive: true });
  const others = await Promise.all(besides.map((part) => part.isThere(place)));
  // Which files belong to which part is not known: those from elsewhere are kept where all of them are whole.
  if (others.length > 0 && others.every(Boolean)) return linkAll(place, draft);
  for (const name of files.map(nameOf)) {
    await fs.mkdir(path.dirname(path.join(draft, name)), { recursive: true });
    await placeFile(path.join(place, name), path.join(draft, name)).catch(unlessMissing(undefined));
  }
}

/** Everything in a folder, in another one, too; what is there already stays. */
async function linkAll(from: string, to: string): Promise<void> {
  await fs.mkdir(to, { recursive: true });
  for (const entry of await fs.readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await linkAll(source, target);
    else await placeFile(source, target);
  }
}

function cacheOf({ cache }: PartsOptions): CacheFolder {
  return cache === undefined ? cacheFolder() : { folder: cache };
}

function placeOf({ name, version }: EngineParts, cache: string): string {
  return path.join(cache, 'engines', `${name}-${version}`);
}

function sizeOf({ files, besides = [] }: EngineParts): number {
  return sum(files) + sum(besides);
}

function sum(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}
