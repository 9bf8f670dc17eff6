/** A model with its scalers at work, as a version: predicting rows that were decoded. */
import { firstNonFinite, type RowArray, type RowValues } from '../finite.ts';
import { giveTurn, turnIsDue } from '../process/index.ts';
import { BadRecordError, type Codec, type KafkaRecord } from '../kafka/index.ts';
import { badRecord } from '../kafka/codec/errors.ts';
import { SchemaPendingError, whenReady } from '../kafka/registry/errors.ts';
import { faultsOf, isOfRow } from '../export/row-predictor.ts';
import type { OnlineModel } from '../model/index.ts';
import type { OnlineTransformer } from '../scaling/index.ts';
import { FeatureNotFiniteError } from '../training/errors.ts';
import {
  codecOf,
  finiteCodec,
  mayHaveGaps,
  ROWS_BETWEEN_LOOKS,
  valuesFor,
  type RowDecoder,
} from '../training/rows/labelled-rows.ts';
import type { LoadedCheckpoint } from './refusals.ts';

/** A record that cannot be predicted, and why. */
export interface BadRow {
  readonly record: KafkaRecord;
  readonly error: BadRecordError;
}

/** Rows in memory, as they were decoded: not scaled yet. */
export interface DecodedRows {
  /** The records of the rows, in their order; those that are bad are not among them. */
  readonly records: readonly KafkaRecord[];
  readonly xs: RowValues;
  /** Labels, NaN where there is none. */
  readonly ys: Float32Array;
}

/** Scores of rows, as a model gave them. */
export interface Scored {
  readonly scores: Float32Array;
  readonly outputs: number;
  /** One class a row; none where the model does not classify. */
  readonly classes: Uint16Array | undefined;
  readonly version: string | null;
}

/** The one score of a row: the only one, or that of its class. */
export function scoreOf({ scores, outputs, classes }: Scored, row: number): number {
  return scores[outputs === 1 ? row : row * outputs + (classes?.[row] ?? 0)]!;
}

/** How rows are decoded: the same for all versions of a model. */
export interface RowReader {
  readonly codec: Codec;
  readonly Values: RowArray;
}

/** Rows that a model predicts in one call. */
export const PREDICTED_AT_ONCE = 1024;
/** The first call with so many rows takes longer than those that follow. */
export const WARMED_WITH = [1, PREDICTED_AT_ONCE] as const;

/**
 * How records become rows for these models.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) when the decoder gives another number of features than one of them takes
 */
export function rowReader(decode: RowDecoder, predictors: readonly Predictor[]): RowReader {
  const gaps = predictors.every(({ model, scalers }) => mayHaveGaps(scalers, model));
  const wide = predictors.find(({ model, scalers }) => valuesFor(scalers, model) === Float64Array);
  const codecs = predictors.map(({ model }) => codecOf(decode, model.features));
  return { codec: finiteCodec(codecs[0]!, gaps), Values: wide ? Float64Array : Float32Array };
}

/** Decodes records; those that are bad go to `bad`. The event loop has its turns. The signal ends waiting for a schema with its reason. */
export async function decodeRows(
  { codec, Values }: RowReader,
  records: readonly KafkaRecord[],
  bad: BadRow[],
  signal?: AbortSignal,
): Promise<DecodedRows> {
  const { features } = codec;
  const xs = new Values(records.length * features);
  const ys = new Float32Array(records.length);
  const good: KafkaRecord[] = [];
  for (const [i, record] of records.entries()) {
    for (let isDecoded = false; !isDecoded;) {
      try {
        isDecoded = true;
        codec.decodeInto(record, xs, good.length, ys);
        good.push(record);
      } catch (error) {
        isDecoded = !(error instanceof SchemaPendingError);
        if (isDecoded) bad.push({ record, error: badRowOf(record, error) });
        else await whenReady(error, [signal]);
      }
    }
    if (i % ROWS_BETWEEN_LOOKS === 0 && turnIsDue()) await giveTurn();
  }
  const rows = good.length;
  return { records: good, xs: xs.subarray(0, rows * features), ys: ys.subarray(0, rows) };
}

/** The refusal of a record; whatever else a decoder throws is passed on. */
function badRowOf(record: KafkaRecord, error: unknown): BadRecordError {
  if (error instanceof BadRecordError) return error;
  if (error instanceof FeatureNotFiniteError)
    return badRecord(record, 'not-finite', `feature ${error.column} (from 0) is ${error.value}`);
  throw error;
}

/** What predicts; it need not be able to learn. */
export type PredictingModel = Pick<
  OnlineModel,
  'features' | 'outputs' | 'task' | 'takesFloat64' | 'takesMissing' | 'predict' | 'dispose'
>;

/** A model and the scalers before it. */
export class Predictor {
  readonly model: PredictingModel;
  readonly scalers: readonly OnlineTransformer[];
  /** Above this probability of class 1 the class is 1. */
  readonly #threshold: number;

  constructor(model: PredictingModel, scalers: readonly OnlineTransformer[], threshold: number) {
    this.model = model;
    this.scalers = scalers;
    this.#threshold = threshold;
  }

  /** Predicts rows of zeros, as the first call of a new graph takes longer. */
  warm(): void {
    for (const rows of WARMED_WITH) this.warmWith(rows);
  }

  /** Predicts so many rows of zeros. */
  warmWith(rows: number): void {
    try {
      this.#scores(new Float64Array(rows * this.model.features), rows);
    } catch {
      // Whether it can predict rows that there are shows then.
    }
  }

  /**
   * Predicts rows that were decoded. Those that it has no finite prediction for go to `bad`; the others are given back with
   * their scores. The event loop has its turns.
   */
  async predict(
    rows: DecodedRows,
    version: string | null,
    bad: BadRow[],
  ): Promise<{ readonly rows: DecodedRows; readonly scored: Scored }> {
    const { outputs } = this.model;
    const scores = new Float32Array(rows.records.length * outputs);
    const refused = new Set<number>();
    for (let from = 0; from < rows.records.length; from += PREDICTED_AT_ONCE) {
      if (turnIsDue()) await giveTurn();
      const to = Math.min(rows.records.length, from + PREDICTED_AT_ONCE);
      const faults = faultsOf(to - from, (first, end) => {
        const found = this.#try(rows, from + first, from + end);
        if (found === undefined) return true;
        scores.set(found, (from + first) * outputs);
        return undefined;
      });
      for (const row of faults.keys()) refused.add(from + row);
    }
    for (const row of refused) {
      const record = rows.records[row]!;
      const detail = 'the model has no finite prediction for it: its values are too large, or missing';
      bad.push({ record, error: badRecord(record, 'not-finite', detail) });
    }
    const kept = [...rows.records.keys()].filter((row) => !refused.has(row));
    const own = refused.size === 0 ? scores : pickValues(scores, rows.records.length, kept);
    return {
      rows: refused.size === 0 ? rows : pickRows(rows, kept),
      scored: { scores: own, outputs, classes: this.#classes(own), version },
    };
  }

  dispose(): void {
    this.model.dispose();
  }

  /** Predictions of some rows; undefined where one of them has none. */
  #try({ xs }: DecodedRows, from: number, to: number): Float32Array | undefined {
    const { features, outputs } = this.model;
    try {
      const found = this.#scores(xs.slice(from * features, to * features), to - from);
      return firstNonFinite(found, outputs) === undefined ? found : undefined;
    } catch (error) {
      if (isOfRow(error)) return undefined;
      throw error;
    }
  }

  /** @param xs its own: scalers write to it */
  #scores(xs: RowValues, rows: number): Float32Array {
    const { model, scalers } = this;
    if (scalers.length === 0)
      return model.predict(
        model.takesFloat64 === true || xs instanceof Float32Array ? xs : Float32Array.from(xs),
        rows,
      );
    const scaled = model.takesFloat64 === true ? xs : new Float32Array(xs.length);
    for (const [i, scaler] of scalers.entries())
      scaler.transform<RowValues>(xs, rows, i === scalers.length - 1 ? scaled : xs);
    return model.predict(scaled, rows);
  }

  #classes(scores: Float32Array): Uint16Array | undefined {
    const { outputs, task } = this.model;
    if (task !== 'classification') return undefined;
    const classes = new Uint16Array(scores.length / outputs);
    for (let row = 0; row < classes.length; row++) {
      if (outputs === 1) classes[row] = scores[row]! > this.#threshold ? 1 : 0;
      else
        for (let k = 1; k < outputs; k++)
          if (scores[row * outputs + k]! > scores[row * outputs + classes[row]!]!) classes[row] = k;
    }
    return classes;
  }
}

/** A version at work. Of a model without a checkpoint it was created when serving began. */
export interface Served extends LoadedCheckpoint {
  readonly predictor: Predictor;
}

/** A change of versions. */
export interface ModelSwap {
  readonly from: string | null | undefined;
  readonly to: string | null;
  /** From finding the new version to having it ready, ms; the rows went on meanwhile. */
  readonly loadedInMs: number;
}

/** Some of the rows. */
export function pickRows({ records, xs, ys }: DecodedRows, rows: readonly number[]): DecodedRows {
  return {
    records: rows.map((row) => records[row]!),
    xs: pickValues(xs, ys.length, rows),
    ys: pickValues(ys, ys.length, rows),
  };
}

/** The values of some of `count` rows. */
export function pickValues<Values extends Float32Array | Float64Array>(
  values: Values,
  count: number,
  rows: readonly number[],
): Values {
  const width = values.length / count;
  const result = new (values.constructor as new (length: number) => Values)(rows.length * width);
  for (const [at, row] of rows.entries())
    result.set(values.subarray(row * width, (row + 1) * width), at * width);
  return result;
}
