/** Rows on their way from records to a model: decoded, checked, scaled. */
import { giveTurn, turnIsDue } from '../../process/index.ts';
import { BatchBuilder } from '../../kafka/codec/batches.ts';
import { BadRecordError, type Codec, type KafkaRecord } from '../../kafka/index.ts';
import { type RowArray, firstNonFinite, type RowValues } from '../../finite.ts';
import type { OnBadRecord } from '../../kafka/codec/policy.ts';
import { FeatureNotFiniteError, type RowPlace } from '../errors.ts';
import type { LabelledRows } from './evaluation.ts';
import type { OnlineModel } from '../../model/index.ts';
import { ScalerValueError, type OnlineTransformer } from '../../scaling/index.ts';
import { invalidOption } from '../../options.ts';

/** Features and label; what a codec decodes is such a row. */
export interface LabelledRow {
  /** The features. */
  readonly xs: ArrayLike<number>;
  /** The class (0, 1, ...), or the value of a regression. */
  readonly ys: number;
  /** When it happened, in ms since 1970; needed only for a delay in ms. */
  readonly timestamp?: number;
}

/** A codec (the fast way), or any function of a record. */
export type RowDecoder = Codec | ((record: KafkaRecord) => LabelledRow);

/** Rows that were decoded, and how many records were refused. */
interface DecodedRows extends LabelledRows {
  readonly bad: number;
  /** The record that a row came from. */
  readonly recordOf: (row: number) => KafkaRecord | undefined;
}

/**
 * Makes the function that decodes one mini dataset after the other; it resolves when bad records are safe.
 *
 * @param gaps whether rows may hold NaN
 * @param Values what features are decoded to
 */
export function rowsDecoder(
  decode: RowDecoder,
  features: number,
  onBad: OnBadRecord | undefined,
  gaps: boolean,
  Values: RowArray,
): (records: readonly KafkaRecord[], signal?: AbortSignal) => Promise<DecodedRows> {
  const codec = finiteCodec(codecOf(decode, features), gaps);
  return async (records, signal) => {
    // All of them end in one batch, which is full with the last one, if none is bad: then it is not copied.
    const builder = new BatchBuilder(codec, Math.max(1, records.length), onBad, Values);
    for (let i = 0; i < records.length; i++) {
      const full = builder.offer(records[i]!, signal);
      if (typeof full !== 'boolean') await full;
      if (builder.crowded) await builder.settle();
      else if (i % ROWS_BETWEEN_LOOKS === 0 && turnIsDue()) await giveTurn();
    }
    const { xs, ys, rows, bad } = await builder.take();
    const recordOf = (row: number) => (bad === 0 ? records : records.filter(isGood(codec)))[row];
    return { xs, ys, rows, bad, recordOf };
  };
}

/** How often the clock is looked at while rows are decoded. */
export const ROWS_BETWEEN_LOOKS = 64;

/** Whether a record is one that becomes a row; looked up again only to say where a row came from. */
function isGood(codec: Codec): (record: KafkaRecord) => boolean {
  return (record) => {
    try {
      codec.decode(record);
      return true;
    } catch (error) {
      if (error instanceof BadRecordError) return false;
      throw error;
    }
  };
}

/**
 * The decoder as a codec.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) when it gives another number of features
 */
export function codecOf(decode: RowDecoder, features: number): Codec {
  if (typeof decode === 'function') return codecOfFunction(decode, features);
  if (decode.features === features) return decode;
  const expected = `a codec of as many features as the model has (${features}, not ${decode.features})`;
  throw invalidOption('decode', decode, expected);
}

function codecOfFunction(decode: (record: KafkaRecord) => LabelledRow, features: number): Codec {
  return {
    features,
    decode: (record) => {
      const { xs, ys } = decode(record);
      return { xs: Float64Array.from(xs), ys };
    },
    decodeInto: (record, into, row, labels) => {
      const { xs, ys } = decode(record);
      if (xs.length !== features)
        throw invalidOption(
          'decode',
          decode,
          `a function that gives ${features} features (it gave ${xs.length})`,
        );
      into.set(xs, row * features);
      if (labels) labels[row] = ys;
    },
    encode: () => '',
  };
}

/** Transformers of ours that refuse gaps; one of the user's that does not say may fill them. */
const keepGaps: ReadonlySet<string> = new Set(['standardScaler', 'minMaxScaler']);

/** Whether rows with gaps (NaN) can be of use: something before the model may fill them, or the model takes them. */
export function mayHaveGaps(
  scalers: readonly OnlineTransformer[],
  model: Pick<OnlineModel, 'takesMissing'>,
): boolean {
  return model.takesMissing === true || scalers.some((one) => one.takesMissing ?? !keepGaps.has(one.kind));
}

/**
 * The codec, refusing rows that hold NaN (unless `gaps`) or an infinity as soon as they are decoded: about a nanosecond a
 * value.
 *
 * @throws FeatureNotFiniteError (`ST_TRAINING_FEATURE_NOT_FINITE`) from its `decodeInto`
 */
export function finiteCodec(codec: Codec, gaps: boolean): Codec {
  const { features } = codec;
  let rows = 0;
  return {
    features,
    decode: codec.decode,
    encode: codec.encode,
    decodeInto: (record, xs, row, ys) => {
      codec.decodeInto(record, xs, row, ys);
      let sum = 0;
      const end = (row + 1) * features;
      for (let at = row * features; at < end; at++) sum += xs[at]! * 0;
      if (sum !== sum) refuse(xs.subarray(row * features, end), gaps, placeOf(record, rows));
      rows++;
    },
  };
}

/**
 * Refuses rows that are not finite although scalers and imputers had them.
 *
 * @param placeOfRow where a row came from
 * @throws FeatureNotFiniteError (`ST_TRAINING_FEATURE_NOT_FINITE`)
 */
function checkTransformed(
  xs: RowValues,
  { features, takesMissing }: OnlineModel,
  placeOfRow: (row: number) => RowPlace,
): void {
  const found = firstNonFinite(xs, features);
  if (!found) return;
  if (takesMissing !== true)
    throw new FeatureNotFiniteError({
      column: found.column,
      value: found.value,
      place: placeOfRow(found.row),
      stage: 'transformed',
    });
  const infinite = xs.findIndex((value) => value === Infinity || value === -Infinity);
  if (infinite < 0) return;
  const row = Math.floor(infinite / features);
  const [column, value] = [infinite % features, xs[infinite]!];
  throw new FeatureNotFiniteError({ column, value, place: placeOfRow(row), stage: 'transformed' });
}

/** Where a row came from: its record, or its number in data that are rows already. */
export function placeOf(item: unknown, row: number): RowPlace {
  const { topic, partition, offset } = (item ?? {}) as Partial<KafkaRecord>;
  if (topic === undefined || partition === undefined || offset === undefined) return { row };
  return { topic, partition, offset };
}

function refuse(values: RowValues, gaps: boolean, place: RowPlace): void {
  for (const [column, value] of values.entries()) {
    if (Number.isFinite(value) || (gaps && Number.isNaN(value))) continue;
    throw new FeatureNotFiniteError({ column, value, place, stage: 'decoded' });
  }
}

/** What rows are decoded to: float64 where something scales them, or learns them in it. */
export function valuesFor(
  scalers: readonly OnlineTransformer[],
  { takesFloat64 }: Pick<OnlineModel, 'takesFloat64'>,
): RowArray {
  return scalers.length > 0 || takesFloat64 === true ? Float64Array : Float32Array;
}

/**
 * Lets each transformer learn the rows (if `learn`) and transform them, in float64; rounds to float32 at the end, unless
 * the model takes float64. Without one, gives the rows as they are.
 *
 * @param data rows of a {@link finiteCodec}
 * @throws FeatureNotFiniteError (`ST_TRAINING_FEATURE_NOT_FINITE`) with the row's place, for what is not finite then
 */
export function scaledRows(
  scalers: readonly OnlineTransformer[],
  data: LabelledRows,
  model: OnlineModel,
  { learn, placeOfRow }: { readonly learn: boolean; readonly placeOfRow: (row: number) => RowPlace },
): LabelledRows {
  // What nothing changes was looked at as it was decoded.
  if (scalers.length === 0) return data;
  const { xs, ys, rows } = data;
  const result = model.takesFloat64 === true ? xs : new Float32Array(xs.length);
  for (const [i, scaler] of scalers.entries()) {
    if (learn) scaler.learn(xs, rows);
    try {
      scaler.transform<RowValues>(xs, rows, i === scalers.length - 1 ? result : xs);
    } catch (error) {
      if (!(error instanceof ScalerValueError)) throw error;
      const { feature: column, value, row } = error;
      throw new FeatureNotFiniteError({ column, value, place: placeOfRow(row), stage: 'transformed' });
    }
  }
  checkTransformed(result, model, placeOfRow);
  return { xs: result, ys, rows };
}
