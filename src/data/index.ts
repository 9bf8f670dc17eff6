/** The data room's public face. */

export * from './csv-errors.ts';
export * from './errors.ts';
export { danfo, type Danfo, type DataFrame } from './danfo.ts';
export { correlations } from './correlation.ts';
export { readCsv, type ReadCsvOptions } from './csv.ts';
export * from './breast-cancer.ts';
export { htmlTable, type HtmlTableOptions } from './html-table.ts';
export * from './labels.ts';
export * from './imputer.ts';
export * from './scaler.ts';
export * from './split.ts';
export * from './rows.ts';
export { readTweets, type Tweet } from './tweets.ts';
export * from './tweets-errors.ts';
export { tweetTokens } from './text-tokens.ts';
export { hashingVectorizer } from './text.ts';
export type { HashedPlace, HashingOptions, HashingVectorizer } from './text.ts';
export { weighTerms, type WeighedTerm, type WeighTermsOptions } from './text-weights.ts';
export { readVaderBaseline, type VaderBaseline, type VaderBinary } from './vader-baseline.ts';
