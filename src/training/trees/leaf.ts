/** A leaf: the classes that came there, how it predicts, and while it is active what it needs to be split. */
import { ClassWeights, zeros } from './criteria.ts';
import { noSplit, Observers, type Split } from './observers.ts';
import { leafBytes, type TreeSettings } from './options.ts';

/** The features that a new leaf watches, in the order it goes through them. */
export type Watch = () => Int32Array;

/** What a leaf counts, as a state has it. */
export interface LeafCounts extends Record<string, number> {
  /** Weight at the last attempt to split it. */
  lastAttempt: number;
  /** Weight of rows whose class was the majority's then. */
  majorityRight: number;
  /** Weight of rows whose class naive Bayes said then. */
  bayesRight: number;
}

/** A node without branches. Works in River 0.23's order of operations. */
export class Leaf {
  readonly depth: number;
  readonly classes: ClassWeights;
  readonly counts: LeafCounts;
  /** Features it has left out for good, as poor. */
  readonly leftOut = new Set<number>();
  /** Features it watches; none before its first row. */
  watched: Int32Array | undefined;
  /** What it remembers; none while it is inactive. */
  observers: Observers | undefined;
  isActive = true;
  readonly #settings: TreeSettings;
  readonly #watch: Watch;
  readonly #votes: number[];
  /** The number of the row that the votes are for; 0: none. */
  #votedOn = 0;

  /** @param watch the features it watches from its first row on */
  constructor(
    settings: TreeSettings,
    watch: Watch,
    depth: number,
    classes = new ClassWeights(settings.classes),
  ) {
    this.#settings = settings;
    this.#watch = watch;
    this.depth = depth;
    this.classes = classes;
    this.counts = { lastAttempt: classes.total, majorityRight: 0, bayesRight: 0 };
    this.#votes = zeros(settings.classes);
  }

  /** Bytes of this one if it is active. */
  get activeBytes(): number {
    const { classes, watched } = this.#settings;
    return leafBytes(classes) + Observers.bytes(watched, classes) + (this.observers?.nominalBytes ?? 0);
  }

  get bytes(): number {
    return this.isActive ? this.activeBytes : leafBytes(this.#settings.classes);
  }

  /** How much is to be gained by splitting it: the weight of all classes but the greatest. */
  get promise(): number {
    const { total, greatest, weights } = this.classes;
    return total > 0 ? total - weights[greatest]! : 0;
  }

  /**
   * Learns a row. Returns the bytes that it added.
   *
   * @param row its number: who asks about a row mostly lets it be learnt next
   */
  learn(xs: Float64Array, y: number, weight: number, row: number): number {
    const { classes, counts } = this;
    if (this.isActive && this.#settings.leafPrediction === 'nba') {
      const { greatest } = classes;
      if (greatest === -1 || greatest === y) counts.majorityRight += weight;
      const hasVotes = this.#votedOn === row || this.#bayes(xs);
      if (hasVotes && classes.greatestOf(this.#votes) === y) counts.bayesRight += weight;
    }
    this.#votedOn = 0;
    classes.add(y, weight);
    if (!this.isActive) return 0;
    this.watched ??= this.#watch();
    this.observers ??= new Observers(this.#settings, this.watched);
    return this.observers.learn(xs, y, weight);
  }

  /** Writes the probabilities of the classes that came there. */
  probabilitiesOf(xs: Float64Array, row: number, into: Float64Array): void {
    const { order, count, weights, total } = this.classes;
    this.#votedOn = this.#usesBayes() && this.#bayes(xs) ? row : 0;
    const from = this.#votedOn === 0 ? weights : this.#votes;
    const factor = from === weights && total > 0 ? 1 / total : 1;
    for (let i = 0; i < count; i++) into[order[i]!] = from[order[i]!]! * factor;
  }

  /** The classes that go down each branch of one of its splits. */
  branchesOf(split: Split): ClassWeights[] {
    return this.observers?.branchesOf(split) ?? [];
  }

  /** The splits to choose from, not to split first if that is one. */
  splits(): Split[] {
    const { maxShareToSplit, meritPreprune } = this.#settings;
    const { total, greatest, weights } = this.classes;
    const most = weights[greatest]!;
    if (most > 0 && most / total > maxShareToSplit) return [noSplit];
    const found = this.observers?.bestSplits(this.classes, this.leftOut) ?? [];
    return meritPreprune ? [noSplit, ...found] : found;
  }

  /** Gives up splitting, and forgets what it remembered for that. */
  deactivate(): void {
    this.isActive = false;
    this.observers = undefined;
  }

  /** Begins to remember again. */
  activate(): void {
    this.isActive = true;
  }

  #usesBayes(): boolean {
    if (!this.isActive) return false;
    const { leafPrediction, nbThreshold } = this.#settings;
    if (leafPrediction === 'nba') return this.counts.bayesRight >= this.counts.majorityRight;
    return leafPrediction === 'nb' && this.classes.total >= nbThreshold;
  }

  /** Naive Bayes's probabilities into the votes; whether there are any. */
  #bayes(xs: Float64Array): boolean {
    const votes = this.#votes;
    const { order, count, weights, total } = this.classes;
    if (total === 0) return false;
    let greatest = -Infinity;
    for (let i = 0; i < count; i++) {
      const label = order[i]!;
      const weight = weights[label]!;
      // A class of weight 0 gets River's vote: 0, the logarithm of 1.
      votes[label] =
        weight > 0 ? Math.log(weight / total) + (this.observers?.logLikelihood(xs, label) ?? 0) : 0;
      if (votes[label] > greatest) greatest = votes[label]!;
    }
    let sum = 0;
    for (let i = 0; i < count; i++) sum += Math.exp(votes[order[i]!]! - greatest);
    const scale = greatest + Math.log(sum);
    for (let i = 0; i < count; i++) votes[order[i]!] = Math.exp(votes[order[i]!]! - scale);
    return true;
  }
}
