/** Models that learn row by row, made again from their state alone: what a checkpoint holds of them is enough. */
import type { State } from '../state.ts';
import { anomalyModel } from './anomaly/anomaly-model.ts';
import { halfSpaceTreesOf } from './anomaly/half-space-trees.ts';
import { GaussianNaiveBayes } from './bayes/gaussian-naive-bayes.ts';
import type { RowModel } from './learners/row-model.ts';
import { LinearRegression, LogisticRegression } from './linear/linear-models.ts';
import { SoftmaxRegression } from './linear/softmax-regression.ts';
import { KNeighborsClassifier } from './neighbours/k-neighbors-classifier.ts';
import { fieldsOf } from './state-record.ts';
import { AdaptiveRandomForest } from './trees/adaptive-random-forest.ts';
import { HoeffdingTreeClassifier } from './trees/hoeffding-tree.ts';
import { optionsOfState } from './trees/options.ts';

/** How each kind is made from the options in its state. */
const makers: ReadonlyMap<string, (options: never) => RowModel> = new Map<
  string,
  (options: never) => RowModel
>([
  ['linearRegression', (options) => new LinearRegression(options)],
  ['logisticRegression', (options) => new LogisticRegression(options)],
  ['softmaxRegression', (options) => new SoftmaxRegression(options)],
  ['gaussianNaiveBayes', (options) => new GaussianNaiveBayes(options)],
  ['kNeighborsClassifier', (options) => new KNeighborsClassifier(options)],
  ['halfSpaceTrees', (options) => anomalyModel(halfSpaceTreesOf(options))],
  ['hoeffdingTree', (options) => new HoeffdingTreeClassifier(optionsOfState(options))],
  ['adaptiveRandomForest', (options) => new AdaptiveRandomForest(optionsOfState(options))],
]);

/**
 * The model whose state this is.
 *
 * @param kind its `kind`, as the checkpoint's part says it
 * @returns undefined for a kind that is no such model's
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`), InvalidOptionError (`ST_OPTION_INVALID`) or UnknownOptionError
 *   (`ST_OPTION_UNKNOWN`) for a state that is none
 */
export function rowModelOfState(kind: string, state: State): RowModel | undefined {
  const make = makers.get(kind);
  if (!make) return undefined;
  const whole = fieldsOf(kind, state);
  // That of an anomaly model holds its scorer's.
  const { options, settings = {} } = whole['scorer'] === undefined ? whole : fieldsOf(kind, whole['scorer']);
  const model = make({ ...fieldsOf(kind, options), ...fieldsOf(kind, settings) } as never);
  model.restore(state);
  return model;
}
