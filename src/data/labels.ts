/** What a column of class labels needs: coding, counting, taking apart from the features. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { DataFrame } from './danfo.ts';
import { DataOptionError, NotNumericError, UnknownLabelError } from './errors.ts';
import { columnIndex, dropColumns, frameOf, rowsOf } from './frame.ts';

/** Options of {@link encodeLabels}. */
export interface EncodeLabelsOptions {
  /** The column of labels. Default `'Class'`. */
  column?: string;
  /** The code of each label. Default `{2: 0, 4: 1}`: benign 0, malignant 1. */
  codes?: Readonly<Record<string | number, number>>;
}

const encodeOptions: OptionNames<EncodeLabelsOptions> = { column: true, codes: true };

/**
 * Replaces every label by its code.
 *
 * @throws {@link UnknownLabelError} (`ST_DATA_UNKNOWN_LABEL`) for a label without a code, a missing one included;
 *   {@link DataOptionError} (`ST_DATA_OPTION`) for a code that is no finite number;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`)
 * @example
 * ```ts
 * const encoded = encodeLabels(await readBreastCancer());
 * console.log(classCounts(encoded)); // { '0': 458, '1': 241 }
 * ```
 */
export function encodeLabels(frame: DataFrame, options: EncodeLabelsOptions = {}): DataFrame {
  refuseUnknownOptions('encodeLabels', options, encodeOptions);
  const { column = 'Class', codes = { 2: 0, 4: 1 } } = options;
  for (const [label, code] of Object.entries(codes)) {
    if (!Number.isFinite(code)) throw new DataOptionError(`codes[${label}]`, code, 'a finite number');
  }
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

/** Options of {@link classCounts}. */
export interface ClassCountsOptions {
  /** The column of labels. Default `'Class'`. */
  column?: string;
}

const countOptions: OptionNames<ClassCountsOptions> = { column: true };

/**
 * Counts the rows of each class: classes that are whole numbers first, in ascending order, then the others by their text.
 * A row without a label counts under `NaN`, `null` or `undefined`.
 *
 * @throws {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`)
 * @example
 * ```ts
 * console.log(classCounts(await readBreastCancer())); // { '2': 458, '4': 241 }
 * ```
 */
export function classCounts(frame: DataFrame, options: ClassCountsOptions = {}): Record<string, number> {
  refuseUnknownOptions('classCounts', options, countOptions);
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
