/** What a column of class labels needs: coding, taking apart from the features. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { DataFrame } from './danfo.ts';
import { DataOptionError, NotNumericError, UnknownLabelError } from './errors.ts';
import { columnIndex, frameOf, rowsOf } from './frame.ts';

/** Options of {@link encodeLabels}. */
export interface EncodeLabelsOptions {
  /** The column of labels. Default `'Class'`. */
  column?: string;
  /** The code of each label. Default `{2: 0, 4: 1}`: benign 0, malignant 1. */
  codes?: Readonly<Record<string | number, number>>;
}

const encodeOptions: OptionNames<EncodeLabelsOptions> = { column: true, codes: true };

/**
 * Replaces every label by its code, all at once. danfojs' `frame.replace(2, 0, { columns: ['Class'] })` does it for one
 * label at a time: it leaves a label without a code as it is, and of two calls the second takes the first one's codes
 * for labels ({1: 2, 2: 1} makes all of them 1).
 *
 * @throws {@link UnknownLabelError} (`ST_DATA_UNKNOWN_LABEL`) for a label without a code, a missing one included;
 *   {@link DataOptionError} (`ST_DATA_OPTION`) for a code that is no finite number;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`)
 * @example
 * ```ts
 * const encoded = encodeLabels(await readBreastCancer());
 * encoded.column('Class').valueCounts().print(); // 0: 458, 1: 241
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
  const rows = rowsOf(frame);
  const labels = rows.map((row, r) => {
    const label = row[place];
    if (typeof label === 'number' && Number.isFinite(label)) return label;
    throw new NotNumericError(column, frame.index[r] ?? r, label);
  });
  const isFeature = (_: unknown, c: number) => c !== place;
  const features = frameOf(
    rows.map((row) => row.filter(isFeature)),
    frame.columns.filter(isFeature),
    frame.index,
  );
  return { features, labels };
}
