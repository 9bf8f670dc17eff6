/** The training step as one native call. */
import type { MiniBatch } from '../online-model.ts';
import type { Blueprint } from './blueprint.ts';
import { dropoutsOf, MaskDraws } from './dropout.ts';
import { Feeding } from './feeding.ts';
import { gather, spread, type Layout, type WeightPlan } from './plan.ts';
import { hyperCount, hyperValues, slotsOf, type SlotPlan } from './optimizers.ts';
import { targetsOf, type CheckedOptions } from './options.ts';
import { StepBase, type Arrays } from './step-base.ts';
import { buildStepGraph, type StepGraph, type StepPlan } from './step-graph.ts';
import { checkLengths, type StepCounters, type StepState } from './step-state.ts';

/** A training step that runs as one graph. */
export class CompiledStep extends StepBase {
  readonly compiled = true;
  readonly fallbackReason = undefined;
  readonly #plan: StepPlan;
  readonly #graph: StepGraph;
  readonly #masks: MaskDraws;
  readonly #learning: Feeding;
  readonly #learningWeighted: Feeding;
  readonly #predicting: Feeding;
  readonly #slots: readonly SlotPlan[];
  #signature: string | undefined;

  /** @param values the weights to start from, in the order of the plan */
  constructor(
    plan: StepPlan,
    options: CheckedOptions,
    blueprint: Blueprint,
    values: readonly Float32Array[],
  ) {
    const { features, outputs, layers, weights } = plan.model;
    const targets = targetsOf(options, [outputs]);
    const row = { output: [outputs], target: [targets.count] };
    super({ shape: { features, targets }, outputs, options, row, blueprint });
    this.#plan = plan;
    this.#masks = new MaskDraws(dropoutsOf(layers));
    this.#slots = slotsOf(plan.optimizer);
    this.#graph = buildStepGraph(plan);
    const rowShapes = (rows: number) => [
      [rows, features],
      [rows, targets.count],
    ];
    const hyper = [1 + hyperCount(plan.optimizer)];
    const drawn = (rows: number) => this.#masks.shapes(rows);
    const { train, trainWeighted, predict } = this.#graph;
    this.#learning = new Feeding(train, { given: (rows) => [...rowShapes(rows), hyper], drawn });
    this.#learningWeighted = new Feeding(trainWeighted, {
      given: (rows) => [...rowShapes(rows), [rows], hyper],
      drawn,
    });
    this.#predicting = new Feeding(predict, { given: (rows) => [[rows, features]] });
    const byWeight = new Map(weights.map((weight, i) => [weight, values[i]!]));
    const vector = (layout: Layout) => {
      const flat = new Float32Array(layout.length);
      for (const { weight, begin } of layout.places) flat.set(byWeight.get(weight)!, begin);
      return flat;
    };
    const { length } = this.#graph.weights;
    const slots = this.#slots.map(({ initial }) => new Float32Array(length).fill(initial));
    try {
      this.#write([vector(this.#graph.weights), vector(this.#graph.fixed), ...slots]);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  protected override runPredict(xs: Float32Array, rows: number): Float32Array {
    return this.#predicting.run(rows, [xs])[0] as Float32Array;
  }

  protected override runStep(
    { rows, xs, ys }: MiniBatch,
    weights: Float32Array | undefined,
    { step, seed, learningRate }: StepCounters,
  ) {
    const feeding = weights ? this.#learningWeighted : this.#learning;
    const hyper = Float32Array.of(1 / rows, ...hyperValues(this.#plan.optimizer, learningRate, step));
    const given = weights ? [xs, ys, weights, hyper] : [xs, ys, hyper];
    const [out] = feeding.run(rows, given, (space, masks) => {
      this.#masks.draw(space, masks, { seed, step, rows });
    }) as [Float32Array];
    const end = rows * this.outputs;
    return { loss: out[end]!, weightsSum: out[end + 1]!, predictions: out.subarray(0, end) };
  }

  protected override slotsSum(): number {
    const { slotsSum } = this.#graph;
    return slotsSum ? (slotsSum.run([])[0] as Float32Array)[0]! : 0;
  }

  protected override readArrays(): Arrays {
    const { weights, fixed, read } = this.#graph;
    const [flat, flatFixed, ...slots] = read.run([]) as [Float32Array, Float32Array, ...Float32Array[]];
    const kept = this.#slots.map(({ name }, i) => [name, gather(weights, slots[i]!)] as const);
    return { weights: gather(weights, flat), fixed: gather(fixed, flatFixed), ...Object.fromEntries(kept) };
  }

  protected override writeArrays({ arrays }: StepState): void {
    const { weights, fixed } = this.#graph;
    const slots = this.#slots.map(({ name }) => [name, weights.compact] as const);
    checkLengths(arrays, { weights: weights.compact, fixed: fixed.compact, ...Object.fromEntries(slots) });
    this.#write([
      spread(weights, arrays['weights']!),
      spread(fixed, arrays['fixed']!),
      ...this.#slots.map(({ name, initial }) => spread(weights, arrays[name]!, initial)),
    ]);
  }

  protected override weightValues(): Float32Array[] {
    const { weights, fixed, read } = this.#graph;
    const [flat, flatFixed] = read.run([]) as [Float32Array, Float32Array];
    const values = new Map<WeightPlan, Float32Array>();
    for (const [{ places }, from] of [[weights, flat] as const, [fixed, flatFixed] as const])
      for (const { weight, begin, size } of places) values.set(weight, from.slice(begin, begin + size));
    return this.#plan.model.weights.map((weight) => values.get(weight)!);
  }

  protected override signature(): string {
    // A plan never changes, and each checkpoint asks.
    return (this.#signature ??= signatureOf(this.#plan));
  }

  protected override free(): void {
    for (const feeding of [this.#learning, this.#learningWeighted, this.#predicting]) feeding.free();
    this.#graph.session.dispose();
  }

  #write(values: readonly Float32Array[]): void {
    this.#graph.write.run(values.map((data) => ({ data, shape: [data.length] })));
  }
}

function signatureOf({ model, loss, optimizer, clip }: StepPlan): string {
  const layers = model.layers.map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([key, part]: [string, unknown]) => [key, shapeOf(part)])),
  );
  return JSON.stringify({ features: model.features, layers, loss, optimizer, clip });
}

/** Weights without their names, which differ from process to process. */
function shapeOf(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || !('shape' in part)) return part;
  const { name: _, ...rest } = part as WeightPlan;
  return rest;
}
