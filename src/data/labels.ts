/** What a column of class labels needs: coding, counting, taking apart from the features. */
import type { DataFrame } from './danfo.ts';
import { NotNumericError, UnknownLabelError } from './errors.ts';
import { columnIndex, dropColumns, frameOf, rowsOf } from './frame.ts';

/** Options of {@link encodeLabels}. */
export interface EncodeLabelsOptions {
  /** The column of labels. Default `'Class'`. */
  column?: string;
  /** The code of each label. Default `{2: 0, 4: 1}`: benign 0, malignant 1. */
  codes?: Readonly<Record<string | number, number>>;
}

/**
 * Replaces every label by its code.
 *
 * @throws {@link UnknownLabelError} (`ST_DATA_UNKNOWN_LABEL`) for a label without a code, a missing one included;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`)
 * @example
 * ```ts
 * const encoded = encodeLabels(await readBreastCancer());
 * console.log(classCounts(encoded)); // { '0': 458, '1': 241 }
 * ```
 */
export function encodeLabels(frame: DataFrame, options: EncodeLabelsOptions = {}): DataFrame {
  const { column = 'Class', codes = { 2: 0, 4: 1 } } = options;
  const place = columnIndex(frame, column);
  const known = new Map(Object.entries(codes));
  const rows = rowsOf(frame).map((row, r) => {
    const code = known.get(String(row[place]));
    if (code === undefined) {
      throw new UnknownLabelError(column, frame.index[r] ?? r, row[place], [...known.keys()]);
    }
    return row.map((cell, c) => (c === place ? code : cell));
  });
  return frameOf(rows, frame.columns, frame.index);
}

/**
 * Counts the rows of each class, the classes in ascending order of their text.
 *
 * @throws {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`)
 * @example
 * ```ts
 * console.log(classCounts(await readBreastCancer())); // { '2': 458, '4': 241 }
 * ```
 */
export function classCounts(frame: DataFrame, options: { column?: string } = {}): Record<string, number> {
  const place = columnIndex(frame, options.column ?? 'Class');
  const counts = new Map<string, number>();
  for (const row of rowsOf(frame)) {
    const label = String(row[place]);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Features and labels of the same rows, in the same order. */
export interface SplitLabels {
  /** All columns but the label's, `[rows, columns - 1]`. */
  features: DataFrame;
  /** The label column, `[rows]`. */
  labels: number[];
}

/**
 * Takes the label column apart from the features.
 *
 * @throws {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) for a label that is missing or not a number;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`)
 * @example
 * ```ts
 * const { features, labels } = splitLabels(encoded, 'Class');
 * ```
 */
export function splitLabels(frame: DataFrame, column = 'Class'): SplitLabels {
  const place = columnIndex(frame, column);
  const labels = rowsOf(frame).map((row, r) => {
    const label = row[place];
    if (typeof label === 'number' && Number.isFinite(label)) return label;
    throw new NotNumericError(column, frame.index[r] ?? r, label);
  });
  return { features: dropColumns(frame, [column]), labels };
}
