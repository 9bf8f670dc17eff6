/** Spark's SQL over a topic as it streams by, into another topic, without a line of Python or Scala. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { clusterName, createTopic, openKafka, type KafkaOptions } from '../../kafka/index.ts';
import {
  checkInteger,
  checkOneOf,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import type { SparkJob } from './job.ts';
import { noteStatement } from './query-folder.ts';
import type { Spark } from './start.ts';

/** A query over a topic. */
export interface StreamSqlOptions {
  /** Where it runs. */
  spark: Spark;
  /** The topic it reads, committed rows from its first one to its end as it is then. */
  from: string;
  /**
   * The query, over the view `arrived` with Spark's columns (`key`, `value` as bytes, `partition`, `offset`, `timestamp`); it
   * gives `key` and `value`.
   */
  sql: string;
  /** The topic it writes; created where it is missing (Spark would wait for a minute). At least once. */
  to: string;
  /**
   * How late a row may be, such as `'30 seconds'`: windows older than that are closed, and written. With `each: 'stream'` only.
   * Spark moves the watermark on between micro-batches, and holds rows against that of the last one but one.
   */
  watermark?: string;
  /** `'stream'` (default): one query over all that comes; `'batch'`: once on each micro-batch, which allows TRANSFORM. */
  each?: 'stream' | 'batch';
  /** Rows of a micro-batch, about (default 100,000). */
  rowsPerBatch?: number;
  /**
   * Where Spark keeps how far it is and what windows hold; called again with it, the query goes on. That of another `sql`, `from` or
   * `each` is refused. Default: in Spark's folder, used once.
   */
  checkpoint?: string;
  /** Where Kafka is (default: as everywhere, from the environment). */
  brokers?: KafkaOptions['brokers'];
  /** The prefix of both topics on the cluster (default: as everywhere, from the environment). */
  prefix?: KafkaOptions['prefix'];
  /** Options of Spark's own reader and writer of Kafka besides, such as `kafka.security.protocol`. */
  sparkKafka?: Readonly<Record<string, string>>;
  /** Called at the end with what is in no window, or not written yet; what it throws, `done` rejects with. Default: the log. */
  onRemark?: (text: string) => unknown;
  signal?: AbortSignal;
}

const known: OptionNames<StreamSqlOptions> = {
  ...{ spark: true, from: true, sql: true, to: true, watermark: true, each: true, rowsPerBatch: true },
  ...{ checkpoint: true, brokers: true, prefix: true, sparkKafka: true, onRemark: true, signal: true },
};

const SCRIPT = fileURLToPath(new URL('../../../scripts/python/spark-sql.py', import.meta.url));

/**
 * Submits a query of Structured Streaming; resolves when it is on its way. `job.done` resolves at the end of the topic.
 *
 * **What is left out.** With a watermark, rows that are too late are in no window, and windows that are still open at the end of the
 * topic are not written: the same call with a `checkpoint` goes on with them when more rows have come. `onRemark` says how many of either.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`); UnknownTopicError for `from`; what
 *   connecting to Kafka throws.
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
    onRemark = (text: string) => console.warn(text),
  } = options;
  for (const [name, value] of Object.entries({ from, sql, to }))
    if (typeof value !== 'string' || value === '')
      throw invalidOption(name, value, 'a text that is not empty');
  checkOneOf('each', each, ['stream', 'batch']);
  if (each === 'batch' && watermark !== undefined)
    throw invalidOption(
      'watermark',
      watermark,
      "nothing, as each micro-batch is a table of its own with each: 'batch'",
    );
  checkInteger('rowsPerBatch', rowsPerBatch, { least: 1 });
  await using client = await openKafka({ brokers: options.brokers, prefix: options.prefix });
  const { settings } = client;
  const { brokers, consumer } = settings;
  // Spark would say so too, and not of which topic.
  await client.topics.watermarks(from);
  if (checkpoint !== undefined)
    await noteStatement(path.resolve(checkpoint), { sql, each, from: clusterName(from, settings) });
  await createTopic(to, { client });
  const kafka = { 'kafka.bootstrap.servers': brokers.join(',') };
  const plan = {
    ...{ sql, each, watermark: watermark ?? '' },
    read: {
      ...{ ...kafka, 'kafka.isolation.level': consumer.isolationLevel, ...sparkKafka },
      subscribe: clusterName(from, settings),
      startingOffsets: 'earliest',
      maxOffsetsPerTrigger: String(rowsPerBatch),
    },
    write: { ...kafka, ...sparkKafka, topic: clusterName(to, settings) },
    // A name that no process has used, as Spark would go on with what is there.
    query:
      checkpoint === undefined ? path.join(spark.folder, `query-${randomUUID()}`) : path.resolve(checkpoint),
  };
  const env = { STREAMTRAIN_SQL_PLAN: JSON.stringify(plan) };
  const onLine = (line: string) => remark(line, onRemark);
  return spark.submit(SCRIPT, [], { env, onLine, ...(options.signal && { signal: options.signal }) });
}

/** What a query says at its end. */
interface QueryEnd {
  readonly event: 'end';
  /** Rows that came too late, or groups of such of one micro-batch, which Spark counts once. */
  readonly late: number;
  /** What its state holds besides: windows still open. */
  readonly held: number;
}

async function remark(line: string, onRemark: (text: string) => unknown): Promise<void> {
  if (!line.startsWith('{"event": "end"')) return;
  const { late, held } = JSON.parse(line) as QueryEnd;
  if (late > 0)
    await onRemark(
      `${late} rows (or groups of them, as Spark counts) came later than the watermark allows: they are left out.`,
    );
  if (held > 0)
    await onRemark(
      `${held} groups, such as windows still open, are not written: more rows would close them.`,
    );
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
