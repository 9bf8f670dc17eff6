/** Scaling: rows stay in float64 from the decoder to the last scaler, so that values around 10^9 (moments in time, say) keep their digits. */
import type { RowArray, RowValues } from '../../finite.ts';
import type { OnlineModel } from '../../model/index.ts';
import type { OnlineTransformer } from '../scaling/index.ts';
import type { LabelledRows } from './evaluation.ts';

/** What rows are decoded to: float64 where something scales them, or learns them in it. */
export function valuesFor(scalers: readonly OnlineTransformer[], { takesFloat64 }: OnlineModel): RowArray {
  return scalers.length > 0 || takesFloat64 === true ? Float64Array : Float32Array;
}

/**
 * Lets each transformer learn the rows (if `learn`) and transform them, in float64; rounds to float32 at the end, unless
 * the model takes float64.
 */
export function scaledRows(
  scalers: readonly OnlineTransformer[],
  data: LabelledRows,
  { takesFloat64 }: OnlineModel,
  { learn }: { readonly learn: boolean },
): LabelledRows {
  const { xs, ys, rows } = data;
  if (scalers.length === 0) return data;
  const result = takesFloat64 === true ? xs : new Float32Array(xs.length);
  for (const [i, scaler] of scalers.entries()) {
    if (learn) scaler.learn(xs, rows);
    scaler.transform<RowValues>(xs, rows, i === scalers.length - 1 ? result : xs);
  }
  return { xs: result, ys, rows };
}
