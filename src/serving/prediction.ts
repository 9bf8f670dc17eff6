/** A prediction as it stands in the predictions topic: what it carries, as JSON or CSV, and how it is read again. */
import type { KafkaRecord } from '../kafka/index.ts';
import { PredictionFormatError } from './errors.ts';

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

/** Scores of rows, as a model gave them. */
export interface Scored {
  readonly scores: Float32Array;
  readonly outputs: number;
  /** One class a row; none where the model does not classify. */
  readonly classes: Uint16Array | undefined;
  readonly version: string | null;
}

/** The values of all records, in the order of the rows. */
export function encodePredictions(
  records: readonly KafkaRecord[],
  scored: Scored,
  encoder: PredictionEncoder,
): (string | Uint8Array)[] {
  if (typeof encoder === 'function')
    return records.map((record, row) => encoder(predictionOf(record, scored, row)));
  const { outputs, classes, version } = scored;
  const values: string[] = [];
  if (encoder === 'csv') {
    const middle = `,${csvText(version ?? '')},`;
    for (const [row, { topic, partition, offset, timestamp }] of records.entries()) {
      const kind = classes ? classes[row]! : '';
      values.push(
        `${textOf(scored, row, ',')},${kind}${middle}${csvText(topic)},${partition},${offset},${timestamp}`,
      );
    }
    return values;
  }
  const middle = `,"version":${JSON.stringify(version)},"topic":`;
  let lastTopic = '';
  let topicText = '""';
  for (const [row, { topic, partition, offset, timestamp }] of records.entries()) {
    if (topic !== lastTopic) [lastTopic, topicText] = [topic, JSON.stringify(topic)];
    const kind = classes ? classes[row]! : null;
    const score = numberText(scoreOf(scored, row));
    const all = outputs === 1 ? '' : `,"scores":[${textOf(scored, row, ',')}]`;
    values.push(
      `{"score":${score}${all},"class":${kind}${middle}${topicText},"partition":${partition},"offset":${offset},"timestamp":${timestamp}}`,
    );
  }
  return values;
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

/** The one score of a row: the only one, or that of its class. */
function scoreOf({ scores, outputs, classes }: Scored, row: number): number {
  return scores[outputs === 1 ? row : row * outputs + (classes?.[row] ?? 0)]!;
}

function textOf({ scores, outputs }: Scored, row: number, between: string): string {
  if (outputs === 1) return numberText(scores[row]!);
  const texts: string[] = [];
  for (let at = row * outputs; at < (row + 1) * outputs; at++) texts.push(numberText(scores[at]!));
  return texts.join(between);
}

/** Few digits that read back as the same float32 where that is cheap to find, else all of them. */
function numberText(value: number): string {
  const short = Math.round(value * 1e9) / 1e9;
  return String(Math.fround(short) === value ? short : value);
}

function csvText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
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
  let found: unknown;
  try {
    found = JSON.parse(String(record.value));
  } catch (error) {
    throw refused('it is no JSON', error);
  }
  const one = (found ?? {}) as Partial<Record<keyof ServedPrediction, unknown>>;
  const numbers = ['score', 'partition', 'offset', 'timestamp'] as const;
  const wrong = numbers.find((name) => typeof one[name] !== 'number');
  if (wrong !== undefined) throw refused(`its ${wrong} is no number`);
  if (typeof one.topic !== 'string') throw refused('its topic is no text');
  if (one.class !== null && typeof one.class !== 'number') throw refused('its class is no number');
  if (one.version !== null && typeof one.version !== 'string') throw refused('its version is no text');
  return found as ServedPrediction;
}
