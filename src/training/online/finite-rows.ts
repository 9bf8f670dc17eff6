/** Refuses rows with gaps or infinite features before anything learns from them, by the record they came from. */
import { firstNonFinite } from '../../finite.ts';
import type { Codec, KafkaRecord } from '../../kafka/index.ts';
import type { OnlineModel, RowValues } from '../../model/index.ts';
import type { OnlineTransformer } from '../scaling/index.ts';
import { FeatureNotFiniteError, type RowPlace } from './errors.ts';

/** Transformers of ours that refuse gaps; one of the user's that does not say may fill them. */
const keepGaps: ReadonlySet<string> = new Set(['standardScaler', 'minMaxScaler']);

/** Whether rows with gaps (NaN) can be of use: something before the model may fill them, or the model takes them. */
export function mayHaveGaps(scalers: readonly OnlineTransformer[], model: OnlineModel): boolean {
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
export function checkTransformed(
  xs: RowValues,
  { features, takesMissing }: OnlineModel,
  placeOfRow: (row: number) => RowPlace,
): void {
  const found = firstNonFinite(xs, features);
  if (!found) return;
  if (takesMissing !== true) throw new FeatureNotFiniteError(found, placeOfRow(found.row), 'transformed');
  const infinite = xs.findIndex((value) => value === Infinity || value === -Infinity);
  if (infinite < 0) return;
  const row = Math.floor(infinite / features);
  const place = { column: infinite % features, value: xs[infinite]! };
  throw new FeatureNotFiniteError(place, placeOfRow(row), 'transformed');
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
    throw new FeatureNotFiniteError({ column, value }, place, 'decoded');
  }
}
