/** Fetches the Kafka server's jars from the official Apache archive. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { runCommand } from '../install/command.ts';
import { download } from '../install/download.ts';
import { DownloadError } from '../install/errors.ts';
import { KAFKA_VERSION, SCALA_VERSION } from './kafka-version.ts';
import type { OnProgress } from '../install/progress.ts';
import type { FetchJarsOptions } from './maven.ts';

const OFFICIAL = 'https://archive.apache.org/dist';

/**
 * Downloads Kafka's distribution (130 MB) and takes the jars out of it. The archive is checked against the SHA-512
 * published beside it; a transfer that breaks goes on where it stopped, also in a later call.
 * `STREAMTRAIN_APACHE_URL` names a mirror of `https://archive.apache.org/dist`.
 *
 * @throws {@link DownloadError}, {@link ChecksumError}, {@link DiskFullError}, {@link CommandError}
 * @see https://www.apache.org/info/verification.html
 */
export async function fetchFromApache(
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
    tried: url,
    answered,
    toDo: 'Check the network, then run again.',
  });
}
