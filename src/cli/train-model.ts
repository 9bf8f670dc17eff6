/** Makes the model that `streamtrain train` trains, from its options. */
import { InvalidArgumentError } from 'commander';
import { buildClassifier, compileTrainStep, loadModel, type OnlineModel } from '../model/index.ts';
import { tensorflow } from '../tensorflow.ts';
import { LogisticRegression } from '../training/index.ts';

/** The options a model is made from. */
export interface ModelFlags {
  hidden?: number[];
  dropout?: number[];
  linear?: boolean;
  model?: string;
  learningRate?: number;
  seed: number;
}

/**
 * The article's classifier, hidden layers of one's own, a saved model, or a logistic regression (which needs no
 * TensorFlow); compiled, with Adam and binary cross-entropy. The caller disposes it.
 */
export async function modelOf(flags: ModelFlags, features: number): Promise<OnlineModel> {
  const { seed, learningRate } = flags;
  const rate = learningRate === undefined ? {} : { learningRate };
  if (flags.linear === true) return new LogisticRegression({ features, ...rate });
  const layers =
    flags.model !== undefined
      ? await loadModel(flags.model)
      : flags.hidden !== undefined
        ? hiddenLayers(flags.hidden, flags.dropout ?? [], features, seed)
        : buildClassifier({ inputs: features, seed });
  try {
    return compileTrainStep(layers, { optimizer: 'adam', loss: 'binaryCrossentropy', seed, ...rate });
  } finally {
    layers.dispose();
  }
}

/** Dense relu layers with dropout behind them, and one sigmoid at the end. */
function hiddenLayers(units: readonly number[], dropout: readonly number[], features: number, seed: number) {
  const { sequential, layers, initializers } = tensorflow();
  const model = sequential();
  for (const [i, size] of [...units, 1].entries()) {
    const last = i === units.length;
    model.add(
      layers.dense({
        units: size,
        activation: last ? 'sigmoid' : 'relu',
        kernelInitializer: initializers.glorotUniform({ seed: seed + i + 1 }),
        ...(i === 0 && { inputShape: [features] }),
      }),
    );
    const rate = dropout[Math.min(i, dropout.length - 1)] ?? 0;
    if (!last && rate > 0) model.add(layers.dropout({ rate, seed: seed + 1000 + i }));
  }
  return model;
}

/** Units of hidden layers: `128,256,128`. */
export function unitsOf(text: string): number[] {
  const units = text.split(',').map((part) => (/^\d{1,6}$/.test(part) ? Number(part) : 0));
  if (units.every((size) => size > 0)) return units;
  throw new InvalidArgumentError('It must be whole numbers above 0 with commas between, such as 128,64.');
}

/** Shares of units left out: `0.2,0.4`. */
export function sharesOf(text: string): number[] {
  const shares = text.split(',').map((part) => (/^(0|0?\.\d+|0\.)$/.test(part) ? Number(part) : NaN));
  if (shares.every((share) => share >= 0 && share < 1)) return shares;
  throw new InvalidArgumentError(
    'It must be numbers from 0 to below 1 with commas between, such as 0.2,0.4.',
  );
}
