/** Starts JupyterLab from the project's environment and stops it with all its kernels. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants, endLeftovers } from '../install/process-tree.ts';
import { projectAt } from '../install/project.ts';
import type { Project } from '../install/project.ts';
import { venvPython } from '../install/venv.ts';
import { JupyterStartError } from './errors.ts';
import { choosePort } from './port.ts';
import { jupyterEnvironment, jupyterFolder } from './settings.ts';

/** How to start JupyterLab. */
export interface JupyterOptions {
  /** Default: the clone this code belongs to. */
  project?: Project;
  /** Default: 8888 or the next free one. */
  port?: number;
  /** The address to listen on; default 127.0.0.1, this machine only. A container says 0.0.0.0. */
  host?: string;
  /** Kafka brokers for the notebooks. */
  brokers?: readonly string[];
  /** The notebook to open, relative to the project. */
  notebook?: string;
  /** How long to wait for it to answer, ms; default 60 000. */
  timeoutMs?: number;
}

/** A JupyterLab that answers. */
export interface JupyterServer {
  /** Opens the notebook, token included: for the user's browser only. */
  readonly url: string;
  /** The server itself, without token: `http://127.0.0.1:8888/`. */
  readonly address: string;
  readonly token: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process ends, whoever ended it. */
  readonly ended: Promise<void>;
  /** Shuts the kernels down, then the server; whatever is left of them after that is ended. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts JupyterLab and a thread that ends it when the pipe from us closes: it never outlives us, even a SIGKILL. */
const LAUNCH = `import os, signal, sys, threading
def end_with_parent():
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
from jupyterlab.labapp import main
sys.exit(main())`;

/** How long JupyterLab may take to shut its kernels down, ms. */
const STOP_MS = 15_000;

/**
 * Starts JupyterLab (on loopback unless told otherwise) with a fresh token and returns when its API answers to that token.
 *
 * @throws {@link JupyterStartError} (`ST_JUPYTER_START`) with its last words
 * @throws {@link JupyterPortError} (`ST_JUPYTER_PORT_TAKEN`)
 * @example
 * ```ts
 * const jupyter = await startJupyter({ brokers: ['127.0.0.1:9092'] });
 * console.log(jupyter.url);
 * await jupyter.stop();
 * ```
 */
export async function startJupyter(options: JupyterOptions = {}): Promise<JupyterServer> {
  const { project = projectAt(), brokers = [], notebook, timeoutMs = 60_000, host = '127.0.0.1' } = options;
  const port = await choosePort(options.port);
  const token = randomBytes(24).toString('hex');
  const env = await jupyterEnvironment(project, brokers);
  const logFile = path.join(jupyterFolder(project), 'jupyterlab.log');
  const log = fs.openSync(logFile, 'w', 0o600);
  // A process group of its own: a Ctrl-C in the terminal reaches us only, and we stop things in order.
  const child = spawn(venvPython(project), ['-c', LAUNCH, ...labArguments(project, host, port)], {
    cwd: project.folder,
    env: { ...env, JUPYTER_TOKEN: token },
    stdio: ['pipe', log, log],
    detached: true,
  });
  fs.closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const address = `http://127.0.0.1:${port}/`;
  const page =
    notebook === undefined ? 'lab' : `lab/tree/${notebook.split('/').map(encodeURIComponent).join('/')}`;
  const server: JupyterServer = {
    url: `${address}${page}?token=${token}`,
    address,
    token,
    port,
    pid: child.pid ?? -1,
    logFile,
    ended,
    stop: once(() => stop(child, ended)),
  };
  try {
    await untilReady(server, child, timeoutMs);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

function labArguments({ folder }: Project, host: string, port: number): string[] {
  const settings = [
    '--no-browser',
    `--ServerApp.ip=${host}`,
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${folder}`,
  ];
  return process.getuid?.() === 0 ? [...settings, '--allow-root'] : settings;
}

async function untilReady(server: JupyterServer, child: ChildProcess, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (child.pid === undefined) throw startError(server, 'its Python (.venv) cannot be started');
    if (child.exitCode !== null || child.signalCode !== null) {
      throw startError(server, `it ended with ${child.signalCode ?? `exit ${child.exitCode}`}`);
    }
    if (await answers(server)) return;
    await Promise.race([sleep(100), server.ended]);
  }
  throw startError(server, `it did not answer at ${server.address} within ${timeoutMs / 1000} s`);
}

/** Whether the server answers to our token, so that another one on the same port is not taken for ours. */
async function answers({ address, token }: JupyterServer): Promise<boolean> {
  return fetch(`${address}api/status`, {
    headers: { authorization: `token ${token}` },
    signal: AbortSignal.timeout(5_000),
  }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

function startError({ logFile }: JupyterServer, problem: string): JupyterStartError {
  const output = fs.existsSync(logFile) ? fs.readFileSync(logFile, 'utf8') : '';
  return new JupyterStartError(problem, output.split('\n').slice(-15).join('\n'), logFile);
}

/** Kernels run in sessions of their own, so they are noted down before their parent is asked to go. */
async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined) return;
  const family = descendants(child.pid);
  child.kill('SIGTERM');
  await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await ended;
  await endLeftovers(family);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= work());
}
