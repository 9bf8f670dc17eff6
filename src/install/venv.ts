/** Makes and keeps the project's own Python environment. */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { exists, readText, writeFileAtomically } from './files.ts';
import { withLock } from './lock.ts';
import type { Project } from './project.ts';
import { cleanPythonEnv, findPython } from './python.ts';
import type { Step } from './steps.ts';

/** The pip that every environment gets: one that resumes broken downloads and reports progress in plain numbers. */
const PIP_VERSION = '25.3';

const NETWORK_ADVICE =
  'Check the network and pip\'s settings ("pip config list": index, proxy, certificates), then run again.';

/** The environment's Python. */
export function venvPython({ venvFolder }: Project): string {
  return process.platform === 'win32'
    ? path.join(venvFolder, 'Scripts', 'python.exe')
    : path.join(venvFolder, 'bin', 'python');
}

/** The pinned packages a user needs: what is asked for, and the exact version of everything that brings along. */
function requirementFiles({ folder }: Project): [requirements: string, constraints: string] {
  const at = (name: string) => path.join(folder, 'scripts', 'python', name);
  return [at('requirements.txt'), at('constraints.txt')];
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
  return stamp === (await requirementsDigest(project)) && (await exists(venvPython(project)));
}

async function makeVenv(project: Project): Promise<'done' | 'already there'> {
  if (await venvIsCurrent(project)) return 'already there';
  await fs.rm(stampFile(project), { force: true });
  if (!(await hasWorkingPip(project))) await createVenv(project);
  const [requirements, constraints] = requirementFiles(project);
  await pip(project, ['install', `pip==${PIP_VERSION}`], 'install pip', NETWORK_ADVICE);
  await pip(
    project,
    ['install', '--resume-retries', '5', '--prefer-binary', '-r', requirements, '-c', constraints],
    'install the Python packages',
    NETWORK_ADVICE,
  );
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
export async function pip(
  project: Project,
  args: readonly string[],
  what: string,
  toDo: string,
  options: { onLine?: (line: string) => void; tempFolder?: string } = {},
): Promise<void> {
  const { onLine, tempFolder } = options;
  const env = { ...cleanPythonEnv(), ...(tempFolder === undefined ? {} : { TMPDIR: tempFolder }) };
  await runCommand(venvPython(project), ['-m', 'pip', ...args], { what, toDo, env, onLine });
}

function stampFile({ venvFolder }: Project): string {
  return path.join(venvFolder, '.streamtrain-requirements');
}

async function requirementsDigest(project: Project): Promise<string> {
  const hash = createHash('sha256').update(PIP_VERSION);
  for (const file of requirementFiles(project)) hash.update(await fs.readFile(file));
  return hash.digest('hex');
}
