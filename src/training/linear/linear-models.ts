/** Linear and logistic regression, learnt row by row. */
import { GeneralizedLinearModel, type LinearModelOptions } from './generalized-linear-model.ts';
import { targetOf } from '../learners/row-model.ts';
import { learnerInput } from '../errors.ts';

/**
 * Online linear regression by stochastic gradient descent on the squared error. Equal to River 0.23's, step by step in
 * float64 with `learnRow`; a mini-batch is one step with its mean gradient. Scale the features first, with `withScaler`.
 *
 * @example
 * ```ts run
 * const model = new LinearRegression({ features: 1, learningRate: 0.1, interceptLearningRate: 0.1 });
 * for (let row = 0; row < 1000; row++) model.learnRow([row % 3], 2 * (row % 3) + 1);
 * model.predictRow([5]).toFixed(3); // '11.000'
 * ```
 */
export class LinearRegression extends GeneralizedLinearModel {
  readonly kind = 'linearRegression';
  readonly task = 'regression';

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
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
    if (!Number.isFinite(y)) throw learnerInput(this.kind, targetOf('target', row), y, 'a finite number');
  }
}

/**
 * Online logistic regression by stochastic gradient descent. Equal to River 0.23's, step by step in float64 with
 * `learnRow`; a mini-batch is one step with its mean gradient, as River's `learn_many`. Scale the features first, with
 * `withScaler`. `learningRate` is that of the weights; the intercept has its own.
 *
 * @example
 * ```ts
 * const model = withScaler(new OnlineStandardScaler(9), new LogisticRegression({ features: 9, learningRate: 0.005 }));
 * const metric = streamMetric('accuracy');
 * for (const { xs, ys } of rows) {
 *   metric.update(ys, model.predictRow(xs));
 *   model.learnRow(xs, ys);
 * }
 * ```
 */
export class LogisticRegression extends GeneralizedLinearModel {
  readonly kind = 'logisticRegression';
  readonly task = 'classification';

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
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
    throw learnerInput(this.kind, targetOf('class', row), y, expected);
  }
}
