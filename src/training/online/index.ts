/** Online training: learning from a stream, mini dataset by mini dataset. */

export * from '../errors.ts';
export { trainOnline, type OnlineResult } from './train-online.ts';
export type { DriftEvent, TrainOnlineOptions } from './options.ts';
export type { OnlineProgress } from './progress.ts';
export type {
  CustomTrainingSource,
  KafkaTrainingSource,
  MiniRecords,
  MiniStream,
  TrainingSource,
} from './source.ts';
export type { RowDecoder } from '../rows/labelled-rows.ts';
export { classificationError } from '../rows/evaluation.ts';
export type { LabelledRows, RowError, StreamDetector, StreamMetric } from '../rows/evaluation.ts';
