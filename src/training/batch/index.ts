/** Batch training: epochs over a bounded data set. */

export { trainOnBatches } from './train-on-batches.ts';
export type { BatchHistory, EpochReport, TrainOnBatchesOptions } from './options.ts';
export type { EarlyStoppingOptions } from './early-stopping.ts';
export type { RowData, Rows } from './blocks.ts';
export { logLoss, squaredError, type RowLoss } from './row-loss.ts';
