/** The whole command as a tree. What a command needs is loaded when it is called, so that `--help` costs nothing. */
import { Command } from 'commander';
import { contextOf, type Bind, type CliStreams } from './context.ts';
import { UsageError } from './errors.ts';
import { nameValue } from './values.ts';
import { ownVersion } from './version.ts';

/** Adds to a command its flags, its help and what it does; `whole` gives the program with everything loaded. */
type Fill = (command: Command, bind: Bind, whole: () => Promise<Command>) => void;

/** A command as the help of the whole shows it, and where the rest of it is. */
interface LazyCommand {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Fill>;
}

const commands: readonly LazyCommand[] = [
  {
    name: 'init',
    description: 'Begin a project of your own: a program, a notebook, a Kafka for containers.',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    name: 'topics',
    description: 'List, create, describe and delete topics.',
    load: async () => (await import('./commands/topics.ts')).topicsCommand,
  },
  {
    name: 'write',
    description: "Write a CSV file's rows into a topic: one record a row, the value is the row as CSV.",
    load: async () => (await import('./commands/write.ts')).writeCommand,
  },
  {
    name: 'read',
    description: "Print a topic's records: the value, one a line; with --json everything a record carries.",
    load: async () => (await import('./commands/read.ts')).readCommand,
  },
  {
    name: 'train',
    description:
      'Train a classifier of two classes on a topic of CSV rows, mini dataset by mini dataset. Every row counts ' +
      'exactly once, however often this is stopped or killed: run the same command again, and it goes on.',
    load: async () => (await import('./commands/train.ts')).trainCommand,
  },
  {
    name: 'serve',
    description:
      'Predict the rows of a topic into another one, by the newest checkpoint of a training: one prediction a row, ' +
      'exactly once. Newer checkpoints take over while rows flow.',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  {
    name: 'serve-http',
    description:
      'Answer predictions over HTTP as TensorFlow Serving does, by the newest checkpoint of a training, or a saved model.',
    load: async () => (await import('./commands/serve-http.ts')).serveHttpCommand,
  },
  {
    name: 'predict',
    description:
      'Predict the rows of a CSV file with a checkpoint or a saved model: one line a row, score and class.',
    load: async () => (await import('./commands/predict.ts')).predictCommand,
  },
  {
    name: 'worker',
    description:
      'Train, predict or score for another program, such as Spark or a shell, over standard input and output.',
    load: async () => (await import('./commands/worker.ts')).workerCommand,
  },
  {
    name: 'export',
    description:
      'Write the model of a checkpoint for TensorFlow, Keras, TensorFlow.js, or any reader of ONNX.',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    name: 'lag',
    description: 'How far a consumer group is behind, partition by partition.',
    load: async () => (await import('./commands/topics.ts')).lagCommand,
  },
  {
    name: 'replay',
    description: 'Write a CSV file, or the records of another topic, into a topic as if they arrived now.',
    load: async () => (await import('./commands/write.ts')).replayCommand,
  },
  {
    name: 'dead-letters',
    description:
      'Show the records that could not be decoded: where each stood, why it was refused, and its bytes.',
    load: async () => (await import('./commands/read.ts')).deadLettersCommand,
  },
  {
    name: 'kafka',
    description: "This project's own Kafka, in the background.",
    load: async () => (await import('./commands/kafka.ts')).kafkaCommand,
  },
  {
    name: 'engines',
    description: 'Engines beside Kafka, such as Flink: fetched and started on request only.',
    load: async () => (await import('./commands/engines.ts')).enginesCommand,
  },
  {
    name: 'setup',
    description: 'Put in place what this project needs: packages, native TensorFlow; Java and Kafka.',
    load: async () => (await import('./commands/set-up.ts')).setUpCommand,
  },
  {
    name: 'doctor',
    description: 'Versions and health of every part, for bug reports.',
    load: async () => (await import('./commands/set-up.ts')).doctorCommand,
  },
  {
    name: 'course',
    description: 'The notebooks of the course: check exercises, keep the rules.',
    load: async () => (await import('./commands/course.ts')).courseCommand,
  },
  {
    name: 'kernel',
    description: 'The Jupyter kernels "TypeScript (streamtrain)" and "JavaScript (streamtrain)".',
    load: async () => (await import('./commands/kernel.ts')).kernelCommand,
  },
  {
    name: 'completion',
    description: 'Print what makes bash, zsh or fish complete commands, options and their values.',
    load: async () => (await import('./completion.ts')).completionCommand,
  },
];

const afterHelp = `
Passwords come from the environment: STREAMTRAIN_SASL_USERNAME, STREAMTRAIN_SASL_PASSWORD.
Exit codes: 0 done (also when the reader of a pipe, such as head, has seen enough), 1 failed, 2 wrong usage,
130 interrupted by Ctrl-C, 143 by SIGTERM; "train", "serve" and "serve-http" end with 0 after either, since they finish in order.`;

/** What a program is built with. */
export interface ProgramOptions {
  /** Aborted at Ctrl-C. */
  readonly signal: AbortSignal;
  readonly streams: CliStreams;
  /** Whether failures are wanted as JSON, and so no help beside them. */
  readonly json?: boolean;
  /** Called before a command does its work. */
  readonly onRun?: (command: Command) => void;
  /** Called where the command gives an exit code of its own. */
  readonly onExitCode?: (code: number) => void;
}

/** Builds the whole command; what is called is loaded while it is parsed. Failures are thrown, nothing exits. */
export function createProgram(options: ProgramOptions): Command {
  return planned(options).program;
}

/** Builds the whole command with every subcommand loaded. */
export async function wholeProgram(options: ProgramOptions): Promise<Command> {
  return planned(options).whole();
}

/** The program, and what loads the rest of all its commands. */
function planned(options: ProgramOptions): { program: Command; whole: () => Promise<Command> } {
  const program = emptyProgram(options);
  refuseTwice(program);
  const bind = binding(options);
  const missing = new Map<Command, LazyCommand['load']>();
  const load = async (command: Command): Promise<void> => {
    const part = missing.get(command);
    missing.delete(command);
    (await part?.())?.(command, bind, whole);
    for (const one of [command, ...command.commands]) refuseTwice(one);
  };
  const whole = async (): Promise<Command> => {
    for (const command of program.commands) await load(command);
    return program;
  };
  for (const { name, description, load } of commands)
    missing.set(program.command(name).description(description), load);
  program
    .command('help')
    .description('Show the help of a command.')
    .argument('[command...]', 'its name, and that of its subcommand')
    .action(async (names: string[]) => {
      let command = program;
      for (const name of names) {
        const found = command.commands.find((one) => one.name() === name);
        if (found === undefined) throw new UsageError({ problem: `unknown command '${name}' (see --help)` });
        await load(found);
        command = found;
      }
      command.outputHelp();
    });
  program.hook('preSubcommand', (_program, command) => load(command));
  return { program, whole };
}

/** What all commands have: the settings of a connection, and how things are printed. */
function emptyProgram({ streams, json = false }: ProgramOptions): Command {
  // Commands made from here on take these over: mistakes are thrown, and printed in one place.
  return new Command('streamtrain')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(text),
      writeErr: (text) => void (json || streams.stderr.write(text)),
      outputError: () => {},
    })
    .configureHelp({ showGlobalOptions: true })
    .description(
      'Kafka topics for training: create, fill, read, train from, replay, and look after them; and a Kafka to begin with.',
    )
    .version(ownVersion(), '-V, --version')
    .option('-b, --brokers <list>', 'host:port, several with commas between (env: STREAMTRAIN_BROKERS)')
    .option(
      '--client-id <name>',
      "how this program is called in the broker's logs (env: STREAMTRAIN_CLIENT_ID)",
    )
    .option(
      '--name-prefix <name>',
      'put in front of topics and groups on a cluster that many share, with a dot (env: STREAMTRAIN_PREFIX)',
    )
    .option(
      '-c, --config <name=value>',
      'a setting by its librdkafka name, such as ssl.ca.location=ca.pem; may be repeated',
      nameValue,
    )
    .option('--json', 'print results as JSON, errors too')
    .option('-q, --quiet', 'no progress and no remarks on stderr')
    .addHelpText('after', afterHelp);
}

/**
 * Refuses an option that is given twice and says two things, of which commander would pass over the first. What may be given
 * several times says so in its description.
 */
function refuseTwice(command: Command): void {
  const given = new Map<string, string>();
  for (const option of command.options) {
    if (option.variadic || option.description.endsWith('may be repeated')) continue;
    command.on(`option:${option.name()}`, (value?: string | null) => {
      const name = option.attributeName();
      const now = `${option.long ?? option.short}${typeof value === 'string' ? ` ${value}` : ''}`;
      const before = given.get(name) ?? now;
      given.set(name, now);
      if (before !== now)
        throw new UsageError({ problem: `${before} and ${now}: only one of them can hold (see --help)` });
    });
  }
}

/** Makes what commander calls out of what a command does. */
function binding({ signal, streams, onRun, onExitCode }: ProgramOptions): Bind {
  return (action) =>
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
}
