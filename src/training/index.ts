/** The training room's public face: judging models. */

export * from './errors.ts';
export { binaryScores, confusionMatrix } from './metrics.ts';
export type { BinaryScores, ConfusionMatrix, ThresholdOptions } from './metrics.ts';
export { evaluateClassifier, type Evaluation, type LabelledBatch } from './evaluate.ts';
export * from './linear/index.ts';
export * from './drift/index.ts';
export * from './streams/index.ts';
export * from './checkpoint/index.ts';
export * from './scaling/index.ts';
export * from './online/index.ts';
export * from './batch/index.ts';
