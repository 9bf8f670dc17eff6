/** Batch training: epochs over a bounded dataset. */

export { trainOnBatches } from './train-on-batches.ts';
export {
  logLoss,
  squaredError,
  type BatchHistory,
  type EarlyStoppingOptions,
  type EpochReport,
  type RowLoss,
  type TrainOnBatchesOptions,
} from './options.ts';
export type { RowData, Rows } from './blocks.ts';
