/** Rows in float64 between decoder and scaler, so that values around 10^9 (moments in time, say) keep their digits. */
import type { Codec } from '../../kafka/index.ts';
import type { OnlineTransformer } from '../scaling/index.ts';
import type { LabelledRows } from './evaluation.ts';

/** Rows whose features are still to be scaled: in float64 in `wide`, and room for the scaled ones in `xs`. */
export interface UnscaledRows extends LabelledRows {
  /** `rows x features`; left out where nothing scales, and `xs` holds the features. */
  readonly wide?: Float64Array | undefined;
}

/** Takes what a codec decodes in float64. Rows go to the same places as in the mini-batch that is filled beside it. */
export class WideRows {
  readonly codec: Codec;
  #values: Float64Array;

  /** @param size rows of a mini-batch at most */
  constructor(codec: Codec, size: number) {
    const length = size * codec.features;
    this.#values = new Float64Array(length);
    this.codec = {
      ...codec,
      // A codec writes numbers to places of an array; which digits are kept is the array's affair.
      decodeInto: (record, _xs, row, ys) =>
        codec.decodeInto(record, this.#values as unknown as Float32Array, row, ys),
    };
  }

  /** The rows so far; the next ones go into new memory. */
  take(): Float64Array {
    const values = this.#values;
    this.#values = new Float64Array(values.length);
    return values;
  }
}

/** Lets each transformer learn the rows and transform them, in float64; the last one's result is the rows' `xs`. */
export function learnAndScale(scalers: readonly OnlineTransformer[], { xs, wide, rows }: UnscaledRows): void {
  const values = wide ?? xs;
  for (const [i, scaler] of scalers.entries()) {
    scaler.learn(values, rows);
    if (i === scalers.length - 1) scaler.transform(values, rows, xs);
    else scaler.transform(values, rows, values);
  }
}
