/** The article's classifier: its layers, its loss, its optimizer. */
import type { LayersModel, Sequential } from '@tensorflow/tfjs-node';
import { tensorflow } from '../tensorflow.ts';
import { checkNumber, checkInteger, checkSeed, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { mixSeeds } from '../random.ts';
import { compiledOf, renewDropoutMasks } from './tfjs-layers.ts';

/** Options of {@link buildClassifier}. */
export interface ClassifierOptions {
  /** How many features a row has. Default 9. */
  inputs?: number;
  /**
   * Fixes the initial weights and the dropout masks: an integer from 0 to 2^32 - 1. Default: none, every model
   * differs.
   */
  seed?: number;
}

const classifierOptions: OptionNames<ClassifierOptions> = { inputs: true, seed: true };

/** Units of the hidden layers and the share of them that dropout leaves out. */
const hidden = [
  { units: 128, dropout: 0.2 },
  { units: 256, dropout: 0.4 },
  { units: 128, dropout: 0.4 },
];

/**
 * Builds the article's network: `inputs` -> 128 relu, dropout 0.2 -> 256 relu, dropout 0.4 -> 128 relu, dropout 0.4
 * -> 1 sigmoid. It takes float32 `[rows, inputs]` and gives float32 `[rows, 1]`, the probability of class 1. With 9
 * inputs it has 67,329 weights. Call {@link compileClassifier} before training; `model.dispose()` frees it.
 *
 * **With a seed** the initial weights (Glorot uniform; biases 0) and all dropout masks are the same in every
 * process, and training on the same batches in the same order gave bit-equal weights wherever we tried it. Not
 * covered: `model.fit` with `shuffle: true` (its default) orders rows by `Math.random`, so pass `shuffle: false` or
 * use `fitDataset`; other processors, thread counts or TensorFlow versions may round differently; and the masks
 * start again when a saved model is loaded.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) when `inputs` or `seed` is no whole number in range;
 *   UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const model = buildClassifier({ inputs: 9, seed: 1 });
 * model.summary();
 * ```
 */
export function buildClassifier(options: ClassifierOptions = {}): Sequential {
  refuseUnknownOptions('buildClassifier', options, classifierOptions);
  const { inputs = 9, seed } = options;
  checkInteger('inputs', inputs, { least: 1 });
  if (seed !== undefined) checkSeed('seed', seed);
  const tf = tensorflow();
  let drawn = 0;
  const nextSeed = () => (seed === undefined ? undefined : mixSeeds(seed, drawn++));
  const dense = (units: number, activation: 'relu' | 'sigmoid', inputShape?: [number]) =>
    tf.layers.dense({
      units,
      activation,
      kernelInitializer: tf.initializers.glorotUniform({ seed: nextSeed()! }),
      ...(inputShape && { inputShape }),
    });
  const model = tf.sequential();
  for (const [i, { units, dropout }] of hidden.entries()) {
    model.add(dense(units, 'relu', i === 0 ? [inputs] : undefined));
    model.add(tf.layers.dropout({ rate: dropout, seed: nextSeed()! }));
  }
  model.add(dense(1, 'sigmoid'));
  renewDropoutMasks(model);
  return model;
}

/** Options of {@link compileClassifier}. */
export interface CompileOptions {
  /** Adam's step size. Default 0.001. */
  learningRate?: number;
}

const compileOptions: OptionNames<CompileOptions> = { learningRate: true };

/**
 * Compiles a model that ends in a sigmoid: Adam, binary cross-entropy on probabilities, accuracy (class 1 above 0.5).
 *
 * **And the article's `BinaryCrossentropy(from_logits=True)`?** The flag says that the output is a logit, which the loss has
 * to squash. The article's model ends in a sigmoid all the same. Keras keeps the logits behind a sigmoid and uses them on
 * TensorFlow's backend, so the flag only warns: loss, gradients and training are those of the plain loss (compared on Keras
 * 3.15; on its JAX backend the flag does squash twice). TensorFlow.js keeps nothing: `tf.losses.sigmoidCrossEntropy` on a
 * sigmoid's output squashes twice. A probability of 0..1 becomes 0.5..0.731: a sure and right "benign" (0) still costs
 * -ln(0.5) = 0.693 and a sure and right "malignant" (1) -ln(0.731) = 0.313, so the loss cannot come near 0; its gradient is
 * at most half of the right one, and fades to nothing on the very rows the model is surely wrong about. Here: a sigmoid
 * with the loss on probabilities. For a model with a linear output, `sigmoidCrossEntropy` is the right loss.
 *
 * The loss it reports is the mean of -ln(p of the true class), in nats. Compiling again resets the
 * optimizer. `model.dispose()` frees the optimizer's tensors with the model's.
 *
 * @returns the same model
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) when `learningRate` is not a positive number;
 *   UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const model = compileClassifier(buildClassifier({ inputs: 9, seed: 1 }));
 * await model.fitDataset(trainDs, { epochs: 10 });
 * ```
 */
export function compileClassifier<M extends LayersModel>(model: M, options: CompileOptions = {}): M {
  refuseUnknownOptions('compileClassifier', options, compileOptions);
  const { learningRate = 0.001 } = options;
  checkNumber('learningRate', learningRate, { above: 0 });
  const optimizer = tensorflow().train.adam(learningRate);
  freeOptimizer(model);
  try {
    model.compile({ optimizer, loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  } catch (error) {
    optimizer.dispose();
    throw error;
  }
  compiledOf(model).isOptimizerOwned = true;
  return model;
}

/** Frees the optimizer of an earlier compile, which nothing else would do. */
function freeOptimizer(model: LayersModel): void {
  if (compiledOf(model).isOptimizerOwned === true) model.optimizer?.dispose();
}
