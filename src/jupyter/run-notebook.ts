/** Executes a notebook by scripts/python/run_notebook.py, without a browser, and gives back its outputs. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectAt, venvPython } from '../install/index.ts';
import { LONGEST_TIMER_MS, checkNumber } from '../options.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../process/index.ts';
import { formatNotebook, readNotebook, type Notebook } from '../course/notebook-file.ts';
import { NotebookNotRunError } from './errors.ts';
import { jupyterEnvironment } from './environment.ts';

/** How a run ended. */
export interface NotebookRun {
  /** The runner's exit code: 0 all cells ran, 1 a cell failed, 143 it was stopped by {@link RunOptions.signal}. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The notebook with its outputs. */
  readonly notebook: Notebook;
  /** From start to exit, the kernel's start included. */
  readonly seconds: number;
}

/** How to run a notebook. */
export interface RunOptions {
  /** Default: `streamtrain`. */
  kernel?: string;
  /** `host:port` of the Kafka the notebook is to use. */
  brokers?: readonly string[];
  /** Put in front of the names of its topics and groups, so that it meets no other on that Kafka. */
  prefix?: string;
  /** Seconds one cell may take. Default 180. */
  cellTimeout?: number;
  /** Ends the run: the kernel is stopped, and the outputs so far are kept. */
  signal?: AbortSignal;
  /** Run the cells behind a failed one, too. Default false. */
  keepGoing?: boolean;
  /** Changes the notebook before it runs, such as `withSolutions`; cells still run in the file's folder. */
  change?: (notebook: Notebook) => Notebook;
  /** Further arguments of the runner. */
  args?: readonly string[];
}

/**
 * Runs a notebook in a kernel of its own and waits for its end.
 *
 * @param file absolute path, or relative to the project
 * @throws NotebookNotRunError (`ST_JUPYTER_NOT_RUN`) when the notebook cannot be read or there is no such kernel; or when
 *   the runner itself could not be started
 */
export async function runNotebook(file: string, options: RunOptions = {}): Promise<NotebookRun> {
  const {
    kernel = 'streamtrain',
    brokers = [],
    prefix,
    signal,
    cellTimeout = 180,
    keepGoing = false,
    change,
    args = [],
  } = options;
  checkNumber('cellTimeout', cellTimeout, { above: 0, most: LONGEST_TIMER_MS / 1000 });
  const project = projectAt();
  const folder = makeTemporaryFolder('notebook');
  const output = path.join(folder, 'executed.ipynb');
  const given = path.resolve(project.folder, file);
  const started = performance.now();
  try {
    const input = change ? path.join(folder, path.basename(file)) : given;
    if (change) await writeFile(input, formatNotebook(change(readNotebook(given))));
    const run = await runPython(
      [
        path.join(project.folder, 'scripts', 'python', 'run_notebook.py'),
        ...[input, '--folder', path.dirname(given), '--kernel', kernel, '--output', output],
        ...['--timeout', String(cellTimeout), ...(keepGoing ? ['--keep-going'] : []), ...args],
      ],
      {
        ...(await jupyterEnvironment(project, brokers)),
        ...(prefix === undefined ? {} : { STREAMTRAIN_PREFIX: prefix }),
      },
      { signal },
    );
    // Neither notebook nor kernel could be used: there are no outputs.
    if (run.code === 2) throw new NotebookNotRunError({ notebook: given, problem: run.stderr.trim() });
    const seconds = (performance.now() - started) / 1000;
    return { ...run, notebook: readNotebook(output), seconds };
  } finally {
    await removeTemporaryFolder(folder);
  }
}

/**
 * Runs the project's Python; `STREAMTRAIN_TEST_PYTHON` names another one that has the same packages.
 *
 * @param options.folder in which it runs; default: that of this process
 */
export async function runPython(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  { signal, folder }: { readonly signal?: AbortSignal | undefined; readonly folder?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  signal?.throwIfAborted();
  const python = process.env['STREAMTRAIN_TEST_PYTHON'] ?? venvPython(projectAt());
  const child = spawn(python, args, {
    ...{ env, cwd: folder, windowsHide: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const stop = () => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? -1));
    });
    return { code, stdout, stderr };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
