/** Bounded tables, as HTML for the notebook and as aligned text for everything else; danfojs' frames as such tables. */
import type { DisplayBundle } from '../contracts.ts';
import { Array, ArrayBuffer, DataView, Date, Math, Number, String } from '../primordials.ts';
import type { DisplayLimits } from './limits.ts';
import { clipText, escapeHtml, own, read } from './values.ts';

/** Which rows or columns of many are shown: the first and the last ones. */
interface ShownPositions {
  readonly positions: readonly number[];
  /** The gap lies before this place of `positions`; -1 when there is none. */
  readonly gap: number;
}

/** A table whose cells are already text. */
interface TextTable {
  /** What it is, with its full shape. */
  readonly caption: string;
  readonly columns: readonly string[];
  /** The heading of each row, then its cells. */
  readonly rows: readonly { readonly heading: string; readonly cells: readonly string[] }[];
}

const longestCell = 200;

/** All of `count` positions, or the first and last ones of them if they are more than `most`. */
export function shownOf(count: number, most: number): ShownPositions {
  if (count <= most) return { positions: Array.from({ length: count }, (_, index) => index), gap: -1 };
  const head = Math.ceil(most / 2);
  const tail = most - head;
  const first = Array.from({ length: head }, (_, index) => index);
  const last = Array.from({ length: tail }, (_, index) => count - tail + index);
  return { positions: [...first, ...last], gap: head };
}

/** Builds a bounded table from a reader of its cells. */
export function boundedTable(
  caption: string,
  { rows, columns }: { rows: number; columns: number },
  read: {
    column(index: number): unknown;
    heading(index: number): unknown;
    cell(row: number, column: number): unknown;
  },
  limits: DisplayLimits,
): TextTable {
  const across = shownOf(columns, limits.columns);
  const down = shownOf(rows, limits.rows);
  const line = (cell: (column: number) => unknown) =>
    withGap(
      across.positions.map((column) => cellText(cell(column))),
      across.gap,
      '…',
    );
  const body = down.positions.map((row) => ({
    heading: cellText(read.heading(row)),
    cells: line((column) => read.cell(row, column)),
  }));
  const names = line((column) => read.column(column));
  return {
    caption,
    columns: names,
    rows: withGap(body, down.gap, { heading: '⋮', cells: names.map(() => '⋮') }),
  };
}

/** A table as HTML; every text in it is escaped. */
export function tableHtml({ caption, columns, rows }: TextTable): string {
  const head = columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const body = rows.map(
    ({ heading, cells }) =>
      `<tr><th scope="row">${escapeHtml(heading)}</th>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`,
  );
  return (
    `<table><thead><tr><th></th>${head}</tr></thead><tbody>${body.join('')}</tbody></table>` +
    `<p>${escapeHtml(caption)}</p>`
  );
}

/** A table as text, its columns aligned to the right. */
function tableText({ caption, columns, rows }: TextTable): string {
  const flat = (text: string) => text.replace(/\s+/g, ' ').slice(0, 40);
  const lines = [['', ...columns], ...rows.map(({ heading, cells }) => [heading, ...cells])].map((line) =>
    line.map(flat),
  );
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const body = lines.map((line) =>
    line
      .map((text, column) => text.padStart(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [...body, caption].join('\n');
}

/** One cell in a few characters; floats with six digits, as a dataframe shows them. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return numberText(value);
  try {
    return clipText(value instanceof Date ? value.toISOString() : `${value as string}`, longestCell);
  } catch {
    return '[no text]';
  }
}

/** A number with at most six significant digits after its whole part is complete. */
export function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

function withGap<T>(items: readonly T[], gap: number, mark: T): T[] {
  return gap < 0 ? [...items] : [...items.slice(0, gap), mark, ...items.slice(gap)];
}

/** The part of a danfojs frame that is read; `values` are rows of a DataFrame, single values of a Series. */
interface Frame {
  readonly series: boolean;
  readonly columns: readonly unknown[];
  readonly index: readonly unknown[];
  readonly values: readonly unknown[];
  readonly dtypes: readonly unknown[];
}

/** The display of a DataFrame or Series; `undefined` when the value is neither. */
export function frameBundle(value: unknown, limits: DisplayLimits): DisplayBundle | undefined {
  const frame = asFrame(value);
  if (!frame) return undefined;
  const { series, columns, index, values, dtypes } = frame;
  const caption = series
    ? `Series, ${values.length} rows, ${cellText(dtypes[0])}`
    : `DataFrame, ${values.length} rows × ${columns.length} columns`;
  const table = boundedTable(
    caption,
    { rows: values.length, columns: columns.length },
    {
      column: (column) => columns[column],
      heading: (row) => index[row] ?? row,
      cell: (row, column) => (series ? values[row] : (values[row] as readonly unknown[])[column]),
    },
    limits,
  );
  return { data: { 'text/html': tableHtml(table), 'text/plain': tableText(table) } };
}

function asFrame(value: unknown): Frame | undefined {
  // Own data fields first: only danfojs' frames have these, so nobody else's getters are run.
  if (!Array.isArray(own(value, '$columns')) || own(value, '$data') === undefined) return undefined;
  const [columns, index, values, dtypes] = ['columns', 'index', 'values', 'dtypes'].map((name) =>
    read(value, name),
  );
  if (!Array.isArray(columns) || !Array.isArray(index) || !isList(values)) return undefined;
  const series = own(value, '$isSeries') === true;
  if (!series && values.some((row) => !Array.isArray(row))) return undefined;
  return { series, columns, index, values, dtypes: Array.isArray(dtypes) ? dtypes : [] };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
