/** Runs the command line and turns every outcome into an exit code and, on failure, one clear line. */
import { CommanderError, type Command } from 'commander';
import { StreamTrainError } from '../errors.ts';
import type { CliStreams } from './context.ts';
import { UsageError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { inFlags } from './flag-words.ts';
import { listenForInterrupts, type Interruption } from './interrupt.ts';
import { endQuietly } from './output.ts';
import { createProgram } from './program.ts';

/** Codes of failures that lie in how the command was called. */
const usageCodes: ReadonlySet<string> = new Set([
  'ST_CLI_USAGE',
  'ST_KAFKA_SETTINGS',
  'ST_KAFKA_CONFIGURATION',
  'ST_KAFKA_DATASET_OPTION',
  'ST_KAFKA_CODEC_OPTIONS',
  'ST_OPTION_INVALID',
]);

/** Runs with the arguments behind the program's name; resolves to the exit code. Streams are the process's own unless given. */
export async function run(argv: readonly string[], streams: CliStreams = process): Promise<number> {
  const interrupts = listenForInterrupts();
  let ran: Command | undefined;
  for (const stream of [streams.stdout, streams.stderr]) endQuietly(stream);
  try {
    await createProgram(interrupts.signal, streams, (command) => (ran = command)).parseAsync([...argv], {
      from: 'user',
    });
    return exitCodes.ok;
  } catch (error) {
    if (interrupts.signal.aborted) return (interrupts.signal.reason as Interruption).exitCode;
    return report(error, argv.includes('--json'), streams, ran);
  } finally {
    interrupts.dispose();
  }
}

function report(error: unknown, json: boolean, streams: CliStreams, ran: Command | undefined): number {
  if (error instanceof CommanderError) {
    // Help and version were asked for and have been printed.
    if (error.exitCode === 0) return exitCodes.ok;
    if (error.code === 'commander.help') return exitCodes.usage;
    return tell(new UsageError(`${error.message.replace(/^error: /, '')} (see --help)`), json, streams);
  }
  return tell(error, json, streams, ran);
}

function tell(error: unknown, json: boolean, { stderr }: CliStreams, ran?: Command): number {
  const code = error instanceof StreamTrainError ? error.code : 'ST_UNEXPECTED';
  const message = inFlags(error, ran);
  stderr.write(json ? `${JSON.stringify({ error: { code, message } })}\n` : `error ${code}: ${message}\n`);
  if (code === 'ST_UNEXPECTED' && process.env['STREAMTRAIN_DEBUG']) console.error(error);
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.failure;
}
