/** The training step as one native call. */
import type { LayersModel } from '@tensorflow/tfjs-node';
import { ModelDisposedError } from '../errors.ts';
import type { MiniBatch } from '../online-model.ts';
import type { State } from '../state.ts';
import { checkBatch, checkRows, type BatchShape } from './batch-checks.ts';
import { buildClone, type Blueprint } from './clone.ts';
import { drawHeader, dropoutsOf } from './dropout-masks.ts';
import { learnInEpochs } from './epochs.ts';
import { gather, spread, type Layout } from './layout.ts';
import { hyperValues, slotsOf } from './optimizers.ts';
import { checkLearningRate, type CheckedOptions } from './options.ts';
import { rowWeights } from './row-weights.ts';
import { buildStepGraph, type StepGraph, type StepPlan } from './step-graph.ts';
import { accuracy } from './step-metrics.ts';
import { readState, writeState } from './step-state.ts';
import type { EpochsOptions, EpochsResult, StepResult, TrainStep } from './train-step.ts';

/** A {@link TrainStep} that runs as one graph. */
export class CompiledStep implements TrainStep {
  readonly kind = 'network';
  readonly compiled = true;
  readonly fallbackReason = undefined;
  readonly features: number;
  readonly outputs: number;
  readonly #plan: StepPlan;
  readonly #options: CheckedOptions;
  readonly #blueprint: Blueprint;
  readonly #shape: BatchShape;
  readonly #graph: StepGraph;
  readonly #dropouts: ReturnType<typeof dropoutsOf>;
  #seed: number;
  #step = 0;
  #learningRate: number;
  #disposed = false;

  /** @param values the weights to start from, in the order of the plan */
  constructor(
    plan: StepPlan,
    options: CheckedOptions,
    blueprint: Blueprint,
    values: readonly Float32Array[],
  ) {
    const { features, outputs, layers, weights } = plan.model;
    this.features = features;
    this.outputs = outputs;
    this.#plan = plan;
    this.#options = options;
    this.#blueprint = blueprint;
    this.#seed = options.seed;
    this.#learningRate = options.learningRate;
    const sparse = plan.loss.kind === 'sparseCategoricalCrossentropy';
    this.#shape = { features, targets: sparse ? 1 : outputs, ...(sparse && { classes: outputs }) };
    this.#dropouts = dropoutsOf(layers);
    this.#graph = buildStepGraph(plan);
    const byWeight = new Map(weights.map((weight, i) => [weight, values[i]!]));
    const vector = (layout: Layout) => {
      const flat = new Float32Array(layout.length);
      for (const { weight, begin } of layout.places) flat.set(byWeight.get(weight)!, begin);
      return flat;
    };
    this.#write([
      vector(this.#graph.weights),
      vector(this.#graph.fixed),
      ...slotsOf(plan.optimizer).map(({ initial }) =>
        new Float32Array(this.#graph.weights.length).fill(initial),
      ),
    ]);
  }

  get step(): number {
    return this.#step;
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    checkLearningRate(value);
    this.#learningRate = value;
  }

  predict(xs: Float32Array, rows: number): Float32Array {
    this.#checkAlive();
    checkRows(xs, rows, this.features);
    return this.#graph.predict.run([{ data: xs, shape: [rows, this.features] }])[0] as Float32Array;
  }

  learn(batch: MiniBatch): StepResult {
    this.#checkAlive();
    checkBatch(batch, this.#shape);
    const { rows, xs, ys } = batch;
    const { targets } = this.#shape;
    const weights = rowWeights(batch, targets, this.#options.classWeights);
    const hyper = hyperValues(this.#plan.optimizer, this.#learningRate, this.#step);
    const draws = drawHeader(this.#dropouts, this.#seed, this.#step, rows);
    const feeds = [
      { data: xs, shape: [rows, this.features] },
      { data: ys, shape: [rows, targets] },
      ...(weights ? [{ data: weights, shape: [rows] }] : []),
      { data: draws, shape: [draws.length] },
      { data: Float32Array.of(1 / rows, ...hyper), shape: [1 + hyper.length] },
    ];
    const [out] = (weights ? this.#graph.trainWeighted : this.#graph.train).run(feeds) as [Float32Array];
    this.#step++;
    const end = rows * this.outputs;
    const predictions = out.subarray(0, end);
    const metrics =
      this.#options.metrics.length > 0 ? { accuracy: accuracy(batch, predictions, this.outputs) } : {};
    return { loss: out[end]!, predictions, metrics };
  }

  learnEpochs(batch: MiniBatch, options: EpochsOptions = {}): EpochsResult {
    this.#checkAlive();
    checkBatch(batch, this.#shape);
    return learnInEpochs(this, batch, options);
  }

  save(): State {
    const [weights, fixed, ...slots] = this.#read();
    const arrays: Record<string, Float32Array> = {
      weights: gather(this.#graph.weights, weights!),
      fixed: gather(this.#graph.fixed, fixed!),
    };
    for (const [i, { name }] of slotsOf(this.#plan.optimizer).entries())
      arrays[name] = gather(this.#graph.weights, slots[i]!);
    const counters = { step: this.#step, learningRate: this.#learningRate, seed: this.#seed };
    return writeState({ model: this.#signature(), arrays, ...counters });
  }

  restore(state: State): void {
    this.#checkAlive();
    const { weights, fixed } = this.#graph;
    const slots = slotsOf(this.#plan.optimizer);
    const lengths = Object.fromEntries(slots.map(({ name }) => [name, weights.compact]));
    const read = readState(state, this.#signature(), {
      weights: weights.compact,
      fixed: fixed.compact,
      ...lengths,
    });
    this.#write([
      spread(weights, read.arrays['weights']!),
      spread(fixed, read.arrays['fixed']!),
      ...slots.map(({ name, initial }) => spread(weights, read.arrays[name]!, initial)),
    ]);
    this.#step = read.step;
    this.#seed = read.seed;
    this.#learningRate = read.learningRate;
  }

  toLayersModel(): LayersModel {
    const [weights, fixed] = this.#read();
    const place = new Map([
      ...this.#graph.weights.places.map((at) => [at.weight, { ...at, from: weights! }] as const),
      ...this.#graph.fixed.places.map((at) => [at.weight, { ...at, from: fixed! }] as const),
    ]);
    const values = this.#plan.model.weights.map((weight) => {
      const { from, begin, size } = place.get(weight)!;
      return from.slice(begin, begin + size);
    });
    return buildClone(this.#blueprint, values);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#graph.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkAlive(): void {
    if (this.#disposed) throw new ModelDisposedError();
  }

  #read(): Float32Array[] {
    this.#checkAlive();
    return this.#graph.read.run([]) as Float32Array[];
  }

  #write(values: readonly Float32Array[]): void {
    this.#graph.write.run(values.map((data) => ({ data, shape: [data.length] })));
  }

  /** All that must be the same for a state to fit. */
  #signature(): string {
    const { model, loss, optimizer, clip } = this.#plan;
    const layers = model.layers.map((layer) =>
      Object.fromEntries(
        Object.entries(layer).map(([key, value]: [string, unknown]) => [
          key,
          typeof value === 'object' && value !== null && 'shape' in value ? value.shape : value,
        ]),
      ),
    );
    return JSON.stringify({ features: model.features, layers, loss, optimizer, clip });
  }
}
