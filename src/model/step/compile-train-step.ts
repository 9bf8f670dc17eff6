/** Turns a model into a training step that is one native call. */
import type { LayersModel } from '@tensorflow/tfjs-node';
import { ModelOptionError } from '../errors.ts';
import { blueprintOf, weightValues } from './clone.ts';
import { CompiledStep } from './compiled-step.ts';
import { FallbackStep, rowShapes } from './fallback-step.ts';
import { checkStepOptions, unsupportedOptions, withModelsOwn, type TrainStepOptions } from './options.ts';
import { Unsupported, readLayers } from './read-layers.ts';
import type { TrainStep } from './train-step.ts';

/**
 * Compiles model, loss and optimizer into one TensorFlow graph: forward, seeded dropout, loss, backward and the update
 * of weights and optimizer state are then **one native call** for each mini-batch, about ten times as fast as
 * `model.trainOnBatch`. It starts from the model's weights and takes nothing else of it: the model stays as it is, and
 * may be disposed.
 *
 * Known: `tf.Sequential` (also nested) of dense, dropout, flatten, reshape, batch normalisation and activation layers;
 * the losses of {@link LossName}; SGD with momentum and Nesterov's, Adam, RMSProp, Adagrad; L1 and L2 penalties. Where
 * the model was compiled, its loss and optimizer are taken if the options leave them out. **Anything else** is trained
 * by plain tfjs behind the same interface, which is said once.
 *
 * A step's result is fixed by the state, the mini-batch and (seed, step); nothing is left in `tf.memory()`. `dispose()`
 * frees the native memory.
 *
 * @throws {@link ModelOptionError} (`ST_MODEL_OPTION`) when an option cannot be
 * @example
 * ```ts
 * const model = buildClassifier({ inputs: 9, seed: 1 });
 * const step = compileTrainStep(model, { optimizer: 'adam', loss: 'binaryCrossentropy', seed: 1 });
 * const { loss, predictions } = step.learn({ rows: 2, xs: new Float32Array(18), ys: Float32Array.of(0, 1) });
 * step.dispose();
 * ```
 */
export function compileTrainStep(model: LayersModel, options: TrainStepOptions = {}): TrainStep {
  if ((model.outputs as unknown[] | undefined)?.length !== 1)
    throw new ModelOptionError('model', model.name, 'a model whose first layer has an inputShape');
  const checked = checkStepOptions(withModelsOwn(model, options));
  const shapes = rowShapes(model);
  const blueprint = blueprintOf(model);
  const values = weightValues(model);
  const { loss, optimizer, clip } = checked;
  const plan = unsupportedOptions(checked) ?? readLayers(model);
  if (!(plan instanceof Unsupported) && typeof loss !== 'function' && 'kind' in optimizer)
    return new CompiledStep(
      { model: plan, loss, optimizer, ...(clip && { clip }) },
      checked,
      blueprint,
      values,
    );
  const reason = plan instanceof Unsupported ? plan.reason : 'an option is not known';
  const { onFallback = console.warn } = options;
  onFallback(
    `compileTrainStep: no graph for this model, as ${reason}. It is trained by plain tfjs, more slowly.`,
  );
  return new FallbackStep(reason, blueprint, values, shapes, checked);
}
