/** Runs other programs and turns their failure into an error that a user can act on. */
import { spawn } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import { platform } from '../platform.ts';
import { linesOf } from '../process/index.ts';
import { CommandError, DiskFullError, ToolMissingError } from './errors.ts';

/** What to run, and what to say when it fails. */
interface CommandOptions {
  /** What this is for, in words, as in "Could not ...": `install the Python packages`. */
  what: string;
  /** What the user can do if it fails. */
  toDo: string;
  cwd?: string;
  /** The child's whole environment, but for its locale, which is always {@link platform}'s plain one; default: ours. */
  env?: NodeJS.ProcessEnv;
  /** Called with every line of its output as it comes; what it throws ends the program. */
  onLine?: (line: string) => void;
  /** Ends the program after this many ms. */
  timeoutMs?: number;
  /** Ends the program when aborted. */
  signal?: AbortSignal;
}

/** What a program printed. */
export interface CommandOutput {
  readonly stdout: string;
  /** Both streams in the order they came, at most the last 64 KiB. */
  readonly all: string;
}

const KEPT = 64 * 1024;

/**
 * Runs a program to its end, without a shell.
 *
 * @throws {@link ToolMissingError} (`ST_INSTALL_TOOL_MISSING`) when there is no such program
 * @throws {@link DiskFullError} (`ST_INSTALL_DISK_FULL`) when its output says that the disk is full
 * @throws {@link CommandError} (`ST_INSTALL_COMMAND`) when it ends with anything but 0
 * @example
 * ```ts
 * const { stdout } = await runCommand('java', ['-version'], { what: 'ask Java for its version', toDo: 'Install Java 17.' });
 * ```
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandOutput> {
  const { what, toDo, cwd, env = process.env, onLine } = options;
  const signals = [
    options.signal,
    options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs),
  ].filter((signal) => signal !== undefined);
  const { program: file, args: words, ...verbatim } = platform.spawnable(program, args);
  const child = spawn(file, words, {
    ...{ cwd, env: { ...env, ...platform.plainLocale }, ...verbatim, windowsHide: true },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: signals.length > 0 ? AbortSignal.any(signals) : undefined,
  });
  let stdout = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-KEPT);
    all = (all + text).slice(-KEPT);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (all = (all + text).slice(-KEPT)));
  const passed = Promise.all(
    onLine ? [child.stdout, child.stderr].map((stream) => passLines(stream, onLine)) : [],
  );
  passed.catch(() => child.kill());
  const end = await new Promise<string | Error>((resolve) => {
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
      if (child.pid === undefined) resolve(error);
    });
    child.once('close', (code, signal) => resolve(failure ?? (code === 0 ? 'ok' : `exit ${signal ?? code}`)));
  });
  await passed;
  if (end === 'ok') return { stdout, all };
  const tried = [program, ...args].map(quote).join(' ');
  if (end instanceof Error && 'code' in end && end.code === 'ENOENT') {
    throw new ToolMissingError({
      what,
      tried: [tried],
      answered: `${program}: no such program`,
      toDo,
      cause: end,
    });
  }
  const answered = `${end instanceof Error ? whyEnded(end, options) : end}\n${all}`;
  if (saysDiskFull(all)) throw diskFull(what, tried, answered);
  throw new CommandError({ what, tried: [tried], answered, toDo, cause: end });
}

/** Gives the lines of a stream that is read by others, too. A line ends at a line feed alone. */
async function passLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of linesOf(stream.pipe(new PassThrough())))
    onLine(line.toString().replace(/\r$/, ''));
}

/** An aborted program: for its time limit, or for the reason its signal gives. */
function whyEnded(error: Error, { timeoutMs, signal }: CommandOptions): string {
  if (error.name !== 'AbortError') return error.message;
  if (signal?.aborted) return `ended: ${messageOf(signal.reason)}`;
  return `no end after ${(timeoutMs ?? 0) / 1000} s`;
}

/** Whether a program's output, or an error, reports a full disk or quota. */
export function saysDiskFull(text: string): boolean {
  return /ENOSPC|no space left on device|disk quota exceeded|EDQUOT/i.test(text);
}

/** The error for a full disk. */
export function diskFull(what: string, tried: string, answered: string): DiskFullError {
  return new DiskFullError({
    what,
    tried: [tried],
    answered,
    toDo:
      'Free some space ("df -h" shows where it is short; a full set-up needs about 2 GB in the clone and 1 GB in the ' +
      'cache folder, and 1 GB more while TensorFlow is unpacked), then run again: finished steps are kept.',
  });
}

/** Quotes an argument the way a shell would need it, so that a shown command can be pasted. */
function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
