/** What is trained or served, from the flags: a network, or a model that learns row by row. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { buildClassifier, compileTrainStep, loadModel, type OnlineModel } from '../model/index.ts';
import { tensorflow } from '../tensorflow.ts';
import {
  AdaptiveRandomForest,
  GaussianNaiveBayes,
  HoeffdingTreeClassifier,
  KNeighborsClassifier,
  LogisticRegression,
} from '../training/index.ts';
import { UsageError } from './errors.ts';

/** Models that learn row by row and need no TensorFlow, by the names that `--learner` takes. */
const learners = {
  linear: (features: number, { rate }: { rate: { learningRate?: number } }) =>
    new LogisticRegression({ features, ...rate }),
  bayes: (features: number) => new GaussianNaiveBayes({ features }),
  neighbors: (features: number) => new KNeighborsClassifier({ features }),
  tree: (features: number) => new HoeffdingTreeClassifier({ features }),
  forest: (features: number, { seed }: { seed: number }) => new AdaptiveRandomForest({ features, seed }),
} as const;

type LearnerName = keyof typeof learners;

/** The options that say what a model is built of. */
export interface ArchitectureFlags {
  hidden?: number[];
  dropout?: number[];
  linear?: boolean;
  learner?: LearnerName;
  model?: string;
}

/** The options a model is made from. */
export interface ModelFlags extends ArchitectureFlags {
  learningRate?: number;
  seed: number;
}

/** Adds the options that say what the model is built of. */
export function withArchitectureFlags(command: Command): Command {
  const others = ['hidden', 'model', 'linear', 'learner'];
  const but = (name: string): string[] => others.filter((other) => other !== name);
  return command
    .addOption(
      new Option('--hidden <units>', "units of the hidden layers (default: the article's classifier)")
        .argParser(unitsOf)
        .conflicts(but('hidden')),
    )
    .addOption(new Option('--dropout <shares>', 'with --hidden: shares left out').argParser(sharesOf))
    .addOption(
      new Option('--model <folder>', 'start from a saved model (tfjs format)').conflicts(but('model')),
    )
    .addOption(new Option('--linear', 'a logistic regression, without TensorFlow').conflicts(but('linear')))
    .addOption(
      new Option('--learner <name>', 'a model that learns row by row, without TensorFlow')
        .choices(Object.keys(learners))
        .conflicts(but('learner')),
    );
}

/** Refuses flags that do not go together. */
export function checkArchitecture(flags: ArchitectureFlags & { readonly learningRate?: number }): void {
  const { hidden = [], dropout = [], learner, learningRate } = flags;
  if (dropout.length > Math.max(1, hidden.length) || (dropout.length > 0 && hidden.length === 0))
    throw new UsageError({
      problem: '--dropout goes with --hidden: one share for all hidden layers, or one for each.',
    });
  if (learningRate !== undefined && learner !== undefined && learner !== 'linear')
    throw new UsageError({ problem: `--learning-rate is nothing that --learner ${learner} has.` });
}

/**
 * The article's classifier, hidden layers of one's own, a saved model, or a model that learns row by row (which
 * needs no TensorFlow); networks compiled, with Adam and binary cross-entropy. The caller disposes it.
 */
export async function modelOf(flags: ModelFlags, features: number): Promise<OnlineModel> {
  const { seed, learningRate } = flags;
  const rate = learningRate === undefined ? {} : { learningRate };
  const learner = flags.linear === true ? 'linear' : flags.learner;
  if (learner !== undefined) return learners[learner](features, { rate, seed });
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
function unitsOf(text: string): number[] {
  const units = text.split(',').map((part) => (/^\d{1,6}$/.test(part) ? Number(part) : 0));
  if (units.every((size) => size > 0)) return units;
  throw new InvalidArgumentError('It must be whole numbers above 0 with commas between, such as 128,64.');
}

/** Shares of units left out: `0.2,0.4`. */
function sharesOf(text: string): number[] {
  const shares = text.split(',').map((part) => (/^(0|0?\.\d+|0\.)$/.test(part) ? Number(part) : NaN));
  if (shares.every((share) => share >= 0 && share < 1)) return shares;
  throw new InvalidArgumentError(
    'It must be numbers from 0 to below 1 with commas between, such as 0.2,0.4.',
  );
}
