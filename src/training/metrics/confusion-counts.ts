/** The confusion matrix of a stream. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { MetricInputError } from '../errors.ts';
import { confusionRecipe } from './confusion-recipe.ts';
import type { StreamMetricOptions } from './stream-metric.ts';
import { SumMetric } from './sum-metric.ts';

/** Options of {@link StreamConfusionMatrix}. */
export type StreamConfusionOptions = Pick<StreamMetricOptions, 'classes' | 'window' | 'fading' | 'threshold'>;

const optionNames: OptionNames<StreamConfusionOptions> = {
  classes: true,
  window: true,
  fading: true,
  threshold: true,
};

/**
 * Counts how often each class was taken for each class, over all rows, the last ones (`window`) or fading ones. Its value
 * as a metric is the accuracy.
 *
 * @example
 * ```ts
 * const confusion = new StreamConfusionMatrix();
 * confusion.update(1, 0.2);
 * confusion.update(1, 0.7);
 * console.log(confusion.matrix); // [ [ 0, 0 ], [ 1, 1 ] ]
 * ```
 */
export class StreamConfusionMatrix extends SumMetric {
  readonly #options: StreamConfusionOptions;

  /** @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`) for options that cannot be */
  constructor(options: StreamConfusionOptions = {}) {
    refuseUnknownOptions('StreamConfusionMatrix', options, optionNames);
    const { classes = 2, window = 0, fading = 1, threshold = 0.5 } = options;
    if (!Number.isSafeInteger(classes) || classes < 2)
      throw new MetricInputError(`the option classes is ${classes}, not a whole number >= 2`);
    if (!(threshold >= 0 && threshold <= 1))
      throw new MetricInputError(`the option threshold is ${threshold}, not a number from 0 to 1`);
    if (
      !Number.isSafeInteger(window) ||
      window < 0 ||
      !(fading > 0 && fading <= 1) ||
      (window > 0 && fading < 1)
    )
      throw new MetricInputError(`window ${window} and fading ${fading} cannot be`);
    const recipe = confusionRecipe('confusionMatrix', { classes, threshold, positive: 1, average: 'macro' });
    super('confusionMatrix', recipe, { window, fading }, { classes, window, fading, threshold });
    this.#options = options;
  }

  /** `matrix[truth][label]`: how many rows, by weight. A copy. */
  get matrix(): number[][] {
    const { sums } = this;
    const classes = Math.sqrt(sums.length);
    return Array.from({ length: classes }, (_, truth) => [
      ...sums.subarray(truth * classes, (truth + 1) * classes),
    ]);
  }

  override clone(): StreamConfusionMatrix {
    return new StreamConfusionMatrix(this.#options);
  }
}
