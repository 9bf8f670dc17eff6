import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Optimizer } from '@tensorflow/tfjs-node';
import fc from 'fast-check';
import { compileTrainStep, type OptimizerSettings, type TrainStepOptions } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { arraysOf, numbers, reference, relativeError } from './reference.ts';

const tf = tensorflow();
type Slots = Record<string, Float64Array>;

/** One weight's slots and update as the papers and tf.train write them, in double precision. */
function expectedSlots(
  kind: OptimizerSettings & { kind: string },
  slots: Slots,
  g: Float64Array,
  rate: number,
): Slots {
  const each = (name: string, f: (old: number, g: number) => number) =>
    g.map((gradient, i) => f(slots[name]![i]!, gradient));
  switch (kind.kind) {
    case 'sgd':
      return kind.momentum ? { velocity: each('velocity', (v, g) => v * kind.momentum! + g) } : {};
    case 'adam': {
      const { beta1 = 0.9, beta2 = 0.999 } = kind;
      return {
        firstMoment: each('firstMoment', (m, g) => beta1 * m + (1 - beta1) * g),
        secondMoment: each('secondMoment', (v, g) => beta2 * v + (1 - beta2) * g * g),
      };
    }
    case 'rmsprop': {
      const { decay = 0.9, momentum = 0, epsilon = 1e-7 } = kind;
      const meanSquare = each('meanSquare', (s, g) => decay * s + (1 - decay) * g * g);
      const velocity = each('velocity', (v) => v).map(
        (v, i) => momentum * v + (rate * g[i]!) / Math.sqrt(meanSquare[i]! + epsilon),
      );
      return { meanSquare, velocity };
    }
    case 'adagrad':
      return { accumulator: each('accumulator', (a, g) => a + g * g) };
  }
}

/** How far a weight moves, from the slots after the step. */
function expectedMove(
  kind: OptimizerSettings,
  slots: Slots,
  g: Float64Array,
  rate: number,
  t: number,
): Float64Array {
  return g.map((gradient, i) => {
    switch (kind.kind) {
      case 'sgd': {
        if (!kind.momentum) return -rate * gradient;
        const v = slots['velocity']![i]!;
        return -rate * (kind.nesterov ? gradient + kind.momentum * v : v);
      }
      case 'adam': {
        const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = kind;
        const m = slots['firstMoment']![i]! / (1 - beta1 ** t);
        const v = slots['secondMoment']![i]! / (1 - beta2 ** t);
        return (-rate * m) / (Math.sqrt(v) + epsilon);
      }
      case 'rmsprop':
        return -slots['velocity']![i]!;
      case 'adagrad':
        return (-rate * gradient) / Math.sqrt(slots['accumulator']![i]!);
    }
  });
}

const double = (arrays: readonly Float32Array[]) => Float64Array.from(arrays.flatMap((part) => [...part]));

const optimizers: Record<string, OptimizerSettings> = {
  'plain SGD': { kind: 'sgd' },
  momentum: { kind: 'sgd', momentum: 0.8 },
  "Nesterov's momentum": { kind: 'sgd', momentum: 0.8, nesterov: true },
  Adam: { kind: 'adam' },
  'Adam with other settings': { kind: 'adam', beta1: 0.7, beta2: 0.95, epsilon: 1e-3 },
  RMSProp: { kind: 'rmsprop' },
  'RMSProp with momentum': { kind: 'rmsprop', decay: 0.8, momentum: 0.5, epsilon: 1e-4 },
  Adagrad: { kind: 'adagrad' },
};
const limits: Record<string, Pick<TrainStepOptions, 'clipValue' | 'clipNorm' | 'globalClipNorm'>> = {
  'no limit': {},
  'a limit on each number': { clipValue: 0.01 },
  "a limit on each weight's length": { clipNorm: 0.05 },
  'a limit on the length of all': { globalClipNorm: 0.05 },
};

function limited(gradients: Float64Array[], limit: (typeof limits)[string]): Float64Array[] {
  const length = (part: Float64Array) => Math.hypot(...part);
  const { clipValue, clipNorm, globalClipNorm } = limit;
  if (clipValue)
    return gradients.map((part) => part.map((x) => Math.max(-clipValue, Math.min(clipValue, x))));
  const shorten = (part: Float64Array, by: number, to: number) => part.map((x) => x * Math.min(1, to / by));
  if (clipNorm) return gradients.map((part) => shorten(part, length(part), clipNorm));
  if (!globalClipNorm) return gradients;
  const all = Math.hypot(...gradients.map(length));
  return gradients.map((part) => shorten(part, all, globalClipNorm));
}

describe('a compiled step updates weights as the optimizer is defined', () => {
  for (const [name, optimizer] of Object.entries(optimizers)) {
    for (const [limitName, limit] of Object.entries(limits)) {
      // Limits come before the optimizer and do not know it: two of them are enough.
      if (limitName !== 'no limit' && name !== 'momentum' && name !== 'Adam') continue;
      it(`${name}, ${limitName}, over several steps`, () => {
        fc.assert(
          fc.property(
            fc.integer({ min: 1, max: 30 }),
            fc.integer({ min: 1, max: 40 }),
            fc.integer({ min: 1, max: 0x7fff_ffff }),
            (rows, hidden, seed) =>
              checkSteps({ ...optimizer, learningRate: 0.05 }, limit, { rows, hidden, seed }),
          ),
          { numRuns: 3, seed: 7, includeErrorInReport: true },
        );
      });
    }
  }

  it('leaves a weight whose gradient is always 0 as it is, also with an epsilon of 0', () => {
    for (const activation of ['tanh', 'swish'] as const)
      for (const kind of ['adam', 'rmsprop'] as const) {
        const model = tf.sequential();
        model.add(tf.layers.dense({ units: 3, activation, inputShape: [2] }));
        model.add(tf.layers.dense({ units: 1 }));
        const before = model.getWeights()[0]!.dataSync();
        const optimizer = { kind, epsilon: 0 };
        const step = compileTrainStep(model, { optimizer, loss: 'mse', onFallback: () => {} });
        for (let i = 0; i < 3; i++)
          step.learn({ rows: 2, xs: Float32Array.of(1, 0, 2, 0), ys: Float32Array.of(3, 4) });
        const after = step.toLayersModel().getWeights()[0]!.dataSync();
        assert.notDeepEqual(after.slice(0, 3), before.slice(0, 3));
        assert.deepEqual(after.slice(3), before.slice(3)); // those of the feature that is always 0
        step.dispose();
      }
  });

  it('reads the settings of tf.train optimizers', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    const batch = { rows: 3, xs: numbers(6, 1), ys: numbers(3, 2) };
    const same: [Optimizer, OptimizerSettings][] = [
      [tf.train.sgd(0.3), { kind: 'sgd', learningRate: 0.3 }],
      [tf.train.momentum(0.3, 0.6, true), { kind: 'sgd', learningRate: 0.3, momentum: 0.6, nesterov: true }],
      [
        tf.train.adam(0.2, 0.8, 0.9, 1e-4),
        { kind: 'adam', learningRate: 0.2, beta1: 0.8, beta2: 0.9, epsilon: 1e-4 },
      ],
      [
        tf.train.rmsprop(0.1, 0.7, 0.2, 1e-3),
        { kind: 'rmsprop', learningRate: 0.1, decay: 0.7, momentum: 0.2, epsilon: 1e-3 },
      ],
      [tf.train.adagrad(0.1, 0.5), { kind: 'adagrad', learningRate: 0.1, initialAccumulator: 0.5 }],
    ];
    for (const [theirs, ours] of same) {
      const states = [theirs, ours].map((optimizer) => {
        using step = compileTrainStep(model, { optimizer, loss: 'mse' });
        assert.equal(step.compiled, true);
        step.learn(batch);
        return JSON.stringify(step.save());
      });
      assert.equal(states[0], states[1]);
      theirs.dispose();
    }
  });

  it('ends where model.fit ends, with the same optimizer and rows', async () => {
    for (const make of [
      () => tf.train.sgd(0.1),
      () => tf.train.momentum(0.1, 0.9),
      () => tf.train.momentum(0.1, 0.9, true),
      () => tf.train.adam(0.01),
      () => tf.train.rmsprop(0.01),
      () => tf.train.adagrad(0.1),
    ]) {
      const dense = (units: number, activation: 'tanh' | 'sigmoid', seed: number) =>
        tf.layers.dense({
          units,
          activation,
          inputShape: [4],
          kernelInitializer: tf.initializers.glorotUniform({ seed }),
        });
      const model = tf.sequential({ layers: [dense(8, 'tanh', 1), dense(1, 'sigmoid', 2)] });
      const optimizer = make();
      model.compile({ optimizer, loss: 'binaryCrossentropy' });
      const rows = 24;
      const xs = numbers(rows * 4, 3);
      const ys = Float32Array.from({ length: rows }, (_, row) => Number(xs[row * 4]! > 0));
      using step = compileTrainStep(model);
      step.learnEpochs({ rows, xs, ys }, { epochs: 10, batchSize: 8 });
      const [x, y] = [tf.tensor2d(xs, [rows, 4]), tf.tensor2d(ys, [rows, 1])];
      await model.fit(x, y, { epochs: 10, batchSize: 8, shuffle: false, verbose: 0 });
      const theirs = tf.tidy(() => (model.predict(x) as typeof x).dataSync());
      // 30 steps in float32, each rounding in another order: errors add up, so not 1e-5.
      const error = relativeError(step.predict(xs, rows), theirs);
      assert.ok(error < 2e-5, `${optimizer.getClassName()}: ${error}`);
      tf.dispose([x, y]);
      model.dispose();
      optimizer.dispose();
    }
  });
});

/**
 * How far slots may be off. RMSProp's velocity divides by the root of a running square: where a gradient cancels out to
 * nearly 0, both nearly vanish, and its rounding error stays as large as that of the whole sum. Adam's second moment
 * takes 1 - beta2 in float32: 1 - 0.999 is then 1.3e-5 off (and its correction, 1 - beta2^t, with it).
 */
function boundOf(slot: string, kind: OptimizerSettings['kind']): number {
  if (slot === 'velocity' && kind === 'rmsprop') return 2e-3;
  return slot === 'secondMoment' ? 2e-5 : 1e-5;
}

interface Shape {
  rows: number;
  hidden: number;
  seed: number;
}

/** Three steps; before each, the reference gradient is taken at our weights, and each part of the update is compared. */
function checkSteps(
  optimizer: OptimizerSettings & { learningRate: number },
  limit: (typeof limits)[string],
  shape: Shape,
) {
  const { rows, hidden, seed } = shape;
  const init = (from: number) => ({
    kernelInitializer: tf.initializers.glorotNormal({ seed: from }),
    biasInitializer: tf.initializers.randomNormal({ stddev: 0.2, seed: from + 1 }),
  });
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: hidden, activation: 'tanh', inputShape: [5], ...init(seed) }));
  model.add(tf.layers.dropout({ rate: 0.2 }));
  model.add(tf.layers.dense({ units: 2, ...init(seed + 9) }));
  const step = compileTrainStep(model, { optimizer, loss: 'mse', seed, ...limit });
  model.dispose();
  try {
    for (let t = 1; t <= 3; t++) {
      const batch = { rows, xs: numbers(rows * 5, seed + t), ys: numbers(rows * 2, seed + 50 + t) };
      const before = arraysOf(step.save());
      const twin = step.toLayersModel();
      const raw = reference(twin, batch, (y, p) => p.sub(y).square().mean(-1), seed, t - 1).gradients;
      twin.dispose();
      const gradient = double(
        limited(
          raw.map((part) => Float64Array.from(part)),
          limit,
        ).map((x) => Float32Array.from(x)),
      );
      step.learn(batch);
      const after = arraysOf(step.save());
      const old = Object.fromEntries(Object.entries(before).map(([name, x]) => [name, Float64Array.from(x)]));
      const slots = expectedSlots(optimizer, old, gradient, optimizer.learningRate);
      for (const [name, expected] of Object.entries(slots)) {
        const error = relativeError(after[name]!, expected);
        assert.ok(error <= boundOf(name, optimizer.kind), `${name} at step ${t}: ${error}`);
      }
      const ours = Object.fromEntries(Object.entries(after).map(([name, x]) => [name, Float64Array.from(x)]));
      const move = expectedMove(optimizer, ours, gradient, optimizer.learningRate, t);
      const largest = move.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      for (const [i, weight] of after['weights']!.entries()) {
        const off = Math.abs(weight - (before['weights']![i]! + move[i]!));
        // 1e-5 of the move, and the rounding of a sum to the weight's own 24 bits.
        const bound = 1e-5 * largest + 1.2e-7 * Math.abs(weight);
        assert.ok(off <= bound, `weight ${i} at step ${t}: off by ${off}, bound ${bound}`);
      }
    }
  } finally {
    step.dispose();
  }
}
