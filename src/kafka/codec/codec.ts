/** What a codec is: the one place where a record's bytes become a row of numbers. */
import type { RowValues } from '../../finite.ts';
import type { KafkaRecord } from '../record.ts';

/** One decoded row: features `[features]`, and the label (NaN when the codec has none). */
export interface DecodedRow {
  /**
   * Float32; float64 where a number beyond 2^24 (a moment in time, say) would lose digits in float32 before anything has
   * scaled it. Mini-batches take both; a tensor is made by `tf.tensor1d(Float32Array.from(xs))`.
   */
  xs: RowValues;
  ys: number;
}

/** A row to be written: features, and the label where it is a part of the value. */
export interface EncodableRow {
  xs: ArrayLike<number>;
  ys?: number | undefined;
}

/** Anything that makes something of a record; `decode` is bound, so it can be handed to `dataset.map`. */
export interface Decoder<T> {
  readonly decode: (record: KafkaRecord) => T;
}

/**
 * Turns records into rows of numbers and rows into values. All functions are bound. No tensors are made.
 *
 * @example
 * ```ts
 * const codec = csvCodec({ columns: 9 });
 * const dataset = fromKafka('cancer-train').map(codec.decode); // {xs: Float32Array(9), ys: 0 or 1}
 * ```
 */
export interface Codec<Value extends string | Buffer = string | Buffer> extends Decoder<DecodedRow> {
  /** How many features a row has: the length of `xs`. */
  readonly features: number;
  /** One record as its own row. Throws `BadRecordError`. */
  readonly decode: (record: KafkaRecord) => DecodedRow;
  /**
   * One record into row `row` of a mini-batch, float32 or float64: features to `xs[row * features ...]`, label to
   * `ys[row]`. Makes no object. When it throws `BadRecordError`, that row's cells hold rubbish and the row may be used for the next one.
   */
  readonly decodeInto: (record: KafkaRecord, xs: RowValues, row: number, ys?: Float32Array) => void;
  /** The value for a row: text, or bytes for packed numbers. Throws `EncodeRowError`. */
  readonly encode: (row: EncodableRow) => Value;
}
