/** Builds the whole training step of a model as one graph, with signatures to train, predict, read and write. */
import { randomUUID } from 'node:crypto';
import { GraphBuilder, Maths, loadGraph, type GraphSession, type Signature } from '../../graph/index.ts';
import { dropoutsOf } from './dropout-masks.ts';
import { layOut, type Layout } from './layout.ts';
import { hyperCount, slotsOf } from './optimizers.ts';
import type { LayerPlan } from './plan.ts';
import { predictNodes, trainNodes, type StepPlan } from './step-nodes.ts';

/** A loaded step. */
export interface StepGraph {
  readonly session: GraphSession;
  /** The vector that gradients change. */
  readonly weights: Layout;
  /** The vector of moving statistics and frozen weights. */
  readonly fixed: Layout;
  /** (xs, ys, draws, hyper) -> all predictions, then the loss, then the sum of the weights, as one vector. */
  readonly train: Signature;
  /** The same with one weight a row before `draws`. */
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
  const draws = graph.placeholder('int32', [3 + dropoutsOf(layers).length], 'draws');
  const hyper = graph.placeholder('float32', [1 + hyperCount(plan.optimizer)], 'hyper');
  const trained = trainNodes(shared, { x, y, draws, hyper });
  const trainedWeighted = trainNodes(shared, { x, y, draws, hyper, rowWeights });
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
    train: session.signature('train', [x, y, draws, hyper], [trained]),
    trainWeighted: session.signature('train', [x, y, rowWeights, draws, hyper], [trainedWeighted]),
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
