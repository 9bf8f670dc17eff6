/** The exact area under the ROC curve of the last rows. */
import type { State } from '../../model/state.ts';
import { checkOptions, copiedRecord, fieldsOf, fittingRecord } from '../state-record.ts';
import { binaryProbability, checkClass, checkRowWeight } from './inputs.ts';
import type { OnlineMetric, Prediction } from './online-metric.ts';
import { rocArea } from './roc-area.ts';

/**
 * How likely a row of class 1 has a higher probability than one of class 0 (ties count half), exactly, over the last rows:
 * scikit-learn's `roc_auc_score`, and River's `RollingROCAUC` where there are no ties. NaN while the window holds one class
 * only. Reading the value sorts the window, once after each update.
 */
export class RollingRocAuc implements OnlineMetric {
  readonly kind: string;
  readonly name: string;
  readonly takes = 'probability';
  readonly biggerIsBetter = true;
  readonly #size: number;
  #memory: ReturnType<typeof emptyWindow>;
  #value: number | undefined;

  constructor(size: number, kind = 'rollingRocAuc') {
    this.#size = size;
    this.kind = kind;
    this.name = `${this.kind}@${size}`;
    this.#memory = emptyWindow(size);
  }

  get value(): number {
    this.#value ??= this.#area();
    return this.#value;
  }

  update(truth: number, prediction: Prediction, weight = 1): void {
    checkRowWeight(weight);
    checkClass(truth, 2);
    const score = binaryProbability(prediction);
    const memory = this.#memory;
    const { at } = memory;
    memory.truths[at] = truth;
    memory.scores[at] = score;
    memory.weights[at] = weight;
    memory.at = (at + 1) % this.#size;
    memory.rows = Math.min(memory.rows + 1, this.#size);
    this.#value = undefined;
  }

  reset(): void {
    this.#memory = emptyWindow(this.#size);
    this.#value = undefined;
  }

  clone(): RollingRocAuc {
    return new RollingRocAuc(this.#size, this.kind);
  }

  save(): State {
    return { options: { window: this.#size }, memory: copiedRecord(this.#memory) };
  }

  restore(state: State): void {
    const { options, memory } = fieldsOf(this.kind, state);
    checkOptions(this.kind, { window: this.#size }, options);
    this.#memory = fittingRecord(this.kind, this.#memory, memory);
    this.#value = undefined;
  }

  #area(): number {
    const { truths, scores, weights, rows } = this.#memory;
    const order = Array.from({ length: rows }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
    return rocArea(
      order.map((i) => [scores[i]!, truths[i] === 1 ? 0 : weights[i]!, truths[i] === 1 ? weights[i]! : 0]),
    );
  }
}

function emptyWindow(size: number) {
  const numbers = () => new Float64Array(size);
  return { truths: numbers(), scores: numbers(), weights: numbers(), at: 0, rows: 0 };
}
