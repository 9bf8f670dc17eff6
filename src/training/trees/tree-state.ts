/** A tree as a state: its nodes from the root down, each a record that is looked at before it is believed. */
import type { State } from '../../state.ts';
import { StateMismatchError } from '../errors.ts';
import { fieldsOf, fittingRecord } from '../state-record.ts';
import { ClassWeights } from './criteria.ts';
import { Branch, GrowingTree, type TreeNode } from './growing-tree.ts';
import { Leaf, type Watch } from './leaf.ts';
import { Observers } from './observers.ts';
import type { TreeSettings } from './options.ts';

/** The state of a tree. */
export function treeState({ root, growthAllowed }: GrowingTree): State {
  return { growthAllowed, root: root === undefined ? null : nodeState(root) };
}

/**
 * A tree of such a state.
 *
 * @param kind who restores, for the message
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`)
 */
export function treeOfState(
  kind: string,
  settings: TreeSettings,
  watch: Watch,
  state: State | undefined,
): GrowingTree {
  const { growthAllowed, root, ...others } = fieldsOf(kind, state);
  const reader = new NodeReader(kind, settings, watch);
  reader.refuseOthers(others);
  if (typeof growthAllowed !== 'boolean') throw reader.mismatch('it does not say whether the tree may grow');
  if (root === undefined) throw reader.mismatch('it has no root');
  const tree = new GrowingTree(settings, watch);
  tree.growthAllowed = growthAllowed;
  if (root !== null) tree.root = reader.node(root, 0);
  tree.measure();
  return tree;
}

function nodeState(node: TreeNode): State {
  if (node instanceof Leaf) return leafState(node);
  const { feature, kind, values, children } = node;
  return { feature, kind, values: Float64Array.from(values), children: children.map(nodeState) };
}

function leafState({ classes, counts, leftOut, watched, isActive, observers }: Leaf): State {
  return {
    classes: weightsState(classes),
    counts: { ...counts },
    isActive,
    leftOut: Int32Array.from(leftOut),
    watched: watched?.slice() ?? null,
    observers: observers
      ? {
          seen: weightsState(observers.seen),
          numbers: Float64Array.from(observers.numbers),
          nominal: observers.nominal.map((values) => (values ? valuesState(values) : null)),
        }
      : null,
  };
}

function weightsState({ weights, order, count }: ClassWeights): State {
  return { weights: Float64Array.from(weights), order: Int32Array.from(order.slice(0, count)) };
}

function valuesState(values: ReadonlyMap<number, Float64Array>): State {
  return {
    values: Float64Array.from(values.keys()),
    weights: Float64Array.from([...values.values()].flatMap((weights) => [...weights])),
  };
}

/** Reads nodes, and refuses what cannot be one. */
class NodeReader {
  readonly #kind: string;
  readonly #settings: TreeSettings;
  readonly #watch: Watch;

  constructor(kind: string, settings: TreeSettings, watch: Watch) {
    this.#kind = kind;
    this.#settings = settings;
    this.#watch = watch;
  }

  mismatch(problem: string): StateMismatchError {
    return new StateMismatchError({ kind: this.#kind, problem });
  }

  refuseOthers(others: object): void {
    const [name] = Object.keys(others);
    if (name !== undefined) throw this.mismatch(`it has ${name}, which is not known`);
  }

  node(state: State, depth: number): TreeNode {
    const fields = fieldsOf(this.#kind, state);
    return 'children' in fields ? this.#branch(fields, depth) : this.#leaf(fields, depth);
  }

  #branch(fields: Readonly<Record<string, State | undefined>>, depth: number): Branch {
    const { feature, kind, values, children, ...others } = fields;
    this.refuseOthers(others);
    const place = `a node at depth ${depth}`;
    if (kind !== 'threshold' && kind !== 'equal' && kind !== 'values')
      throw this.mismatch(`${place} has branches of no known kind`);
    if (!isIndex(feature, this.#settings.features)) throw this.mismatch(`${place} looks at no feature`);
    if ((this.#settings.nominal[feature] === 1) === (kind === 'threshold'))
      throw this.mismatch(`${place} does not fit its feature`);
    const numbers = this.#numbers(values, `the values of ${place}`);
    const branches = kind === 'values' ? numbers.length : 2;
    if (branches === 0 || (kind !== 'values' && numbers.length !== 1))
      throw this.mismatch(`${place} has ${numbers.length} values`);
    if (!Array.isArray(children) || children.length !== branches)
      throw this.mismatch(`${place} does not have its ${branches} branches`);
    const nodes = (children as State[]).map((child) => this.node(child, depth + 1));
    return new Branch({ feature, kind, values: [...numbers] }, nodes, depth);
  }

  #leaf(fields: Readonly<Record<string, State | undefined>>, depth: number): Leaf {
    const { classes, counts, isActive, leftOut, watched, observers, ...others } = fields;
    this.refuseOthers(others);
    const place = `a leaf at depth ${depth}`;
    const weights = this.#weights(classes, `the classes of ${place}`);
    const leaf = new Leaf(this.#settings, this.#watch, depth, weights);
    Object.assign(leaf.counts, fittingRecord(this.#kind, leaf.counts, counts));
    if (Object.values(leaf.counts).some((count) => !(count >= 0 && count < Infinity)))
      throw this.mismatch(`${place} counts what is no weight`);
    if (typeof isActive !== 'boolean') throw this.mismatch(`${place} does not say whether it is active`);
    leaf.isActive = isActive;
    for (const feature of this.#features(leftOut, `what ${place} left out`)) leaf.leftOut.add(feature);
    if (watched !== null) leaf.watched = this.#features(watched, `what ${place} watches`);
    if (leaf.watched && leaf.watched.length !== this.#settings.watched)
      throw this.mismatch(`${place} watches ${leaf.watched.length} features, not ${this.#settings.watched}`);
    if (observers !== null) leaf.observers = this.#observers(observers, leaf, place);
    return leaf;
  }

  #observers(state: State | undefined, { isActive, watched }: Leaf, place: string): Observers {
    if (!isActive || !watched) throw this.mismatch(`${place} remembers rows although it does not watch any`);
    const { seen, numbers, nominal, ...others } = fieldsOf(this.#kind, state);
    this.refuseOthers(others);
    const observers = new Observers(this.#settings, watched);
    copyWeights(this.#weights(seen, `what ${place} has seen`), observers.seen);
    const found = this.#numbers(numbers, `what ${place} remembers`);
    if (found.length !== observers.numbers.length)
      throw this.mismatch(`${place} remembers ${found.length} numbers, not ${observers.numbers.length}`);
    for (const [i, number] of found.entries()) observers.numbers[i] = number;
    if (!Array.isArray(nominal) || nominal.length !== observers.nominal.length)
      throw this.mismatch(`${place} does not hold its nominal features`);
    observers.nominal.forEach((values, slot) => this.#readValues((nominal as State[])[slot]!, values, place));
    return observers;
  }

  /** Reads the values of a nominal feature; nothing where the feature is none. */
  #readValues(state: State, into: Map<number, Float64Array> | undefined, place: string): void {
    if (!into && state === null) return;
    if (!into) throw this.mismatch(`${place} has values of a feature that is not nominal`);
    const { classes } = this.#settings;
    const { values, weights, ...others } = fieldsOf(this.#kind, state);
    this.refuseOthers(others);
    const names = this.#numbers(values, `the values in ${place}`);
    const counts = this.#numbers(weights, `the weights of values in ${place}`);
    if (counts.length !== names.length * classes || new Set(names).size !== names.length)
      throw this.mismatch(`${place} has ${counts.length} weights for ${names.length} values`);
    names.forEach((name, i) => into.set(name, counts.slice(i * classes, (i + 1) * classes)));
  }

  #weights(state: State | undefined, what: string): ClassWeights {
    const found = new ClassWeights(this.#settings.classes);
    const { weights, order, ...others } = fieldsOf(this.#kind, state);
    this.refuseOthers(others);
    const numbers = this.#numbers(weights, what);
    const isOrder = order instanceof Int32Array && new Set(order).size === order.length;
    if (!isOrder || numbers.length !== this.#settings.classes)
      throw this.mismatch(`${what} are not ${this.#settings.classes} weights`);
    for (const label of order) {
      if (!(label >= 0 && label < numbers.length)) throw this.mismatch(`${what} have a class ${label}`);
      found.add(label, numbers[label]!);
    }
    if (numbers.some((weight, label) => weight < 0 || (weight > 0 && !found.has(label))))
      throw this.mismatch(`${what} are no weights`);
    return found;
  }

  #features(state: State | undefined, what: string): Int32Array {
    const { features } = this.#settings;
    if (!(state instanceof Int32Array) || new Set(state).size !== state.length)
      throw this.mismatch(`${what} is no list of features`);
    const unknown = state.find((feature) => !isIndex(feature, features));
    if (unknown !== undefined) throw this.mismatch(`${what} has a feature ${unknown}`);
    return state.slice();
  }

  #numbers(state: State | undefined, what: string): Float64Array {
    if (!(state instanceof Float64Array) || !state.every(Number.isFinite))
      throw this.mismatch(`${what} are no finite numbers`);
    return state;
  }
}

function isIndex(value: State | undefined, length: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < length;
}

function copyWeights(from: ClassWeights, to: ClassWeights): void {
  for (const label of from.order.slice(0, from.count)) to.add(label, from.weights[label]!);
}
