/** Files of a Maven repository by our own list of them: fetched without Maven, each checked as it arrives. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { download } from './download.ts';
import { MavenAddressError } from './errors.ts';
import { fileDigest } from './files.ts';
import type { OnProgress } from './steps.ts';

/** One file of a Maven repository. */
export interface MavenFile {
  /** Its place in the repository, with slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The folder to put it in, with slashes, inside the one that holds them all; default: that one itself. */
  readonly folder?: string;
}

/** Reads a list of files, one a line: SHA-256, length, place, and the folder where it is to go if that matters. */
export function parseMavenFiles(text: string): readonly MavenFile[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [sha256 = '', bytes = '', place = '', folder] = line.split(' ');
      return { path: place, bytes: Number(bytes), sha256, ...(folder === undefined ? {} : { folder }) };
    });
}

/** The file's name, with the folder it goes to: `lib/flink-csv-2.0.0.file`. */
export function nameOf({ path: place, folder = '' }: MavenFile): string {
  return path.posix.join(folder, path.posix.basename(place));
}

/** Whether every file of the list is in a folder with the right length; quick, for every start. */
export async function haveLengths(folder: string, files: readonly MavenFile[]): Promise<boolean> {
  const lengths = await Promise.all(
    files.map(async (file) => (await fs.stat(path.join(folder, nameOf(file))).catch(() => undefined))?.size),
  );
  return files.every(({ bytes }, at) => lengths[at] === bytes);
}

/** What is wrong with the files of a folder, one line for each that is missing or altered; reads all of them. */
export async function findWrongFiles(folder: string, files: readonly MavenFile[]): Promise<string[]> {
  const faults: string[] = [];
  for (const file of files) {
    const fault = await faultOf(path.join(folder, nameOf(file)), file);
    if (fault !== undefined) faults.push(`${nameOf(file)}: ${fault}`);
  }
  return faults;
}

/** How a file differs from what the list says of it. */
export async function faultOf(file: string, { sha256 }: MavenFile): Promise<string | undefined> {
  const actual = await fileDigest(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (actual === undefined) return 'is not there';
  return actual === sha256 ? undefined : `sha256 is ${actual}, in our list it is ${sha256}`;
}

const CENTRAL = 'https://repo.maven.apache.org/maven2';

/**
 * The repository to fetch from: `STREAMTRAIN_MAVEN_URL`, a mirror, else Maven Central.
 *
 * @throws MavenAddressError (`ST_INSTALL_MAVEN_ADDRESS`) for an address with a login in it: addresses are shown and logged
 */
export function repositoryOf(env: NodeJS.ProcessEnv): string {
  const url = (env['STREAMTRAIN_MAVEN_URL'] || CENTRAL).replace(/\/+$/, '');
  if (!/^\w+:\/\/[^/]*@/.test(url)) return url;
  throw new MavenAddressError({
    what: 'use STREAMTRAIN_MAVEN_URL',
    tried: ['its address, without the login in it'],
    answered: 'it holds a login, which messages and logs would show',
    toDo: 'Unset it, or name a mirror without a login. For Kafka: install Maven, and put mirror and login into ~/.m2/settings.xml.',
  });
}

/** What the repository answers when asked for a file, without fetching it; undefined when it has it. */
export async function askRepository(env: NodeJS.ProcessEnv, file: MavenFile): Promise<string | undefined> {
  const url = `${repositoryOf(env)}/${file.path}`;
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

/** Files on their way at once. */
const AT_ONCE = 6;

/** What to fetch, and where to. */
interface DownloadFilesOptions {
  files: readonly MavenFile[];
  /** What is whole in it is not fetched again. */
  into: string;
  env: NodeJS.ProcessEnv;
  onProgress?: OnProgress | undefined;
  /** Pause before a broken download goes on, ms. */
  retryDelayMs?: number | undefined;
}

/**
 * Fetches files into a folder. What arrived stays there, also when it breaks off: the next call goes on with the rest.
 *
 * @throws {@link DownloadError} (`ST_INSTALL_DOWNLOAD`), {@link DiskFullError} (`ST_INSTALL_DISK_FULL`)
 * @throws {@link ChecksumError} (`ST_INSTALL_CHECKSUM`) naming the address of the altered file and both digests
 */
export async function downloadFiles(options: DownloadFilesOptions): Promise<void> {
  const { files, into, env, onProgress, retryDelayMs } = options;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const doneOf = new Map<MavenFile, number>();
  const waiting = files.values();
  let hasFailed = false;
  const work = async () => {
    for (const file of waiting) {
      if (hasFailed) return;
      await download({
        url: `${repositoryOf(env)}/${file.path}`,
        to: path.join(into, nameOf(file)),
        sha256: file.sha256,
        ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
        onProgress: ({ done }) => {
          doneOf.set(file, done);
          onProgress?.({ done: [...doneOf.values()].reduce((sum, bytes) => sum + bytes, 0), total });
        },
      });
      doneOf.set(file, file.bytes);
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
