/** Shows how far a long download or a long step is: a bar on a terminal, a line now and then in a log. */

/** How far something is. */
export interface Progress {
  /** Done so far, bytes. */
  readonly done: number;
  /** The whole, bytes, when it is known. */
  readonly total?: number;
}

/** Called as a transfer goes on. */
export type OnProgress = (progress: Progress) => void;

/** The part of a stream that is used here; `process.stdout` is one. */
export interface ProgressTarget {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Draws a {@link Progress} again and again. */
export interface ProgressMeter {
  update: OnProgress;
  /** Wipes the bar; whatever is printed next starts on a clean line. */
  clear(): void;
}

/** How often, ms: a terminal is redrawn, a log gets a line. */
const REDRAW_MS = 100;
const LOG_MS = 10_000;

/**
 * Makes a meter for one step.
 *
 * @param title shown before the bar
 * @param target where to draw
 * @param now the clock, ms; for tests
 * @example
 * ```ts
 * const meter = progressMeter('Native TensorFlow', process.stdout);
 * await download({ url, to, sha512, onProgress: meter.update });
 * meter.clear();
 * ```
 */
export function progressMeter(
  title: string,
  target: ProgressTarget,
  now: () => number = Date.now,
): ProgressMeter {
  const interval = target.isTTY ? REDRAW_MS : LOG_MS;
  let last = target.isTTY ? -Infinity : now();
  let drawn = false;
  return {
    update(progress) {
      if (now() - last < interval) return;
      last = now();
      if (!target.isTTY) {
        target.write(`  ${title}: ${describe(progress)}\n`);
        return;
      }
      drawn = true;
      const line = `… ${title.padEnd(34)} ${bar(progress)}${describe(progress)}`;
      target.write(`\r\x1b[2K${line.slice(0, (target.columns ?? 100) - 1)}`);
    },
    clear() {
      if (drawn) target.write('\r\x1b[2K');
      drawn = false;
    },
  };
}

/** Bytes in the unit a person would use: `207 MB`. */
export function readableBytes(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

function describe({ done, total }: Progress): string {
  if (total === undefined || total <= 0) return readableBytes(done);
  return `${Math.floor((100 * done) / total)} % of ${readableBytes(total)}`;
}

function bar({ done, total }: Progress): string {
  if (total === undefined || total <= 0) return '';
  const width = 24;
  const full = Math.min(width, Math.floor((width * done) / total));
  return `[${'#'.repeat(full)}${' '.repeat(width - full)}] `;
}
