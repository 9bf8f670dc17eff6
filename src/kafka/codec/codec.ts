/** What a codec is: the one place where a record's bytes become a row of numbers. */
import type { KafkaRecord } from '../record.ts';

/** One decoded row: features as float32 `[features]`, and the label (NaN when the codec has none). */
export interface DecodedRow {
  xs: Float32Array;
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
   * One record into row `row` of a mini-batch: features to `xs[row * features ...]`, label to `ys[row]`. Makes no
   * object. When it throws `BadRecordError`, that row's cells hold rubbish and the row may be used for the next one.
   */
  readonly decodeInto: (record: KafkaRecord, xs: Float32Array, row: number, ys?: Float32Array) => void;
  /** The value for a row: text, or bytes for packed numbers. Throws `EncodeRowError`. */
  readonly encode: (row: EncodableRow) => Value;
}
