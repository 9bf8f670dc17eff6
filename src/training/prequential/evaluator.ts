/** Judges predictions of a stream with several metrics, two baselines beside the model. */
import type { State, Stateful } from '../../state.ts';
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { StateMismatchError } from '../errors.ts';
import { metricInput, checkClass, checkValues, classProbability, labelOf } from '../metrics/online-metric.ts';
import { streamMetric, type StreamMetricName } from '../metrics/stream-metric.ts';
import type { OnlineMetric, Prediction } from '../metrics/online-metric.ts';
import { checkCounts, fieldsOf } from '../state-record.ts';
import { majority, noChange, type Baseline, type Forecast } from './baselines.ts';

/** Options of {@link PrequentialEvaluator}. */
export interface EvaluatorOptions {
  /** What is predicted (default `'classification'`; in `prequential` the task of the model). */
  task?: 'classification' | 'regression';
  /** Classes there are (default 2). */
  classes?: number;
  /**
   * Metrics by name, or made by `streamMetric` (with the same classes). Default: accuracy, F1, kappa-T and log loss; for a
   * regression RMSE and MAE.
   */
  metrics?: readonly (StreamMetricName | OnlineMetric)[];
}

const known: OptionNames<EvaluatorOptions> = { task: true, classes: true, metrics: true };

/** The metrics by their names. */
export type MetricValues = Readonly<Record<string, number>>;

/** What an evaluation has come to. */
export interface EvaluationReport {
  /** Rows judged. */
  readonly rows: number;
  /** Of the model. */
  readonly metrics: MetricValues;
  /** Of repeating the last class (regression: the last value). */
  readonly noChange: MetricValues;
  /** Of saying the most frequent class so far (regression: the mean). */
  readonly majority: MetricValues;
}

/** What both baselines said at the time of a prediction. */
export interface Forecasts {
  readonly noChange: Forecast;
  readonly majority: Forecast;
}

/**
 * Judges what a model predicted of rows it had not learnt, and the two baselines of the same rows. Hand it the rows in
 * their order; its state lives in a checkpoint. In `trainOnline` it stands among the metrics of `evaluate`.
 *
 * @example
 * ```ts run
 * const evaluator = new PrequentialEvaluator({ metrics: ['accuracy', 'kappaT'] });
 * evaluator.evaluate([1, 1, 0, 0], [0.9, 0.6, 0.6, 0.2]);
 * console.log(evaluator.report.metrics.accuracy, evaluator.report.noChange.accuracy); // 0.75 0.5
 * ```
 */
export class PrequentialEvaluator implements Stateful {
  readonly kind = 'prequentialEvaluator';
  readonly name = 'prequential';
  readonly #classes: number;
  readonly #metrics: readonly OnlineMetric[];
  readonly #baselines: readonly { readonly baseline: Baseline; readonly metrics: readonly OnlineMetric[] }[];
  #rows = 0;

  /** @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`) for metrics that cannot be, or two of the same name;
   *   UnknownOptionError (`ST_OPTION_UNKNOWN`) */
  constructor(options: EvaluatorOptions = {}) {
    refuseUnknownOptions('PrequentialEvaluator', options, known);
    const { task = 'classification', classes = 2, metrics } = options;
    if (!['classification', 'regression'].includes(task))
      throw metricInput(`the task is ${String(task)}, not 'classification' or 'regression'`);
    this.#classes = task === 'regression' ? 0 : classes;
    const wanted =
      metrics ?? (task === 'regression' ? ['rmse', 'mae'] : ['accuracy', 'f1', 'kappaT', 'logLoss']);
    this.#metrics = wanted.map((one) => (typeof one === 'string' ? streamMetric(one, { classes }) : one));
    for (const [i, { name, takes }] of this.#metrics.entries()) {
      if (this.#metrics.findIndex((other) => other.name === name) < i)
        throw metricInput(`there are two metrics called ${name}`);
      if ((takes === 'value') !== (task === 'regression'))
        throw metricInput(`${name} is no metric of a ${task}`);
    }
    if (this.#metrics.length === 0) throw metricInput('there is no metric');
    const probable = this.#metrics.some(({ takes }) => takes === 'probability');
    this.#baselines = [noChange(this.#classes, probable), majority(this.#classes, probable)].map(
      (baseline) => ({
        baseline,
        metrics: this.#metrics.map((metric) => metric.clone()),
      }),
    );
  }

  /** The first metric's value. */
  get value(): number {
    return this.#metrics[0]!.value;
  }

  get report(): EvaluationReport {
    const [first, second] = this.#baselines.map(({ metrics }) => valuesOf(metrics));
    return { rows: this.#rows, metrics: valuesOf(this.#metrics), noChange: first!, majority: second! };
  }

  /** What the baselines say now; keep it with a prediction whose label comes late. */
  get forecasts(): Forecasts {
    const [first, second] = this.#baselines;
    return { noChange: first!.baseline.forecast, majority: second!.baseline.forecast };
  }

  /**
   * Judges rows in their order.
   *
   * @param truths a class or value a row
   * @param predictions `rows` probabilities of class 1 or values; of several classes `rows x classes` probabilities
   * @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`); rows before the bad one have counted, it has not
   */
  evaluate(truths: ArrayLike<number>, predictions: ArrayLike<number>): void {
    const rows = truths.length;
    const outputs = predictions.length / rows;
    if (rows === 0) return;
    if (outputs !== 1 && outputs !== this.#classes)
      throw metricInput(`there are ${predictions.length} predictions for ${rows} rows`);
    for (let row = 0; row < rows; row++) {
      const prediction =
        outputs === 1
          ? predictions[row]!
          : Float64Array.from({ length: outputs }, (_, i) => predictions[row * outputs + i]!);
      this.update(truths[row]!, prediction);
    }
  }

  /** Judges one row. `forecasts`: what the baselines said when it was predicted, if its label came late. */
  update(truth: number, prediction: Prediction, weight = 1, forecasts: Forecasts = this.forecasts): void {
    this.#check(truth, prediction);
    for (const metric of this.#metrics) metric.update(truth, prediction, weight);
    for (const { baseline, metrics } of this.#baselines) {
      const { label, probabilities } = baseline.kind === 'noChange' ? forecasts.noChange : forecasts.majority;
      for (const metric of metrics)
        metric.update(truth, metric.takes === 'probability' ? probabilities : label, weight);
      baseline.learn(truth);
    }
    this.#rows++;
  }

  /** What a drift detector is given of a row: 1 for a wrong class, else 0; of a regression the absolute error. */
  errorOf(truth: number, prediction: Prediction): number {
    if (this.#classes === 0) return Math.abs(checkValues(truth, prediction) - truth);
    return labelOf(prediction, this.#classes, 0.5) === truth ? 0 : 1;
  }

  save(): State {
    return {
      names: this.#metrics.map(({ name }) => name),
      classes: this.#classes,
      rows: this.#rows,
      parts: this.#parts().map((part) => part.save()),
    };
  }

  restore(state: State): void {
    const { names, classes, rows, parts } = fieldsOf(this.kind, state);
    const ours = this.#metrics.map(({ name }) => name);
    if (!Array.isArray(names) || names.join() !== ours.join() || classes !== this.#classes)
      throw new StateMismatchError({
        kind: this.kind,
        problem: `it is not of ${ours.join(', ')} of ${this.#classes} classes`,
      });
    const own = this.#parts();
    checkCounts(this.kind, { rows: rows as number });
    if (!Array.isArray(parts) || parts.length !== own.length)
      throw new StateMismatchError({
        kind: this.kind,
        problem: 'it does not hold all metrics and baselines',
      });
    const before = own.map((part) => part.save());
    try {
      own.forEach((part, i) => part.restore((parts as State[])[i]!));
    } catch (error) {
      own.forEach((part, i) => part.restore(before[i]!));
      throw error;
    }
    this.#rows = rows as number;
  }

  /** What one metric would refuse must not have reached another. */
  #check(truth: number, prediction: Prediction): void {
    if (this.#classes === 0) {
      checkValues(truth, prediction);
      return;
    }
    checkClass(truth, this.#classes);
    if (this.#metrics.some(({ takes }) => takes === 'probability'))
      classProbability(prediction, 0, this.#classes);
    else labelOf(prediction, this.#classes, 0.5);
  }

  #parts(): Stateful[] {
    return [...this.#metrics, ...this.#baselines.flatMap(({ baseline, metrics }) => [baseline, ...metrics])];
  }
}

function valuesOf(metrics: readonly OnlineMetric[]): MetricValues {
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}
