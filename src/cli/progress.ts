/** The progress line on stderr: how many rows, how fast. */
import type { Writable } from 'node:stream';

/** A stream that may be a terminal, such as `process.stderr`. */
export type TerminalStream = Writable & { isTTY?: boolean; columns?: number };

/** Redraws at most so often, in ms. */
const interval = 100;

/** Counts rows and, on a terminal, keeps one line up to date. Silent when stderr is no terminal. */
export class Progress {
  readonly #verb: string;
  readonly #total: number | undefined;
  readonly #stream: TerminalStream;
  readonly #started = performance.now();
  readonly #visible: boolean;
  #drawn = 0;
  rows = 0;

  constructor(verb: string, stream: TerminalStream, options: { total?: number; quiet?: boolean } = {}) {
    this.#verb = verb;
    this.#total = options.total;
    this.#stream = stream;
    this.#visible = this.#stream.isTTY === true && options.quiet !== true;
  }

  /** Adds rows. */
  add(rows: number): void {
    this.at(this.rows + rows);
  }

  /** Sets how many rows are done; `detail` goes behind the speed. */
  at(rows: number, detail = ''): void {
    this.rows = rows;
    const now = performance.now();
    if (!this.#visible || now - this.#drawn < interval) return;
    this.#drawn = now;
    const share = this.#total === undefined ? '' : ` of ${count(this.#total)}`;
    const fits = `${this.#verb} ${count(this.rows)}${share} rows, ${count(this.rowsPerSecond)} rows/s${detail}`;
    this.#stream.write(`\r\u001b[2K${fits.slice(0, (this.#stream.columns ?? 80) - 1)}`);
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
    if (this.#visible && this.#drawn > 0) this.#stream.write('\r\u001b[2K');
  }
}

/** 1234567 as `1,234,567`, whatever the locale. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
