/** What every command is given: settings, output, progress, and the signal of Ctrl-C. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { KafkaOptions } from '../kafka/index.ts';
import { formatTable, readableCount, StatusLine } from '../terminal.ts';
import { UsageError } from './errors.ts';

/** Where a command writes to. */
export interface CliStreams {
  stdout: Writable;
  stderr: TerminalStream;
}

/** The options that all commands share. */
interface GlobalOptions {
  brokers?: string;
  clientId?: string;
  namePrefix?: string;
  config?: Record<string, string>;
  json?: boolean;
  quiet?: boolean;
}

/** The options of a connection to Kafka, by name, with their flags. */
const connectionFlags = [
  ['brokers', '--brokers'],
  ['clientId', '--client-id'],
  ['namePrefix', '--name-prefix'],
  ['config', '--config'],
] as const;

type ConnectionOption = (typeof connectionFlags)[number][0];

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
  /**
   * Refuses the options of a connection that a command has no use for, but those it takes.
   *
   * @throws UsageError (`ST_CLI_USAGE`) with the flags that were given, and why they are of no use
   */
  readonly refuseConnection: (why: string, but?: readonly ConnectionOption[]) => void;
  /** A remark for people, on stderr; silent with `--quiet` and `--json`. */
  readonly note: (text: string) => void;
}

/** Settings that are secrets, and where they belong. */
const secrets: ReadonlyMap<string, string> = new Map([
  ['sasl.password', 'STREAMTRAIN_SASL_PASSWORD'],
  ['ssl.key.password', 'STREAMTRAIN_TLS_PASSPHRASE'],
  ['ssl.key.pem', "STREAMTRAIN_TLS_KEY to the key file's path"],
]);

/** Puts together what a command needs from its options, its parents' among them. */
export function contextOf(command: Command, signal: AbortSignal, { stdout, stderr }: CliStreams): CliContext {
  const options = command.optsWithGlobals<GlobalOptions>();
  const { brokers, clientId, namePrefix, config, json = false, quiet = false } = options;
  const kafka: KafkaOptions = {};
  if (brokers !== undefined) kafka.brokers = brokers;
  if (clientId !== undefined) kafka.clientId = clientId;
  if (namePrefix !== undefined) kafka.prefix = namePrefix;
  if (config !== undefined) kafka.configuration = config;
  const note = (text: string): void => {
    if (!quiet && !json) stderr.write(`${text}\n`);
  };
  for (const name of Object.keys(config ?? {}).filter((known) => secrets.has(known)))
    note(
      `-c ${name}=... shows a secret to everybody who lists the processes of this machine, and leaves it in the shell's ` +
        `history: set ${secrets.get(name)} instead.`,
    );
  const isGiven = (option: string): boolean => command.getOptionValueSourceWithGlobals(option) === 'cli';
  return {
    kafka,
    output: new Output(json, stdout),
    signal,
    progress: (verb, total) =>
      new Progress(verb, stderr, { quiet, ...(total === undefined ? {} : { total }) }),
    isGiven,
    refuseConnection: (why, but = []) => {
      const useless = connectionFlags.filter(([option]) => isGiven(option) && !but.includes(option));
      const flags = useless.map(([, flag]) => flag).join(', ');
      if (flags !== '') throw new UsageError({ problem: `${flags}: ${why}` });
    },
    note,
  };
}

/** What a command does; `args` are its positional arguments, `options` its own options. It may give an exit code. */
type Action<Options extends object> = (
  context: CliContext,
  args: readonly string[],
  options: Options,
) => Promise<number | undefined | void>;

/** Makes an {@link Action} out of what commander calls. */
export type Bind = <Options extends object>(
  action: Action<Options>,
) => (...given: unknown[]) => Promise<void>;

/** Characters that may wait. */
const flushAt = 65_536;

/** What streams that are watched have failed with. */
const failures = new WeakMap<Writable, { error?: Error }>();

/**
 * Lets a stream that nobody reads any more (`| head`) end without an error, also where no {@link Output} listens: help, errors,
 * progress.
 *
 * @returns what tells whether it has failed in another way, such as by a full disk
 */
export function endQuietly(stream: Writable): { readonly error?: Error } {
  const known = failures.get(stream);
  if (known !== undefined) return known;
  const failure: { error?: Error } = {};
  failures.set(stream, failure);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure.error ??= error;
  });
  return failure;
}

/** Writes lines to stdout in large pieces, waiting when the reader is slow. */
class Output {
  /** Whether `--json` was given. */
  readonly json: boolean;
  readonly #stream: Writable;
  readonly #closed = new AbortController();
  #pending = '';
  #soon: NodeJS.Immediate | undefined;

  constructor(json: boolean, stream: Writable) {
    this.json = json;
    this.#stream = stream;
    // `streamtrain read topic | head`: the reader has seen enough. Or it can take no more, which `run` says at the end.
    stream.on('error', () => this.#closed.abort());
  }

  /** True once nobody reads any more. */
  get isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  /** Aborted once nobody reads any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Adds a line. It is written soon; when this returns true so much waits that {@link flush} must be awaited. */
  line(text: string): boolean {
    this.#pending += `${text}\n`;
    this.#soon ??= setImmediate(() => void this.flush());
    return this.#pending.length > flushAt || this.#stream.writableNeedDrain;
  }

  /** Hands everything to the reader, and waits while the reader is slow. */
  async flush(): Promise<void> {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    const text = this.#pending;
    this.#pending = '';
    if (this.isClosed) return;
    if (text !== '') this.#stream.write(text);
    // What it fails with meanwhile is heard of above.
    if (this.#stream.writableNeedDrain)
      await Promise.race([once(this.#stream, 'drain'), once(this.#stream, 'close')]).catch(() => {});
  }

  /** One result: `value` as one line of JSON with `--json`, else the text. */
  result(value: unknown, text: string): void {
    this.line(this.json ? JSON.stringify(value) : text);
  }

  /** Rows of plain objects: one JSON array with `--json`, else a table with a heading. */
  table<Row extends object>(rows: readonly Row[], columns: readonly (keyof Row & string)[]): void {
    this.line(this.json ? JSON.stringify(rows) : formatTable(rows, columns));
  }
}

/** A stream that may be a terminal, such as `process.stderr`. */
type TerminalStream = Writable & { isTTY?: boolean; columns?: number; hasColors?(): boolean };

/** Counts rows and, on a terminal, keeps one line up to date. Silent when stderr is no terminal. */
export class Progress {
  readonly #verb: string;
  readonly #total: number | undefined;
  readonly #line: StatusLine | undefined;
  readonly #started = performance.now();
  rows = 0;

  constructor(verb: string, stream: TerminalStream, options: { total?: number; quiet?: boolean } = {}) {
    this.#verb = verb;
    this.#total = options.total;
    this.#line = stream.isTTY === true && options.quiet !== true ? new StatusLine(stream) : undefined;
  }

  /** Adds rows. */
  add(rows: number): void {
    this.at(this.rows + rows);
  }

  /** Sets how many rows are done; `detail` goes behind the speed. */
  at(rows: number, detail = ''): void {
    this.rows = rows;
    this.#line?.draw(() => {
      const share = this.#total === undefined ? '' : ` of ${readableCount(this.#total)}`;
      const speed = `${readableCount(this.rowsPerSecond)} rows/s`;
      return `${this.#verb} ${readableCount(rows)}${share} rows, ${speed}${detail}`;
    });
  }

  /** Since the start. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  get rowsPerSecond(): number {
    return Math.round(this.rows / Math.max(this.seconds, 1e-3));
  }

  /** Takes the line away, so that what follows stands alone. */
  end(): void {
    this.#line?.wipe();
  }
}
