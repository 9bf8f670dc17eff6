/** Scalers and imputers: they learn from rows, batch after batch, what brings features into shape. */

export { ScalerInputError, ScalerValueError } from './online-transformer.ts';
export type { RowValues } from '../finite.ts';
export type { OnlineTransformer, RowTransformation } from './online-transformer.ts';
export { OnlineMinMaxScaler, OnlineStandardScaler } from './scalers.ts';
export { OnlineMedianImputer, type OnlineMedianImputerOptions } from './median-imputer.ts';
