/** Finds the jars of the Kafka server, or fetches them: with Maven, else from the official Apache archive. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { runCommand } from '../install/command.ts';
import { download } from '../install/download.ts';
import { DownloadError, InstallError, ToolMissingError } from '../install/errors.ts';
import { publishFolder } from '../install/files.ts';
import type { OnProgress } from '../install/steps.ts';
import { platform } from '../platform.ts';
import { withLock } from '../process/index.ts';
import { KafkaJarsError } from './errors.ts';
import { findOnPath } from './java.ts';

/** The Kafka server we fetch; the last of the 4.1 line. */
export const KAFKA_VERSION = '4.1.1';

/** The Scala version that is part of its file names. */
const SCALA_VERSION = '2.13';

/** The logger behind slf4j that Kafka's own distribution carries; Maven does not bring it by itself. */
const LOG4J_VERSION = '2.24.3';

/** The jars of one Kafka server. */
export interface KafkaJars {
  /** Absolute paths, sorted: the order of the class path, which a class-data archive depends on. */
  readonly files: readonly string[];
  /** `4.1.1`. */
  readonly version: string;
  readonly source: 'KAFKA_HOME' | 'cache' | 'Maven' | 'Apache archive';
}

/** Where to look; the defaults are the real places. */
interface FindJarsOptions {
  /** `KAFKA_HOME`, `PATH` (for `mvn`, `tar`) and `STREAMTRAIN_APACHE_URL` are read from it; default `process.env`. */
  env?: NodeJS.ProcessEnv;
  /** The folder to keep fetched jars in. */
  cache: string;
  log?: (line: string) => void;
  /** Called with how far the archive's download is; without it, `log` gets a line now and then. */
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
    tried: [path.join(home, 'libs')],
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
  throw new KafkaJarsError({
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
    cause: new AggregateError(failures.map(({ error }) => error)),
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

/** A project without code whose dependencies are a Kafka server, the tool that formats its disk, and a logger. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>streamtrain</groupId>
  <artifactId>kafka-server-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_${SCALA_VERSION}</artifactId><version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

/** Where to, and with what. */
interface FetchJarsOptions {
  /** An existing empty folder on the cache's disk; receives the jars. */
  into: string;
  env: NodeJS.ProcessEnv;
  log?: (line: string) => void;
}

/**
 * Has Maven copy the jars; the user's Maven settings (mirrors, proxies) apply. Maven's own local repository is put in
 * a temporary folder, so that nothing in the user's home is touched.
 *
 * @throws {@link ToolMissingError}, {@link CommandError}, {@link DiskFullError}
 */
async function fetchWithMaven({ into, env, log }: FetchJarsOptions): Promise<void> {
  const program = findOnPath(platform.script('mvn'), env);
  if (program === undefined) {
    throw new ToolMissingError({
      what: `fetch Kafka ${KAFKA_VERSION} with Maven`,
      tried: ['mvn on PATH'],
      answered: 'mvn: no such program',
      toDo: 'Install Maven; or let the Apache archive be used, which needs nothing but tar.',
    });
  }
  log?.(`fetching Kafka ${KAFKA_VERSION} with Maven (54 MB)`);
  const work = `${into}.maven`;
  await fs.mkdir(work);
  try {
    const pom = path.join(work, 'pom.xml');
    await fs.writeFile(pom, POM);
    const goal = 'dependency:copy-dependencies';
    const settings = [`-DoutputDirectory=${into}`, `-Dmaven.repo.local=${path.join(work, 'repository')}`];
    await runCommand(program, ['-q', '-B', '-f', pom, goal, ...settings], {
      what: `fetch Kafka ${KAFKA_VERSION} with Maven`,
      toDo: 'Check the network and the mirrors in ~/.m2/settings.xml, then run again.',
      env,
      timeoutMs: 15 * 60_000,
    });
  } finally {
    await fs.rm(work, { recursive: true, force: true });
  }
}

const OFFICIAL = 'https://archive.apache.org/dist';

/**
 * Downloads Kafka's distribution (130 MB) and takes the jars out of it. The archive is checked against the SHA-512
 * published beside it; a transfer that breaks goes on where it stopped, also in a later call.
 * `STREAMTRAIN_APACHE_URL` names a mirror of `https://archive.apache.org/dist`.
 *
 * @throws {@link DownloadError}, {@link ChecksumError}, {@link DiskFullError}, {@link CommandError}
 * @see https://www.apache.org/info/verification.html
 */
async function fetchFromApache(
  options: FetchJarsOptions & { cache: string; onProgress?: OnProgress; retryDelayMs?: number },
): Promise<void> {
  const { into, env, log, cache, retryDelayMs } = options;
  const name = `kafka_${SCALA_VERSION}-${KAFKA_VERSION}`;
  const base = (env['STREAMTRAIN_APACHE_URL'] ?? OFFICIAL).replace(/\/+$/, '');
  const url = `${base}/kafka/${KAFKA_VERSION}/${name}.tgz`;
  const archive = path.join(cache, `${name}.tgz`);
  const sha512 = await publishedSha512(`${url}.sha512`);
  log?.(`fetching Kafka ${KAFKA_VERSION} from ${base} (130 MB)`);
  let shown = 0;
  await download({
    url,
    to: archive,
    sha512,
    ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
    onProgress:
      options.onProgress ??
      (({ done, total }) => {
        if (performance.now() - shown < 5000) return;
        shown = performance.now();
        log?.(
          `${Math.round(done / 1e6)} MB${total === undefined ? '' : ` of ${Math.round(total / 1e6)} MB`}`,
        );
      }),
  });
  await runCommand('tar', ['-xzf', archive, '-C', into, '--strip-components=2', `${name}/libs`], {
    what: `unpack ${archive}`,
    toDo: 'Make sure that "tar" and "gzip" are installed, then run again.',
    env,
  });
  await fs.rm(archive, { force: true });
}

/** The digest beside the archive, written as `name: ABCD 1234 ...` over several lines, or as `abcd1234...  name`. */
async function publishedSha512(url: string): Promise<string> {
  let answered: string;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    const digest = /(?:[0-9a-f]\s*){128}/i.exec(text.replace(/^.*:/, ''))?.[0].replace(/\s+/g, '');
    if (response.ok && digest) return digest.toLowerCase();
    answered = response.ok
      ? `no SHA-512 in it: ${text.slice(0, 80)}`
      : `HTTP ${response.status} ${response.statusText}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? ` (${messageOf(error.cause)})` : '';
    answered = `${messageOf(error)}${cause}`;
  }
  throw new DownloadError({
    what: `learn the checksum of Kafka ${KAFKA_VERSION}`,
    tried: [url],
    answered,
    toDo: 'Check the network, then run again.',
  });
}
