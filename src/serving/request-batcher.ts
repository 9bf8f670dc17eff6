/** Predicts the rows of requests that arrive together in one call of the model. */
import type { RowPredictor } from '../export/index.ts';
import { faultsOf, isOfRow } from '../export/row-predictor.ts';
import { messageOf } from '../errors.ts';
import { HttpRefusedError } from './errors.ts';

/** Rows of one call of the model. */
const MOST_ROWS = 8_192;

interface Waiting {
  readonly xs: Float64Array;
  readonly rows: number;
  readonly resolve: (scores: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers requests until the event loop has read all that came, and predicts them. */
export class RequestBatcher implements Disposable {
  readonly predictor: RowPredictor;
  #waiting: Waiting[] = [];
  #requests = 0;
  #calls = 0;

  constructor(predictor: RowPredictor) {
    this.predictor = predictor;
  }

  /** Requests so far, and the calls of the model they took. */
  get counts(): { readonly requests: number; readonly calls: number } {
    return { requests: this.#requests, calls: this.#calls };
  }

  /** @throws HttpRefusedError with 400 for rows that the model has no prediction for */
  predict(xs: Float64Array, rows: number): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ xs, rows, resolve, reject });
    });
  }

  /** Answers what waits, and frees the model. */
  [Symbol.dispose](): void {
    this.#flush(true);
    this.predictor[Symbol.dispose]();
  }

  #flush(isLast = false): void {
    const waiting = isLast ? this.#waiting.splice(0) : this.#take();
    if (waiting.length === 0) return;
    if (this.#waiting.length > 0) setImmediate(() => this.#flush());
    this.#requests += waiting.length;
    const faults = faultsOf<{ readonly error: unknown }>(waiting.length, (from, to) => {
      try {
        this.#answer(waiting.slice(from, to));
        return undefined;
      } catch (error) {
        return { error };
      }
    });
    for (const [at, { error }] of faults)
      waiting[at]!.reject(
        isOfRow(error) ? new HttpRefusedError({ status: 400, problem: messageOf(error) }) : error,
      );
  }

  /** Requests of {@link MOST_ROWS} rows together, or one alone: others have a turn between two calls of the model. */
  #take(): readonly Waiting[] {
    let [count, rows] = [0, 0];
    for (const one of this.#waiting) {
      if (count > 0 && rows + one.rows > MOST_ROWS) break;
      rows += one.rows;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #answer(waiting: readonly Waiting[]): void {
    const { features, outputs } = this.predictor;
    const rows = waiting.reduce((sum, one) => sum + one.rows, 0);
    const xs = new Float64Array(rows * features);
    let row = 0;
    for (const one of waiting) {
      xs.set(one.xs, row * features);
      row += one.rows;
    }
    this.#calls++;
    const scores = this.predictor.predict(xs, rows);
    row = 0;
    for (const one of waiting) {
      one.resolve(scores.subarray(row * outputs, (row + one.rows) * outputs));
      row += one.rows;
    }
  }
}
