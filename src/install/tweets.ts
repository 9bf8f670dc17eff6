/** Fetches the human-rated tweets of the VADER paper into the user's cache, once. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from './folders.ts';
import { runCommand } from './command.ts';
import { ChecksumError } from './errors.ts';
import { exists, fileDigest, publishFolder } from './files.ts';
import { platform } from '../platform.ts';
import { withLock } from '../process/index.ts';
import { cleanPythonEnv } from './python.ts';
import { pythonWithPip } from './venv.ts';

/** The source package that carries the paper's data (2.5 MB); its wheel does not. */
const REQUIREMENT = 'vaderSentiment==3.3.2';
const PACKAGE_SHA256 = '5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9';
const FILE = 'tweets_GroundTruth.txt';
const FILE_SHA256 = 'dfbe7102e2f92579ed8b19df9a3822491880697c67adf712fb66e520cc05102f';

/** Takes two files out of the archive in the archive: the tweets and the authors' own description; and the licence. */
const UNPACK = `import io, os, sys, tarfile
package, target, name = sys.argv[1:]
def put(file, content):
    with open(os.path.join(target, file), 'wb') as sink:
        sink.write(content)
with tarfile.open(package) as outer:
    root = outer.getnames()[0].split('/')[0]
    put('LICENSE.txt', outer.extractfile(root + '/LICENSE.txt').read())
    inner = outer.extractfile(root + '/additional_resources/hutto_ICWSM_2014.tar.gz').read()
with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
    for file in (name, '_README_.txt'):
        put(file, archive.extractfile('hutto_ICWSM_2014/' + file).read())`;

/** Options of {@link fetchTweets}. */
export interface FetchTweetsOptions {
  /** The folder to keep them in; default `streamtrain` in the user’s cache folder. */
  cache?: string;
  /** The Python whose pip fetches; default: the project's own, else one on the path. */
  python?: string;
  /** Called with a line when something is fetched. */
  log?: (line: string) => void;
}

/**
 * Makes sure that the cache holds the tweets; the user's pip settings (index, proxy, certificates) apply. pip refuses a
 * package with another SHA-256, the file in it is checked again, and it appears only when it is whole. What is there
 * already is checked and left alone, so later calls need no network; a damaged copy is fetched again.
 *
 * C. J. Hutto, E. Gilbert: "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM
 * 2014; the package is under the MIT licence.
 *
 * @returns the path of `tweets_GroundTruth.txt`; the licence and the authors' description lie beside it
 * @throws {@link CommandError} (`ST_INSTALL_COMMAND`) without a network, or when the package is another one;
 *   {@link ToolMissingError} (`ST_INSTALL_TOOL_MISSING`) without Python; {@link ChecksumError} (`ST_INSTALL_CHECKSUM`);
 *   {@link DiskFullError} (`ST_INSTALL_DISK_FULL`)
 * @example
 * ```ts
 * const tweets = await readTweets(await fetchTweets());
 * ```
 */
export async function fetchTweets(options: FetchTweetsOptions = {}): Promise<string> {
  const { cache = cacheFolder().folder, log } = options;
  const place = path.join(cache, REQUIREMENT.replace('==', '-'));
  const file = path.join(place, FILE);
  if (await isWhole(file)) return file;
  const python = options.python ?? (await pythonWithPip());
  return withLock(`${place}.lock`, async () => {
    if (await isWhole(file)) return file;
    log?.(`fetching the tweets with pip (${REQUIREMENT}, 2.5 MB)`);
    const draft = await fs.mkdtemp(`${place}-`);
    try {
      await fetchInto(draft, python, file);
      await publishFolder(path.join(draft, 'tweets'), place);
    } finally {
      await fs.rm(draft, { recursive: true, force: true });
    }
    return file;
  });
}

async function fetchInto(draft: string, python: string, place: string): Promise<void> {
  const list = path.join(draft, 'requirement.txt');
  await fs.writeFile(list, `${REQUIREMENT} --hash=sha256:${PACKAGE_SHA256}\n`);
  const download = ['download', '--quiet', '--no-deps', '--no-binary', ':all:', '--require-hashes'];
  await runCommand(python, ['-m', 'pip', ...download, '--dest', draft, '-r', list], {
    what: `fetch the tweets with pip (${REQUIREMENT})`,
    toDo:
      'Check the network and pip\'s settings ("pip config list": index, proxy, certificates), then run again. ' +
      `On a machine without network, copy ${place} from one that has fetched it.`,
    env: { ...cleanPythonEnv(), ...platform.tempFolder(draft) },
  });
  const target = path.join(draft, 'tweets');
  await fs.mkdir(target);
  const fetched = path.join(draft, `${REQUIREMENT.replace('==', '-')}.tar.gz`);
  await runCommand(python, ['-c', UNPACK, fetched, target, FILE], {
    what: 'unpack the tweets',
    toDo: 'Run again; the package is fetched again.',
    env: cleanPythonEnv(),
  });
  const digest = await fileDigest(path.join(target, FILE));
  if (digest === FILE_SHA256) return;
  throw new ChecksumError({
    what: `use ${FILE} of ${REQUIREMENT}`,
    tried: [fetched],
    answered: `sha256 is ${digest}, expected is ${FILE_SHA256}`,
    toDo: 'Run again; the package is fetched again.',
  });
}

async function isWhole(file: string): Promise<boolean> {
  return (await exists(file)) && (await fileDigest(file)) === FILE_SHA256;
}
