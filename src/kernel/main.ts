/**
 * The kernel's process: `node main.js CONNECTION_FILE [javascript]`, started by Jupyter; it ends with the process that
 * started it.
 */
import module from 'node:module';
import type { Kernel } from './server/kernel.ts';

// Newer Nodes keep compiled code between starts; a third of the start is compiling. It has to come before all imports.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
const [{ RunnerHost }, { messageOf }] = await Promise.all([
  import('./server/runner-host.ts'),
  import('../errors.ts'),
]);

/** How often it is looked whether the parent is still there, in ms. */
const interval = 500;

const [, , connectionFile = '', dialect] = process.argv;
const log = (line: string) => process.stderr.write(`[streamtrain kernel] ${line}\n`);

// The runner's start takes as long as everything else together, so it comes first.
let kernel: Kernel | undefined;
const runner = new RunnerHost({
  output: (run, name, text) => kernel?.printed(run, name, text),
  event: (run, event) => kernel?.happened(run, event),
  replaced: (exit, exitCode, again) => kernel?.runnerEnded(exit, exitCode, again),
});
const end = async (code: number) => {
  await (kernel ? kernel.close() : runner.close(0));
  process.exit(code);
};
process.on('SIGINT', () => kernel?.interrupt());
process.once('SIGTERM', () => void end(143));
process.once('SIGHUP', () => void end(129));
process.on('uncaughtException', (error) => log(`uncaught: ${error.stack ?? messageOf(error)}`));
process.on('unhandledRejection', (error) => log(`unhandled: ${messageOf(error)}`));
watchParent();
try {
  const [{ readConnection }, server] = await Promise.all([
    import('./wire/connection.ts'),
    import('./server/kernel.ts'),
  ]);
  kernel = new server.Kernel(readConnection(connectionFile), runner, {
    dialect: dialect === 'javascript' ? dialect : 'typescript',
    log,
  });
  await kernel.start();
} catch (error) {
  log(messageOf(error));
  await end(1);
}

/** Jupyter says by `JPY_PARENT_PID` that the kernel is to end with it. */
function watchParent(): void {
  const parent = process.ppid;
  if (!Number(process.env['JPY_PARENT_PID']) || parent <= 1) return;
  setInterval(() => {
    if (process.ppid !== parent) void end(1);
  }, interval).unref();
}
