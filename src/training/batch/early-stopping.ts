/** When training stops for want of progress, and which epoch's model it leaves. */
import type { OnlineModel, State } from '../../model/index.ts';
import { checkInteger, checkNumber, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import type { EarlyStoppingOptions } from './options.ts';

const earlyStoppingOptionNames: OptionNames<EarlyStoppingOptions> = {
  patience: true,
  minDelta: true,
  restoreBest: true,
};

/** Watches one loss over the epochs, and keeps the best state. */
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

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) */
  constructor(model: OnlineModel, options: EarlyStoppingOptions) {
    refuseUnknownOptions('the option earlyStopping of trainOnBatches', options, earlyStoppingOptionNames);
    const { patience = 5, minDelta = 0, restoreBest = true } = options;
    checkInteger('earlyStopping.patience', patience, { least: 1 });
    checkNumber('earlyStopping.minDelta', minDelta, { least: 0 });
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
