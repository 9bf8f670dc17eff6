/** The Breast Cancer Wisconsin (Original) data set that comes with the package. */
import { fileURLToPath } from 'node:url';
import { readCsv } from './csv.ts';
import type { DataFrame } from './danfo.ts';

/** The nine features, each graded 1 (most normal) to 10, in UCI's order. */
export const breastCancerFeatures: readonly string[] = [
  'Clump_Thickness',
  'Uniformity_of_Cell_Size',
  'Uniformity_of_Cell_Shape',
  'Marginal_Adhesion',
  'Single_Epithelial_Cell_Size',
  'Bare_Nuclei',
  'Bland_Chromatin',
  'Normal_Nucleoli',
  'Mitoses',
];

/** All eleven columns: the sample's id, the nine features, and `Class` (2 benign, 4 malignant). */
export const breastCancerColumns: readonly string[] = [
  'Sample_code_number',
  ...breastCancerFeatures,
  'Class',
];

/** The packaged file; beside `src` and `dist` alike. */
export const breastCancerPath = fileURLToPath(
  new URL('../../data/breast-cancer-wisconsin.csv', import.meta.url),
);

/**
 * Reads the data set: 699 rows, 458 benign and 241 malignant, 16 values missing (NaN) in `Bare_Nuclei`.
 *
 * Source: W. Wolberg, UCI Machine Learning Repository, doi 10.24432/C5HP4Z, CC BY 4.0; see data/README.md.
 *
 * @param path another copy with the same header; default the packaged one
 * @returns a frame `[699, 11]` as in the file: id and class coding untouched
 * @throws the errors of {@link readCsv}
 * @example
 * ```ts
 * const frame = await readBreastCancer();
 * console.log(frame.shape); // [699, 11]
 * ```
 */
export function readBreastCancer(path: string = breastCancerPath): Promise<DataFrame> {
  return readCsv(path, { columns: breastCancerColumns });
}
