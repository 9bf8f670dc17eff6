/** What a machine does to programs: other work keeps every core busy, a process is suspended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Does `work` while one endless loop a core takes the processor from it; the loops end with it, or with this process. */
export async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  // A loop without an owner (its standard input is closed) ends by itself.
  const loop =
    'process.stdin.on("close", () => process.exit()).resume();' +
    'const turn = () => { const end = Date.now() + 100; while (Date.now() < end); setImmediate(turn); }; turn();';
  const loops = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['--eval', loop], { stdio: ['pipe', 'ignore', 'inherit'] }),
  );
  try {
    await Promise.all(loops.map((each) => once(each, 'spawn')));
    return await work();
  } finally {
    await Promise.all(
      loops.map(async (each) => {
        const ended = once(each, 'exit');
        if (each.exitCode === null && each.kill('SIGKILL')) await ended;
      }),
    );
  }
}

/**
 * Suspends a process, and waits until none of its threads runs: on a busy machine the signal takes a while to reach all of them,
 * and until then a server may still answer. Elsewhere than on Linux it is only sent.
 */
export async function suspend(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  if (process.platform !== 'linux') return;
  for (const since = performance.now(); performance.now() - since < 10_000; await sleep(5)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')) return;
  }
  throw new Error(`process ${pid} still runs 10 s after SIGSTOP`);
}
