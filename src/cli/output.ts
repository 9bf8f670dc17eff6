/** What a command prints on stdout: lines and tables for people, JSON for programs. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Characters that may wait. */
const flushAt = 65_536;

const quiet = new WeakSet<Writable>();

/**
 * Lets a stream whose reader has gone (`| head`) end without a word, also where no {@link Output} listens: help, errors,
 * progress.
 */
export function endQuietly(stream: Writable): void {
  if (quiet.has(stream)) return;
  quiet.add(stream);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** Writes lines to stdout in large pieces, waiting when the reader is slow. */
export class Output {
  /** Whether `--json` was given. */
  readonly json: boolean;
  readonly #stream: Writable;
  readonly #closed = new AbortController();
  #pending = '';
  #soon: NodeJS.Immediate | undefined;

  constructor(json: boolean, stream: Writable) {
    this.json = json;
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // `streamtrain read topic | head`: the reader has seen enough.
      if (error.code === 'EPIPE') this.#closed.abort();
    });
  }

  /** True once nobody reads any more. */
  get gone(): boolean {
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
    if (this.gone) return;
    if (text !== '') this.#stream.write(text);
    if (this.#stream.writableNeedDrain)
      await Promise.race([once(this.#stream, 'drain'), once(this.#stream, 'close')]);
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

/** A table in the manner of Kafka's own tools: headings in capitals, numbers to the right, `-` for what is not there. */
export function formatTable<Row extends object>(
  rows: readonly Row[],
  columns: readonly (keyof Row & string)[],
): string {
  const heading = columns.map((column) => column.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toUpperCase());
  const cells = rows.map((row) => columns.map((column) => cellText(row[column])));
  const widths = columns.map((_, i) => Math.max(heading[i]!.length, ...cells.map((cell) => cell[i]!.length)));
  const numeric = columns.map((column) => rows.every((row) => typeof row[column] !== 'string'));
  const lineOf = (texts: readonly string[]): string =>
    texts
      .map((text, i) => (numeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [heading, ...cells].map(lineOf).join('\n');
}

function cellText(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  // A control character in a record must not move the user's cursor.
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
