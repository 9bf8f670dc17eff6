/** What to do when a stream has drifted: report it, learn faster, start over, or train on the last rows. */
import { messageOf } from '../../errors.ts';
import { learnInEpochs } from '../../model/step/epochs.ts';
import type { MiniBatch, OnlineModel } from '../../model/online-model.ts';
import type { RowValues } from '../../finite.ts';
import type { State } from '../../state.ts';
import {
  checkInteger,
  checkNumber,
  checkOneOf,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import {
  checkCounts,
  checkStateOptions,
  copiedRecord,
  fieldsOf,
  fittingRecord,
  settledRates,
} from '../state-record.ts';
import { MOST_VALUES } from '../learners/row-model.ts';
import { type DriftDetector } from './drift-detector.ts';
import { RowWindow } from './row-window.ts';
import { learnerInput, StateMismatchError } from '../errors.ts';

/** What happens at a drift. */
export type DriftReaction = 'report' | 'raiseLearningRate' | 'reset' | 'retrainOnWindow';

/** Options of {@link reactToDrift}. */
export interface ReactOptions {
  /** What watches the model's errors. The reactor keeps its state too. */
  detector: DriftDetector;
  /** What to do (default `'report'`). */
  reaction?: DriftReaction;
  /** `raiseLearningRate`: the rate is multiplied by this (default 10). */
  factor?: number;
  /** `raiseLearningRate`: rows after which half of the rise is left (default 500). */
  halfLife?: number;
  /** `retrainOnWindow`: the last so many rows are learnt (default 100); more than came since the drift teach the old. */
  window?: number;
  /** `retrainOnWindow`: how often they are gone over (default 3). */
  epochs?: number;
  /** `retrainOnWindow`: rows in a mini-batch (default 32). */
  batchSize?: number;
  /** Called at each drift, after the reaction. */
  onDrift?: (report: DriftReport) => void;
}

const optionNames: OptionNames<ReactOptions> = {
  detector: true,
  reaction: true,
  factor: true,
  halfLife: true,
  window: true,
  epochs: true,
  batchSize: true,
  onDrift: true,
};

/** One drift. */
export interface DriftReport {
  /** Rows watched before the one that revealed it. */
  readonly row: number;
  /** The detector's kind. */
  readonly detector: string;
  readonly reaction: DriftReaction;
  /** Drifts so far, this one included. */
  readonly drifts: number;
}

/**
 * Watches a model's errors and changes the model at a drift. Give it the error of each row in the rows' order, judged
 * before the row is learnt. Its state, with the detector's and the rows it remembers, lives in the checkpoint; `reset`
 * and `retrainOnWindow` go back to the state that the model had when this was called.
 *
 * In `prequential` and `trainOnline` it takes the place of the detector (`drift`). With `retrainOnWindow`, a loop of your
 * own also calls `remember` with the rows.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be
 * @example
 * ```ts
 * const model = new LogisticRegression({ features: 9 });
 * const drift = reactToDrift(model, { detector: new Adwin(), reaction: 'reset' });
 * for (const { xs, ys } of rows) {
 *   drift.update((model.predictRow(xs) > 0.5 ? 1 : 0) === ys ? 0 : 1);
 *   model.learnRow(xs, ys);
 * }
 * console.log(drift.drifts);
 * ```
 */
export function reactToDrift(model: OnlineModel, options: ReactOptions): DriftReactor {
  return new DriftReactor(model, options);
}

/** Made by {@link reactToDrift}. */
export class DriftReactor implements DriftDetector {
  readonly kind = 'driftReactor';
  readonly #model: OnlineModel;
  readonly #detector: DriftDetector;
  readonly #options: Required<Omit<ReactOptions, 'detector' | 'onDrift'>>;
  readonly #onDrift: ReactOptions['onDrift'];
  readonly #window: RowWindow;
  /** The learning rate the model was made with, or had when this was called. */
  readonly #settings: { readonly learningRate: number };
  #memory = { rows: 0, drifts: 0, learningRate: 0, rise: 0 };
  #initial: State;
  #remarks: readonly string[] = [];

  constructor(model: OnlineModel, options: ReactOptions) {
    refuseUnknownOptions('reactToDrift', options, optionNames);
    const { detector, reaction = 'report', factor = 10, halfLife = 500 } = options;
    const { window = 100, epochs = 3, batchSize = 32 } = options;
    checkOneOf(`${this.kind}.reaction`, reaction, [
      'report',
      'raiseLearningRate',
      'reset',
      'retrainOnWindow',
    ]);
    checkNumber(`${this.kind}.factor`, factor, { least: 1 });
    for (const [name, value] of Object.entries({ halfLife, window, epochs, batchSize }))
      checkInteger(`${this.kind}.${name}`, value, { least: 1 });
    if (reaction === 'retrainOnWindow' && window * (model.features + 1) > MOST_VALUES)
      throw invalidOption(`${this.kind}.window`, window, `window x (features + 1) <= ${MOST_VALUES}`);
    if (reaction === 'raiseLearningRate' && model.learningRate === 0)
      throw invalidOption(
        `${this.kind}.reaction`,
        reaction,
        `another for a ${model.kind}: its learning rate is 0`,
      );
    this.#model = model;
    this.#detector = detector;
    this.#options = { reaction, factor, halfLife, window, epochs, batchSize };
    this.#onDrift = options.onDrift;
    this.#window = new RowWindow(reaction === 'retrainOnWindow' ? window : 0, model);
    this.#initial = reaction === 'reset' || reaction === 'retrainOnWindow' ? model.save() : null;
    this.#settings = { learningRate: model.learningRate };
    this.#memory.learningRate = model.learningRate;
  }

  get takes(): DriftDetector['takes'] {
    return this.#detector.takes;
  }

  get driftDetected(): boolean {
    return this.#detector.driftDetected;
  }

  get warningDetected(): boolean {
    return this.#detector.warningDetected;
  }

  /** Drifts so far. */
  get drifts(): number {
    return this.#memory.drifts;
  }

  /** Takes the error of the next row, and reacts if it reveals a drift. */
  update(error: number): void {
    this.#detector.update(error);
    const memory = this.#memory;
    const row = memory.rows++;
    this.#settle();
    if (!this.#detector.driftDetected) return;
    memory.drifts++;
    this.#react();
    const { reaction } = this.#options;
    this.#onDrift?.({ row, detector: this.#detector.kind, reaction, drifts: memory.drifts });
  }

  /** Takes the errors of a mini-batch's rows. Returns how many of them revealed a drift. */
  onErrors(errors: ArrayLike<number>): number {
    const before = this.drifts;
    for (let i = 0; i < errors.length; i++) this.update(errors[i]!);
    return this.drifts - before;
  }

  /**
   * Keeps rows for `retrainOnWindow` (scaled as the model learns them), before their errors come, so that a drift they
   * reveal is answered with them too. Does nothing for other reactions.
   *
   * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) where there are not as many values or targets as rows
   */
  remember({ xs, ys, rows }: Pick<MiniBatch<RowValues>, 'xs' | 'ys' | 'rows'>): void {
    const { features } = this.#model;
    if (xs.length < rows * features || ys.length < rows) {
      const found = `${xs.length} values and ${ys.length} targets`;
      throw learnerInput(this.kind, 'what is to be remembered', found, `${rows} rows of ${features}`);
    }
    this.#window.add(xs, ys, rows);
  }

  /** Forgets all rows and drifts; the model stays as it is, but for a raised learning rate. */
  reset(): void {
    this.#detector.reset();
    this.#window.clear();
    const { learningRate } = this.#memory;
    if (this.#memory.rise > 0) this.#model.learningRate = learningRate;
    this.#memory = { rows: 0, drifts: 0, learningRate, rise: 0 };
  }

  save(): State {
    return {
      options: { ...this.#options, detector: this.#detector.kind },
      settings: this.#settings,
      detector: this.#detector.save(),
      memory: copiedRecord(this.#memory),
      window: this.#window.save(),
      initial: this.#initial,
    };
  }

  restore(state: State): void {
    const { options, settings, detector, memory, window, initial } = fieldsOf(this.kind, state);
    checkStateOptions(this.kind, { ...this.#options, detector: this.#detector.kind }, options);
    const then = fittingRecord(this.kind, this.#settings, settings);
    const found = fittingRecord(this.kind, this.#memory, memory);
    const { rows, drifts, ...others } = found;
    checkCounts(this.kind, { rows, drifts });
    for (const [name, rate] of Object.entries(others))
      if (rate < 0) throw new StateMismatchError({ kind: this.kind, problem: `its ${name} is ${rate}` });
    const remarks = this.#checkInitial(initial);
    // A rate given for the next life must not sink back to the old one.
    const { rates } = settledRates(this.#settings, then, { learningRate: found.learningRate });
    const before = this.#detector.save();
    this.#detector.restore(detector ?? null);
    try {
      this.#window.restore(window ?? null);
    } catch (error) {
      this.#detector.restore(before);
      throw error;
    }
    this.#memory = { ...found, ...rates };
    this.#initial = initial ?? null;
    this.#remarks = remarks;
  }

  /**
   * What the model said of the state it was restored to before this was: {@link restore} tries the state that `reset` and
   * `retrainOnWindow` go back to in the model itself, which has nothing to say of its own state afterwards.
   */
  get restoreRemarks(): readonly string[] {
    return this.#remarks;
  }

  /**
   * Refuses an initial state that the model does not read. The model alone knows: a state of an earlier version, or one from
   * before its first row, has another shape than that of now.
   *
   * @returns what the model said of its own state, and says no more
   */
  #checkInitial(initial: State | undefined): readonly string[] {
    if ((initial ?? null) === null || this.#initial === null) {
      if (initial === this.#initial) return [];
      const problem = `its initial state is ${initial === undefined ? 'missing' : 'not what its reaction needs'}`;
      throw new StateMismatchError({ kind: this.kind, problem });
    }
    const model = this.#model;
    const { restoreRemarks: said = [] } = model;
    const now = model.save();
    try {
      model.restore(initial!);
    } catch (cause) {
      const problem = `its initial state is refused by the ${model.kind} (${messageOf(cause)})`;
      throw new StateMismatchError({ kind: this.kind, problem, cause });
    } finally {
      model.restore(now);
    }
    const { restoreRemarks: left = [] } = model;
    return said.filter((text) => !left.includes(text));
  }

  #react(): void {
    const { reaction, factor, epochs, batchSize } = this.#options;
    const [model, memory] = [this.#model, this.#memory];
    if (reaction === 'raiseLearningRate') {
      memory.rise = factor - 1;
      model.learningRate = memory.learningRate * factor;
    } else if (reaction !== 'report') {
      model.restore(this.#initial);
      if (reaction === 'reset') return;
      learnInEpochs(model, this.#window.rows(), { epochs, batchSize });
    }
  }

  /** Lets a raised learning rate sink back. */
  #settle(): void {
    const memory = this.#memory;
    if (memory.rise === 0) return;
    memory.rise *= 0.5 ** (1 / this.#options.halfLife);
    if (memory.rise < 1e-3) memory.rise = 0;
    this.#model.learningRate = memory.learningRate * (1 + memory.rise);
  }
}
