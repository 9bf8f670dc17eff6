/** The `streamtrain` command: its subcommands, shared options and help. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { contextOf, type Bind, type CliStreams } from './context.ts';
import { courseCommand } from './commands/course.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { kernelCommand } from './commands/kernel.ts';
import { lagCommand } from './commands/lag.ts';
import { readCommand } from './commands/read.ts';
import { replayCommand } from './commands/replay.ts';
import { topicsCommand } from './commands/topics.ts';
import { trainCommand } from './commands/train.ts';
import { writeCommand } from './commands/write.ts';
import { nameValue } from './values.ts';

/** Builds the whole command; `signal` is that of Ctrl-C. Failures are thrown, nothing exits. */
export function createProgram(
  signal: AbortSignal,
  streams: CliStreams,
  onRun: (command: Command) => void = () => {},
): Command {
  const bind: Bind =
    (action) =>
    async (...given) => {
      // Commander calls with the positional arguments, the options, and the command itself.
      const command = given.at(-1) as Command;
      onRun(command);
      const context = contextOf(command, signal, streams);
      const args = (given.slice(0, -2) as (string | string[] | undefined)[])
        .flat()
        .filter((arg) => arg !== undefined);
      try {
        await action(context, args, command.opts());
      } finally {
        await context.output.flush();
      }
    };
  const program = new Command('streamtrain')
    .description('Kafka topics for training: create, fill, read, train from, replay, and look after them.')
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
    courseCommand,
    kernelCommand,
  ])
    program.addCommand(build(bind));
  inherit(program, streams);
  return program;
}

/** Subcommands report mistakes as the program does: by throwing, without printing by themselves. */
function inherit(command: Command, streams: CliStreams): void {
  command
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({
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
