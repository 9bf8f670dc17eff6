/** Finds the jars of the Kafka server. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { InstallError } from '../install/errors.ts';
import { publishFolder } from '../install/files.ts';
import { withLock } from '../install/lock.ts';
import type { OnProgress } from '../install/progress.ts';
import { fetchFromApache } from './apache-archive.ts';
import { KafkaJarsError } from './errors.ts';
import { KAFKA_VERSION } from './kafka-version.ts';
import { fetchWithMaven } from './maven.ts';

/** The jars of one Kafka server. */
export interface KafkaJars {
  /** Absolute paths, sorted: the order of the class path, which a class-data archive depends on. */
  readonly files: readonly string[];
  /** `4.1.1`. */
  readonly version: string;
  readonly source: 'KAFKA_HOME' | 'cache' | 'Maven' | 'Apache archive';
}

/** Where to look; the defaults are the real places. */
export interface FindJarsOptions {
  /** `KAFKA_HOME`, `PATH` (for `mvn`, `tar`) and `STREAMTRAIN_APACHE_URL` are read from it; default `process.env`. */
  env?: NodeJS.ProcessEnv;
  /** The folder to keep fetched jars in. */
  cache: string;
  log?: (line: string) => void;
  /** Told how far the archive's download is; without it, `log` gets a line now and then. */
  onProgress?: OnProgress;
  /** Pause before a broken download goes on, ms; see {@link download}. */
  retryDelayMs?: number;
}

/**
 * Finds the jars of a Kafka 4 server: `$KAFKA_HOME/libs`, else the cache, else fetches Kafka 4.1.1 into the cache with
 * Maven (54 MB), else from the official Apache archive (130 MB, checked against its published SHA-512). Safe when
 * several processes do it at once.
 *
 * @throws {@link KafkaJarsError} (`ST_BROKER_KAFKA_JARS`) when KAFKA_HOME holds no Kafka 4, or every way failed
 * @example
 * ```ts
 * const { files, version } = await findKafkaJars({ cache: cacheFolder().folder });
 * ```
 */
export async function findKafkaJars(options: FindJarsOptions): Promise<KafkaJars> {
  const { env = process.env, cache, log } = options;
  const local = await findLocalKafkaJars(options);
  if (local) return local;
  const place = placeIn(cache);
  return withLock(`${place}.lock`, async () => {
    const meanwhile = await jarsIn(place);
    if (meanwhile) return { ...meanwhile, source: 'cache' };
    const source = await fetchSomehow(place, { ...options, env, log });
    const fetched = await jarsIn(place);
    if (fetched) return { ...fetched, source };
    throw new Error(`${place} holds no Kafka although ${source} reported success`);
  });
}

/**
 * {@link findKafkaJars} without fetching anything.
 *
 * @throws {@link KafkaJarsError} when KAFKA_HOME is set and holds no Kafka 4
 */
export async function findLocalKafkaJars(options: FindJarsOptions): Promise<KafkaJars | undefined> {
  const { env = process.env, cache } = options;
  const home = env['KAFKA_HOME'];
  if (home) return jarsOfHome(home);
  const cached = await jarsIn(placeIn(cache));
  return cached && { ...cached, source: 'cache' };
}

function placeIn(cache: string): string {
  return path.join(cache, `kafka-${KAFKA_VERSION}`);
}

async function jarsOfHome(home: string): Promise<KafkaJars> {
  const found = await jarsIn(path.join(home, 'libs'));
  if (found && Number(found.version.split('.')[0]) >= 4) return { ...found, source: 'KAFKA_HOME' };
  throw new KafkaJarsError({
    what: 'use the Kafka that KAFKA_HOME names',
    tried: path.join(home, 'libs'),
    answered: found
      ? `it holds Kafka ${found.version}, older than 4.0`
      : 'there is no kafka-clients-*.jar and kafka_*.jar',
    toDo: `Set KAFKA_HOME to an unpacked Kafka 4, or unset it: then Kafka ${KAFKA_VERSION} is fetched.`,
  });
}

/** The jars in a folder, when a Kafka server is among them. */
async function jarsIn(folder: string): Promise<Pick<KafkaJars, 'files' | 'version'> | undefined> {
  const names = (await fs.readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jar')).sort();
  const version = names
    .map((name) => /^kafka-clients-(\d[\w.]*)\.jar$/.exec(name)?.[1])
    .find((match) => match !== undefined);
  const hasServer = names.some((name) => /^kafka_2\.\d+-\d/.test(name));
  if (version === undefined || !hasServer) return undefined;
  return { files: names.map((name) => path.join(folder, name)), version };
}

/** Tries Maven, then the archive; what arrives is put in its place in one step. */
async function fetchSomehow(
  place: string,
  options: FindJarsOptions & { env: NodeJS.ProcessEnv },
): Promise<'Maven' | 'Apache archive'> {
  const ways = [
    { source: 'Maven', fetch: fetchWithMaven },
    { source: 'Apache archive', fetch: fetchFromApache },
  ] as const;
  const failures: { source: string; error: unknown }[] = [];
  for (const { source, fetch } of ways) {
    const draft = await fs.mkdtemp(path.join(options.cache, 'kafka-'));
    try {
      await fetch({ ...options, into: draft });
      await publishFolder(draft, place);
      return source;
    } catch (error) {
      failures.push({ source, error });
      options.log?.(`${source} did not work: ${summary(error)}`);
    } finally {
      await fs.rm(draft, { recursive: true, force: true });
    }
  }
  throw new KafkaJarsError(
    {
      what: `get the jars of Kafka ${KAFKA_VERSION}`,
      tried: [
        '$KAFKA_HOME: not set',
        `the cache: ${place}`,
        ...failures.flatMap(({ error }) => triedBy(error)),
      ],
      answered: failures.map(({ source, error }) => `${source}: ${answerOf(error)}`).join('\n'),
      toDo:
        'Check the network and run again; or unpack Kafka 4 from https://kafka.apache.org/downloads yourself and set ' +
        'KAFKA_HOME to it; or use a Kafka that runs elsewhere: STREAMTRAIN_BROKERS=host:port.',
    },
    { cause: new AggregateError(failures.map(({ error }) => error)) },
  );
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
