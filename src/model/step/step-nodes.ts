/** The nodes of a training step and of a prediction, between what is fed and what is given back. */
import type { Done, Maths, Output, Variable } from '../../graph/index.ts';
import { activate } from './activations.ts';
import { clipAll, clipOne, type ClipPlan } from './clip.ts';
import { dropoutMasks, dropoutsOf } from './dropout-masks.ts';
import { learnLayer, predictLayer, type Learning, type Surroundings } from './forward.ts';
import type { Layout } from './layout.ts';
import { lossNodes, predictionActivation, type LossPlan } from './losses.ts';
import { applyOptimizer, hyperCount, type OptimizerPlan } from './optimizers.ts';
import { sizeOf, type ActivationPlan, type LayerPlan, type ModelPlan, type WeightPlan } from './plan.ts';

/** All that fixes a step but for seed and learning rate. */
export interface StepPlan {
  readonly model: ModelPlan;
  readonly loss: LossPlan;
  readonly optimizer: OptimizerPlan;
  readonly clip?: ClipPlan;
}

/** The parts of a graph that its signatures share. */
export interface Shared {
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
  const known = new Map<WeightPlan, Output>();
  const vectors = new Map<Layout, Output>();
  return (plan: WeightPlan): Output => {
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
export function predictNodes(shared: Shared, x: Output): Output {
  const { m, plan, layers, last } = shared;
  const around: Surroundings = { maths: m, weight: weightReader(shared) };
  const z = layers.reduce((value, layer) => predictLayer(around, layer, value), x);
  return m.reshape(activate(m, predictionActivation(plan.loss, last), z).y, [null]);
}

/** What a step is fed. */
export interface TrainInputs {
  readonly x: Output;
  readonly y: Output;
  readonly draws: Output;
  readonly hyper: Output;
  readonly rowWeights?: Output;
}

/**
 * All predictions of the training pass, then the loss, then the sum of all weights, which is finite only if they all are: as
 * one vector that is there once all weights are updated.
 */
export function trainNodes(shared: Shared, inputs: TrainInputs): Output {
  const { m, plan, layers, last } = shared;
  const [share, ...hyper] = m.unpack(inputs.hyper, 1 + hyperCount(plan.optimizer));
  const masks = dropoutMasks(m, dropoutsOf(layers), inputs.draws)[Symbol.iterator]();
  const gradients = new Map<WeightPlan, Output>();
  const moved = new Map<WeightPlan, Output>();
  const weight = weightReader(shared);
  const around: Learning = {
    maths: m,
    weight,
    nextMask: () => masks.next().value!,
    gradient: (of, value) => void gradients.set(of, value),
    moved: (of, value) => void moved.set(of, value),
  };

  const steps: ((dy: Output, wanted: boolean) => Output | undefined)[] = [];
  let value = inputs.x;
  for (const layer of layers) {
    const { y, back } = learnLayer(around, layer, value);
    steps.push(back);
    value = y;
  }
  const { predictions, rowLosses, gradient } = lossNodes(m, plan.loss, last, value, inputs.y);
  const scale = inputs.rowWeights ? m.mul(inputs.rowWeights, share!) : share!;
  const dataLoss = inputs.rowWeights
    ? m.sum(m.mul(rowLosses, scale), [0])
    : m.mul(m.sum(rowLosses, [0]), scale);
  let dy: Output | undefined = m.mul(gradient, inputs.rowWeights ? m.reshape(scale, [null, 1]) : scale);
  const first = layers.findIndex(hasTrainable);
  for (let i = layers.length - 1; i >= first && first >= 0; i--) dy = steps[i]!(dy!, i > first);

  const penalties = [...shared.weights.places, ...shared.fixed.places]
    .map((place) => penalty(m, place.weight, weight))
    .filter((x) => x !== undefined);
  const loss = penalties.reduce((sum, part) => m.add(sum, part), dataLoss);
  const updated = [...updateWeights(shared, gradients, weight, hyper), ...updateFixed(shared, moved, weight)];
  const sums = updated.map(({ variable, done }) => m.sum(m.graph.read(variable, { control: [done] }), [0]));
  const sum = sums.reduce((a, b) => m.add(a, b), m.graph.constant(0));
  const parts = [m.reshape(predictions, [null]), m.reshape(loss, [1]), m.reshape(sum, [1])];
  return m.concat(parts, { control: updated.map(({ done }) => done) });
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

function penalty(m: Maths, plan: WeightPlan, weight: (plan: WeightPlan) => Output): Output | undefined {
  const axes = plan.shape.map((_, i) => i);
  const parts: Output[] = [];
  if (plan.l1) parts.push(m.mul(m.sum(m.abs(weight(plan)), axes), plan.l1));
  if (plan.l2) parts.push(m.mul(m.graph.op('L2Loss', [weight(plan)]), 2 * plan.l2));
  return parts.length < 2 ? parts[0] : m.add(parts[0]!, parts[1]!);
}

function updateWeights(
  { m, plan, weights, weightsVariable, slots }: Shared,
  gradients: ReadonlyMap<WeightPlan, Output>,
  weight: (plan: WeightPlan) => Output,
  hyper: readonly Output[],
): Updated[] {
  if (weights.places.length === 0) return [];
  const parts: Output[] = [];
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
  moved: ReadonlyMap<WeightPlan, Output>,
  weight: (plan: WeightPlan) => Output,
): Updated[] {
  if (moved.size === 0) return [];
  const parts = fixed.places.flatMap(({ weight: of, begin, size }, i) => [
    m.reshape(moved.get(of) ?? weight(of), [sizeOf(of.shape)]),
    ...gap(m, fixed, i, begin + size),
  ]);
  return [{ variable: fixedVariable, done: m.graph.assign(fixedVariable, m.concat(parts)) }];
}

/** The zeros between a weight that ends at `end` and the next. */
function gap(m: Maths, layout: Layout, index: number, end: number): Output[] {
  const next = layout.places[index + 1]?.begin ?? layout.length;
  return next > end ? [m.graph.constant(new Float32Array(next - end))] : [];
}
