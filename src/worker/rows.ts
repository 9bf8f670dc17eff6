/** The rows that a request means: those of ranges of offsets, fetched here, or those that came with it. */
import {
  fromKafka,
  type Codec,
  type KafkaClient,
  type KafkaRecord,
  type OnBadRecord,
} from '../kafka/index.ts';
import type { LabelledRows } from '../training/rows/evaluation.ts';
import { rowsDecoder } from '../training/rows/labelled-rows.ts';
import { WorkerRangeError, WorkerRequestError } from './errors.ts';

/** Rows of a partition: from an offset up to, not including, another. */
export interface OffsetRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Rows in float32, and how many records were none. */
export interface FetchedRows extends LabelledRows<Float32Array> {
  readonly bad: number;
}

/** How ranges are read. */
interface Reading {
  readonly client: KafkaClient;
  readonly codec: Codec;
  readonly onBad: OnBadRecord;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches ranges and decodes them, in the order they are given. Offsets without a record (transactions' marks, compaction)
 * are no rows; offsets that were deleted, or are not written yet, are an error.
 *
 * @throws WorkerRangeError (`ST_WORKER_RANGE`); BadRecordError (`ST_KAFKA_BAD_RECORD`) unless `onBad` says otherwise;
 *   FeatureNotFiniteError (`ST_TRAINING_FEATURE_NOT_FINITE`)
 */
export async function fetchRows(ranges: readonly OffsetRange[], reading: Reading): Promise<FetchedRows> {
  const { codec, onBad, signal } = reading;
  const records: KafkaRecord[] = [];
  for (const range of ranges) await fetchRange(range, reading, records);
  const decode = rowsDecoder(codec, codec.features, onBad, false, Float32Array);
  const { xs, ys, rows, bad } = await decode(records, signal);
  return { xs: xs as Float32Array, ys, rows, bad };
}

async function fetchRange(
  range: OffsetRange,
  { client, signal }: Reading,
  into: KafkaRecord[],
): Promise<void> {
  const { topic, partition, from, to } = range;
  const isolationLevel = client.settings.consumer.isolationLevel;
  const marks = await client.topics.watermarks(topic, { partitions: [partition], isolationLevel });
  const { low, high } = marks.find((one) => one.partition === partition) ?? { low: 0, high: 0 };
  if (low > from) throw new WorkerRangeError({ ...range, problem: `the log begins at ${low}` });
  // Without this it would be waited for.
  if (high < to) throw new WorkerRangeError({ ...range, problem: `the log ends before offset ${high}` });
  const options = { client, partition, offset: from, stop: to, ...(signal && { signal }) };
  const dataset = fromKafka(topic, options);
  for await (const record of dataset) into.push(record);
  const { deleted } = dataset.stats();
  if (deleted > 0)
    throw new WorkerRangeError({ ...range, problem: `${deleted} offsets were deleted while it was read` });
}

/**
 * Rows that came as lists of numbers: the label first, `null` where there is none.
 *
 * @throws WorkerRequestError (`ST_WORKER_REQUEST`)
 */
export function givenRows(given: readonly (readonly (number | null)[])[], features: number): FetchedRows {
  const rows = given.length;
  const [xs, ys] = [new Float32Array(rows * features), new Float32Array(rows)];
  for (const [row, values] of given.entries()) {
    if (values.length !== features + 1)
      throw new WorkerRequestError({
        problem: `row ${row} has ${values.length} values, not ${features + 1}: the label and ${features} features`,
      });
    const label = values[0] ?? NaN;
    if (!Number.isNaN(label) && !Number.isFinite(Math.fround(label)))
      throw new WorkerRequestError({ problem: `the label of row ${row} is no finite float32 number` });
    ys[row] = label;
    for (let column = 0; column < features; column++) {
      const value = values[column + 1] ?? NaN;
      if (!Number.isFinite(Math.fround(value)))
        throw new WorkerRequestError({
          problem: `feature ${column} of row ${row} is no finite float32 number`,
        });
      xs[row * features + column] = value;
    }
  }
  return { xs, ys, rows, bad: 0 };
}
