/** Where the time of a step goes: parts of it measured by themselves, as graphs of their own, in turn with the whole. */
import { randomUUID } from 'node:crypto';
import type { LayersModel } from '@tensorflow/tfjs-node';
import { GraphBuilder, loadGraph, Maths, type NodeOutput, type Variable } from '../../src/graph/index.ts';
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import { MaskDraws } from '../../src/model/step/dropout.ts';
import { MASK_MARGIN, STATE_BYTES } from '../../src/model/step/mask-code.ts';
import { applyOptimizer } from '../../src/model/step/optimizers.ts';
import { sizeOf } from '../../src/model/step/plan.ts';
import { aligned, workspace } from '../../src/model/step/feeding.ts';
import { tensorflow } from '../../src/tensorflow.ts';
import { median } from '../tables.ts';
import { benchRows } from './task.ts';

/** One part of a step. */
export type Part = {
  readonly part: string;
  /** Microseconds of processor time, all threads: the tenth percentile of all rounds. */
  readonly µs: number;
  /** Of the whole step. */
  readonly percent: number;
  /** Billions of what was computed in one second of it, where that is known: floating-point operations, or bytes read and written. */
  readonly 'GFLOP/s'?: number;
  readonly 'GB/s'?: number;
};

interface Probe {
  readonly name: string;
  run(): void;
  dispose(): void;
}

/** Units of the article's dense layers, its features first. */
const WIDTHS = [9, 128, 256, 128, 1] as const;
const DROPOUTS = [
  { kind: 'dropout', rate: 0.2, size: 128 },
  { kind: 'dropout', rate: 0.4, size: 256 },
  { kind: 'dropout', rate: 0.4, size: 128 },
] as const;
const WEIGHTS = WIDTHS.slice(1).reduce((sum, units, i) => sum + (WIDTHS[i]! + 1) * units, 0);
const LARGE = 512;
const UNITS = DROPOUTS.reduce((sum, { size }) => sum + size, 0);

/**
 * Measures all parts of a step of so many rows, each for some steps a round. Dropout is the median over the rounds of what a step
 * without it took less: the two stand side by side in each, so that whatever else the machine does hits both alike.
 */
export function measureFloor(rows: number, rounds: number, steps: number): Part[] {
  const probes = {
    whole: stepProbe('the whole step', buildClassifier({ inputs: 9, seed: 1 }), rows),
    bare: stepProbe('the same without dropout', classifier({ dropout: false }), rows),
    small: stepProbe('the same operations on one row and layers of one unit', classifier({ tiny: true }), 1),
    call: callProbe(rows),
    products: productsProbe(rows),
    update: updateProbe(),
    masks: masksProbe(rows),
    large: largeProbe(),
  };
  const times = new Map<Probe, number[]>();
  for (const probe of Object.values(probes)) {
    for (let i = 0; i < 50; i++) probe.run();
    times.set(probe, []);
  }
  for (let round = 0; round < rounds; round++) {
    // There and back, so that neither of two neighbours is always behind the same other one.
    for (const [probe, all] of round % 2 === 0 ? times : [...times].reverse()) {
      // What ran before has filled the caches with its own.
      for (let i = 0; i < 5; i++) probe.run();
      const before = process.cpuUsage();
      for (let i = 0; i < steps; i++) probe.run();
      const { user, system } = process.cpuUsage(before);
      all.push((user + system) / steps);
    }
  }
  const micros = (probe: Probe) => leastTenth(times.get(probe)!);
  const { whole, bare, small, call, products, update, masks, large } = probes;
  const of = micros(whole);
  const part = (name: string, time: number, rate?: Partial<Part>): Part => ({
    ...{ part: name, µs: time, percent: (100 * time) / of },
    ...rate,
  });
  const net = (probe: Probe) => micros(probe) - micros(call);
  const billions = (amount: number, time: number) => amount / 1e3 / time;
  const known = micros(small) + net(products) + net(update) + micros(masks);
  const largeFlops = 2 * LARGE ** 3;
  const floor = micros(call) + (net(large) * flops(rows)) / largeFlops + net(update);
  const bareTimes = times.get(bare)!;
  const dropout = median(times.get(whole)!.map((time, round) => 1 - bareTimes[round]! / time));
  const table = [
    part(whole.name, of),
    part('call: feeds, hand-over to the native thread, one output', micros(call)),
    part('dispatch: the same operations on one row, layers of one unit, less the call', net(small)),
    part('arithmetic: the matrix products', net(products), {
      'GFLOP/s': billions(flops(rows), net(products)),
    }),
    part('one product of 512 by 512, to compare', net(large), {
      'GFLOP/s': billions(largeFlops, net(large)),
    }),
    part("memory: Adam's update of all weights", net(update), {
      'GB/s': billions(7 * 4 * WEIGHTS, net(update)),
    }),
    part("memory: dropout's masks drawn", micros(masks), {
      'GB/s': billions(rows * UNITS, micros(masks)),
    }),
    part('the rest: activations, slopes, sums, gradients put in one vector', of - known),
    part('floor: the call, the products at the rate of the large one, the update', floor),
    part('dropout, found by leaving it out', dropout * of),
  ];
  for (const probe of Object.values(probes)) probe.dispose();
  return table;
}

/** The tenth percentile: a time that other work on the machine lengthened little. */
const leastTenth = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 10)]!;

/** Multiplications and additions of all products, forward and back. */
function flops(rows: number): number {
  return WIDTHS.slice(1).reduce(
    (sum, units, i) => sum + 2 * rows * WIDTHS[i]! * units * (i === 0 ? 2 : 3),
    0,
  );
}

/** The article's layers, changed: without dropout, or of one unit each. */
function classifier({ dropout = true, tiny = false }): LayersModel {
  const tf = tensorflow();
  const inputShape = [tiny ? 1 : WIDTHS[0]];
  const model = tf.sequential();
  for (const [i, { size, rate }] of DROPOUTS.entries()) {
    const units = tiny ? 1 : size;
    model.add(tf.layers.dense({ units, activation: 'relu', ...(i === 0 && { inputShape }) }));
    if (dropout) model.add(tf.layers.dropout({ rate }));
  }
  model.add(tf.layers.dense({ units: 1, activation: 'sigmoid' }));
  return model;
}

function stepProbe(name: string, model: LayersModel, rows: number): Probe {
  const inputs = model.inputs[0]!.shape[1]!;
  const step = compileTrainStep(model, { seed: 1 });
  model.dispose();
  const { xs, ys } = benchRows(rows);
  const batch = { rows, xs: xs.subarray(0, rows * inputs), ys };
  return { name, run: () => void step.learn(batch), dispose: () => step.dispose() };
}

/** A graph whose inputs are read in place, as a step's are. */
function graphProbe(
  name: string,
  shapes: readonly (readonly number[])[],
  build: (m: Maths, inputs: readonly NodeOutput[]) => NodeOutput,
  prepare?: (graph: GraphBuilder) => NodeOutput,
): Probe {
  const graph = new GraphBuilder(`floor-${randomUUID()}`);
  const inputs = shapes.map((shape) => graph.placeholder('float32', shape));
  const output = build(new Maths(graph), inputs);
  const ready = prepare?.(graph);
  const session = loadGraph(graph);
  if (ready) session.signature('prepare', [], [ready]).run([]);
  let end = 64;
  const places = shapes.map((shape) => {
    const at = end;
    end = aligned(end + 4 * sizeOf(shape));
    return at;
  });
  const { buffer } = new WebAssembly.Memory({ initial: Math.ceil(end / 65_536) });
  const feeds = shapes.map((shape, i) => {
    const data = new Float32Array(buffer, places[i], sizeOf(shape));
    for (let at = 0; at < data.length; at++) data[at] = Math.sin(at) / 10;
    return { data, shape };
  });
  const call = session.signature(name, inputs, [output]).hold(feeds);
  const dispose = () => {
    call.dispose();
    session.dispose();
  };
  return { name, run: () => void call.run(), dispose };
}

/** As many arrays in and out as a step has. */
function callProbe(rows: number): Probe {
  const shapes = [[rows, 9], [rows, 1], [5], ...DROPOUTS.map(({ size }) => [rows, size])];
  return graphProbe('call', shapes, (m, [first, ...others]) => m.identity(first!, others));
}

/** The products of a step, each made of the one before as there. */
function productsProbe(rows: number): Probe {
  const kernels = WIDTHS.slice(1).map((units, i) => [WIDTHS[i]!, units]);
  return graphProbe('products', [[rows, WIDTHS[0]], [rows, 1], ...kernels], (m, [x, slope, ...weights]) => {
    const layers = [x!];
    for (const weight of weights.slice(0, -1)) layers.push(m.matMul(layers.at(-1)!, weight));
    const last = m.matMul(layers.at(-1)!, weights.at(-1)!);
    const gradients: NodeOutput[] = [];
    let dy = slope!;
    for (let i = weights.length - 1; i >= 0; i--) {
      gradients.push(m.matMul(layers[i]!, dy, { transposeA: true }));
      if (i > 0) dy = m.matMul(dy, weights[i]!, { transposeB: true });
    }
    return m.concat([last, ...gradients].map((matrix) => firstOf(m, matrix)));
  });
}

/** One number of a matrix, so that it is computed, and not copied out. */
const firstOf = (m: Maths, matrix: NodeOutput): NodeOutput =>
  m.graph.op('Slice', [matrix, m.ints([0, 0]), m.ints([1, 1])], { shape: [1, 1] });

/** A product so large that nothing but arithmetic counts. */
function largeProbe(): Probe {
  const square = [LARGE, LARGE];
  return graphProbe('large', [square, square], (m, [a, b]) => firstOf(m, m.matMul(a!, b!)));
}

function updateProbe(): Probe {
  const settings = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;
  let all: Variable[] = [];
  const build = (m: Maths, [gradient]: readonly NodeOutput[]) => {
    const { graph } = m;
    all = ['weights', 'first', 'second'].map((name) => graph.variable(name, 'float32', [WEIGHTS]));
    const [weights, ...slots] = all;
    const hyper = [0.001, 0.9, 0.999, 1e-7].map((value) => graph.constant(value));
    const done = applyOptimizer(m, settings, weights!, slots, hyper, gradient!);
    return m.identity(graph.constant(0), [done]);
  };
  const prepare = (graph: GraphBuilder) => {
    const m = new Maths(graph);
    const size = m.ints([WEIGHTS]);
    const zeros = () => graph.op('Fill', [size, graph.constant(0)], { shape: [WEIGHTS] });
    return m.identity(
      graph.constant(0),
      all.map((variable) => graph.assign(variable, graph.op('DeepCopy', [zeros()]))),
    );
  };
  return graphProbe('update', [[WEIGHTS]], build, prepare);
}

function masksProbe(rows: number): Probe {
  const draws = new MaskDraws(DROPOUTS);
  let end = aligned(STATE_BYTES);
  const places = DROPOUTS.map(({ size }) => {
    const at = end;
    end = aligned(end + rows * size + MASK_MARGIN);
    return { at, length: rows * size };
  });
  let step = 0;
  const run = () => {
    const space = workspace(end);
    const masks = places.map(({ at, length }) => new Uint8Array(space.buffer, at, length));
    draws.draw(space, masks, { seed: 1, step: step++, rows });
  };
  return { name: 'masks', run, dispose: () => undefined };
}
