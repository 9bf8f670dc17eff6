/** danfojs' DataFrame and Series, recognised by their shape, as tables. */
import { Array, ArrayBuffer, DataView } from '../primordials.ts';
import type { DisplayBundle } from '../contracts.ts';
import type { DisplayLimits } from './limits.ts';
import { own, read } from './safe.ts';
import { boundedTable, cellText, tableHtml, tableText } from './table.ts';

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
