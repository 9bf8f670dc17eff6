/** Keeps what synchronous child processes print in its place among what the cell prints itself. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import type { EventPipe } from './event-pipe.ts';

const names = ['spawnSync', 'execSync', 'execFileSync'] as const;

/**
 * Child processes write to the process's own stdout and stderr, which are other pipes than a cell's `console` uses. A
 * mark on all of them before and after puts the pieces in order again.
 */
export function orderChildOutput(pipe: EventPipe): void {
  const module = childProcess as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of names) {
    const original = module[name]!;
    const ordered = {
      [name](...args: unknown[]): unknown {
        pipe.barrier();
        try {
          return original(...args);
        } finally {
          pipe.barrier();
        }
      },
    };
    module[name] = ordered[name]!;
  }
  const { spawn } = childProcess;
  module['spawn'] = function (this: unknown, ...args: unknown[]) {
    pipe.barrier();
    return Reflect.apply(spawn, this, args) as unknown;
  };
  syncBuiltinESMExports();
}
