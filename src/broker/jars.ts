/** Finds the jars of the Kafka server, or fetches them; what is fetched is the same to the byte, whichever way it came. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { ChecksumError, InstallError } from '../install/errors.ts';
import { publishFolder, unlessMissing } from '../install/files.ts';
import {
  askRepository,
  downloadFiles,
  findWrongFiles,
  haveLengths,
  nameOf,
  repositoryOf,
} from '../install/maven-files.ts';
import type { OnProgress } from '../install/steps.ts';
import { placeFile, withLock } from '../process/index.ts';
import { KafkaJarsError } from './errors.ts';
import { KAFKA_JARS } from './jar-list.ts';
import { fetchWithMaven, findMaven, howToGetMaven, KAFKA_VERSION } from './maven.ts';

/** The jars of one Kafka server. */
export interface KafkaJars {
  /** Absolute paths, sorted: the order of the class path, which a class-data archive depends on. */
  readonly files: readonly string[];
  /** `4.1.1`. */
  readonly version: string;
  readonly source: 'KAFKA_HOME' | 'cache' | 'download' | 'Maven';
}

/** Where to look; the defaults are the real places. */
interface FindJarsOptions {
  /** `KAFKA_HOME`, `PATH` (for `mvn`) and `STREAMTRAIN_MAVEN_URL` are read from it; default `process.env`. */
  env?: NodeJS.ProcessEnv;
  /** The folder to keep fetched jars in. */
  cache: string;
  log?: (line: string) => void;
  /** Called with how far the download is. */
  onProgress?: OnProgress;
  /** Pause before a broken download goes on, ms; see {@link download}. */
  retryDelayMs?: number;
}

/**
 * Finds the jars of a Kafka 4 server: `$KAFKA_HOME/libs`, else the cache, else fetches Kafka 4.1.1 (54 MB) into the cache:
 * from Maven Central or the mirror that `STREAMTRAIN_MAVEN_URL` names, else with Maven. Every fetched jar is compared with
 * our own list of SHA-256 before it is used. Safe when several processes do it at once.
 *
 * @throws {@link KafkaJarsError} (`ST_BROKER_KAFKA_JARS`) when KAFKA_HOME holds no Kafka 4, or every way failed
 * @throws {@link ChecksumError} (`ST_INSTALL_CHECKSUM`) when a jar arrived that is not as in our list
 * @example
 * ```ts
 * const { files, version } = await findKafkaJars({ cache: cacheFolder().folder });
 * ```
 */
export async function findKafkaJars(options: FindJarsOptions): Promise<KafkaJars> {
  const { env = process.env, cache } = options;
  const local = await findLocalKafkaJars(options);
  if (local) return local;
  const place = placeIn(cache);
  return withLock(`${place}.lock`, async () => {
    const meanwhile = await jarsOfCache(cache);
    return meanwhile ?? { ...cachedJars(place), source: await fetchSomehow(place, { ...options, env }) };
  });
}

/**
 * {@link findKafkaJars} without fetching anything. Of the cache names and lengths are looked at.
 *
 * @throws {@link KafkaJarsError} when KAFKA_HOME is set and holds no Kafka 4
 */
export async function findLocalKafkaJars(options: FindJarsOptions): Promise<KafkaJars | undefined> {
  const { env = process.env, cache } = options;
  const home = env['KAFKA_HOME'];
  return home ? jarsOfHome(home) : jarsOfCache(cache);
}

/**
 * What is wrong with jars that were found, one line for each that was altered since it was fetched. A Kafka that
 * KAFKA_HOME names is its owner's: nothing is known of it.
 */
export async function findAlteredJars({ files, source }: KafkaJars): Promise<string[]> {
  return source === 'KAFKA_HOME' ? [] : findWrongFiles(path.dirname(files[0] ?? ''), KAFKA_JARS);
}

/** Removes jars that were altered since they were fetched, so that they are fetched again; says which, a line each. */
export async function removeAlteredJars(jars: KafkaJars): Promise<string[]> {
  const faults = await findAlteredJars(jars);
  const folder = path.dirname(jars.files[0] ?? '');
  for (const fault of faults) await fs.rm(path.join(folder, fault.replace(/: .*/, '')), { force: true });
  return faults;
}

/**
 * Makes sure that there is a way to Kafka's jars, before anything else is downloaded: they are here, or their repository
 * answers, or Maven is installed, which may know another way.
 *
 * @throws {@link KafkaJarsError} (`ST_BROKER_KAFKA_JARS`) naming the one command that helps
 */
export async function requireWayToKafka(options: FindJarsOptions): Promise<void> {
  const { env = process.env, cache } = options;
  const [jar] = KAFKA_JARS;
  if (jar === undefined || findMaven(env) !== undefined || (await findLocalKafkaJars(options))) return;
  const refusal = await askRepository(env, jar);
  if (refusal === undefined) return;
  throw noWay(cache, [`${repositoryOf(env)}/${jar.path}`, 'mvn on PATH'], [refusal, 'mvn: no such program']);
}

function placeIn(cache: string): string {
  return path.join(cache, `kafka-${KAFKA_VERSION}`);
}

async function jarsOfCache(cache: string): Promise<KafkaJars | undefined> {
  const place = placeIn(cache);
  return (await haveLengths(place, KAFKA_JARS)) ? { ...cachedJars(place), source: 'cache' } : undefined;
}

/** Those of our list and no others, whatever else lies there. */
function cachedJars(place: string): Pick<KafkaJars, 'files' | 'version'> {
  return { files: KAFKA_JARS.map((jar) => path.join(place, nameOf(jar))).sort(), version: KAFKA_VERSION };
}

async function jarsOfHome(home: string): Promise<KafkaJars> {
  const folder = path.join(home, 'libs');
  const names = (await fs.readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jar')).sort();
  const version = names
    .map((name) => /^kafka-clients-(\d[\w.]*)\.jar$/.exec(name)?.[1])
    .find((match) => match !== undefined);
  const hasServer = names.some((name) => /^kafka_2\.\d+-\d/.test(name));
  const isFound = version !== undefined && hasServer;
  if (isFound && Number(version.split('.')[0]) >= 4)
    return { files: names.map((name) => path.join(folder, name)), version, source: 'KAFKA_HOME' };
  throw new KafkaJarsError({
    what: 'use the Kafka that KAFKA_HOME names',
    tried: [folder],
    answered: isFound
      ? `it holds Kafka ${version}, older than 4.0`
      : 'there is no kafka-clients-*.jar and kafka_*.jar',
    toDo: `Set KAFKA_HOME to an unpacked Kafka 4, or unset it: then Kafka ${KAFKA_VERSION} is fetched.`,
  });
}

/** Tries the repository, then Maven; what arrives is put in its place in one step. An altered jar ends it. */
async function fetchSomehow(
  place: string,
  options: FindJarsOptions & { env: NodeJS.ProcessEnv },
): Promise<'download' | 'Maven'> {
  const { env, cache, log, onProgress, retryDelayMs } = options;
  const failures: { source: string; error: unknown }[] = [];
  const attempt = async (source: string, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof ChecksumError) throw error;
      failures.push({ source, error });
      log?.(`${source} did not work: ${summary(error)}`);
      return false;
    }
  };
  const repository = repositoryOf(env);
  const isDownloaded = await attempt(repository, async () => {
    log?.(`fetching Kafka ${KAFKA_VERSION} from ${repository} (54 MB)`);
    const draft = `${place}.part`; // stays when it breaks off, and the next call goes on
    await keepWhatIsThere(place, draft);
    await downloadFiles({ files: KAFKA_JARS, into: draft, env, onProgress, retryDelayMs });
    await publishFolder(draft, place);
  });
  if (isDownloaded) return 'download';
  const isCopied = await attempt('Maven', async () => {
    const draft = await fs.mkdtemp(path.join(cache, 'kafka-'));
    try {
      if (findMaven(env) !== undefined) log?.(`fetching Kafka ${KAFKA_VERSION} with Maven (54 MB)`);
      await fetchWithMaven({ into: draft, env });
      const wrong = await findWrongFiles(draft, KAFKA_JARS);
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
      await publishFolder(draft, place);
    } finally {
      await fs.rm(draft, { recursive: true, force: true });
    }
  });
  if (isCopied) return 'Maven';
  const error = new AggregateError(failures.map((failure) => failure.error));
  const answered = failures.map((failure) => `${failure.source}: ${answerOf(failure.error)}`);
  const tried = failures.flatMap((failure) => triedBy(failure.error));
  throw noWay(cache, tried, answered, error);
}

/** Where some jars are missing or damaged, the others are not fetched again. */
async function keepWhatIsThere(place: string, draft: string): Promise<void> {
  await fs.mkdir(draft, { recursive: true });
  for (const name of KAFKA_JARS.map(nameOf))
    await placeFile(path.join(place, name), path.join(draft, name)).catch(unlessMissing(undefined));
}

function noWay(cache: string, tried: string[], answered: string[], cause?: unknown): KafkaJarsError {
  return new KafkaJarsError({
    what: `get the jars of Kafka ${KAFKA_VERSION}`,
    tried: ['$KAFKA_HOME: not set', `the cache: ${placeIn(cache)}`, ...tried],
    answered: answered.join('\n'),
    toDo:
      `${howToGetMaven()}, and run again; or set STREAMTRAIN_MAVEN_URL to a mirror of Maven Central; or unpack Kafka 4 from ` +
      'https://kafka.apache.org/downloads and set KAFKA_HOME to it; or use a Kafka that runs elsewhere: ' +
      'STREAMTRAIN_BROKERS=host:port.',
    cause,
  });
}

function summary(error: unknown): string {
  const lines = answerOf(error).trim().split('\n');
  return lines.find((line) => line.includes('[ERROR]')) ?? lines[0] ?? '';
}

function answerOf(error: unknown): string {
  return error instanceof InstallError ? error.answered : messageOf(error);
}

function triedBy(error: unknown): readonly string[] {
  return error instanceof InstallError ? error.tried : [];
}
