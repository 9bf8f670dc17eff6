/** Markdown tables of what benches found in several runs. */
import type { Row } from './report.ts';

/** One row of a table over all runs. */
export interface Measured {
  readonly table: string;
  /** The texts and keys of the row. */
  readonly row: Row;
  /** Numbers by column, one of each run. */
  readonly figures: ReadonlyMap<string, readonly number[]>;
}

/** Numbers that say what was measured, not how it went. */
const KEYS = new Set(['columns', 'miniBatch', 'topicRows', 'connections', 'executors']);
/** Texts that say how it went, not what was measured. */
const NOTES = new Set(['problem']);

const isKey = (column: string, value: unknown): boolean =>
  (typeof value === 'string' && !NOTES.has(column)) || KEYS.has(column);

/** What says which row it is, in the order of its columns. */
export const keysOf = (row: Row): string[] =>
  Object.entries(row)
    .filter(([column, value]) => isKey(column, value))
    .map(([, value]) => String(value));

/** Adds a row of one run to those of the runs before. */
export function addRow(all: Map<string, Measured>, table: string, row: Row): void {
  const key = JSON.stringify([table, ...keysOf(row)]);
  const known = all.get(key);
  const figures = new Map(known?.figures);
  for (const [column, value] of Object.entries(row))
    if (typeof value === 'number' && !KEYS.has(column))
      figures.set(column, [...(figures.get(column) ?? []), value]);
  all.set(key, { table, row: { ...known?.row, ...row }, figures });
}

/** The middle one, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** Three digits: `0.412`, `12,800`. */
export const short = (value: number): string => {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 100 ? Math.round(rounded).toLocaleString('en-US') : String(rounded);
};

/**
 * `rowsPerSecond` as `rows per second`, `p99Ms` as `p99 ms`, `peakMiB` as `peak MiB`, `cpuSeconds` as `CPU seconds`; what is no such
 * name, as `GFLOP/s` or `times River`, as it is.
 */
const heading = (column: string): string => (/^[a-z][A-Za-z0-9]*$/.test(column) ? spaced(column) : column);

const spaced = (name: string): string =>
  name
    .replace(/(?<=[a-z0-9])(?<!Mi)(?=[A-Z])/g, ' ')
    .replace(/\bCpu\b|^cpu\b/g, 'CPU')
    .replace(/\b(?!MiB)[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());

/** A table for each name that was measured; rows stand by the first column in the order in which its values came. */
export function tables(all: readonly Measured[]): { name: string; text: string }[] {
  return [...new Set(all.map(({ table }) => table))].map((name) => {
    const found = all.filter(({ table }) => table === name);
    const firsts = [...new Set(found.map(({ row }) => keysOf(row)[0]))];
    const rows = firsts.flatMap((first) => found.filter(({ row }) => keysOf(row)[0] === first));
    const columns = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))].filter((column) =>
      rows.some(({ row }) => row[column] !== undefined),
    );
    const keys = columns.filter((column) => rows.some(({ row }) => isKey(column, row[column])));
    const notes = columns.filter((column) => NOTES.has(column));
    const figures = columns.filter((column) => !keys.includes(column) && !notes.includes(column));
    const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
    const cells = rows.map(({ row, figures: values }) => [
      ...keys.map((column) => keyText(row[column])),
      ...figures.map((column) => figureText(values.get(column))),
      ...notes.map((column) => keyText(row[column])),
    ]);
    const head = [...keys, ...figures, ...notes].map(heading);
    const rule = [...keys.map(() => '---'), ...figures.map(() => '--:'), ...notes.map(() => '---')];
    return { name, text: [line(head), line(rule), ...cells.map(line)].join('\n') };
  });
}

const keyText = (value: string | number | undefined): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : (value ?? '').replaceAll('|', '\\|');

/** The median with the least and the most; a count that is the same in all runs with all its digits, up to four. */
function figureText(values: readonly number[] | undefined): string {
  if (!values || values.length === 0) return '';
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (least === most && Number.isInteger(least) && Math.abs(least) < 10_000)
    return least.toLocaleString('en-US');
  if (short(least) === short(most)) return short(median(values));
  return `${short(median(values))} (${short(least)}-${short(most)})`;
}
