/** What every command is given: settings, output, progress, and the signal of Ctrl-C. */
import type { Command } from 'commander';
import type { KafkaOptions } from '../kafka/index.ts';
import type { Writable } from 'node:stream';
import { Output } from './output.ts';
import { Progress, type TerminalStream } from './progress.ts';

/** Where a command writes to. */
export interface CliStreams {
  stdout: Writable;
  stderr: TerminalStream;
}

/** The options that all commands share. */
export interface GlobalOptions {
  brokers?: string;
  clientId?: string;
  config?: Record<string, string>;
  json?: boolean;
  quiet?: boolean;
}

/** One run of a command. */
export interface CliContext {
  readonly kafka: KafkaOptions;
  readonly output: Output;
  /** Aborted at Ctrl-C. */
  readonly signal: AbortSignal;
  /** A progress line, unless `--quiet` was given or stderr is no terminal. */
  readonly progress: (verb: string, total?: number) => Progress;
  /** Whether an option, by its name in camelCase, was given and has not its default. */
  readonly isGiven: (option: string) => boolean;
  /** A remark for people, on stderr; silent with `--quiet` and `--json`. */
  readonly note: (text: string) => void;
}

/** Puts together what a command needs from its options, its parents' among them. */
export function contextOf(command: Command, signal: AbortSignal, { stdout, stderr }: CliStreams): CliContext {
  const { brokers, clientId, config, json = false, quiet = false } = command.optsWithGlobals<GlobalOptions>();
  const kafka: KafkaOptions = {};
  if (brokers !== undefined) kafka.brokers = brokers;
  if (clientId !== undefined) kafka.clientId = clientId;
  if (config !== undefined) kafka.configuration = config;
  return {
    kafka,
    output: new Output(json, stdout),
    signal,
    progress: (verb, total) =>
      new Progress(verb, stderr, { quiet, ...(total === undefined ? {} : { total }) }),
    isGiven: (option) => command.getOptionValueSource(option) === 'cli',
    note: (text) => {
      if (!quiet && !json) stderr.write(`${text}\n`);
    },
  };
}

/** What a command does; `args` are its positional arguments, `options` its own options. */
export type Action<Options extends object> = (
  context: CliContext,
  args: readonly string[],
  options: Options,
) => Promise<void>;

/** Makes an {@link Action} out of what commander calls. */
export type Bind = <Options extends object>(
  action: Action<Options>,
) => (...given: unknown[]) => Promise<void>;
