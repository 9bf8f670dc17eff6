/** JupyterLab from the project's environment: starts it, opens its page, stops it with all its kernels, examines it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { runCommand } from '../install/command.ts';
import type { HealthCheck } from '../install/doctor.ts';
import { projectAt } from '../install/folders.ts';
import type { Project } from '../install/folders.ts';
import { venvPython } from '../install/venv.ts';
import { dialectName, dialects } from '../kernel/index.ts';
import { checkMs } from '../options.ts';
import {
  descendants,
  endLeftovers,
  endProcess,
  hasEnded,
  isPortFree,
  listenOnce,
  LOOPBACK,
  fetchDirectly,
} from '../process/index.ts';
import { JupyterPortError, JupyterStartError } from './errors.ts';
import { forwardedArguments, forwardedOrigin } from './browser.ts';
import {
  brokersEnvironment,
  jupyterEnvironment,
  jupyterFolder,
  kernelSpecFile,
  kernelSpecIsCurrent,
} from './environment.ts';
import { LAB_PROGRAM } from './lab-program.ts';

/** How to start JupyterLab. */
export interface JupyterOptions {
  /** Default: the clone this code belongs to. */
  project?: Project;
  /** Default: 8888 or the next free one. */
  port?: number;
  /** The address to listen on; default 127.0.0.1, this machine only. A container says 0.0.0.0. */
  host?: string;
  /** Kafka brokers for the notebooks; where they are promised only, JupyterLab is loaded meanwhile. */
  brokers?: readonly string[] | Promise<readonly string[]>;
  /** The notebook to open, relative to the project. */
  notebook?: string;
  /** Says whether this is a Codespace, and which; default `process.env`. */
  env?: NodeJS.ProcessEnv;
  /** How long to wait for it to answer, ms; default 60 000. */
  timeoutMs?: number;
}

/** A JupyterLab that answers. */
export interface JupyterServer {
  /** Opens the notebook, token included: for the user's browser only. In a Codespace its forwarder's address. */
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

/** How long JupyterLab may take to shut its kernels down, ms. */
const STOP_MS = 15_000;

/**
 * Starts JupyterLab (on loopback unless `host` says otherwise) with a fresh token and returns when its API answers to that token.
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
  checkMs('timeoutMs', options.timeoutMs ?? 0, { most: Infinity });
  for (let tries = 1; ; tries++) {
    const port = await choosePort(options.port);
    try {
      return await startAt(port, options);
    } catch (error) {
      // JupyterLab binds it a second later: whoever started at the same moment may have been first, and gone by now.
      const mayChoose = options.port === undefined || options.port === 0;
      const wasTaken =
        error instanceof JupyterStartError && error.output.includes(`port ${port} is not available`);
      const mayTryAnother = mayChoose && tries < PORTS_TRIED && (wasTaken || !(await isPortFree(port)));
      if (!mayTryAnother) throw error;
    }
  }
}

/** So many ports are tried where another process was first. */
const PORTS_TRIED = 4;

async function startAt(port: number, options: JupyterOptions): Promise<JupyterServer> {
  const { project = projectAt(), brokers = [], notebook, timeoutMs = 60_000, host = LOOPBACK } = options;
  const token = randomBytes(24).toString('hex');
  const origin = forwardedOrigin(port, options.env ?? process.env);
  const env = await jupyterEnvironment(project, []);
  const logFile = path.join(jupyterFolder(project), 'jupyterlab.log');
  // Two that start at once write into the same one, behind each other.
  const log = fs.openSync(logFile, 'a', 0o600);
  fs.ftruncateSync(log);
  // A process group of its own: a Ctrl-C in the terminal reaches us only, and we stop things in order.
  const forwarded = origin === undefined ? [] : forwardedArguments(origin);
  const child = spawn(
    venvPython(project),
    ['-c', LAB_PROGRAM, ...labArguments(project, host, port), ...forwarded],
    {
      cwd: project.folder,
      env: { ...env, JUPYTER_TOKEN: undefined },
      stdio: ['pipe', log, log],
      detached: true,
      windowsHide: true,
    },
  );
  fs.closeSync(log);
  child.stdin?.on('error', () => undefined); // it ended at once; `untilReady` says so
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const address = addressOf(host, port);
  const page =
    notebook === undefined ? 'lab' : `lab/tree/${notebook.split('/').map(encodeURIComponent).join('/')}`;
  const server: JupyterServer = {
    url: `${origin === undefined ? address : `${origin}/`}${page}?token=${token}`,
    address,
    token,
    port,
    pid: child.pid ?? -1,
    logFile,
    ended,
    stop: once(() => stop(child)),
  };
  try {
    const environment = brokersEnvironment(await brokers);
    child.stdin?.write(`${JSON.stringify({ token, environment })}\n`);
    await untilReady(server, child, timeoutMs);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** Where a server that listens on this address answers: on loopback if that is every address of the machine. */
export function addressOf(host: string, port: number): string {
  const all: Readonly<Record<string, string>> = {
    '': LOOPBACK,
    '*': LOOPBACK,
    '0.0.0.0': LOOPBACK,
    '::': '::1',
  };
  const name = all[host] ?? host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}/`;
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
    if (hasEnded(child)) {
      throw startError(server, `it ended with ${child.signalCode ?? `exit ${child.exitCode}`}`);
    }
    if (await answers(server)) return;
    await Promise.race([sleep(100), server.ended]);
  }
  throw startError(server, `it did not answer at ${server.address} within ${timeoutMs / 1000} s`);
}

/** Whether the server answers to our token, so that another one on the same port is not taken for ours. */
async function answers({ address, token }: JupyterServer): Promise<boolean> {
  return fetchDirectly(`${address}api/status`, {
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
  return new JupyterStartError({ problem, output: output.split('\n').slice(-15).join('\n'), logFile });
}

/** Kernels run in sessions of their own, so they are noted down before their parent is asked to go. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const family = descendants(child.pid);
  await endProcess(child, 'SIGTERM', STOP_MS);
  await endLeftovers(family);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= work());
}

/** Jupyter's usual port and the ones after it, which people know by sight. */
const USUAL = [8888, 8889, 8890, 8891, 8892];

/**
 * Chooses a port on 127.0.0.1 that can be listened on right now.
 *
 * @param wish exactly this port; default: 8888 to 8892, else any free one
 * @throws {@link JupyterPortError} (`ST_JUPYTER_PORT_TAKEN`) when the wish cannot be had
 */
export async function choosePort(wish?: number): Promise<number> {
  if (wish !== undefined) {
    return listenOnce(wish).catch((error: unknown) => {
      throw new JupyterPortError({ port: wish, answer: messageOf(error) });
    });
  }
  for (const port of USUAL) {
    const got = await listenOnce(port).catch(() => undefined);
    if (got !== undefined) return got;
  }
  return listenOnce(0);
}

/** Whether the kernel is registered for this Node and found by Jupyter, and which port JupyterLab would get. */
export function jupyterChecks(project: Project): HealthCheck[] {
  return [
    {
      name: 'Jupyter kernel',
      examine: async () => {
        const names = [...dialects.map((dialect) => dialectName(dialect)), 'tslab'];
        if (!(await kernelSpecIsCurrent(project))) {
          const files = names.map((name) => kernelSpecFile(project, name)).join(' or ');
          return {
            status: 'broken',
            detail: `${files} is missing or for another Node`,
            toDo: 'Run "npm run setup".',
          };
        }
        const { stdout } = await runCommand(
          venvPython(project),
          // `jupyter` would start a script, which has the path of its Python in it: wrong with quotes, or after a move.
          ['-m', 'jupyter_client.kernelspecapp', 'list', '--json'],
          {
            what: 'ask Jupyter for its kernels',
            toDo: 'Run "npm run setup".',
            env: await jupyterEnvironment(project, []),
          },
        );
        const { kernelspecs } = JSON.parse(stdout) as { kernelspecs: Record<string, unknown> };
        const known = Object.keys(kernelspecs).join(', ');
        return names.every((name) => name in kernelspecs)
          ? { status: 'ok', detail: known }
          : {
              status: 'broken',
              detail: `Jupyter finds only: ${known}`,
              toDo: 'Remove .venv, run "npm run setup".',
            };
      },
    },
    {
      name: 'JupyterLab port',
      examine: async () => ({ status: 'ok', detail: `${await choosePort()} is free` }),
    },
  ];
}
