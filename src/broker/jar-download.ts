/** Fetches Kafka's jars one by one from a Maven repository, without Maven; each is checked as it arrives. */
import path from 'node:path';
import { download } from '../install/download.ts';
import type { OnProgress } from '../install/steps.ts';
import { KafkaJarsError } from './errors.ts';
import { nameOf } from './jar-check.ts';
import type { MavenJar } from './jar-list.ts';

const CENTRAL = 'https://repo.maven.apache.org/maven2';

/**
 * The repository to fetch from: `STREAMTRAIN_MAVEN_URL`, a mirror, else Maven Central.
 *
 * @throws KafkaJarsError (`ST_BROKER_KAFKA_JARS`) for an address with a login in it: addresses are shown and logged
 */
export function repositoryOf(env: NodeJS.ProcessEnv): string {
  const url = (env['STREAMTRAIN_MAVEN_URL'] || CENTRAL).replace(/\/+$/, '');
  if (!/^\w+:\/\/[^/]*@/.test(url)) return url;
  throw new KafkaJarsError({
    what: 'use STREAMTRAIN_MAVEN_URL',
    tried: ['its address, without the login in it'],
    answered: 'it holds a login, which messages and logs would show',
    toDo: 'Unset it, install Maven, and put mirror and login into ~/.m2/settings.xml.',
  });
}

/** What the repository answers when asked for a jar, without fetching it; undefined when it has it. */
export async function askRepository(env: NodeJS.ProcessEnv, jar: MavenJar): Promise<string | undefined> {
  const url = `${repositoryOf(env)}/${jar.path}`;
  try {
    const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) });
    // Some mirrors refuse HEAD and allow downloads: the error of the download is reported then.
    return response.ok || response.status === 403 || response.status === 405
      ? undefined
      : `HTTP ${response.status} ${response.statusText}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message || cause.name : String(cause);
  }
}

/** A closed network often swallows what is sent out: so long nothing is heard, ms. */
const ANSWER_MS = 10_000;

/** Jars on their way at once. */
const AT_ONCE = 6;

/** What to fetch, and where to. */
interface DownloadJarsOptions {
  jars: readonly MavenJar[];
  /** What is whole in it is not fetched again. */
  into: string;
  env: NodeJS.ProcessEnv;
  onProgress?: OnProgress | undefined;
  /** Pause before a broken download goes on, ms. */
  retryDelayMs?: number | undefined;
}

/**
 * Fetches jars into a folder. What arrived stays there, also when it breaks off: the next call goes on with the rest.
 *
 * @throws {@link DownloadError} (`ST_INSTALL_DOWNLOAD`), {@link DiskFullError} (`ST_INSTALL_DISK_FULL`)
 * @throws {@link ChecksumError} (`ST_INSTALL_CHECKSUM`) naming the address of the altered jar and both digests
 */
export async function downloadJars(options: DownloadJarsOptions): Promise<void> {
  const { jars, into, env, onProgress, retryDelayMs } = options;
  const total = jars.reduce((sum, { bytes }) => sum + bytes, 0);
  const doneOf = new Map<MavenJar, number>();
  const waiting = jars.values();
  let hasFailed = false;
  const work = async () => {
    for (const jar of waiting) {
      if (hasFailed) return;
      await download({
        url: `${repositoryOf(env)}/${jar.path}`,
        to: path.join(into, nameOf(jar)),
        sha256: jar.sha256,
        ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
        onProgress: ({ done }) => {
          doneOf.set(jar, done);
          onProgress?.({ done: [...doneOf.values()].reduce((sum, bytes) => sum + bytes, 0), total });
        },
      });
      doneOf.set(jar, jar.bytes);
    }
  };
  const ends = await Promise.allSettled(
    Array.from({ length: AT_ONCE }, () =>
      work().catch((error: unknown) => {
        hasFailed = true;
        throw error;
      }),
    ),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
