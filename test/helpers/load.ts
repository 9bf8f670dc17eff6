/** Keeps every core of the machine busy while something else has to go on beside it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

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
