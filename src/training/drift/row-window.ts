/** The last rows that were learnt, with their targets. */
import type { MiniBatch, OnlineModel } from '../../model/online-model.ts';
import type { RowValues } from '../../finite.ts';
import type { State } from '../../state.ts';
import { checkRing, copiedRecord, fieldsOf, fittingRecord } from '../state-record.ts';

/** Keeps up to `size` rows; the oldest make room. */
export class RowWindow {
  readonly #size: number;
  readonly #features: number;
  /** In float64 if the model takes it. */
  readonly #rowsOf: (rows: number) => RowValues;
  #memory: { xs: RowValues; ys: Float32Array; at: number; rows: number };

  constructor(size: number, { features, takesFloat64 }: Pick<OnlineModel, 'features' | 'takesFloat64'>) {
    this.#size = size;
    this.#features = features;
    const Values = takesFloat64 === true ? Float64Array : Float32Array;
    this.#rowsOf = (rows) => new Values(rows * features);
    this.#memory = this.#empty();
  }

  /** Copies rows in. */
  add(xs: RowValues, ys: Float32Array, rows: number): void {
    const memory = this.#memory;
    for (let row = Math.max(0, rows - this.#size); row < rows; row++) {
      memory.xs.set(
        xs.subarray(row * this.#features, (row + 1) * this.#features),
        memory.at * this.#features,
      );
      memory.ys[memory.at] = ys[row]!;
      memory.at = (memory.at + 1) % this.#size;
      memory.rows = Math.min(memory.rows + 1, this.#size);
    }
  }

  /** The rows from the oldest to the newest. A copy. */
  rows(): MiniBatch<RowValues> {
    const { xs, ys, at, rows } = this.#memory;
    const features = this.#features;
    const ordered = { rows, xs: this.#rowsOf(rows), ys: new Float32Array(rows) };
    for (let i = 0; i < rows; i++) {
      const row = (at - rows + i + this.#size) % this.#size;
      ordered.xs.set(xs.subarray(row * features, (row + 1) * features), i * features);
      ordered.ys[i] = ys[row]!;
    }
    return ordered;
  }

  clear(): void {
    this.#memory = this.#empty();
  }

  save(): State {
    return copiedRecord(this.#memory);
  }

  restore(state: State): void {
    const fields = fieldsOf('rowWindow', state);
    const { xs } = fields;
    // Earlier versions kept float32 for every model.
    const wider = xs instanceof Float32Array && this.#memory.xs instanceof Float64Array;
    const found = wider ? { ...fields, xs: Float64Array.from(xs) } : fields;
    const memory = fittingRecord('rowWindow', this.#memory, found as State);
    checkRing('rowWindow', this.#size, memory.at, memory.rows);
    this.#memory = memory;
  }

  #empty() {
    return { xs: this.#rowsOf(this.#size), ys: new Float32Array(this.#size), at: 0, rows: 0 };
  }
}
