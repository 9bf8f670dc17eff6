/** Linear regression: a value, learnt row by row. */
import { LearnerInputError } from '../errors.ts';
import { GeneralizedLinearModel, type LinearModelOptions } from './generalized-linear-model.ts';
import { targetOf } from './row-model.ts';

/**
 * Online linear regression by stochastic gradient descent on the squared error. Equal to River 0.23's, step by step in
 * float64 with `learnRow`; a mini-batch is one step with its mean gradient. Scale the features first, with `withScaler`.
 *
 * @example
 * ```ts
 * const model = new LinearRegression({ features: 1, learningRate: 0.1, interceptLearningRate: 0.1 });
 * for (let row = 0; row < 1000; row++) model.learnRow([row % 3], 2 * (row % 3) + 1);
 * model.predictRow([5]).toFixed(3); // '11.000'
 * ```
 */
export class LinearRegression extends GeneralizedLinearModel {
  readonly kind = 'linearRegression';
  readonly task = 'regression';

  /** @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be */
  constructor(options: LinearModelOptions) {
    super('linearRegression', options);
  }

  protected meanOf(sum: number): number {
    return sum;
  }

  protected lossOf(y: number, sum: number): number {
    return (sum - y) * (sum - y);
  }

  protected derivativeOf(y: number, sum: number): number {
    return 2 * (sum - y);
  }

  checkTarget(y: number, row?: number): void {
    if (!Number.isFinite(y))
      throw new LearnerInputError(this.kind, targetOf('target', row), y, 'a finite number');
  }
}
