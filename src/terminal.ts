/** What a terminal is shown: tables, lines of steps, one line that is redrawn, sizes and counts as people read them. */

/** The part of a stream that is used here; `process.stdout` is one. */
export interface TextTarget {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A terminal's line is redrawn at most so often, ms. */
const REDRAW_MS = 100;
const WIPE = '\r\x1b[2K';

/** One line of a terminal that is drawn again and again, and wiped before anything else is printed. */
export class StatusLine {
  readonly #target: TextTarget;
  readonly #now: () => number;
  #last = -Infinity;
  #isDrawn = false;

  /** @param now the clock, ms; for tests */
  constructor(target: TextTarget, now: () => number = () => performance.now()) {
    this.#target = target;
    this.#now = now;
  }

  /** Draws the text, cut at the terminal's width; does nothing where it was drawn just now. */
  draw(text: () => string): void {
    const now = this.#now();
    if (now - this.#last < REDRAW_MS) return;
    this.#last = now;
    this.#isDrawn = true;
    this.#target.write(`${WIPE}${text().slice(0, (this.#target.columns ?? 80) - 1)}`);
  }

  /** Takes the line away. */
  wipe(): void {
    if (this.#isDrawn) this.#target.write(WIPE);
    this.#isDrawn = false;
  }
}

/** One step as a line: `✓ Native TensorFlow    12.3 s`. */
export function stepLine(mark: '✓' | '✗', title: string, outcome: string): string {
  return `${mark} ${title.padEnd(34)} ${outcome}`;
}

/**
 * A table: columns as wide as their widest cell, numbers to the right, `-` for nothing.
 *
 * @param isRight whether a column is aligned to the right; default: one that holds a number is
 */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
  isRight: readonly boolean[] = header.map((_, at) => rows.some((row) => typeof row[at] === 'number')),
): string {
  const texts = rows.map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const widths = header.map((name, at) => Math.max(name.length, ...texts.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (isRight[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [header, ...texts].map(line).join('\n');
}

/** A table in the manner of Kafka's own tools: headings in capitals, numbers to the right, `-` for what is not there. */
export function formatTable<Row extends object>(
  rows: readonly Row[],
  columns: readonly (keyof Row & string)[],
): string {
  const heading = columns.map((column) => column.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toUpperCase());
  const cells = rows.map((row) => columns.map((column) => cellText(row[column])));
  const isRight = columns.map((column) => rows.every((row) => typeof row[column] !== 'string'));
  return textTable(heading, cells, isRight);
}

function cellText(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  // A control character in a record must not move the user's cursor.
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

/** Bytes in the unit a person would use: `207 MB`. */
export function readableBytes(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

/** 1234567 as `1,234,567`, whatever the locale. */
export function readableCount(value: number): string {
  return value.toLocaleString('en-US');
}
