/** Spark's SQL over a topic as it streams by, into another topic, without a line of Python or Scala. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTopic, kafkaSettings, type KafkaOptions } from '../../kafka/index.ts';
import {
  checkInteger,
  checkOneOf,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import type { SparkJob } from './job.ts';
import type { Spark } from './start.ts';

/** A query over a topic. */
export interface StreamSqlOptions {
  /** Where it runs. */
  spark: Spark;
  /** The topic it reads, from its first row to its end as it is then. */
  from: string;
  /**
   * The query, over the view `arrived` with Spark's columns (`key`, `value` as bytes, `partition`, `offset`, `timestamp`); it
   * gives `key` and `value`.
   */
  sql: string;
  /** The topic it writes; created where it is missing (Spark would wait for a minute). At least once. */
  to: string;
  /** How late a row may be, such as `'30 seconds'`: windows older than that are closed, and written. */
  watermark?: string;
  /** `'stream'` (default): one query over all that comes; `'batch'`: anew on each micro-batch, which allows TRANSFORM. */
  each?: 'stream' | 'batch';
  /** Rows of a micro-batch, about (default 100,000). */
  rowsPerBatch?: number;
  /** Where Spark keeps how far it is and what windows hold; called again with it, the query goes on. Default: in Spark's folder, used once. */
  checkpoint?: string;
  /** Where Kafka is (default: as everywhere, from the environment). */
  brokers?: KafkaOptions['brokers'];
  /** Options of Spark's own reader and writer of Kafka besides, such as `kafka.security.protocol`. */
  sparkKafka?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

const known: OptionNames<StreamSqlOptions> = {
  ...{ spark: true, from: true, sql: true, to: true, watermark: true, each: true, rowsPerBatch: true },
  ...{ checkpoint: true, brokers: true, sparkKafka: true, signal: true },
};

const SCRIPT = fileURLToPath(new URL('../../../scripts/python/spark-sql.py', import.meta.url));
let queries = 0;

/**
 * Submits a query of Structured Streaming; resolves when it is on its way. `job.done` resolves at the end of the topic.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`); what connecting to Kafka throws.
 *   Its `done`: EngineEndedError (`ST_ENGINES_ENDED`) with what Spark says of the query
 * @example
 * ```ts
 * await using spark = await startSpark();
 * const job = await streamSql({
 *   spark,
 *   from: 'cancer-train',
 *   to: 'cancer-windows',
 *   watermark: '30 seconds',
 *   sql: `SELECT CAST(window.start AS STRING) AS key, CAST(count(*) AS STRING) AS value
 *         FROM arrived GROUP BY window(timestamp, '1 minute')`,
 * });
 * await job.done;
 * ```
 */
export async function streamSql(options: StreamSqlOptions): Promise<SparkJob> {
  refuseUnknownOptions('streamSql', options, known);
  const {
    spark,
    from,
    sql,
    to,
    watermark,
    each = 'stream',
    rowsPerBatch = 100_000,
    checkpoint,
    sparkKafka,
  } = options;
  for (const [name, value] of Object.entries({ from, sql, to }))
    if (typeof value !== 'string' || value === '')
      throw invalidOption(name, value, 'a text that is not empty');
  checkOneOf('each', each, ['stream', 'batch']);
  checkInteger('rowsPerBatch', rowsPerBatch, { least: 1 });
  const given = options.brokers === undefined ? {} : { brokers: options.brokers };
  const brokers = kafkaSettings(given).brokers.join(',');
  await createTopic(to, given);
  const kafka = { 'kafka.bootstrap.servers': brokers, ...sparkKafka };
  const plan = {
    ...{ sql, each, watermark: watermark ?? '' },
    read: {
      ...kafka,
      subscribe: from,
      startingOffsets: 'earliest',
      maxOffsetsPerTrigger: String(rowsPerBatch),
    },
    write: { ...kafka, topic: to },
    query:
      checkpoint === undefined
        ? path.join(spark.folder, `query-${process.pid}-${++queries}`)
        : path.resolve(checkpoint),
  };
  const env = { STREAMTRAIN_SQL_PLAN: JSON.stringify(plan) };
  return spark.submit(SCRIPT, [], { env, ...(options.signal && { signal: options.signal }) });
}

const MAIN = fileURLToPath(new URL(`../../cli/main${path.extname(import.meta.url)}`, import.meta.url));
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * The command that scores lines with a model, for TRANSFORM's USING: `streamtrain worker --score`, by this Node and this
 * package.
 *
 * @param model a folder of checkpoints, one of them, `kafka:TOPIC`, or a saved model
 * @param flags further ones of the command, such as `--skip-bad`
 * @returns the command as a shell takes it, ready to stand in an SQL string
 * @example
 * ```ts
 * const sql = `SELECT TRANSFORM (CAST(key AS STRING), CAST(value AS STRING))
 *   ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' USING '${scoreCommand('checkpoints/cancer')}' AS (key STRING, value STRING)
 *   ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' FROM arrived`;
 * ```
 */
export function scoreCommand(model: string, flags: readonly string[] = []): string {
  const place = model.startsWith('kafka:') ? model : path.resolve(model);
  const words = [process.execPath, MAIN, 'worker', '--score', place, ...flags].map(quoted).join(' ');
  return words.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
