/** Logistic regression: the probability of class 1, learnt row by row. */
import { LearnerInputError } from '../errors.ts';
import { GeneralizedLinearModel, type LinearModelOptions } from './generalized-linear-model.ts';
import { targetOf } from './row-model.ts';

/**
 * Online logistic regression by stochastic gradient descent. Equal to River 0.23's, step by step in float64 with
 * `learnRow`; a mini-batch is one step with its mean gradient, as River's `learn_many`. Scale the features first, with
 * `withScaler`. `learningRate` is that of the weights; the intercept has its own.
 *
 * @example
 * ```ts
 * const model = withScaler(new OnlineStandardScaler(9), new LogisticRegression({ features: 9, learningRate: 0.005 }));
 * for (const { xs, ys } of rows) {
 *   metric.update(ys, model.predictRow(xs));
 *   model.learnRow(xs, ys);
 * }
 * ```
 */
export class LogisticRegression extends GeneralizedLinearModel {
  readonly kind = 'logisticRegression';
  readonly task = 'classification';

  /** @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be */
  constructor(options: LinearModelOptions) {
    super('logisticRegression', options);
  }

  protected meanOf(sum: number): number {
    // River's sigmoid, which is exactly 0 and 1 far out.
    if (sum < -30) return 0;
    if (sum > 30) return 1;
    return 1 / (1 + Math.exp(-sum));
  }

  protected lossOf(y: number, sum: number): number {
    const z = y === 0 ? -sum : sum;
    if (z > 18) return Math.exp(-z);
    if (z < -18) return -z;
    return Math.log(1 + Math.exp(-z));
  }

  protected derivativeOf(y: number, sum: number): number {
    const sign = y === 0 ? -1 : 1;
    const z = sum * sign;
    if (z > 18) return Math.exp(-z) * -sign;
    if (z < -18) return -sign;
    return -sign / (Math.exp(z) + 1);
  }

  checkTarget(y: number, row?: number): void {
    if (y === 0 || y === 1) return;
    const expected = '0 or 1 (encodeLabels codes other labels)';
    throw new LearnerInputError(this.kind, targetOf('class', row), y, expected);
  }
}
