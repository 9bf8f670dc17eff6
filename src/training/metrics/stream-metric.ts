/** Makes the metrics of streams by their names. */
import {
  checkInteger,
  checkNumber,
  checkOneOf,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import {
  kappaMRecipe,
  kappaTRecipe,
  confusionRecipe,
  type Average,
  type ConfusionOptions,
  brierRecipe,
  logLossRecipe,
  maeRecipe,
  rmseRecipe,
} from './recipes.ts';
import { metricInput, type OnlineMetric } from './online-metric.ts';
import { type MetricRecipe, SumMetric } from './sum-metric.ts';
import { rocAucRecipe, RocAuc, RollingRocAuc } from './roc-auc.ts';

/** Options of {@link streamMetric}. */
export interface StreamMetricOptions {
  /** Classes there are, numbered from 0 (default 2). */
  classes?: number;
  /** Only the last so many rows (default: all; for `rollingRocAuc` 1000). */
  window?: number;
  /** Each row's weight is multiplied by this with every further row: 0.99 looks back over about 100 rows (default 1). */
  fading?: number;
  /** Of two classes, a probability above it stands for class 1 (default 0.5, as Keras has it). */
  threshold?: number;
  /** The class that `precision`, `recall` and `f1` are of with `average: 'binary'` (default 1). */
  positive?: number;
  /** How these become one number: `'binary'` (default for two classes), `'macro'` (for more), `'micro'`, `'weighted'`. */
  average?: Average;
  /** `rocAuc` from so many evenly spaced thresholds, as River's `ROCAUC` (which has 10). Default: exact. */
  thresholds?: number;
}

const streamMetricOptionNames: OptionNames<StreamMetricOptions> = {
  classes: true,
  window: true,
  fading: true,
  threshold: true,
  positive: true,
  average: true,
  thresholds: true,
};

/** Options that only some metrics have. */
const onlyFor: Readonly<Partial<Record<keyof StreamMetricOptions, readonly string[]>>> = {
  positive: ['precision', 'recall', 'f1'],
  average: ['precision', 'recall', 'f1'],
  thresholds: ['rocAuc'],
  threshold: [
    'accuracy',
    'balancedAccuracy',
    'precision',
    'recall',
    'f1',
    'kappa',
    'kappaM',
    'kappaT',
    'mcc',
  ],
};

/** Whether a metric judges classes, so that it has a threshold. */
export const hasThreshold = (name: StreamMetricName): boolean => onlyFor.threshold!.includes(name);

interface Settings extends ConfusionOptions {
  readonly thresholds: number;
}

const recipes = {
  accuracy: (s) => confusionRecipe('accuracy', s),
  balancedAccuracy: (s) => confusionRecipe('balancedAccuracy', s),
  precision: (s) => confusionRecipe('precision', s),
  recall: (s) => confusionRecipe('recall', s),
  f1: (s) => confusionRecipe('f1', s),
  kappa: (s) => confusionRecipe('kappa', s),
  kappaM: (s) => kappaMRecipe(s.classes, s.threshold),
  kappaT: (s) => kappaTRecipe(s.classes, s.threshold),
  mcc: (s) => confusionRecipe('mcc', s),
  logLoss: (s) => logLossRecipe(s.classes),
  brier: (s) => brierRecipe(s.classes),
  rocAuc: (s) => rocAucRecipe(s.thresholds),
  rmse: rmseRecipe,
  mae: maeRecipe,
} as const satisfies Record<string, (settings: Settings) => MetricRecipe>;

/** The metrics there are. */
export type StreamMetricName = keyof typeof recipes | 'rollingRocAuc';

/** Their names. */
export const streamMetricNames = [
  ...(Object.keys(recipes) as (keyof typeof recipes)[]),
  'rollingRocAuc',
] as const satisfies readonly StreamMetricName[];

/**
 * A metric that is kept up to date row by row: over all rows, over the last ones (`window`), or with older rows fading
 * (`fading`). Classification metrics take what the model predicts: of two classes the probability of class 1 (a label 0 or
 * 1 is one too), of several the probabilities of all. Those that only look at labels (`accuracy` to `mcc`) also take a
 * class number of several classes. `rmse` and `mae` take values. Everything else is refused.
 *
 * | name | what it is |
 * | --- | --- |
 * | `accuracy`, `balancedAccuracy` | share of rows right; mean of the classes' recalls |
 * | `precision`, `recall`, `f1` | of one class or averaged |
 * | `kappa`, `kappaM`, `kappaT`, `mcc` | better than chance, the majority class, the last class; correlation |
 * | `logLoss`, `brier` | of probabilities; less is better |
 * | `rocAuc` | area under the ROC curve: of all rows, over a `window` or fading (see below) |
 * | `rollingRocAuc` | the same over a window, of 1000 rows by default |
 * | `rmse`, `mae` | of values; less is better |
 *
 * `rocAuc` is exact over a `window`, and over all rows while they have at most 4096 different probabilities; beyond, its memory
 * stays and it is off by less than 1/2048. With `thresholds` it is River's `ROCAUC`, which is far too low for a rare class.
 *
 * Where a score has nothing to divide by it is what scikit-learn says: 0 for `precision`, `recall`, `f1` and `mcc`; NaN for
 * `kappa` and `rocAuc` of one class only, and for `kappaM` and `kappaT` against a baseline that is never wrong.
 * `balancedAccuracy` is of the classes that came. NaN before the first row.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`); MetricInputError
 *   (`ST_TRAINING_METRIC_INPUT`) for an unknown name, or an option that this metric does not have
 * @example
 * ```ts run
 * const accuracy = streamMetric('accuracy', { window: 2 });
 * accuracy.update(1, 0.2);
 * accuracy.update(1, 0.7);
 * accuracy.update(0, 0.1);
 * console.log(accuracy.name, accuracy.value); // accuracy@2 1
 * ```
 */
export function streamMetric(name: StreamMetricName, options: StreamMetricOptions = {}): OnlineMetric {
  refuseUnknownOptions('streamMetric', options, streamMetricOptionNames);
  if (!streamMetricNames.includes(name))
    throw metricInput(`there is no metric ${String(name)}; known are ${streamMetricNames.join(', ')}`);
  const { classes = 2, window = 0, fading = 1, threshold = 0.5, positive = 1, thresholds = 10 } = options;
  const { average = classes === 2 ? 'binary' : 'macro' } = options;
  checkRows({ classes, window, fading, threshold });
  checkInteger('thresholds', thresholds, { least: 2 });
  checkInteger('positive', positive, { most: classes - 1 });
  checkOneOf('average', average, ['binary', 'macro', 'micro', 'weighted']);
  for (const [option, names] of Object.entries(onlyFor)) {
    if (Object.hasOwn(options, option) && !names.includes(name))
      throw metricInput(`${name} has no option ${option}; it is one of ${names.join(', ')}`);
  }
  if ((name === 'rocAuc' || name === 'rollingRocAuc') && classes !== 2)
    throw metricInput(`${name} is of 2 classes, not of ${classes}`);
  if (name === 'rollingRocAuc') {
    if (fading < 1) throw metricInput('rollingRocAuc has a window and cannot fade; rocAuc can');
    return new RollingRocAuc(window || 1000);
  }
  if (name === 'rocAuc' && options.thresholds === undefined)
    return window > 0 ? new RollingRocAuc(window, name) : new RocAuc(fading);
  const recipe = recipes[name]({ classes, threshold, positive, average, thresholds });
  const kept = { classes, window, fading, threshold, positive, average, thresholds };
  return new SumMetric(name, recipe, { window, fading }, kept);
}

/** Refuses options of which rows count, and how, that cannot be. */
function checkRows({ classes, window, fading, threshold }: Required<StreamConfusionOptions>): void {
  checkInteger('classes', classes, { least: 2 });
  checkInteger('window', window);
  checkNumber('fading', fading, { above: 0, most: 1 });
  checkNumber('threshold', threshold, { least: 0, most: 1 });
  if (window > 0 && fading < 1) throw metricInput('a metric has a window or fades, not both');
}

/** Options of {@link StreamConfusionMatrix}. */
export type StreamConfusionOptions = Pick<StreamMetricOptions, 'classes' | 'window' | 'fading' | 'threshold'>;

const streamConfusionOptionNames: OptionNames<StreamConfusionOptions> = {
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
 * ```ts run
 * const confusion = new StreamConfusionMatrix();
 * confusion.update(1, 0.2);
 * confusion.update(1, 0.7);
 * console.log(confusion.matrix, confusion.value); // [ [ 0, 0 ], [ 1, 1 ] ] 0.5
 * ```
 */
export class StreamConfusionMatrix extends SumMetric {
  readonly #options: StreamConfusionOptions;

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: StreamConfusionOptions = {}) {
    refuseUnknownOptions('StreamConfusionMatrix', options, streamConfusionOptionNames);
    const { classes = 2, window = 0, fading = 1, threshold = 0.5 } = options;
    checkRows({ classes, window, fading, threshold });
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
