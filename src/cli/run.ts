/** Runs the command line and turns every outcome into an exit code and, on failure, one clear line. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { StreamTrainError } from '../errors.ts';
import { listenForInterrupts, type Interruption } from '../process/index.ts';
import { courseCommand } from './commands/course.ts';
import { deadLettersCommand, readCommand } from './commands/read.ts';
import { kafkaCommand } from './commands/kafka.ts';
import { kernelCommand } from './commands/kernel.ts';
import { lagCommand, topicsCommand } from './commands/topics.ts';
import { replayCommand, writeCommand } from './commands/write.ts';
import { trainCommand } from './commands/train.ts';
import { contextOf, endQuietly, type Bind, type CliStreams } from './context.ts';
import { UsageError } from './errors.ts';
import { inFlags } from './flag-words.ts';
import { nameValue } from './values.ts';

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
  let ran: Command | undefined;
  let exitCode: number = exitCodes.ok;
  for (const stream of [streams.stdout, streams.stderr]) endQuietly(stream);
  const program = createProgram(interrupts.signal, streams, {
    onRun: (command) => (ran = command),
    onExitCode: (code) => (exitCode = code),
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
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
    return print(
      new UsageError({ problem: `${error.message.replace(/^error: /, '')} (see --help)` }),
      json,
      streams,
    );
  }
  return print(error, json, streams, ran);
}

function print(error: unknown, json: boolean, { stderr }: CliStreams, ran?: Command): number {
  const code = error instanceof StreamTrainError ? error.code : 'ST_UNEXPECTED';
  const message = inFlags(error, ran);
  stderr.write(json ? `${JSON.stringify({ error: { code, message } })}\n` : `error ${code}: ${message}\n`);
  if (code === 'ST_UNEXPECTED' && process.env['STREAMTRAIN_DEBUG']) console.error(error);
  return usageCodes.has(code) ? exitCodes.usage : exitCodes.failure;
}

/** What happens while a command runs. */
interface RunListener {
  onRun?: (command: Command) => void;
  /** Called where the command gives an exit code of its own. */
  onExitCode?: (code: number) => void;
}

/** Builds the whole command; `signal` is that of Ctrl-C. Failures are thrown, nothing exits. */
export function createProgram(
  signal: AbortSignal,
  streams: CliStreams,
  { onRun, onExitCode }: RunListener = {},
): Command {
  const bind: Bind =
    (action) =>
    async (...given) => {
      // Commander calls with the positional arguments, the options, and the command itself.
      const command = given.at(-1) as Command;
      onRun?.(command);
      const context = contextOf(command, signal, streams);
      const args = (given.slice(0, -2) as (string | string[] | undefined)[])
        .flat()
        .filter((arg) => arg !== undefined);
      try {
        const exitCode = await action(context, args, command.opts());
        if (typeof exitCode === 'number') onExitCode?.(exitCode);
      } finally {
        await context.output.flush();
      }
    };
  const program = new Command('streamtrain')
    .description(
      'Kafka topics for training: create, fill, read, train from, replay, and look after them; and a Kafka to begin with.',
    )
    .version(version(), '-V, --version')
    .option('-b, --brokers <list>', 'host:port, several with commas between (env: STREAMTRAIN_BROKERS)')
    .option(
      '--client-id <name>',
      "how this program is called in the broker's logs (env: STREAMTRAIN_CLIENT_ID)",
    )
    .option(
      '-c, --config <name=value>',
      'a setting by its librdkafka name, such as ssl.ca.location=ca.pem; may be repeated',
      nameValue,
    )
    .option('--json', 'print results as JSON, errors too')
    .option('-q, --quiet', 'no progress and no remarks on stderr')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nPasswords come from the environment: STREAMTRAIN_SASL_USERNAME, STREAMTRAIN_SASL_PASSWORD.' +
        '\nExit codes: 0 done (also when the reader of a pipe, such as head, has seen enough), 1 failed, 2 wrong usage,' +
        '\n130 interrupted by Ctrl-C, 143 by SIGTERM; "train" ends with 0 after either, since it finishes in order.',
    );
  for (const build of [
    topicsCommand,
    writeCommand,
    readCommand,
    trainCommand,
    lagCommand,
    replayCommand,
    deadLettersCommand,
    kafkaCommand,
    courseCommand,
    kernelCommand,
  ])
    program.addCommand(build(bind));
  inherit(program, streams);
  return program;
}

/** Subcommands report mistakes as the program does: by throwing, without printing by themselves. */
function inherit(command: Command, streams: CliStreams): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void streams.stdout.write(text),
    writeErr: (text) => void streams.stderr.write(text),
    outputError: () => {},
  });
  for (const child of command.commands) {
    child.configureHelp({ showGlobalOptions: true });
    inherit(child, streams);
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
