/** Child processes of cells: what they print keeps its place, and an interrupt reaches those that a cell waits for. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { platform } from '../../platform.ts';
import { descendants, isRunning } from '../../process/children.ts';
import type { SeenProcess } from '../../process/table.ts';
import { Atomics, Math, Reflect, Set, performance, process, setTimeout } from '../primordials.ts';
import type { EventPipe } from './event-pipe.ts';
import { mostChildren, word, type Shared } from './shared-pipe.ts';

const names = ['spawnSync', 'execSync', 'execFileSync'] as const;

/** How long a call whose child was interrupted waits to be cut off, in ms; it takes some 20. */
const cutWait = 3000;

/**
 * Child processes write to the process's own stdout and stderr, which are other pipes than a cell's `console` uses. A
 * mark on all of them before and after puts the pieces in order again. While such a call blocks this thread, the watcher
 * can distinguish the call's own processes from those that were there before.
 */
export function watchChildren(pipe: EventPipe, { children, control }: Shared): void {
  const module = childProcess as unknown as Record<string, (...args: unknown[]) => unknown>;
  const others = livingChildren(() => pipe.barrier());
  let calls = 0;
  for (const name of names) {
    const original = module[name]!;
    const watched = {
      [name](...args: unknown[]): unknown {
        pipe.barrier();
        const asked = Atomics.load(control, word.asked);
        let at = 2;
        for (const pid of others) if (at < children.length) children[at++] = pid;
        children[1] = Math.min(at, mostChildren + 2) - 2;
        calls += 1;
        Atomics.store(children, 0, calls);
        try {
          return original(...args);
        } finally {
          Atomics.store(children, 0, 0);
          pipe.barrier();
          if (Atomics.load(control, word.asked) > asked) waitForTheCut();
        }
      },
    };
    module[name] = watched[name]!;
  }
  const { spawn } = childProcess;
  module['spawn'] = function (this: unknown, ...args: unknown[]) {
    pipe.barrier();
    return Reflect.apply(spawn, this, args) as unknown;
  };
  syncBuiltinESMExports();
}

/** The child ended because of an interrupt, which the watcher carries out here before the cell sees what became of it. */
function waitForTheCut(): void {
  const begin = performance.now();
  while (performance.now() - begin < cutWait);
}

/**
 * The process ids of children that run beside the cells, kept up to date. Every way to start one ends in
 * `ChildProcess.prototype.spawn`, which Node does not document (tried on Node 20.19, 22, 24 and 26); where it is absent,
 * an interrupt of a synchronous call also reaches the children beside it.
 *
 * @param ended called when one has ended, before the cell hears of it
 */
function livingChildren(ended: () => void): ReadonlySet<number> {
  const living = new Set<number>();
  const prototype = childProcess.ChildProcess.prototype as unknown as {
    spawn?: (options: unknown) => unknown;
  };
  const { spawn } = prototype;
  if (typeof spawn !== 'function') return living;
  prototype.spawn = function (this: childProcess.ChildProcess, options: unknown) {
    const result = Reflect.apply(spawn, this, [options]);
    const { pid } = this;
    if (pid !== undefined) {
      living.add(pid);
      this.once('exit', () => {
        living.delete(pid);
        ended();
      });
    }
    return result;
  };
  return living;
}

/** What is sent when, in ms after the interrupt, while the same call still waits for the process. */
const signals = [
  ['SIGINT', 0],
  ['SIGTERM', 500],
  ['SIGKILL', 1000],
] as const;

/**
 * The watcher's side: passes an interrupt on to the processes that a synchronous call of the main thread waits for, as a
 * terminal does. Does nothing when there is no such call, and on Windows, which has no such signals.
 */
export function interruptChildren({ children }: Shared): void {
  const call = Atomics.load(children, 0);
  if (call === 0 || !platform.hasSignals) return;
  const others = children.slice(2, 2 + children[1]!);
  let reached: SeenProcess[] = [];
  for (const [signal, after] of signals) {
    setTimeout(() => {
      if (Atomics.load(children, 0) !== call) return;
      reached = stillWaitedFor(others, reached);
      for (const { pid } of reached) send(pid, signal);
    }, after);
  }
}

/**
 * All processes below this one, children that run beside the cells and what those started left out, and those of `before`
 * that still run: what a shell leaves behind has another parent then, and may still hold the pipe that the call reads.
 */
export function stillWaitedFor(others: Iterable<number>, before: readonly SeenProcess[]): SeenProcess[] {
  const skipped = new Set(others);
  const below = descendants().filter(({ pid, parent }) => {
    if (skipped.has(parent)) skipped.add(pid);
    return !skipped.has(pid);
  });
  const known = new Set(below.map(({ pid }) => pid));
  return [...below, ...before.filter((each) => !known.has(each.pid) && isRunning(each))];
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended, or is not ours to end.
  }
}
