/** The data room's public face. */

export * from './errors.ts';
export { danfo, type Danfo, type DataFrame } from './danfo.ts';
export { dropColumns } from './frame.ts';
export { readCsv, type ReadCsvOptions } from './csv.ts';
export * from './breast-cancer.ts';
export * from './labels.ts';
export * from './imputer.ts';
export * from './split.ts';
export * from './rows.ts';
