/** The data room's public face. */

export * from './errors.ts';
export * from './table-errors.ts';
export { danfo, type Danfo, type DataFrame } from './danfo.ts';
export { correlations, htmlTable, type HtmlTableOptions } from './explore.ts';
export { readCsv, type ReadCsvOptions } from './csv.ts';
export * from './datasets.ts';
export * from './scaling.ts';
export * from './split.ts';
export * from './rows.ts';
export { readTable, Table, type ReadTableOptions, type TableRow } from './table.ts';
export type { ColumnKind, TableColumn } from './table-columns.ts';
export { tweetTokens } from './text-tokens.ts';
export { hashingVectorizer, weighTerms, type WeighedTerm, type WeighTermsOptions } from './text.ts';
export type { HashedPlace, HashingOptions, HashingVectorizer } from './text.ts';
