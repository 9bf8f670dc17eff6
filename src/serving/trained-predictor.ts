/** Predictors out of checkpoints: of a model that was named, or of one that nothing but its checkpoint is known of. */
import { messageOf, StreamTrainError } from '../errors.ts';
import { ExportUnsupportedError } from '../export/index.ts';
import { modelOfPart } from '../export/row-predictor.ts';
import type { OnlineModel } from '../model/index.ts';
import { pause } from '../process/index.ts';
import type { OnlineTransformer } from '../scaling/index.ts';
import {
  CheckpointForeignError,
  restoreParts,
  type Checkpoint,
  type CheckpointPart,
  type Statefuls,
} from '../training/index.ts';
import { checkFinite } from '../training/checkpoint/restore.ts';
import { Predictor, WARMED_WITH, type PredictingModel } from './predictor.ts';

/** A model that was named, whose weights come from checkpoints. */
export class TrainedPredictor extends Predictor {
  declare readonly model: OnlineModel;

  constructor(model: OnlineModel, scalers: readonly OnlineTransformer[], threshold: number) {
    super(model, scalers, threshold);
  }

  /**
   * Takes weights and scalers of a checkpoint, and nothing else of it; all or none.
   *
   * @throws CheckpointForeignError (`ST_TRAINING_CHECKPOINT_FOREIGN`), also where the training had scalers that are not here;
   *   CheckpointNotFiniteError (`ST_TRAINING_CHECKPOINT_NOT_FINITE`)
   */
  restore(checkpoint: Checkpoint): void {
    const statefuls: Statefuls = { model: this.model, ...named(this.scalers) };
    const served = partsOf(checkpoint, (name) => name === 'model' || isScaler(name));
    checkFinite(served, statefuls);
    restoreParts(served, statefuls);
  }
}

const isScaler = (name: string): boolean => name.startsWith('scaler.');

const named = (scalers: readonly OnlineTransformer[]): Statefuls =>
  Object.fromEntries(scalers.map((scaler, i) => [`scaler.${i}`, scaler]));

function partsOf(checkpoint: Checkpoint, isWanted: (name: string) => boolean): Checkpoint {
  const parts = Object.entries(checkpoint.parts).filter(([name]) => isWanted(name));
  return { ...checkpoint, parts: Object.fromEntries(parts) };
}

/** Makes a predictor of a checkpoint that none of the named models is of; undefined where that cannot be asked for. */
export type Adopt = (checkpoint: Checkpoint) => Promise<Predictor | undefined>;

/** Between the steps of loading a network rows have their turn for so long, ms. */
const REST_MS = 20;

/**
 * Adopts models of a kind that was named, made in another way than the named one: networks of other layers, models that learn
 * row by row with other options (the seed of a forest is one). They are known from their checkpoints alone, with the scalers that
 * are served. What is loaded predicts and does not learn, so that no step takes long; the rows have their turns between the
 * steps.
 *
 * @throws (from what it gives) CheckpointForeignError (`ST_TRAINING_CHECKPOINT_FOREIGN`) with the reason
 */
export function adoptModels(
  predictors: readonly TrainedPredictor[],
  makeScalers: () => readonly OnlineTransformer[],
  threshold: number,
): Adopt {
  return async (checkpoint) => {
    const { model: part } = checkpoint.parts;
    const like = predictors.find(({ model }) => model.kind === part?.kind)?.model;
    if (like === undefined || part === undefined) return undefined;
    const scalers = makeScalers();
    restoreParts(partsOf(checkpoint, isScaler), named(scalers));
    const model = madeOf(checkpoint, () => loaded(part));
    const predictor = new Predictor(model, scalers, threshold);
    const shape = ({ features, outputs, task }: PredictingModel): string =>
      `of ${features} features, ${outputs} outputs and for ${task}`;
    if (shape(model) !== shape(like)) {
      predictor.dispose();
      const problem = `its model is ${shape(model)}, not ${shape(like)}`;
      throw new CheckpointForeignError({ checkpoint: checkpoint.place, problem });
    }
    for (const rows of WARMED_WITH) {
      await pause(REST_MS);
      predictor.warmWith(rows);
    }
    return predictor;
  };
}

function loaded(part: CheckpointPart): PredictingModel {
  const model = modelOfPart(part);
  return { ...model, dispose: () => model[Symbol.dispose]() };
}

/** @throws CheckpointForeignError (`ST_TRAINING_CHECKPOINT_FOREIGN`) where it cannot be made of this checkpoint */
export function madeOf<Made>({ place: checkpoint }: Checkpoint, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof StreamTrainError)) throw error;
    const problem = error instanceof ExportUnsupportedError ? error.problem : messageOf(error);
    throw new CheckpointForeignError({ checkpoint, problem, cause: error });
  }
}
