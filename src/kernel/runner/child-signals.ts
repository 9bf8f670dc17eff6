/** The watcher's side of synchronous child processes: an interrupt is passed on to them, as a terminal does. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Shared } from './shared.ts';

/** What is sent when, in ms after the interrupt, while the same call still waits for the process. */
const signals = [
  ['SIGINT', 0],
  ['SIGTERM', 500],
  ['SIGKILL', 1000],
] as const;

/** Ends the processes that a synchronous call of the main thread waits for; does nothing when there is no such call. */
export function interruptChildren({ children }: Shared): void {
  const call = Atomics.load(children, 0);
  if (call === 0) return;
  const others = new Set(children.subarray(2, 2 + children[1]!));
  for (const [signal, after] of signals) {
    setTimeout(() => {
      if (Atomics.load(children, 0) !== call) return;
      void parents().then((found) => {
        for (const pid of descendants(found, others)) send(pid, signal);
      });
    }, after);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended, or is not ours to end.
  }
}

/** All processes below this one, children that run beside the cells and what those started left out. */
function descendants(parents: ReadonlyMap<number, number>, others: ReadonlySet<number>): number[] {
  const found = [process.pid];
  for (const parent of found) {
    for (const [pid, of] of parents) if (of === parent && !others.has(pid)) found.push(pid);
  }
  return found.slice(1);
}

/** The parent of each process of the machine; on Windows of none, since signals are not passed on there. */
async function parents(): Promise<ReadonlyMap<number, number>> {
  if (process.platform === 'win32') return new Map();
  if (process.platform !== 'linux') return listed();
  const found = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      found.set(
        Number(name),
        Number(
          stat
            .slice(stat.lastIndexOf(')') + 1)
            .trim()
            .split(' ')[1],
        ),
      );
    } catch {
      // It has just ended.
    }
  }
  return found;
}

function listed(): Promise<ReadonlyMap<number, number>> {
  return new Promise((resolve) => {
    execFile('ps', ['-A', '-o', 'pid=,ppid='], (_error, stdout) => {
      const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
      resolve(new Map(rows.filter(({ length }) => length === 2) as [number, number][]));
    });
  });
}
