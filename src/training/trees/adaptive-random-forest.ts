/** The adaptive random forest: Hoeffding trees on random rows and features, each replaced when its stream drifts. */
import type { State } from '../../state.ts';
import { refuseUnknownOptions } from '../../options.ts';
import { Adwin } from '../drift/adwin.ts';
import { StateMismatchError } from '../errors.ts';
import { RowClassifier } from '../learners/row-classifier.ts';
import { checkCounts, checkStateOptions, fieldsOf, fittingRecord, settledRates } from '../state-record.ts';
import { PythonRandom } from '../streams/python-random.ts';
import { GrowingTree, leavesOf } from './growing-tree.ts';
import {
  forestOptionNames,
  forestSettings,
  featuresWatched,
  type AdaptiveRandomForestOptions,
  type ForestSettings,
} from './forest-options.ts';
import { treeOfState, treeState } from './tree-state.ts';
import {
  changeable,
  changeableOf,
  fixedOptions,
  treeSettings,
  type ChangeableSettings,
  type TreeSettings,
} from './options.ts';

const KIND = 'adaptiveRandomForest';

/** One tree, what watches it, and how often it was right. */
interface Member {
  tree: GrowingTree;
  /** Grows since a warning, to take the tree's place at a drift. */
  background: GrowingTree | undefined;
  drift: Adwin;
  warning: Adwin;
  right: number;
  judged: number;
}

/**
 * An adaptive random forest (H. M. Gomes and others, 2017, *Adaptive random forests for evolving data stream
 * classification*). Each tree learns each row as often as a Poisson distribution says, its leaves watch features drawn at
 * random, and an {@link Adwin} watches its errors: at a warning a new tree begins to grow in the background, at a drift it
 * takes the old one's place. Equal to River 0.23's `ARFClassifier`, draw by draw from the same seed, where the C library that
 * River runs on rounds the error function as we do: the last bit of its values decides at which row some leaves are split.
 * River draws among the names of features in their alphabetical order, so to compare, name them in the order of the columns.
 *
 * `maxSize` bounds each tree; a forest may hold twice as many trees as `models`, those in the background included.
 * What is said of the state of {@link HoeffdingTreeClassifier} holds here too.
 *
 * @example
 * ```ts run
 * const forest = new AdaptiveRandomForest({ features: 3, models: 5, seed: 1 });
 * const stream = conceptDrift(seaStream({ seed: 1 }), seaStream({ seed: 2, variant: 3 }), { position: 1000 });
 * const metric = streamMetric('accuracy');
 * for (const { xs, ys } of takeRows(stream, 2000)) {
 *   metric.update(ys, forest.predictRow(xs));
 *   forest.learnRow(xs, ys);
 * }
 * metric.value.toFixed(3); // '0.922'
 * forest.drifts; // 4
 * ```
 */
export class AdaptiveRandomForest extends RowClassifier {
  readonly kind = KIND;
  readonly #settings: TreeSettings;
  readonly #forest: ForestSettings;
  readonly #changeable: ChangeableSettings;
  #random: PythonRandom;
  #members: Member[];
  /** Warnings and drifts so far. */
  #tally = { warnings: 0, drifts: 0 };
  /** Where a product of draws ends: it has one more than the Poisson distribution's number. */
  readonly #leastProduct: number;
  #remarks: readonly string[] = [];

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: AdaptiveRandomForestOptions) {
    refuseUnknownOptions(KIND, options, forestOptionNames);
    super(KIND, options);
    const { models, maxFeatures, lambda, weightedVote, driftDelta, warningDelta, seed, ...ofTrees } = options;
    this.#forest = forestSettings(KIND, {
      models,
      maxFeatures,
      lambda,
      weightedVote,
      driftDelta,
      warningDelta,
      seed,
    });
    const settings = treeSettings(KIND, ofTrees, { gracePeriod: 50, delta: 0.01 });
    this.#settings = { ...settings, watched: featuresWatched(this.#forest.maxFeatures, this.features) };
    this.#changeable = changeable(this.#settings);
    this.#random = new PythonRandom(this.#forest.seed);
    this.#members = Array.from({ length: this.#forest.models }, () => this.#newMember());
    this.#leastProduct = Math.exp(-this.#forest.lambda);
  }

  /** Warnings so far: trees that began to grow in the background. */
  get warnings(): number {
    return this.#tally.warnings;
  }

  /** Drifts so far: trees that were replaced. */
  get drifts(): number {
    return this.#tally.drifts;
  }

  /** Bytes that the nodes of all trees hold, as counted from what is in them. */
  get bytes(): number {
    return this.#members.reduce(
      (sum, { tree, background }) => sum + tree.bytes + (background?.bytes ?? 0),
      0,
    );
  }

  /** Leaves of all trees but those in the background. */
  get leaves(): number {
    return this.#members.reduce((sum, { tree }) => sum + leavesOf(tree.root).length, 0);
  }

  save(): State {
    return {
      options: { ...fixedOptions(this.#settings), ...this.#forest },
      settings: this.#changeable,
      memory: { step: this.step, ...this.#tally },
      random: this.#random.save(),
      members: this.#members.map(({ tree, background, drift, warning, right, judged }) => ({
        tree: treeState(tree),
        background: background ? treeState(background) : null,
        drift: drift.save(),
        warning: warning.save(),
        counts: { right, judged },
      })),
    };
  }

  restore(state: State): void {
    const { options, settings, memory, random, members, ...others } = fieldsOf(KIND, state);
    fittingRecord(KIND, {}, others as State);
    checkStateOptions(KIND, { ...fixedOptions(this.#settings), ...this.#forest }, options);
    const then = changeableOf(KIND, this.#changeable, settings);
    const { step, ...tally } = fittingRecord(KIND, { step: 0, ...this.#tally }, memory);
    checkCounts(KIND, { step, ...tally });
    if (!Array.isArray(members) || members.length !== this.#forest.models)
      throw new StateMismatchError({ kind: KIND, problem: `it does not hold ${this.#forest.models} trees` });
    const draws = new PythonRandom(0);
    draws.restore(random ?? null);
    const found = (members as State[]).map((member) => this.#memberOf(member));
    this.#random = draws;
    this.#members = found;
    this.#tally = tally;
    this.#remarks = settledRates(this.#changeable, then, then).remarks;
    this.step = step;
  }

  /** Settings that are others than those of the state that was restored last: the new ones hold. */
  get restoreRemarks(): readonly string[] {
    return this.#remarks;
  }

  protected probabilitiesOf(xs: Float64Array, into: Float64Array, row: number): void {
    into.fill(0);
    for (const { tree, right, judged } of this.#members) {
      const votes = tree.probabilitiesOf(xs, row);
      const weight = this.#forest.weightedVote && right > 0 ? right / judged : 1;
      for (let label = 0; label < votes.length; label++) into[label]! += votes[label]! * weight;
    }
    let total = 0;
    for (const sum of into) total += sum;
    if (total > 0) for (let label = 0; label < into.length; label++) into[label]! /= total;
    else into.fill(1 / into.length);
  }

  protected take(xs: Float64Array, y: number, weight: number, row: number): void {
    for (const member of this.#members) {
      const isRight = classOf(member.tree, xs, row) === y;
      member.judged++;
      if (isRight) member.right++;
      const times = this.#poisson();
      if (times === 0) continue;
      member.background?.learn(xs, y, times * weight, row);
      member.tree.learn(xs, y, times * weight, row);
      this.#watch(member, isRight ? 0 : 1);
    }
  }

  /** Tells the detectors of an error, and does what they ask for. */
  #watch(member: Member, error: number): void {
    member.warning.update(error);
    if (member.warning.driftDetected) {
      member.background = this.#newTree();
      member.warning = this.#newWarning();
      this.#tally.warnings++;
    }
    member.drift.update(error);
    if (!member.drift.driftDetected) return;
    this.#tally.drifts++;
    // Without a tree in the background its warnings go on, as in River.
    const warning = member.background ? this.#newWarning() : member.warning;
    const tree = member.background ?? this.#newTree();
    Object.assign(member, { ...this.#newMember(), tree, warning });
  }

  /** How often a tree learns the row: drawn as River draws it. */
  #poisson(): number {
    const random = this.#random;
    const least = this.#leastProduct;
    let times = 0;
    for (let product = 1; product > least; times++) product *= random.random();
    return times - 1;
  }

  #newMember(): Member {
    return {
      tree: this.#newTree(),
      background: undefined,
      drift: new Adwin({ delta: this.#forest.driftDelta }),
      warning: this.#newWarning(),
      right: 0,
      judged: 0,
    };
  }

  #newWarning(): Adwin {
    return new Adwin({ delta: this.#forest.warningDelta });
  }

  #newTree(): GrowingTree {
    return new GrowingTree(this.#settings, this.#draw);
  }

  /** The features a new leaf watches. */
  readonly #draw = (): Int32Array => this.#random.sample(this.features, this.#settings.watched);

  #memberOf(state: State): Member {
    const { tree, background, drift, warning, counts, ...others } = fieldsOf(KIND, state);
    fittingRecord(KIND, {}, others as State);
    const found = fittingRecord(KIND, { right: 0, judged: 0 }, counts);
    checkCounts(KIND, found);
    const member = { ...this.#newMember(), ...found };
    if (member.right > member.judged)
      throw new StateMismatchError({ kind: KIND, problem: 'a tree was right more often than it was judged' });
    const read = (of: State | undefined): GrowingTree => treeOfState(KIND, this.#settings, this.#draw, of);
    member.tree = read(tree);
    if (background !== null) member.background = read(background);
    member.drift.restore(drift ?? null);
    member.warning.restore(warning ?? null);
    return member;
  }
}

/** The class a tree says, the first of equal ones; -1 before its first row. */
function classOf(tree: GrowingTree, xs: Float64Array, row: number): number {
  if (tree.root === undefined) return -1;
  const votes = tree.probabilitiesOf(xs, row);
  let greatest = 0;
  for (let label = 1; label < votes.length; label++) if (votes[label]! > votes[greatest]!) greatest = label;
  return greatest;
}
