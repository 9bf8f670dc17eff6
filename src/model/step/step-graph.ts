/** Builds the whole training step of a model as one graph, with signatures to train, predict, read and write. */
import { randomUUID } from 'node:crypto';
import {
  GraphBuilder,
  Maths,
  loadGraph,
  type GraphSession,
  type Signature,
  type Done,
  type NodeOutput,
  type Variable,
} from '../../graph/index.ts';
import { dropoutsOf, maskInputs } from './dropout.ts';
import { activate, learnLayers, predictLayer, type Learning, type Surroundings } from './layers.ts';
import {
  layOut,
  type Layout,
  type LayerPlan,
  sizeOf,
  type ActivationPlan,
  type ModelPlan,
  type WeightPlan,
} from './plan.ts';
import {
  hyperCount,
  slotsOf,
  clipAll,
  clipOne,
  type ClipPlan,
  applyOptimizer,
  type OptimizerPlan,
} from './optimizers.ts';
import { lossNodes, activationOfLogits, type LossPlan } from './losses.ts';

/** A loaded step. */
export interface StepGraph {
  readonly session: GraphSession;
  /** The vector that gradients change. */
  readonly weights: Layout;
  /** The vector of moving statistics and frozen weights. */
  readonly fixed: Layout;
  /** (xs, ys, hyper, masks of dropout) -> all predictions, then the loss, then the sum of the weights, as one vector. */
  readonly train: Signature;
  /** The same with one weight a row before `hyper`. */
  readonly trainWeighted: Signature;
  /** (xs) -> predictions as one vector. */
  readonly predict: Signature;
  /** () -> weights, fixed, slots. */
  readonly read: Signature;
  /** (weights, fixed, slots) -> nothing of interest. */
  readonly write: Signature;
  /** () -> a number that is finite only if all slots are; none where the optimizer keeps nothing. */
  readonly slotsSum: Signature | undefined;
}

/** Builds and loads the graph. Its variables are not set yet: `write` comes first. */
export function buildStepGraph(plan: StepPlan): StepGraph {
  const graph = new GraphBuilder(`streamtrain-${randomUUID()}`);
  const weights = layOut(plan.model.weights.filter(({ trainable }) => trainable));
  const fixed = layOut(plan.model.weights.filter(({ trainable }) => !trainable));
  const weightsVariable = graph.variable('weights', 'float32', [weights.length]);
  const fixedVariable = graph.variable('fixed', 'float32', [fixed.length]);
  const slots = slotsOf(plan.optimizer).map(({ name }) => graph.variable(name, 'float32', [weights.length]));
  const { layers, last } = withoutLastActivation(plan.model.layers);
  const m = new Maths(graph);
  const shared = { m, plan, layers, last, weights, fixed, weightsVariable, fixedVariable, slots };

  const x = graph.placeholder('float32', [null, plan.model.features], 'xs');
  const sparse = plan.loss.kind === 'sparseCategoricalCrossentropy';
  const y = graph.placeholder('float32', [null, sparse ? 1 : plan.model.outputs], 'ys');
  const rowWeights = graph.placeholder('float32', [null], 'row-weights');
  const masks = maskInputs(graph, dropoutsOf(layers));
  const hyper = graph.placeholder('float32', [1 + hyperCount(plan.optimizer)], 'hyper');
  const trained = trainNodes(shared, { x, y, masks, hyper });
  const trainedWeighted = trainNodes(shared, { x, y, masks, hyper, rowWeights });
  const predictions = predictNodes(shared, x);
  const all = [weightsVariable, fixedVariable, ...slots];
  const values = all.map((variable) => graph.read(variable));
  // Made small first: the sum of finite slots must not be infinite.
  const slotSums = slots.map((slot) => m.sum(m.mul(graph.read(slot), 1e-6), [0]));
  const slotsSum = slotSums.length > 0 ? [slotSums.reduce((a, b) => m.add(a, b))] : undefined;
  const news = all.map(({ shape }) => graph.placeholder('float32', shape, 'new'));
  // A copy: a variable must not live in the memory of a JavaScript array.
  const written = all.map((variable, i) => graph.assign(variable, graph.op('DeepCopy', [news[i]!])));
  const afterWrite = m.identity(graph.constant(0), written);

  const session = loadGraph(graph);
  return {
    session,
    weights,
    fixed,
    train: session.signature('train', [x, y, hyper, ...masks], [trained]),
    trainWeighted: session.signature('train', [x, y, rowWeights, hyper, ...masks], [trainedWeighted]),
    predict: session.signature('predict', [x], [predictions]),
    read: session.signature('read', [], values),
    write: session.signature('write', news, [afterWrite]),
    slotsSum: slotsSum && session.signature('slots', [], slotsSum),
  };
}

/** The loss takes the last activation together with itself. */
function withoutLastActivation(layers: readonly LayerPlan[]) {
  const end = layers.at(-1);
  if (end?.kind !== 'activation') return { layers, last: { kind: 'linear' } as const };
  return { layers: layers.slice(0, -1), last: end.activation };
}

/** All that fixes a step but for seed and learning rate. */
export interface StepPlan {
  readonly model: ModelPlan;
  readonly loss: LossPlan;
  readonly optimizer: OptimizerPlan;
  readonly clip?: ClipPlan;
}

/** The parts of a graph that its signatures share. */
interface Shared {
  readonly m: Maths;
  readonly plan: StepPlan;
  readonly layers: readonly LayerPlan[];
  /** The activation after the last of `layers`. */
  readonly last: ActivationPlan;
  readonly weights: Layout;
  readonly fixed: Layout;
  readonly weightsVariable: Variable;
  readonly fixedVariable: Variable;
  readonly slots: readonly Variable[];
}

/** Cuts the weights out of their vectors, each at most once. */
function weightReader({ m, weights, fixed, weightsVariable, fixedVariable }: Shared) {
  const known = new Map<WeightPlan, NodeOutput>();
  const vectors = new Map<Layout, NodeOutput>();
  return (plan: WeightPlan): NodeOutput => {
    const found = known.get(plan);
    if (found) return found;
    const layout = plan.trainable ? weights : fixed;
    const vector = vectors.get(layout) ?? m.graph.read(plan.trainable ? weightsVariable : fixedVariable);
    vectors.set(layout, vector);
    const { begin, size } = layout.places.find(({ weight }) => weight === plan)!;
    const value = m.reshape(m.slice(vector, begin, size), plan.shape);
    known.set(plan, value);
    return value;
  };
}

/** The predictions of rows as one vector. */
function predictNodes(shared: Shared, x: NodeOutput): NodeOutput {
  const { m, plan, layers, last } = shared;
  const around: Surroundings = { maths: m, weight: weightReader(shared) };
  const z = layers.reduce((value, layer) => predictLayer(around, layer, value), x);
  const { y } = activate(m, last, z);
  const behind = activationOfLogits(plan.loss);
  return m.reshape(behind ? activate(m, behind, y).y : y, [null]);
}

/** What a step is fed. */
interface TrainInputs {
  readonly x: NodeOutput;
  readonly y: NodeOutput;
  readonly masks: readonly NodeOutput[];
  readonly hyper: NodeOutput;
  readonly rowWeights?: NodeOutput;
}

/**
 * All predictions of the training pass, then the loss, then the sum of all weights, which is finite only if they all are: as
 * one vector that is there once all weights are updated.
 */
function trainNodes(shared: Shared, inputs: TrainInputs): NodeOutput {
  const { m, plan, layers, last } = shared;
  const [share, ...hyper] = m.unpack(inputs.hyper, 1 + hyperCount(plan.optimizer));
  const masks = inputs.masks[Symbol.iterator]();
  const gradients = new Map<WeightPlan, NodeOutput>();
  const moved = new Map<WeightPlan, NodeOutput>();
  const weight = weightReader(shared);
  const around: Learning = {
    maths: m,
    weight,
    nextMask: () => masks.next().value!,
    gradient: (of, value) => void gradients.set(of, value),
    moved: (of, value) => void moved.set(of, value),
  };

  const { y: value, backs } = learnLayers(around, layers, inputs.x);
  const { predictions, rowLosses, gradient } = lossNodes(m, plan.loss, last, value, inputs.y);
  const scale = inputs.rowWeights ? m.mul(inputs.rowWeights, share!) : share!;
  // Of one element, not of none: they are concatenated as they are.
  const total = (vector: NodeOutput) => m.sum(vector, [0], { keepDims: true });
  const dataLoss = inputs.rowWeights ? total(m.mul(rowLosses, scale)) : m.mul(total(rowLosses), scale);
  let dy: NodeOutput | undefined = m.mul(gradient, inputs.rowWeights ? m.reshape(scale, [null, 1]) : scale);
  const first = layers.findIndex(hasTrainable);
  for (let i = layers.length - 1; i >= first && first >= 0; i--) dy = backs[i]!(dy!, i > first);

  const penalties = [...shared.weights.places, ...shared.fixed.places]
    .map((place) => penalty(m, place.weight, weight))
    .filter((x) => x !== undefined);
  const loss = penalties.reduce((sum, part) => m.add(sum, part), dataLoss);
  const updated = [...updateWeights(shared, gradients, weight, hyper), ...updateFixed(shared, moved, weight)];
  const sums = updated.map(({ variable, done }) => total(m.graph.read(variable, { control: [done] })));
  const sum = sums.length > 0 ? sums.reduce((a, b) => m.add(a, b)) : m.graph.constant([0]);
  return m.concat([m.reshape(predictions, [null]), loss, sum], { control: updated.map(({ done }) => done) });
}

/** A variable with what has changed it. */
interface Updated {
  readonly variable: Variable;
  readonly done: Done;
}

const hasTrainable = (layer: LayerPlan): boolean =>
  Object.values(layer).some(
    (part: unknown) =>
      typeof part === 'object' && part !== null && 'trainable' in part && part.trainable === true,
  );

function penalty(
  m: Maths,
  plan: WeightPlan,
  weight: (plan: WeightPlan) => NodeOutput,
): NodeOutput | undefined {
  const axes = plan.shape.map((_, i) => i);
  const parts: NodeOutput[] = [];
  if (plan.l1) parts.push(m.mul(m.sum(m.abs(weight(plan)), axes), plan.l1));
  if (plan.l2) parts.push(m.mul(m.graph.op('L2Loss', [weight(plan)]), 2 * plan.l2));
  return parts.length < 2 ? parts[0] : m.add(parts[0]!, parts[1]!);
}

function updateWeights(
  { m, plan, weights, weightsVariable, slots }: Shared,
  gradients: ReadonlyMap<WeightPlan, NodeOutput>,
  weight: (plan: WeightPlan) => NodeOutput,
  hyper: readonly NodeOutput[],
): Updated[] {
  if (weights.places.length === 0) return [];
  const parts: NodeOutput[] = [];
  for (const [i, { weight: of, begin, size }] of weights.places.entries()) {
    let gradient = gradients.get(of)!;
    if (of.l2) gradient = m.add(gradient, m.mul(weight(of), 2 * of.l2));
    if (of.l1) gradient = m.add(gradient, m.mul(m.sign(weight(of)), of.l1));
    parts.push(m.reshape(clipOne(m, plan.clip, gradient), [size]), ...gap(m, weights, i, begin + size));
  }
  const gradient = clipAll(m, plan.clip, m.concat(parts));
  const done = applyOptimizer(m, plan.optimizer, weightsVariable, slots, hyper, gradient);
  return [{ variable: weightsVariable, done }];
}

function updateFixed(
  { m, fixed, fixedVariable }: Shared,
  moved: ReadonlyMap<WeightPlan, NodeOutput>,
  weight: (plan: WeightPlan) => NodeOutput,
): Updated[] {
  if (moved.size === 0) return [];
  const parts = fixed.places.flatMap(({ weight: of, begin, size }, i) => [
    m.reshape(moved.get(of) ?? weight(of), [sizeOf(of.shape)]),
    ...gap(m, fixed, i, begin + size),
  ]);
  return [{ variable: fixedVariable, done: m.graph.assign(fixedVariable, m.concat(parts)) }];
}

/** The zeros between a weight that ends at `end` and the next. */
function gap(m: Maths, layout: Layout, index: number, end: number): NodeOutput[] {
  const next = layout.places[index + 1]?.begin ?? layout.length;
  return next > end ? [m.graph.constant(new Float32Array(next - end))] : [];
}
