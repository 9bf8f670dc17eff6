/** The Hoeffding tree: a decision tree that grows while rows stream by, and never sees a row twice. */
import type { State } from '../../state.ts';
import { refuseUnknownOptions } from '../../options.ts';
import { RowClassifier } from '../learners/row-classifier.ts';
import { checkCounts, checkStateOptions, fieldsOf, fittingRecord, settledRates } from '../state-record.ts';
import type { Branch } from './growing-tree.ts';
import { branchesOf, GrowingTree, heightOf, leavesOf, type TreeNode } from './growing-tree.ts';
import { Leaf } from './leaf.ts';
import { treeOfState, treeState } from './tree-state.ts';
import {
  changeable,
  changeableOf,
  fixedOptions,
  treeOptionNames,
  treeSettings,
  type ChangeableSettings,
  type TreeOptions,
  type TreeSettings,
} from './options.ts';

const KIND = 'hoeffdingTree';

/**
 * A Hoeffding tree, also called VFDT (P. Domingos and G. Hulten, 2000, *Mining high-speed data streams*). A leaf counts
 * what comes to it, and is split once the Hoeffding bound says that its best split would be the best after any number of
 * rows too, but for a chance of `delta`. Equal to River 0.23's `HoeffdingTreeClassifier`, row by row; it needs no scaler, as a split is the same on any scale.
 *
 * Its memory is bounded: {@link bytes} never goes beyond `maxSize` for long. Where River estimates sizes every
 * `memory_estimate_period` rows, this tree counts them whenever it changes, so that option is not needed; and
 * `stopMemManagement` stops growth at the bound only, where River's also does at the first leaf that gives up splitting.
 *
 * The rows of a mini-batch are learnt one after the other. Classes are numbers from 0; of two classes `predictRow` gives the
 * probability of class 1. When training goes on from a checkpoint, `gracePeriod`, `delta`, `tau`, `maxDepth` and `maxSize`
 * may be others than before.
 *
 * @example
 * ```ts run
 * const tree = new HoeffdingTreeClassifier({ features: 3 });
 * const metric = streamMetric('accuracy');
 * for (const { xs, ys } of takeRows(seaStream({ seed: 42 }), 5000)) {
 *   metric.update(ys, tree.predictRow(xs));
 *   tree.learnRow(xs, ys);
 * }
 * metric.value.toFixed(3); // '0.935'
 * tree.leaves; // 5
 * ```
 */
export class HoeffdingTreeClassifier extends RowClassifier {
  readonly kind = KIND;
  #tree: GrowingTree;
  readonly #settings: TreeSettings;
  /** What it was made with, and may be others in the next life. */
  readonly #changeable: ChangeableSettings;
  readonly #allFeatures: Int32Array;
  #remarks: readonly string[] = [];

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: TreeOptions) {
    refuseUnknownOptions(KIND, options, treeOptionNames);
    super(KIND, options);
    this.#settings = treeSettings(KIND, options);
    this.#changeable = changeable(this.#settings);
    this.#allFeatures = Int32Array.from({ length: this.features }, (_, feature) => feature);
    this.#tree = new GrowingTree(this.#settings, () => this.#allFeatures);
  }

  /** Bytes that its nodes hold, as counted from what is in them. At most `maxSize` MiB. */
  get bytes(): number {
    return this.#tree.bytes;
  }

  /** Nodes without branches; 0 before the first row. */
  get leaves(): number {
    return leavesOf(this.#tree.root).length;
  }

  /** Leaves that may still be split. */
  get activeLeaves(): number {
    return leavesOf(this.#tree.root).filter(({ isActive }) => isActive).length;
  }

  /** Nodes with branches. */
  get branches(): number {
    return branchesOf(this.#tree.root).length;
  }

  /** Levels of nodes; 0 before the first row, 1 for one leaf. */
  get height(): number {
    return heightOf(this.#tree.root);
  }

  /**
   * The tree as text, a line a node: what is asked, and at the leaves the majority's class with its share of the weight. The
   * numbers asked for are exact: by this text every row goes the way it goes in the tree.
   *
   * @param names of the features (default `x0`, `x1`, ...)
   * @example
   * ```ts run
   * const tree = new HoeffdingTreeClassifier({ features: 1, gracePeriod: 50, delta: 0.01 });
   * for (let row = 0; row < 100; row++) tree.learnRow([row % 10], row % 10 < 5 ? 0 : 1);
   * console.log(tree.describe(['thickness'])); // thickness <= 4.090909090909091: class 0 (100% of 50)...
   * ```
   */
  describe(names: readonly string[] = []): string {
    const { root } = this.#tree;
    return root === undefined ? 'no rows yet' : lines(root, names).join('\n');
  }

  save(): State {
    return {
      options: fixedOptions(this.#settings),
      settings: this.#changeable,
      memory: { step: this.step },
      tree: treeState(this.#tree),
    };
  }

  restore(state: State): void {
    const { options, settings, memory, tree, ...others } = fieldsOf(KIND, state);
    fittingRecord(KIND, {}, others as State);
    checkStateOptions(KIND, fixedOptions(this.#settings), options);
    const then = changeableOf(KIND, this.#changeable, settings);
    const { step } = fittingRecord(KIND, { step: 0 }, memory);
    checkCounts(KIND, { step });
    this.#tree = treeOfState(KIND, this.#settings, () => this.#allFeatures, tree);
    this.#remarks = settledRates(this.#changeable, then, then).remarks;
    this.step = step;
  }

  /** Settings that are others than those of the state that was restored last: the new ones hold. */
  get restoreRemarks(): readonly string[] {
    return this.#remarks;
  }

  protected probabilitiesOf(xs: Float64Array, into: Float64Array, row: number): void {
    const answer = this.#tree.probabilitiesOf(xs, row);
    for (let label = 0; label < into.length; label++) into[label] = answer[label]!;
    if (this.#tree.root === undefined) into.fill(1 / into.length);
  }

  protected take(xs: Float64Array, y: number, weight: number, row: number): void {
    this.#tree.learn(xs, y, weight, row);
  }
}

/** A node and what is below it, as lines of text. */
function lines(node: TreeNode, names: readonly string[]): string[] {
  if (node instanceof Leaf) return [leafLine(node)];
  return node.children.flatMap((child, i) => {
    const [first, ...rest] = lines(child, names);
    const question = questionOf(node, i, names);
    if (child instanceof Leaf) return [`${question}: ${first!}`];
    return [question, ...[first!, ...rest].map((line) => `  ${line}`)];
  });
}

function questionOf({ feature, kind, values }: Branch, i: number, names: readonly string[]): string {
  const name = names[feature] ?? `x${feature}`;
  if (kind === 'values') return `${name} = ${values[i]}`;
  const signs = kind === 'threshold' ? ['<=', '>'] : ['=', 'other than'];
  return `${name} ${signs[i]} ${values[0]}`;
}

function leafLine({ classes: { weights, greatest: label, total } }: Leaf): string {
  if (label === -1 || total === 0) return 'no rows';
  const share = ((100 * weights[label]!) / total).toFixed(0);
  const weight = total < 1000 ? Number(total.toPrecision(4)) : Math.round(total);
  return `class ${label} (${share}% of ${weight})`;
}
