/** Linear models that learn from a stream; none of them needs TensorFlow. */

export type { RowModel } from './row-model.ts';
export { GeneralizedLinearModel, type LinearModelOptions } from './generalized-linear-model.ts';
export { LogisticRegression } from './logistic-regression.ts';
export { LinearRegression } from './linear-regression.ts';
export { SoftmaxRegression, type SoftmaxRegressionOptions } from './softmax-regression.ts';
export { withScaler, type ScaledRowModel } from './scaled-model.ts';
