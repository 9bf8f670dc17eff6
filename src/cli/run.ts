/** Runs the command line and turns every outcome into an exit code and, on failure, one clear line. */
import { type Command, CommanderError } from 'commander';
import { StreamTrainError } from '../errors.ts';
import { giveTurn, listenForInterrupts, type Interruption } from '../process/index.ts';
import { endQuietly, type CliStreams } from './context.ts';
import { OutputFileError, UsageError } from './errors.ts';
import { inFlags } from './flag-words.ts';
import { createProgram } from './program.ts';

/** The exit codes of the command; for an interruption see {@link Interruption}. */
const exitCodes = { ok: 0, failure: 1, usage: 2 } as const;

/** Codes of failures that lie in how the command was called. */
const usageCodes: ReadonlySet<string> = new Set([
  'ST_CLI_USAGE',
  'ST_OPTION_INVALID',
  'ST_OPTION_UNKNOWN',
  'ST_KAFKA_SETTINGS',
  'ST_KAFKA_CONFIGURATION',
]);

/** Runs with the arguments behind the program's name; resolves to the exit code. Streams are the process's own unless given. */
export async function run(argv: readonly string[], streams: CliStreams = process): Promise<number> {
  const interrupts = listenForInterrupts();
  const json = argv.includes('--json');
  let ran: Command | undefined;
  let exitCode: number = exitCodes.ok;
  const stdout = endQuietly(streams.stdout);
  endQuietly(streams.stderr);
  const program = createProgram({
    ...{ signal: interrupts.signal, streams, json },
    onRun: (command) => (ran = command),
    onExitCode: (code) => (exitCode = code),
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const reason: unknown = interrupts.signal.reason;
    if (!interrupts.signal.aborted) exitCode = report(error, json, streams, ran);
    else {
      // What went wrong while it ended in order is said as well.
      if (!(error instanceof CommanderError) && !isBecauseOf(error, reason)) print(error, json, streams, ran);
      exitCode = (reason as Interruption).exitCode;
    }
  } finally {
    interrupts.dispose();
  }
  // A stream says in its own time that a write has failed.
  await giveTurn();
  if (stdout.error === undefined || exitCode !== exitCodes.ok) return exitCode;
  return print(new OutputFileError({ file: 'Standard output', cause: stdout.error }), json, streams);
}

/** Whether an error is the reason of an abort, or comes from it. */
function isBecauseOf(error: unknown, reason: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause)
    if (one === reason || one.name === 'AbortError') return true;
  return false;
}

function report(error: unknown, json: boolean, streams: CliStreams, ran: Command | undefined): number {
  if (!(error instanceof CommanderError)) return print(error, json, streams, ran);
  // Help and version were asked for and have been printed.
  if (error.exitCode === 0) return exitCodes.ok;
  if (error.code !== 'commander.help')
    return print(
      new UsageError({ problem: `${error.message.replace(/^error: /, '')} (see --help)` }),
      json,
      streams,
    );
  // The help that says which words are missing has been printed, unless the answer is to be JSON.
  if (json) print(new UsageError({ problem: 'a command is missing (see --help)' }), json, streams);
  return exitCodes.usage;
}

function print(error: unknown, json: boolean, { stderr }: CliStreams, ran?: Command): number {
  const code = codeOf(error);
  const message = inFlags(error, ran);
  const shown = isColoured(stderr) ? `\u001b[31merror ${code}:\u001b[39m` : `error ${code}:`;
  stderr.write(json ? `${JSON.stringify({ error: { code, message } })}\n` : `${shown} ${message}\n`);
  if (code === 'ST_UNEXPECTED' && process.env['STREAMTRAIN_DEBUG']) console.error(error);
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.failure;
}

/** By its name, too: an error of the kernel's package is of that package's own class. */
function codeOf(error: unknown): string {
  if (error instanceof StreamTrainError) return error.code;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('ST_') ? code : 'ST_UNEXPECTED';
}

/** Whether it is a terminal that shows colours, and `NO_COLOR` is not set. */
const isColoured = (stream: CliStreams['stderr']): boolean =>
  stream.isTTY === true && stream.hasColors?.() === true;
