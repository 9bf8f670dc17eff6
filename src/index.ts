/** The public face of streamtrain: every room in one import; `streamtrain/kafka` and the like bring one room alone. */

export { StreamTrainError, type ErrorCode } from './errors.ts';
export { InvalidOptionError, OptionsNotObjectError, UnknownOptionError } from './options.ts';
export { TensorFlowLoadError, tensorflow, type TensorFlow } from './tensorflow.ts';
export * from './kafka/index.ts';
export * from './data/index.ts';
export * from './model/index.ts';
export * from './training/index.ts';
export * from './export/index.ts';
export * from './serving/index.ts';
export * from './plots/index.ts';
export * from './sources/index.ts';
export * from './worker/index.ts';
export * as widgets from './widgets/index.ts';
export { ensureBroker, startBroker, type Broker, type EnsuredBroker } from './broker/index.ts';
