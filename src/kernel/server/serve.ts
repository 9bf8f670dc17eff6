/** Starts a kernel for a connection file and ends it when its parent is gone. */
import { messageOf } from '../../errors.ts';
import { RunnerHost } from './runner-host.ts';
import type { Kernel } from './kernel.ts';

/** How often it is looked whether the parent is still there, in ms. */
const interval = 500;

/** Serves until the shutdown request, or the end of the process that started it. */
export async function serve(connectionFile: string): Promise<void> {
  const log = (line: string) => process.stderr.write(`[streamtrain kernel] ${line}\n`);
  // The runner's start takes as long as everything else together: first things first.
  let kernel: Kernel | undefined;
  const runner = new RunnerHost({
    output: (run, name, text) => kernel?.printed(run, name, text),
    event: (run, event) => kernel?.told(run, event),
    replaced: (exit, exitCode, again) => kernel?.runnerEnded(exit, exitCode, again),
  });
  const end = async (code: number) => {
    await (kernel ? kernel.close() : runner.close(0));
    process.exit(code);
  };
  process.on('SIGINT', () => kernel?.execution.interrupt());
  process.once('SIGTERM', () => void end(143));
  process.once('SIGHUP', () => void end(129));
  process.on('uncaughtException', (error) => log(`uncaught: ${error.stack ?? messageOf(error)}`));
  process.on('unhandledRejection', (error) => log(`unhandled: ${messageOf(error)}`));
  watchParent(() => void end(1));
  try {
    const [{ readConnection }, { Kernel }] = await Promise.all([
      import('../wire/connection.ts'),
      import('./kernel.ts'),
    ]);
    kernel = new Kernel(readConnection(connectionFile), runner, log);
    await kernel.start();
  } catch (error) {
    log(messageOf(error));
    await end(1);
  }
}

/** Jupyter says by `JPY_PARENT_PID` that the kernel is to end with it. */
function watchParent(gone: () => void): void {
  const parent = process.ppid;
  if (!Number(process.env['JPY_PARENT_PID']) || parent <= 1) return;
  setInterval(() => {
    if (process.ppid !== parent) gone();
  }, interval).unref();
}
