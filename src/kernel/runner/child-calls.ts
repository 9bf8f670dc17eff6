/** Synchronous child processes: what they print keeps its place, and an interrupt reaches them. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { Atomics, Math, Reflect, Set, performance } from '../primordials.ts';
import type { EventPipe } from './event-pipe.ts';
import { mostChildren, word, type Shared } from './shared.ts';

const names = ['spawnSync', 'execSync', 'execFileSync'] as const;

/** How long a call whose child was interrupted waits to be cut off, in ms; it takes some 20. */
const patience = 3000;

/**
 * Child processes write to the process's own stdout and stderr, which are other pipes than a cell's `console` uses. A
 * mark on all of them before and after puts the pieces in order again. While such a call blocks this thread, the watcher
 * can tell the call's own processes from those that were there before.
 */
export function watchChildren(pipe: EventPipe, { children, control }: Shared): void {
  const module = childProcess as unknown as Record<string, (...args: unknown[]) => unknown>;
  const others = livingChildren();
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
  while (performance.now() - begin < patience);
}

/** The process ids of children that run beside the cells, kept up to date. */
function livingChildren(): ReadonlySet<number> {
  const living = new Set<number>();
  const prototype = childProcess.ChildProcess.prototype as unknown as {
    spawn: (options: unknown) => unknown;
  };
  const { spawn } = prototype;
  prototype.spawn = function (this: childProcess.ChildProcess, options: unknown) {
    const result = Reflect.apply(spawn, this, [options]);
    const { pid } = this;
    if (pid !== undefined) {
      living.add(pid);
      this.once('exit', () => living.delete(pid));
    }
    return result;
  };
  return living;
}
