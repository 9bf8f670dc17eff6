/** The training step in plain tfjs, for models that have no graph. */
import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node';
import { tensorflow } from '../../tensorflow.ts';
import { mixSeeds } from '../../random.ts';
import { MiniBatchError } from '../errors.ts';
import type { MiniBatch } from '../online-model.ts';
import {
  buildBare,
  setWeights,
  weightValues,
  type Blueprint,
  describeModel,
  describeOptimizer,
} from './blueprint.ts';
import { trainAsKeras } from './as-keras.ts';
import { eagerPredictions, eagerRowLosses } from './losses.ts';
import { EagerOptimizer } from './tfjs-optimizers.ts';
import {
  disposeMasks,
  gradientsOf,
  seededLayers,
  everyLayer,
  fieldsOf,
  everyWeight,
  trainedWeights,
  weightedLayers,
  type Layer,
  type LayerWeight,
} from '../tfjs-layers.ts';
import { targetsOf, type CheckedOptions } from './options.ts';
import { sizeOf } from './plan.ts';
import { StepBase, type Arrays, type Stepped } from './step-base.ts';
import { checkLengths, type StepCounters, type StepState } from './step-state.ts';
import { invalidOption } from '../../options.ts';
import { messageOf } from '../../errors.ts';

/**
 * A training step made of `tf.variableGrads` and a tf.train optimizer, for any model of one input and one output. What
 * `model.trainOnBatch` does, but synchronous and with the predictions of the training pass.
 */
export class FallbackStep extends StepBase {
  readonly compiled = false;
  readonly fallbackReason: string;
  readonly #model: LayersModel;
  readonly #optimizer: EagerOptimizer;
  /** Changed by gradients. */
  readonly #trained: readonly LayerWeight[];
  readonly #weights: readonly Variable[];
  readonly #penalised: readonly Layer[];
  readonly #randomLayers: readonly { seed?: number }[];
  readonly #inputShape: readonly number[];
  readonly #targetShape: readonly number[];

  constructor(
    reason: string,
    blueprint: Blueprint,
    values: readonly Float32Array[],
    shapes: RowShapes,
    options: CheckedOptions,
  ) {
    const { input, output, indices } = shapes;
    const outputs = sizeOf(output);
    const targets = targetsOf(options, output);
    const target = options.targetKind === 'class' ? [...output.slice(0, -1), 1] : output;
    const shape = { features: sizeOf(input), targets, indices };
    super({ shape, outputs, options, row: { output, target }, blueprint });
    this.fallbackReason = reason;
    this.#inputShape = input;
    this.#targetShape = target;
    this.#model = buildBare(blueprint, values);
    try {
      this.#trained = [...trainedWeights(this.#model)];
      this.#weights = this.#trained.map(({ val }) => val);
      this.#penalised = weightedLayers(this.#model);
      this.#randomLayers = seededLayers(this.#model);
      trainAsKeras(this.#model);
      this.#optimizer = new EagerOptimizer(options.optimizer, options.learningRate);
    } catch (error) {
      this.#model.dispose();
      throw error;
    }
  }

  protected override runPredict(xs: Float32Array, rows: number): Float32Array {
    const tf = tensorflow();
    return tf.tidy(() => {
      const outputs = this.#model.apply(tf.tensor(xs, [rows, ...this.#inputShape]), {}) as Tensor;
      return valuesOf(eagerPredictions(this.#lossPlan, outputs));
    });
  }

  /** What TensorFlow.js says where it cannot train the layers: it has no gradient of some. Nothing is learnt. */
  problemOfTraining(xs: Float32Array, rows: number): string | undefined {
    if (this.#weights.length === 0) return undefined;
    const tf = tensorflow();
    const before = this.weightValues();
    const x = tf.tensor(xs, [rows, ...this.#inputShape]);
    let isForward = true;
    const sum = () => {
      const outputs = this.#model.apply(x, { training: true }) as Tensor;
      isForward = false;
      return outputs.sum().asScalar();
    };
    try {
      tf.tidy(() => void gradientsOf(sum, this.#weights));
      return undefined;
    } catch (error) {
      // Forward it may be these rows: a noise shape, say, is of a number of rows.
      return isForward ? undefined : messageOf(error);
    } finally {
      x.dispose();
      // Moving statistics have moved.
      setWeights(this.#model, before);
    }
  }

  protected override runStep(
    batch: MiniBatch,
    weights: Float32Array | undefined,
    counters: StepCounters,
  ): Stepped {
    const tf = tensorflow();
    this.#seedLayers(counters);
    return tf.tidy(() => {
      const { rows } = batch;
      const x = tf.tensor(batch.xs, [rows, ...this.#inputShape]);
      const y = tf.tensor(batch.ys, [rows, ...this.#targetShape]);
      let predictions = new Float32Array();
      const compute = () => {
        const outputs = this.#model.apply(x, { training: true }) as Tensor;
        predictions = valuesOf(eagerPredictions(this.#lossPlan, outputs));
        return this.#totalLoss(y, outputs, weights).asScalar();
      };
      let loss: Tensor;
      if (this.#weights.length === 0) loss = compute();
      else {
        const { value, grads } = gradientsOf(compute, this.#weights);
        const gradients = this.#clip(
          this.#weights.map((weight) => grads[weight.name] ?? tf.zerosLike(weight)),
        );
        this.#optimizer.apply(counters.learningRate, this.#weights, gradients);
        this.#constrain();
        loss = value;
      }
      const sums = everyWeight(this.#model).map(({ val }) => val.sum());
      const weightsSum = sums.length > 0 ? tf.addN(sums).dataSync()[0]! : 0;
      return { loss: loss.dataSync()[0]!, predictions, weightsSum };
    });
  }

  /** Keras projects a weight that has a constraint after each update, which tfjs leaves out. */
  #constrain(): void {
    for (const { val, constraint } of this.#trained) if (constraint) val.assign(constraint.apply(val));
  }

  protected override slotsSum(): number {
    return this.#optimizer.slotsSum();
  }

  protected override readArrays(): Arrays {
    const weights = weightValues(this.#model).map((values, i) => [`weight.${i}`, values] as const);
    const slots = Object.entries(this.#optimizer.read()).map(([name, values]) => [
      `optimizer.${name}`,
      values,
    ]);
    return Object.fromEntries([...weights, ...slots]) as Arrays;
  }

  protected override writeArrays({ arrays }: StepState): void {
    const weights: Record<string, Float32Array> = {};
    const slots: Record<string, Float32Array> = {};
    for (const [name, values] of Object.entries(arrays)) {
      if (name.startsWith('optimizer.')) slots[name.slice('optimizer.'.length)] = values;
      else weights[name] = values;
    }
    const sizes = weightValues(this.#model).map(({ length }, i) => [`weight.${i}`, length] as const);
    checkLengths(weights, Object.fromEntries(sizes));
    this.#optimizer.check(slots, this.#weights);
    setWeights(
      this.#model,
      sizes.map(([name]) => weights[name]!.slice()),
    );
    this.#optimizer.write(slots, this.#weights);
  }

  protected override weightValues(): Float32Array[] {
    return weightValues(this.#model);
  }

  protected override signature(): string {
    const { loss, lossName, optimizer, clip } = this.options;
    return JSON.stringify({
      fallback: true,
      layers: describeModel(this.blueprint),
      loss: typeof loss === 'function' ? lossName : loss,
      optimizer: 'kind' in optimizer ? optimizer : describeOptimizer(optimizer),
      clip,
    });
  }

  protected override free(): void {
    this.#optimizer.dispose();
    disposeMasks(this.#model);
    this.#model.dispose();
  }

  get #lossPlan() {
    return typeof this.options.loss === 'function' ? undefined : this.options.loss;
  }

  #totalLoss(targets: Tensor, outputs: Tensor, weights: Float32Array | undefined): Tensor {
    const tf = tensorflow();
    const { loss } = this.options;
    const each = typeof loss === 'function' ? loss(targets, outputs) : eagerRowLosses(loss, targets, outputs);
    if (weights && each.rank === 0)
      throw new MiniBatchError({
        part: 'weights',
        problem: 'cannot be used, as the loss function gives one loss for all rows',
      });
    const rows = each.shape[0] ?? 1;
    const weighted = weights ? each.reshape([rows, -1]).mul(tf.tensor(weights, [rows, 1])) : each;
    const penalties = this.#penalised.flatMap((layer) => layer.calculateLosses() as Tensor[]);
    return penalties.reduce((sum, penalty) => sum.add(penalty), weighted.mean());
  }

  /** Fixes every dropout of the step by (seed, step, layer); other noise of tfjs takes no seed. */
  #seedLayers({ seed, step }: StepCounters): void {
    for (const [i, layer] of this.#randomLayers.entries()) layer.seed = mixSeeds(mixSeeds(seed, step), i);
  }

  #clip(gradients: Tensor[]): Tensor[] {
    const { clip } = this.options;
    if (!clip) return gradients;
    const { limit } = clip;
    if (clip.by === 'value') return gradients.map((gradient) => gradient.clipByValue(-limit, limit));
    const tf = tensorflow();
    const shortened = (gradient: Tensor, length: Tensor) =>
      gradient.mul(tf.div(limit, length.maximum(limit)).add(length.mul(0)));
    if (clip.by === 'norm') return gradients.map((gradient) => shortened(gradient, gradient.norm()));
    const length = tf.sqrt(tf.addN(gradients.map((gradient) => gradient.square().sum())));
    return gradients.map((gradient) => shortened(gradient, length));
  }
}

/** Sizes of a row's dimensions. */
interface RowShapes {
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** Where an embedding takes them as they are: they are whole numbers below this. */
  readonly indices: number | undefined;
}

/** The shapes of a model's rows, where it has one input and one output of fixed size. */
export function rowShapes(model: LayersModel): RowShapes {
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw invalidOption('model', model.name, 'a model of one input and one output');
  const [input, output] = [model.inputs[0]!.shape.slice(1), model.outputs[0]!.shape.slice(1)];
  if (![...input, ...output].every((size) => typeof size === 'number'))
    throw invalidOption('model', model.name, 'a model whose rows have a fixed size');
  const moving = new Set(['InputLayer', 'Reshape', 'Flatten', 'Permute']);
  const first = everyLayer(model)
    .map(({ layer }) => layer)
    .find((layer) => !('layers' in layer) && !moving.has(layer.getClassName()));
  const indices = first?.getClassName() === 'Embedding' ? fieldsOf(first).inputDim : undefined;
  return { input: input as number[], output: output as number[], indices };
}

const valuesOf = (tensor: Tensor): Float32Array<ArrayBuffer> => Float32Array.from(tensor.dataSync());
