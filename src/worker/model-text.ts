/** A model with its loss and optimizer as JSON, for a worker elsewhere that is to learn with the same one. */
import { compileTrainStep, type TrainStep, type TrainStepOptions } from '../model/index.ts';
import { buildClassifier, type ClassifierOptions } from '../model/classifier.ts';
import type { ClipPlan, OptimizerPlan } from '../model/step/optimizers.ts';
import type { LossPlan } from '../model/step/losses.ts';
import type { StepState } from '../model/step/step-state.ts';
import { invalidOption } from '../options.ts';
import { tensorflow } from '../tensorflow.ts';

/** A model as JSON says it. */
export type ModelText =
  /** The article's classifier. */
  | { readonly classifier: ClassifierOptions }
  /** Layers as `JSON.stringify(model.toJSON())` gives them, as text; their weights come in a state. */
  | { readonly layers: string };

/** Options of a step that JSON can carry. */
export type StepText = Omit<TrainStepOptions, 'optimizer' | 'loss' | 'classWeights' | 'onFallback'> & {
  optimizer?: unknown;
  loss?: unknown;
  classWeights?: Readonly<Record<string, number>>;
};

/** A model, and how it learns. */
export interface ModelAndStep {
  readonly model: ModelText;
  readonly step: StepText;
}

/**
 * What makes the same compiled step elsewhere; the weights are those of its state.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for a model that is not compiled, whose functions no text can carry
 */
export function modelText(step: TrainStep): ModelAndStep {
  if (!step.compiled)
    throw invalidOption(
      'model',
      step.kind,
      `a compiled step: this one falls back to plain TensorFlow.js (${step.fallbackReason})`,
    );
  const state = step.save() as unknown as StepState;
  const { loss, optimizer, clip } = JSON.parse(state.model) as {
    loss: LossPlan;
    optimizer: OptimizerPlan & { epsilon?: number };
    clip?: ClipPlan;
  };
  const { epsilon, ...settings } = optimizer;
  const layers = step.toLayersModel();
  try {
    return {
      model: { layers: JSON.stringify(layers.toJSON(undefined, false)) },
      step: {
        loss: loss.kind,
        ...('fromLogits' in loss && { fromLogits: loss.fromLogits }),
        ...('delta' in loss && { huberDelta: loss.delta }),
        // Adagrad has an epsilon that is no setting.
        optimizer: { ...settings, ...(optimizer.kind !== 'adagrad' && epsilon !== undefined && { epsilon }) },
        ...(clip && {
          [{ value: 'clipValue', norm: 'clipNorm', globalNorm: 'globalClipNorm' }[clip.by]]: clip.limit,
        }),
        learningRate: state.settings?.learningRate ?? state.learningRate,
        seed: state.settings?.seed ?? state.seed,
        ...((state.settings?.classWeights.length ?? 0) > 0 && {
          classWeights: Object.fromEntries(state.settings!.classWeights),
        }),
      },
    };
  } finally {
    layers.dispose();
  }
}

/**
 * The compiled step of a text. The caller disposes it.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 */
export async function stepOf({ model, step }: ModelAndStep): Promise<TrainStep> {
  const layers =
    'classifier' in model
      ? buildClassifier(model.classifier)
      : await tensorflow().models.modelFromJSON(JSON.parse(model.layers) as never);
  try {
    return compileTrainStep(layers, step as TrainStepOptions);
  } finally {
    layers.dispose();
  }
}
