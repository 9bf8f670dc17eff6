/** A prediction as it stands in the predictions topic: what it carries, as JSON or CSV, and how it is read again. */
import { firstInexact, mayBeInexact, namedTwice, whyInexact } from '../exact-json.ts';
import type { KafkaRecord } from '../kafka/index.ts';
import { PredictionFormatError } from './errors.ts';
import { predictionBytes } from './prediction-bytes.ts';
import { scoreOf, type Scored } from './predictor.ts';

/** What is predicted for one row, and where that row stands. */
export interface ServedPrediction {
  /** The probability of class 1 (or of the class, where there are several), or the value of a regression. */
  readonly score: number;
  /** All scores, where the model has several outputs. */
  readonly scores?: readonly number[];
  /** The class, from 0; `null` where the model does not classify. */
  readonly class: number | null;
  /** The checkpoint whose weights made it; `null` where the model is of no checkpoint. */
  readonly version: string | null;
  /** Where the row stands, and its time, in ms since 1970. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
}

/** `'json'`: an object; `'csv'`: its values with commas between; or a function that makes the record's value. */
export type PredictionEncoder = 'json' | 'csv' | ((prediction: ServedPrediction) => string | Uint8Array);

/** The values of all records, in the order of the rows. */
export function encodePredictions(
  records: readonly KafkaRecord[],
  scored: Scored,
  encoder: PredictionEncoder,
): (string | Uint8Array)[] {
  if (typeof encoder === 'function')
    return records.map((record, row) => encoder(predictionOf(record, scored, row)));
  return predictionBytes(records, scored, encoder);
}

/** The prediction of one row. */
function predictionOf(record: KafkaRecord, scored: Scored, row: number): ServedPrediction {
  const { topic, partition, offset, timestamp } = record;
  const { scores, outputs, classes, version } = scored;
  return {
    score: scoreOf(scored, row),
    ...(outputs > 1 && { scores: [...scores.subarray(row * outputs, (row + 1) * outputs)] }),
    class: classes ? classes[row]! : null,
    ...{ version, topic, partition, offset, timestamp },
  };
}

/**
 * Reads a prediction again, as `serve` wrote it with `encode: 'json'`.
 *
 * @throws PredictionFormatError (`ST_SERVING_PREDICTION_FORMAT`)
 * @example
 * ```ts
 * for await (const { score, version, offset } of fromKafka('predictions').map(readPrediction))
 *   console.log(offset, score, version);
 * ```
 */
export function readPrediction(
  record: Pick<KafkaRecord, 'topic' | 'partition' | 'offset' | 'value'>,
): ServedPrediction {
  const { topic, partition, offset } = record;
  const refused = (problem: string, cause?: unknown): PredictionFormatError =>
    new PredictionFormatError({ topic, partition, offset, problem, cause });
  const text = String(record.value);
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw refused('it is no JSON', error);
  }
  const one = (found ?? {}) as Partial<Record<keyof ServedPrediction, unknown>>;
  const numbers = ['score', 'partition', 'offset', 'timestamp'] as const;
  const wrong = numbers.find((name) => typeof one[name] !== 'number');
  if (wrong !== undefined) throw refused(`its ${wrong} is no number`);
  const inexact = [...numbers, 'class' as const].some((name) => mayBeInexact(Number(one[name])))
    ? firstInexact(text)
    : undefined;
  if (inexact !== undefined) throw refused(`it holds ${whyInexact(inexact)}`);
  const twice = namedTwice(text, one, Object.keys(one));
  if (twice !== undefined) throw refused(`its ${JSON.stringify(twice)} is there twice`);
  if (typeof one.topic !== 'string') throw refused('its topic is no text');
  if (one.class !== null && typeof one.class !== 'number') throw refused('its class is no number');
  if (one.version !== null && typeof one.version !== 'string') throw refused('its version is no text');
  return found as ServedPrediction;
}
