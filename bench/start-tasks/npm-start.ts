/** What `npm start` costs in a clone that is set up: seconds until it prints JupyterLab's address, and whose processor time. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseFreePorts, descendants, ended, endLeftovers, endProcess } from '../../src/process/index.ts';
import { processorMsOf } from './processor.ts';

/** One row of the table. */
export type StartRow = {
  readonly part: string;
  /** From npm's start. */
  readonly seconds?: number;
  readonly cpuSeconds?: number;
};

const folder = fileURLToPath(new URL('../..', import.meta.url));
const { findNpm } = (await import(new URL('../../scripts/bootstrap.mjs', import.meta.url).href)) as {
  findNpm: () => string;
};
/** How long a start may take, ms; the one that sets up is the longest. */
const PATIENCE_MS = 15 * 60_000;

/**
 * Starts twice on a Kafka data folder of its own, with ports of its own and without a browser: the first time sets up what is
 * missing and does not count.
 *
 * @returns all, and its parts; processor time on Linux only
 */
export async function measureNpmStart(): Promise<StartRow[]> {
  const data = await mkdtemp(join(tmpdir(), 'streamtrain-bench-start-'));
  try {
    await started(data);
    return await started(data);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

async function started(data: string): Promise<StartRow[]> {
  const [port] = await chooseFreePorts(1);
  const args = ['start', '--', '--no-browser', '--port', String(port), '--data', data];
  const since = performance.now();
  const child = spawn(process.execPath, [findNpm(), ...args], {
    cwd: folder,
    env: { ...process.env, STREAMTRAIN_BROKERS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const marks = new Map<string, number>();
  let text = '';
  let late: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      late = setTimeout(() => reject(new Error(`npm start took too long:\n${text}`)), PATIENCE_MS);
      const read = (chunk: string): void => {
        text += chunk;
        for (const mark of ['Start Kafka', 'JupyterLab  http'])
          if (text.includes(mark) && !marks.has(mark)) marks.set(mark, (performance.now() - since) / 1000);
        if (marks.has('JupyterLab  http')) resolve();
      };
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${text}`)));
    });
    return rowsOf(child.pid!, marks);
  } finally {
    clearTimeout(late);
    const family = descendants(child.pid);
    // A Ctrl-C for the script itself, the nearest one: it stops JupyterLab and Kafka in order, and then npm ends.
    const script = family.find(({ command }) => partOf(command) === 'script');
    if (script) process.kill(script.pid, 'SIGINT');
    await Promise.race([ended(child), new Promise((resolve) => setTimeout(resolve, 30_000).unref())]);
    await endProcess(child);
    await endLeftovers(family);
  }
}

function rowsOf(npm: number, marks: ReadonlyMap<string, number>): StartRow[] {
  const seconds = (mark: string) => ({ seconds: marks.get(mark)! });
  const spent = new Map<string, number>();
  for (const { pid, command } of [{ pid: npm, command: 'npm' }, ...descendants(npm)]) {
    const ms = processorMsOf(pid);
    if (ms === undefined) {
      if (process.platform === 'linux') continue;
      return [{ part: 'all', ...seconds('JupyterLab  http') }];
    }
    const part = partOf(command);
    spent.set(part, (spent.get(part) ?? 0) + ms / 1000);
  }
  const cpu = (part: string) => ({ cpuSeconds: spent.get(part) ?? 0 });
  const all = [...spent.values()].reduce((sum, one) => sum + one, 0);
  return [
    { part: 'all', ...seconds('JupyterLab  http'), cpuSeconds: all },
    { part: 'npm', ...cpu('npm') },
    { part: 'the start script', ...cpu('script') },
    { part: 'Kafka', ...seconds('Start Kafka'), ...cpu('kafka') },
    { part: 'JupyterLab', ...cpu('jupyter') },
  ];
}

/** npm calls a shell, which calls the script; the script starts Java and Python. */
function partOf(command: string): string {
  if (command === 'npm' || command === 'sh' || command === 'bash' || command.startsWith('npm ')) return 'npm';
  if (command === 'java') return 'kafka';
  return command.startsWith('python') || command.startsWith('jupyter') ? 'jupyter' : 'script';
}
