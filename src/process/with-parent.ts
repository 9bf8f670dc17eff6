/** Starts a program that ends with its parent, even if that is killed. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { platform } from '../platform.ts';

/** How to start it. */
interface WithParentOptions {
  /** What the watching shell is called in the table of processes: `streamtrain-kafka`. */
  readonly title: string;
  /** The folder it works in. */
  readonly cwd: string;
  /** An open file that receives what it prints. */
  readonly log: number;
  /** Its whole environment, but for its locale, which is always {@link platform}'s plain one; default: ours. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Let it go on after this process. */
  readonly daemon: boolean;
  /** What it prints to standard output is read from its `stdout`; only the rest goes into the file. Default false. */
  readonly pipesOutput?: boolean;
}

/**
 * Becomes the program, after leaving a watcher behind that reads from a pipe only the parent holds. The parent's end, even
 * by SIGKILL, closes the pipe, and the watcher ends the program, even if it is suspended: politely, after ten seconds by force.
 */
const WITH_WATCHER = `exec 3<&0 </dev/null
( read -r _ <&3
  kill -TERM $$ || exit 0
  kill -CONT $$
  for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 $$ || exit 0; done
  kill -KILL $$ ) 2>/dev/null &
exec 3<&-
exec "$@"`;

/**
 * Starts a program in a session of its own, so that Ctrl-C reaches only us and we decide the order of things. It does not
 * keep this process alive. Where the system has no signals it goes on after this process.
 *
 * @returns the child; its pid is the program's own
 */
export function spawnWithParent(
  program: string,
  args: readonly string[],
  { title, cwd, log, env = process.env, daemon, pipesOutput = false }: WithParentOptions,
): ChildProcess {
  const isWatched = !daemon && platform.hasSignals;
  const [started, startedArgs] = isWatched
    ? ['/bin/sh', ['-c', WITH_WATCHER, title, program, ...args]]
    : [program, args];
  const child = spawn(started, startedArgs, {
    cwd,
    env: { ...env, ...platform.plainLocale },
    detached: true,
    windowsHide: true,
    stdio: [isWatched ? 'pipe' : 'ignore', pipesOutput ? 'pipe' : log, log],
  });
  child.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  child.stdin?.on('error', () => undefined);
  return child;
}
