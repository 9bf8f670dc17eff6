/** Linear models that learn from a stream; none of them needs TensorFlow. */

export type { RowModel } from './row-model.ts';
export { GeneralizedLinearModel, type LinearModelOptions } from './generalized-linear-model.ts';
export { LinearRegression, LogisticRegression } from './linear-models.ts';
export { SoftmaxRegression, type SoftmaxRegressionOptions } from './softmax-regression.ts';
export { withScaler, type ScaledRowModel } from './scaled-model.ts';
