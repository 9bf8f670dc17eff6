/** Training that leaves one process: Spark cuts the rounds and hands them out, workers of ours learn, the mean is kept. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { leaseClient } from '../../kafka/client/open.ts';
import { clusterName, type KafkaClient } from '../../kafka/index.ts';
import { positionWith } from '../../kafka/protocol/position.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../process/index.ts';
import { restoreNewest, type Checkpoint, type CheckpointRefusedError } from '../../training/index.ts';
import { modelText, type SentRequest } from '../../worker/index.ts';
import { checkSparkOptions, type TrainOnSparkOptions } from './options.ts';
import { SparkRounds, type SparkProgress } from './progress.ts';
import { openQuery, type Offsets, type QueryFolder } from './query-folder.ts';
import { openRoundsLink, type LinkMessage } from './rounds-link.ts';
import { logsOf, Rounds } from './rounds.ts';
import { startSpark } from './start.ts';

/** What {@link trainOnSpark} comes to. */
export interface SparkResult extends Omit<
  SparkProgress,
  'rows' | 'parts' | 'seconds' | 'workSeconds' | 'exchangedBytes'
> {
  /** Rows learnt in this run. */
  readonly rows: number;
  /** This run, Spark's start included, s. */
  readonly seconds: number;
  /** Of that, the rounds: the rest is Spark's start and end. */
  readonly roundSeconds: number;
  readonly exchangedBytes: number;
  /** `local[2,4]`, `spark://...`. */
  readonly master: string;
  /** Why it ended: the topic did, or its signal was aborted. */
  readonly ended: 'source' | 'stopped';
  /** The checkpoint it went on from. */
  readonly resumedFrom: string | undefined;
  /** Newer checkpoints that were not used, with their reasons. */
  readonly refused: readonly CheckpointRefusedError[];
}

/**
 * Trains a model on a topic with Spark. Structured Streaming cuts the topic into rounds; in each, every partition's rows are
 * learnt by a Node worker on one of Spark's executors, which fetches them itself, for `epochsPerRound` epochs from the same
 * weights; then weights, moments and moving statistics become the mean by rows (federated averaging, McMahan et al. 2017), and
 * are kept with the offsets in one checkpoint.
 *
 * **It is another algorithm than one process over all rows**, and pays where a round takes long: many epochs, large models, many
 * machines. A small model learns in one process at a multiple of the speed. docs/scale-out.md says when.
 *
 * **Exactly once.** Spark logs a batch's offsets before it is learnt, and repeats a batch that it did not see through: one whose
 * checkpoint is there is not learnt twice. Killed at any moment, called again with the same checkpoint, it ends with the same bytes as an
 * unbroken run, on any number of workers: parts are partitions, and their draws come from seed, round and partition.
 *
 * Scalers that learn from the stream are not part of it: write scaled rows. Only compiled steps can be handed to workers.
 *
 * @throws EnginePartsError (`ST_ENGINES_PARTS_MISSING`) where Spark was not fetched; EngineEndedError (`ST_ENGINES_ENDED`) with
 *   the end of Spark's log; SparkWorkerError (`ST_ENGINES_SPARK_WORKER`) for what a worker could not learn; SparkRoundError
 *   (`ST_ENGINES_SPARK_ROUND`); the errors of checkpoints, as `trainOnline`; UnknownTopicError, TopicRecreatedError,
 *   LogTruncatedError; InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const model = compileTrainStep(buildClassifier({ inputs: 18 }));
 * const { rounds, totalRows, seconds } = await trainOnSpark({
 *   topic: 'hyperplane',
 *   model,
 *   rowsPerRound: 15_000,
 *   epochsPerRound: 10,
 *   workers: 2,
 *   checkpoint: localCheckpoints('checkpoints/hyperplane'),
 *   onProgress: ({ rounds, loss, seconds }) => console.log(rounds, loss, seconds),
 * });
 * ```
 */
export async function trainOnSpark(options: TrainOnSparkOptions): Promise<SparkResult> {
  checkSparkOptions(options);
  const {
    topic,
    model,
    checkpoint: store,
    signal,
    onRemark = (text: string) => console.warn(text),
  } = options;
  const began = performance.now();
  const described = modelText(model);
  signal?.throwIfAborted();
  await using resources = new AsyncDisposables();
  const lock = await store?.lock();
  if (lock) resources.add(() => lock.release());
  const counters = new SparkRounds();
  const { checkpoint, refused } = store
    ? await restoreNewest(store, [topic], { model, rounds: counters })
    : { checkpoint: undefined, refused: [] };
  for (const text of [...refused.map(({ message }) => message), ...(model.restoreRemarks ?? [])])
    await onRemark(text);
  const { client, release } = await leaseClient(options);
  resources.add(release);
  const { offsets, ends, logs } = await whereToBegin(client, topic, checkpoint);
  const folder = await queryFolderOf(options, resources);
  const query = await openQuery(folder, counters, offsets);
  const spark =
    options.spark ?? (await startSpark({ workers: options.workers ?? 2, ...(signal && { signal }) }));
  if (options.spark === undefined) resources.add(() => spark.stop());
  const rounds = new Rounds({ options, counters, query, lock, client, offsets, logs });
  const sums = { rows: counters.rows, roundSeconds: 0, exchangedBytes: 0, hasEnded: false };

  const answer = async (message: LinkMessage): Promise<object> => {
    if (message.event === 'hello')
      return planOf(options, { client, counters, query, described, ends, offsets });
    if (message.event === 'round')
      return signal?.aborted ? waitForEnd() : rounds.begin(Number(message['batch']));
    if (message.event === 'end') sums.hasEnded = true;
    if (message.event !== 'learnt') return {};
    await rounds.end(Number(message['batch']), message['answers'] as Parameters<Rounds['end']>[1]);
    sums.roundSeconds += rounds.last?.seconds ?? 0;
    sums.exchangedBytes += rounds.last?.exchangedBytes ?? 0;
    return signal?.aborted ? waitForEnd() : {};
  };
  const link = await openRoundsLink(answer);
  resources.add(async () => link.close());
  const job = spark.submit(DRIVER, [], { env: link.env, conf: options.conf ?? {} });
  resources.add(() => job.stop());
  void link.failed.then(() => job.stop());
  /** Stopped between two rounds: the program is ended, and waits for its answer until then. */
  const waitForEnd = (): Promise<never> => {
    void job.stop();
    return new Promise<never>(() => {});
  };
  const stop = () => void (rounds.isInRound || job.stop());
  signal?.addEventListener('abort', stop);
  resources.add(async () => signal?.removeEventListener('abort', stop));
  try {
    await job.done;
  } catch (error) {
    throw link.failure ? link.failure.error : error;
  }
  if (link.failure) throw link.failure.error;
  const { rounds: count, rows: totalRows, badRecords } = counters;
  return {
    ...{ rounds: count, totalRows, badRecords, rows: totalRows - sums.rows },
    ...{ loss: rounds.last?.loss, steps: model.step },
    seconds: (performance.now() - began) / 1000,
    roundSeconds: sums.roundSeconds,
    exchangedBytes: sums.exchangedBytes,
    position: rounds.position,
    checkpoint: rounds.last?.checkpoint ?? checkpoint?.id,
    master: spark.master,
    ended: sums.hasEnded ? 'source' : 'stopped',
    resumedFrom: checkpoint?.id,
    refused,
  };
}

/** Lies beside the package's `dist` and, in a clone, its `src`. */
const DRIVER = fileURLToPath(new URL('../../../scripts/python/spark-rounds.py', import.meta.url));
/** This package's own command, as it is now: JavaScript, or in a clone TypeScript. */
const MAIN = fileURLToPath(new URL(`../../cli/main${path.extname(import.meta.url)}`, import.meta.url));

/** Where training begins: at the checkpoint, else with the first row; and where each partition ends now. */
async function whereToBegin(client: KafkaClient, topic: string, checkpoint: Checkpoint | undefined) {
  const logs = await logsOf(client, topic, checkpoint ? positionWith(checkpoint) : {});
  const { isolationLevel } = client.settings.consumer;
  const marks = await client.topics.watermarks(topic, { isolationLevel });
  const learnt = checkpoint?.position[topic];
  const of = (value: (mark: (typeof marks)[number]) => number): Offsets =>
    Object.fromEntries(marks.map((mark) => [mark.partition, value(mark)]));
  return {
    logs,
    offsets: of(({ partition, low }) => learnt?.[partition] ?? low),
    ends: of(({ high }) => high),
  };
}

/** What the program on Spark is given at its start. Nothing of it is on a command line. */
function planOf(
  options: TrainOnSparkOptions,
  {
    client,
    counters,
    query,
    described,
    ends,
    offsets,
  }: {
    readonly counters: SparkRounds;
    readonly client: KafkaClient;
    readonly query: QueryFolder;
    readonly described: ReturnType<typeof modelText>;
    readonly ends: Offsets;
    readonly offsets: Offsets;
  },
): object {
  const {
    topic,
    rounds,
    onBad = 'throw',
    csv,
    worker = [process.execPath, MAIN, 'worker', '--stdin'],
  } = options;
  const perRound =
    rounds === undefined ? (options.rowsPerRound ?? 15_000) : counters.rowsPerRound(rounds, offsets, ends);
  // Spark rounds the share of each partition down, which would leave a last round of a few rows.
  const rowsPerRound = perRound + Object.keys(ends).length;
  const { brokers, prefix, consumer } = client.settings;
  const subscribe = clusterName(topic, client.settings);
  const configuration = { 'isolation.level': consumer.isolationLevel };
  const init = {
    ...{ op: 'init', ...described, onBad, kafka: { brokers: [...brokers], prefix, configuration } },
    ...(csv && { csv: { ...csv } }),
  } satisfies SentRequest;
  return {
    worker: { command: worker, env: { TF_CPP_MIN_LOG_LEVEL: '2' } },
    init: JSON.stringify(init),
    query: query.place,
    read: {
      'kafka.bootstrap.servers': brokers.join(','),
      'kafka.isolation.level': consumer.isolationLevel,
      ...options.sparkKafka,
      subscribe,
      startingOffsets: JSON.stringify({ [subscribe]: query.start }),
      maxOffsetsPerTrigger: String(rowsPerRound),
    },
  };
}

async function queryFolderOf(options: TrainOnSparkOptions, resources: AsyncDisposables): Promise<string> {
  const { queryFolder, checkpoint } = options;
  if (queryFolder !== undefined) return path.resolve(queryFolder);
  if (checkpoint !== undefined && path.isAbsolute(checkpoint.place))
    return path.join(checkpoint.place, 'spark');
  const made = makeTemporaryFolder('query');
  resources.add(() => removeTemporaryFolder(made));
  // What is in a query's folder has to be ours: the note of whose it is lies beside it.
  return path.join(made, 'spark');
}

/** What is to be closed at the end, the last one first, each of them whatever the others do. */
class AsyncDisposables implements AsyncDisposable {
  readonly #closers: (() => Promise<unknown>)[] = [];

  add(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.reverse())
      await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}
