/** Notices when a number stops getting better, and remembers the state at its best. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import type { OnlineModel, State } from '../../model/index.ts';
import { TrainingOptionError } from '../online/errors.ts';

/** When to stop before the last epoch. */
export interface EarlyStoppingOptions {
  /** Stop after so many epochs without a better loss (default 5). */
  patience?: number;
  /** Less than this is no betterment (default 0). */
  minDelta?: number;
  /** Give the model back the weights (and the optimizer's state) of its best epoch at the end (default true). */
  restoreBest?: boolean;
}

const known: OptionNames<EarlyStoppingOptions> = { patience: true, minDelta: true, restoreBest: true };

/** Watches one loss over the epochs. */
export class EarlyStopping {
  /** The best epoch so far, from 1; 0 before the first. */
  bestEpoch = 0;
  bestLoss = Infinity;
  readonly #model: OnlineModel;
  readonly #patience: number;
  readonly #minDelta: number;
  readonly #restoreBest: boolean;
  #best: State | undefined;
  #epoch = 0;

  /** @throws TrainingOptionError (`ST_TRAINING_OPTION`) */
  constructor(model: OnlineModel, options: EarlyStoppingOptions) {
    refuseUnknownOptions('the option earlyStopping of trainOnBatches', options, known);
    const { patience = 5, minDelta = 0, restoreBest = true } = options;
    if (!Number.isInteger(patience) || patience < 1)
      throw new TrainingOptionError('earlyStopping.patience', patience, 'a whole number >= 1');
    if (!(minDelta >= 0 && Number.isFinite(minDelta)))
      throw new TrainingOptionError('earlyStopping.minDelta', minDelta, 'a number >= 0');
    this.#model = model;
    this.#patience = patience;
    this.#minDelta = minDelta;
    this.#restoreBest = restoreBest;
  }

  /** Takes the loss of an epoch that has just ended; returns whether to stop. */
  isOver(loss: number): boolean {
    this.#epoch++;
    if (this.bestEpoch === 0 || loss < this.bestLoss - this.#minDelta) {
      this.bestEpoch = this.#epoch;
      this.bestLoss = loss;
      if (this.#restoreBest) this.#best = this.#model.save();
      return false;
    }
    return this.#epoch - this.bestEpoch >= this.#patience;
  }

  /** Gives the model the state of its best epoch, if that was not the last one. */
  restore(): void {
    if (this.#best !== undefined && this.bestEpoch !== this.#epoch) this.#model.restore(this.#best);
  }
}
