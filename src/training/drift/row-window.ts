/** The last rows that were learnt, with their targets. */
import type { MiniBatch } from '../../model/online-model.ts';
import type { State } from '../../model/state.ts';
import { copiedRecord, fittingRecord } from '../state-record.ts';

/** Keeps up to `size` rows; the oldest make room. */
export class RowWindow {
  readonly #size: number;
  readonly #features: number;
  #memory: ReturnType<typeof emptyWindow>;

  constructor(size: number, features: number) {
    this.#size = size;
    this.#features = features;
    this.#memory = emptyWindow(size, features);
  }

  /** Copies rows in. */
  add(xs: Float32Array, ys: Float32Array, rows: number): void {
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

  /** The rows from the oldest to the newest, in mini-batches of their own memory. */
  *batches(batchSize: number): Generator<MiniBatch> {
    const { xs, ys, at, rows } = this.#memory;
    const features = this.#features;
    const oldest = (at - rows + this.#size) % this.#size;
    for (let from = 0; from < rows; from += batchSize) {
      const count = Math.min(batchSize, rows - from);
      const batch = { rows: count, xs: new Float32Array(count * features), ys: new Float32Array(count) };
      for (let i = 0; i < count; i++) {
        const row = (oldest + from + i) % this.#size;
        batch.xs.set(xs.subarray(row * features, (row + 1) * features), i * features);
        batch.ys[i] = ys[row]!;
      }
      yield batch;
    }
  }

  clear(): void {
    this.#memory = emptyWindow(this.#size, this.#features);
  }

  save(): State {
    return copiedRecord(this.#memory);
  }

  restore(state: State): void {
    this.#memory = fittingRecord('rowWindow', this.#memory, state);
  }
}

function emptyWindow(size: number, features: number) {
  return { xs: new Float32Array(size * features), ys: new Float32Array(size), at: 0, rows: 0 };
}
