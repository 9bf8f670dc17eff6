/** Turns a model into a training step that is one native call. */
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { allFinite } from '../../finite.ts';
import { blueprintOf, weightValues } from './blueprint.ts';
import { CompiledStep } from './compiled-step.ts';
import { FallbackStep, rowShapes } from './fallback-step.ts';
import { refuseStateful, unseededLayer, disposeMasks, everyLayer, fieldsOf } from '../tfjs-layers.ts';
import { checkStepOptions, unsupportedOptions, type TrainStepOptions, ownSettings } from './options.ts';
import { Unsupported, readLayers } from './read-layers.ts';
import type { TrainStep } from './train-step.ts';
import { messageOf } from '../../errors.ts';
import { mulberry32 } from '../../random.ts';
import { tensorflow } from '../../tensorflow.ts';
import { eagerPredictions, type LossPlan } from './losses.ts';
import { sizeOf } from './plan.ts';
import { invalidOption } from '../../options.ts';

/**
 * Compiles model, loss and optimizer into one TensorFlow graph: forward, seeded dropout, loss, backward and the update
 * of weights and optimizer state are then **one native call** for each mini-batch, about ten times as fast as
 * `model.trainOnBatch`. It starts from the model's weights: the model stays as it is, and may be disposed. An optimizer starts
 * without the moments it may have had.
 *
 * Known: `tf.Sequential` (also nested) of dense, dropout, flatten, reshape, batch normalisation and activation layers;
 * the losses of {@link LossName}; SGD with momentum and Nesterov's, Adam, RMSProp, Adagrad; L1 and L2 penalties. Where
 * the model was compiled, its loss, optimizer and metrics are taken if the options leave them out. **Anything else** (other
 * layers, tfjs's other losses and optimizers, constraints) is trained by plain tfjs behind the same interface, which is said
 * once; what cannot be trained so is refused. Before the step is handed out, its predictions of a few rows are compared with
 * the model's own.
 *
 * What is frozen stays frozen: layers, models within the model and weights with `trainable = false` at this call, and the
 * moving statistics of frozen batch normalisation, as in Keras. Setting `trainable` later changes nothing here.
 *
 * A step's result is fixed by the state, the mini-batch and (seed, step); nothing is left in `tf.memory()`. `dispose()`
 * frees the native memory. Values and targets that are NaN, infinite or none of the loss are refused (MiniBatchError), a step
 * that makes the loss or a weight so throws ModelNotFiniteError (`ST_MODEL_NOT_FINITE`). What the optimizer keeps is looked
 * at every 64 steps, after epochs, and wherever a state or a model is handed out.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) when an option cannot be, or the model cannot be trained;
 *   UnknownOptionError (`ST_OPTION_UNKNOWN`) for an option that is not known
 * @example
 * ```ts
 * const model = buildClassifier({ inputs: 9, seed: 1 });
 * const step = compileTrainStep(model, { optimizer: 'adam', loss: 'binaryCrossentropy', seed: 1 });
 * const { loss, predictions } = step.learn({ rows: 2, xs: new Float32Array(18), ys: Float32Array.of(0, 1) });
 * step.dispose();
 * ```
 */
export function compileTrainStep(model: LayersModel, options: TrainStepOptions = {}): TrainStep {
  checkModel(model);
  const shapes = rowShapes(model);
  const checked = checkStepOptions(options, ownSettings(model));
  const blueprint = blueprintOf(model);
  const values = weightValues(model);
  if (!values.every((weight) => allFinite(weight)))
    throw invalidOption('model', model.name, 'a model whose weights are finite (some are NaN or infinite)');
  const { loss, optimizer, clip } = checked;
  const squash = lastActivation(model);
  if (typeof loss === 'object' && 'fromLogits' in loss && loss.fromLogits && probabilities.has(squash ?? ''))
    throw invalidOption(
      'fromLogits',
      true,
      `false for a model that ends in a ${squash}: its outputs are probabilities, and would be squashed twice`,
    );
  const sample = samplePredictions(model, shapes.input, typeof loss === 'object' ? loss : undefined);
  const plan = unsupportedOptions(checked) ?? readLayers(model);
  let reason = plan instanceof Unsupported ? plan.reason : 'an option is not known';
  if (!(plan instanceof Unsupported) && typeof loss !== 'function' && 'kind' in optimizer) {
    const stepPlan = { model: plan, loss, optimizer, ...(clip && { clip }) };
    const step = new CompiledStep(stepPlan, checked, blueprint, values);
    if (predictsAs(step, sample)) return step;
    step.dispose();
    reason = 'its graph does not predict what the model does';
  }
  const step = new FallbackStep(reason, blueprint, values, shapes, checked);
  if (!predictsAs(step, sample)) {
    step.dispose();
    throw invalidOption('model', model.name, 'layers that do the same when built from their getConfig()');
  }
  const problem = step.problemOfTraining(sample.xs, sample.rows);
  if (problem !== undefined) {
    step.dispose();
    throw invalidOption('model', model.name, `layers that TensorFlow.js can train (it says: ${problem})`);
  }
  const noisy = unseededLayer(model);
  const { onFallback = console.warn } = options;
  onFallback(
    `compileTrainStep: no graph for this model, as ${reason}. It is trained by plain tfjs, more slowly.` +
      (noisy === undefined ? '' : ` The noise of layer ${noisy} is not fixed by the seed: two runs differ.`),
  );
  return step;
}

function checkModel(model: LayersModel): void {
  const { inputs, outputs, layers } = model as {
    inputs?: unknown[];
    outputs?: unknown[];
    layers?: unknown[];
  };
  if (!Array.isArray(layers) || !Array.isArray(inputs) || inputs.length < 1 || !Array.isArray(outputs))
    throw invalidOption('model', model.name, 'a tf.LayersModel whose first layer has an inputShape');
  refuseStateful(model);
}

/** Activations that make probabilities of logits. */
const probabilities: ReadonlySet<string> = new Set(['sigmoid', 'hardSigmoid', 'softmax']);

/** The name of the activation of a model's last layer, if that has one. */
function lastActivation(model: LayersModel): string | undefined {
  const last = model.layers.at(-1);
  if (last && 'layers' in last) return lastActivation(last as LayersModel);
  if (last?.getClassName() === 'Softmax') return 'softmax';
  const activation = last?.getConfig()['activation'];
  return typeof activation === 'string' ? activation : undefined;
}

function predictsAs(step: TrainStep, sample: Sample): boolean {
  try {
    return agrees(sample, step.predict(sample.xs, sample.rows));
  } catch {
    return !allFinite(sample.predictions);
  }
}

const ROWS = 3;
/** Rounding differs between ways of computing the same; a misread setting differs by far more. */
const TOLERANCE = 1e-3;

/** Rows, and what the model itself predicts for them. */
interface Sample {
  readonly rows: number;
  readonly xs: Float32Array;
  readonly predictions: Float32Array;
}

/**
 * Lets a model predict a few made-up rows; of an embedding, indices it has.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) when it cannot
 */
function samplePredictions(model: LayersModel, input: readonly number[], loss: LossPlan | undefined): Sample {
  const tf = tensorflow();
  const random = mulberry32(1);
  const indices = everyLayer(model).map(({ layer }) => fieldsOf(layer).inputDim ?? Infinity);
  const least = indices.reduce((a, b) => Math.min(a, b), Infinity);
  const draw = least < Infinity ? () => Math.floor(random() * least) : () => random() * 4 - 2;
  const xs = Float32Array.from({ length: ROWS * sizeOf(input) }, draw);
  try {
    const predictions = tf.tidy(() => {
      const outputs = model.apply(tf.tensor(xs, [ROWS, ...input]), { training: false }) as Tensor;
      return Float32Array.from(eagerPredictions(loss, outputs).dataSync());
    });
    return { rows: ROWS, xs, predictions };
  } catch (error) {
    throw invalidOption('model', model.name, `a model that can predict (${messageOf(error)})`);
  } finally {
    disposeMasks(model);
  }
}

/** Whether predictions are those of the sample but for rounding. */
function agrees({ predictions }: Sample, found: Float32Array): boolean {
  let largest = 1;
  for (const value of predictions) largest = Math.max(largest, Math.abs(value));
  return predictions.every((value, i) => Math.abs(value - found[i]!) <= TOLERANCE * largest);
}
