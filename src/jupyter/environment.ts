/** The settings and kernels of the project's Jupyter, inside the clone: nothing in the user's home is read or touched. */
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { readText, writeFileAtomically } from '../install/files.ts';
import type { Project } from '../install/folders.ts';
import { cleanPythonEnv } from '../install/python.ts';
import type { Step } from '../install/steps.ts';
import {
  dialectName,
  dialects,
  findSnapshot,
  installKernel,
  kernelSpecText,
  snapshotMaker,
} from '../kernel/index.ts';

/** No question about news, no looking for updates, no extension manager that would reach for the network. */
const SERVER_CONFIG = {
  LabApp: {
    news_url: null,
    check_for_updates_class: 'jupyterlab.NeverCheckForUpdate',
    extension_manager: 'readonly',
  },
  // Looking for language servers starts a Node and a dozen other programs at every start.
  LanguageServerManager: { autodetect: false },
  // It reads the settings of a Notebook of before 2023, which nobody has here, and loads all of IPython for that.
  ServerApp: { jpserver_extensions: { notebook_shim: false } },
};

const LAB_OVERRIDES = {
  '@jupyterlab/apputils-extension:notification': {
    fetchNews: 'false',
    checkForUpdates: false,
    doNotDisturbMode: false,
  },
  // The course's notebooks are committed without outputs: running them changes no file until you save.
  '@jupyterlab/docmanager-extension:plugin': { autosave: false },
};

/** Where JupyterLab keeps its things in a clone. */
export function jupyterFolder({ stateFolder }: Project): string {
  return path.join(stateFolder, 'jupyter');
}

/** What tells notebooks the brokers; nothing, where there are none. */
export function brokersEnvironment(brokers: readonly string[]): Record<string, string> {
  return brokers.length > 0 ? { STREAMTRAIN_BROKERS: brokers.join(',') } : {};
}

/**
 * Writes the settings and returns the environment in which Jupyter programs of this project run.
 *
 * @param brokers Kafka brokers handed to the notebooks as `STREAMTRAIN_BROKERS`
 */
export async function jupyterEnvironment(
  project: Project,
  brokers: readonly string[],
): Promise<NodeJS.ProcessEnv> {
  const folder = jupyterFolder(project);
  const at = (name: string) => path.join(folder, name);
  for (const name of ['config', 'data', 'runtime', 'ipython', 'workspaces', 'settings']) {
    await fs.mkdir(at(name), { recursive: true, mode: 0o700 });
  }
  await writeFileAtomically(at('config/jupyter_server_config.json'), JSON.stringify(SERVER_CONFIG, null, 2));
  const shared = path.join(project.venvFolder, 'share', 'jupyter', 'lab', 'settings', 'overrides.json');
  await writeFileAtomically(shared, JSON.stringify(LAB_OVERRIDES, null, 2));
  return {
    ...cleanPythonEnv(),
    JUPYTER_CONFIG_DIR: at('config'),
    JUPYTER_DATA_DIR: at('data'),
    JUPYTER_RUNTIME_DIR: at('runtime'),
    JUPYTERLAB_WORKSPACES_DIR: at('workspaces'),
    JUPYTERLAB_SETTINGS_DIR: at('settings'),
    JUPYTER_NO_CONFIG: undefined,
    JUPYTER_PREFER_ENV_PATH: '1',
    JUPYTER_PLATFORM_DIRS: '1',
    IPYTHONDIR: at('ipython'),
    ...brokersEnvironment(brokers),
  };
}

/** A Jupyter kernel's description. */
interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
}

/**
 * How tslab is started: by this very Node, from the project's packages, so that neither PATH nor a global install
 * matters.
 *
 * @see node_modules/tslab/python/install.py, which writes the same with a program from PATH
 */
export function tslabKernelSpec(project: Project): KernelSpec {
  const tslab = path.join(project.nodeModules, 'tslab', 'bin', 'tslab');
  return {
    argv: [process.execPath, tslab, 'kernel', '--config-path', '{connection_file}'],
    display_name: 'TypeScript (tslab)',
    language: 'typescript',
  };
}

/** The file that describes the kernel `name` in the project's environment. */
export function kernelSpecFile({ venvFolder }: Project, name: string): string {
  return path.join(venvFolder, 'share', 'jupyter', 'kernels', name, 'kernel.json');
}

/** Whether the registered kernels are those that would be written now (another Node or a moved clone: they are not). */
export async function kernelSpecIsCurrent(project: Project): Promise<boolean> {
  const isCurrent = async (name: string, text: string) =>
    (await readText(kernelSpecFile(project, name))) === text;
  const own = dialects.map((dialect) => isCurrent(dialectName(dialect), kernelSpecText({ dialect })));
  return (await Promise.all([isCurrent('tslab', tslabText(project)), ...own])).every(Boolean);
}

/** The step that registers the kernels `streamtrain`, `streamtrain-javascript` and `tslab`. */
export function kernelSpecStep(project: Project): Step {
  return {
    title: 'Jupyter kernels',
    run: async () => {
      if (await kernelSpecIsCurrent(project)) return 'already there';
      await writeFileAtomically(kernelSpecFile(project, 'tslab'), tslabText(project));
      for (const dialect of dialects)
        await installKernel({ kind: 'prefix', folder: project.venvFolder }, { dialect });
      return 'done';
    },
  };
}

/** The step that lets kernels start in half the time. They do without it where none can be made. */
export function kernelSnapshotStep(): Step {
  return {
    title: 'Quick start of kernels',
    run: async ({ note }) => {
      if (findSnapshot() !== undefined) return 'already there';
      const reason = await promisify(execFile)(process.execPath, [snapshotMaker], { windowsHide: true }).then(
        () => 'it went again',
        (error: Error & { stderr?: string }) => error.stderr?.trim() || error.message,
      );
      if (findSnapshot() !== undefined) return 'done';
      note(`It could not be made now (${reason}): kernels start without it, and try again.`);
      return 'left out';
    },
  };
}

function tslabText(project: Project): string {
  return `${JSON.stringify(tslabKernelSpec(project), null, 2)}\n`;
}
