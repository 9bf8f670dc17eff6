/** The rounds of a training on Spark: what its parts are sent, and what becomes of their answers. */
import { clusterName, UnknownTopicError } from '../../kafka/index.ts';
import type { KafkaClient, LeaderEpochs, Position, TopicIds } from '../../kafka/index.ts';
import { leaderEpochsOf, positionOf, positionWith, topicIdsOf } from '../../kafka/protocol/position.ts';
import { checkedStarts } from '../../kafka/read/log-bounds.ts';
import { epochIn, isOfThisTopic } from '../../kafka/read/saved-position.ts';
import { mixSeeds } from '../../random.ts';
import { saveParts, type CheckpointLock } from '../../training/index.ts';
import { averageStates, stateFromText, stateToText, type OffsetRange } from '../../worker/index.ts';
import { SparkRoundError, SparkWorkerError } from './errors.ts';
import type { TrainOnSparkOptions } from './options.ts';
import type { SparkProgress, SparkRounds } from './progress.ts';
import { batchOffsets, type Offsets, type QueryFolder } from './query-folder.ts';

/** What a part answers, or what is wrong. */
interface PartAnswer {
  readonly id: unknown;
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly message: string; readonly canRetry: boolean };
  readonly rows: number;
  readonly bad: number;
  readonly loss: number | null;
  readonly fetchMs: number;
  readonly trainMs: number;
  readonly state: string;
}

/** A round that was begun. */
interface Begun {
  readonly batch: number;
  readonly at: number;
  readonly ranges: readonly OffsetRange[];
  readonly to: Offsets;
  /** Those of the leaders that had all these rows. */
  readonly leaderEpochs: LeaderEpochs;
  readonly stateBytes: number;
}

/** What rounds are made with. */
interface RoundsWith {
  readonly options: TrainOnSparkOptions;
  readonly counters: SparkRounds;
  readonly query: QueryFolder;
  readonly lock: CheckpointLock | undefined;
  readonly client: KafkaClient;
  /** The next offset of every partition, and which logs those are of. */
  readonly offsets: Offsets;
  readonly logs: Logs;
}

/** Tells parts what to learn, takes the mean of what they answer, and keeps it. */
export class Rounds {
  readonly #with: RoundsWith;
  #offsets: Offsets;
  #leaderEpochs: LeaderEpochs;
  #begun: Begun | undefined;
  last: SparkProgress | undefined;

  constructor(given: RoundsWith) {
    this.#with = given;
    this.#offsets = given.offsets;
    this.#leaderEpochs = given.logs.leaderEpochs;
  }

  /** Whether a round was begun and is not kept yet. */
  get isInRound(): boolean {
    return this.#begun !== undefined;
  }

  get position(): Position {
    return { [this.#with.options.topic]: this.#offsets };
  }

  /**
   * What the parts of a batch are to learn: one a partition that has rows, whatever the number of workers, so that the
   * result does not depend on it. `{}`: nothing, as it was learnt before.
   *
   * @throws SparkRoundError (`ST_ENGINES_SPARK_ROUND`) where the batch does not begin where the last one ended
   */
  async begin(batch: number): Promise<object> {
    const { options, counters, query, lock, client } = this.#with;
    const { topic, model, epochsPerRound: epochs = 1, batchSize = 32, shuffle = true, seed = 0 } = options;
    if (counters.query === query.id && batch <= counters.batch) return {};
    await lock?.check?.(true);
    const at = performance.now();
    const { from, to } = await batchOffsets(query, clusterName(topic, client.settings), batch);
    const ranges: OffsetRange[] = [];
    for (const [partition, end] of Object.entries(to)) {
      const [begin = 0, learnt = 0] = [from[partition], this.#offsets[partition]];
      if (begin !== learnt)
        throw new SparkRoundError({
          round: counters.rounds,
          problem: `its rows of ${topic}[${partition}] begin at ${begin}, and ${learnt} is the next to be learnt`,
        });
      if (end > begin) ranges.push({ topic, partition: Number(partition), from: begin, to: end });
    }
    ranges.sort((one, other) => one.partition - other.partition);
    if (ranges.length === 0) return {};
    const { leaderEpochs } = await logsOf(client, topic, this.#read, to);
    const state = stateToText(model.save());
    this.#begun = { batch, at, ranges, to, leaderEpochs, stateBytes: state.length };
    const drawn = mixSeeds(seed, counters.rounds);
    const tasks = ranges.map((range) => ({
      ...{ id: range.partition, op: 'train', ranges: [range], epochs, batchSize, shuffle },
      seed: mixSeeds(drawn, range.partition),
    }));
    return { state, tasks };
  }

  /**
   * Takes the mean of the parts into the model, and keeps it with the offsets and the batch's number in one checkpoint.
   *
   * @throws SparkWorkerError (`ST_ENGINES_SPARK_WORKER`), AverageError (`ST_WORKER_AVERAGE`)
   */
  async end(batch: number, answers: readonly PartAnswer[]): Promise<void> {
    const { options, counters, query, lock } = this.#with;
    const begun = this.#begun;
    if (begun?.batch !== batch || answers.length !== begun.ranges.length)
      throw new SparkRoundError({
        round: counters.rounds,
        problem: `${answers.length} answers came that nobody asked for`,
      });
    for (const [at, { ok, error }] of answers.entries()) {
      if (ok) continue;
      const { topic, partition } = begun.ranges[at]!;
      const { code: workerCode = 'ST_UNEXPECTED', message = 'no sentence' } = error ?? {};
      const answer = `${workerCode}: ${message}`;
      throw new SparkWorkerError({
        round: counters.rounds,
        part: `${topic}[${partition}]`,
        workerCode,
        answer,
      });
    }
    const { model, topic, checkpoint, onProgress } = options;
    const rows = answers.reduce((sum, one) => sum + one.rows, 0);
    // Where all records were bad, nothing was learnt, and the offsets go on.
    if (rows > 0) {
      const learnt = answers.map(({ rows, state }) => ({ rows, state: stateFromText(state) }));
      model.restore(averageStates(learnt));
    }
    this.#offsets = { ...this.#offsets, ...begun.to };
    this.#leaderEpochs = begun.leaderEpochs;
    counters.rounds++;
    counters.rows += rows;
    counters.badRecords += answers.reduce((sum, one) => sum + one.bad, 0);
    [counters.query, counters.batch] = [query.id, batch];
    await lock?.check?.(true);
    const id = await checkpoint?.save({
      topics: [topic],
      ...this.#saved,
      parts: saveParts({ model, rounds: counters }),
    });
    this.#begun = undefined;
    const work = answers.map(({ fetchMs, trainMs }) => fetchMs + trainMs);
    this.last = {
      ...{ rounds: counters.rounds, rows, totalRows: counters.rows, badRecords: counters.badRecords },
      parts: answers.length,
      loss: rows > 0 ? answers.reduce((sum, one) => sum + (one.loss ?? 0) * one.rows, 0) / rows : undefined,
      steps: model.step,
      seconds: (performance.now() - begun.at) / 1000,
      workSeconds: Math.max(...work) / 1000,
      exchangedBytes: answers.reduce((sum, { state }) => sum + state.length + begun.stateBytes, 0),
      position: this.position,
      checkpoint: id,
    };
    await onProgress?.(this.last);
  }

  /** How far was learnt, with which logs that is of, as a checkpoint keeps it. */
  get #saved() {
    const { topicIds } = this.#with.logs;
    return { position: this.position, topicIds, leaderEpochs: this.#leaderEpochs };
  }

  get #read(): Position {
    return positionWith(this.#saved);
  }
}

/** Which topic a name means, and the epochs of its leaders, as far as Kafka has them. */
export interface Logs {
  readonly topicIds: TopicIds;
  readonly leaderEpochs: LeaderEpochs;
}

/**
 * The logs of a topic as they are now.
 *
 * @param read how far they were read; its ids and epochs are compared
 * @param to the offsets that the epochs are kept beside. Just after an election the metadata may name an epoch that ended below them,
 *   and later they would look like rows that were lost: such a one is left out
 * @throws UnknownTopicError, TopicRecreatedError; LogTruncatedError where rows were lost that had been read
 */
export async function logsOf(
  client: KafkaClient,
  topic: string,
  read: Position,
  to: Offsets = read[topic] ?? {},
): Promise<Logs> {
  const log = client.reader().open();
  try {
    const partitions = await log.partitions(topic);
    if (partitions === undefined) throw new UnknownTopicError({ topic });
    const saved = { position: read, topicIds: undefined, leaderEpochs: undefined };
    isOfThisTopic(log, topic, { ...saved, onTopicRecreated: 'error' });
    const ranges = partitions.map((partition) => {
      const range = { topic, partition, start: read[topic]?.[partition] ?? 0, stop: Infinity };
      return { ...range, lastEpoch: epochIn(saved, topic, partition) };
    });
    const checked = await checkedStarts(log, ranges);
    const parts = checked.map(async ({ partition, start: position, leaderEpoch }) => {
      const end =
        leaderEpoch === undefined ? undefined : await log.endOfEpoch?.({ topic, partition }, leaderEpoch);
      const lastEpoch = end !== undefined && end >= (to[partition] ?? position) ? leaderEpoch : undefined;
      return { topic, partition, position, lastEpoch, topicId: log.topicId?.(topic) };
    });
    const now = positionOf(await Promise.all(parts));
    return { topicIds: topicIdsOf(now), leaderEpochs: leaderEpochsOf(now) };
  } finally {
    await log.close();
  }
}
