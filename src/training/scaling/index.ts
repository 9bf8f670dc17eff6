/** Online scaling: what brings features into shape while it learns from the stream. */

export * from './errors.ts';
export type { RowValues } from '../../model/index.ts';
export type { OnlineTransformer } from './online-transformer.ts';
export { OnlineStandardScaler } from './standard-scaler.ts';
export { OnlineMinMaxScaler } from './min-max-scaler.ts';
export { OnlineMedianImputer, type OnlineMedianImputerOptions } from './median-imputer.ts';
