/** Online training: the article's loop over mini datasets as one call, exactly once through any crash. */
import { Callbacks } from '../../kafka/callbacks.ts';
import { InstanceFencedError } from '../../kafka/index.ts';
import { cellSignal, orAfter, stopSignal, unlessAborted, untilAborted } from '../../process/index.ts';
import { positionWith } from '../../kafka/protocol/position.ts';
import { restoreNewest, type Statefuls } from '../checkpoint/restore.ts';
import type { Checkpoint } from '../checkpoint/store.ts';
import type { CheckpointRefusedError } from '../checkpoint/errors.ts';
import { rowsDecoder, mayHaveGaps, valuesFor } from '../rows/labelled-rows.ts';
import { namedMetrics, type StreamMetric } from '../rows/evaluation.ts';
import { CheckpointWriter } from './checkpoint-writer.ts';
import { learnMini, type MiniLearning } from './learn-mini.ts';
import { rowsBefore } from './rows-before.ts';
import { checkOnlineOptions, runSettingsOf, scalersOf, type TrainOnlineOptions } from './options.ts';
import { ProgressMeter, TrainingCounters, type OnlineProgress, applyLearningRate } from './progress.ts';
import {
  isBehind,
  openSource,
  topicsOf,
  type MiniRecords,
  type MiniStream,
  TopicIdentity,
} from './source.ts';

/** What {@link trainOnline} comes to. */
export interface OnlineResult extends OnlineProgress {
  /** Why it ended: the source did, `maxRows` was reached, or its signal was aborted. */
  readonly ended: 'source' | 'maxRows' | 'stopped';
  /** The checkpoint it went on from. */
  readonly resumedFrom: string | undefined;
  /** Newer checkpoints that were not used, with their reasons. */
  readonly refused: readonly CheckpointRefusedError[];
}

/**
 * Trains a model on a stream, mini dataset by mini dataset. For each: the scaler learns from it and transforms it; the
 * model predicts it, and metrics and drift detector are updated (prequential evaluation); the model learns it for
 * `epochsPerBatch` epochs; everything is written into one checkpoint; then its offsets are committed to Kafka. While the
 * source has more, the next mini dataset is learnt meanwhile; the one after it begins when the checkpoint is safe.
 *
 * **Exactly once.** The checkpoint holds the states of model, scaler, metrics, detector and counters together with the
 * next offsets, and training goes on from there, whatever Kafka has committed: each row is learnt exactly once by the
 * state that survives, however often the process is killed. On one partition the end state is byte-identical to that
 * of a run that was never broken (mini datasets are cut by record count, random draws come from the seed and the step);
 * on several it is so with `source.order: 'interleaved'`, while by order of arrival the rows of a mini dataset may
 * differ. Both hold as long as mini datasets are full (`pauseTimeout` -1, the default here); the rest at a stream's end
 * is a smaller one. What dead letters were sent of a mini dataset that was not finished is sent again.
 *
 * **Settings** that are others than the checkpoint's (learning rate, class weights, seed, batch size, ...) are applied as
 * given and remarked; another kind of model, loss or optimizer is refused. **Gaps**: a feature that is NaN (without an
 * imputer among the scalers) or infinite ends training, naming the record; nothing of its mini dataset is learnt.
 * **A topic made again**: another topic of the same name, recognised by its id, is an error unless `onTopicRecreated` says
 * otherwise. **Two owners**: a process that loses the checkpoints to another one, because it was suspended, learns nothing more.
 *
 * @throws CheckpointLockedError (`ST_TRAINING_CHECKPOINT_LOCKED`) while another process trains on these checkpoints;
 *   CheckpointLockLostError (`ST_TRAINING_CHECKPOINT_LOCK_LOST`) or CheckpointTakenOverError
 *   (`ST_TRAINING_CHECKPOINT_TAKEN_OVER`) when another one has taken them over;
 *   CheckpointUnusableError (`ST_TRAINING_CHECKPOINT_UNUSABLE`) when none of those there can be used;
 *   CheckpointSaveError (`ST_TRAINING_CHECKPOINT_SAVE`, disk full and the like: nothing is lost but the rows since the
 *   last one); InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`);
 *   FeatureNotFiniteError (`ST_TRAINING_FEATURE_NOT_FINITE`), LossNotFiniteError (`ST_TRAINING_LOSS_NOT_FINITE`),
 *   StateNotFiniteError (`ST_TRAINING_STATE_NOT_FINITE`): none of them gets into a checkpoint; BadRecordError; and as
 *   `fromKafkaBatches`
 * @example
 * ```ts
 * const model = compileTrainStep(buildClassifier({ inputs: 9 }));
 * const { totalRows, metrics, ended } = await trainOnline({
 *   source: { topics: 'cancer-train', groupId: 'cgonline', maxRecords: 512, streamTimeout: 10_000 },
 *   model,
 *   decode: csvCodec({ columns: 9 }),
 *   epochsPerBatch: 3,
 *   scaler: new OnlineStandardScaler(9),
 *   checkpoint: localCheckpoints('checkpoints/cancer'),
 *   onProgress: ({ rows, rowsPerSecond, loss, lag }) => console.log(rows, rowsPerSecond, loss, lag),
 * });
 * ```
 */
export async function trainOnline(options: TrainOnlineOptions): Promise<OnlineResult> {
  checkOnlineOptions(options);
  const topics = topicsOf(options.source);
  const counters = new TrainingCounters(runSettingsOf(options));
  const metrics = namedMetrics(options.evaluate ?? []);
  const statefuls = statefulsOf(options, counters, metrics);
  const scalers = scalersOf(options);
  const gaps = mayHaveGaps(scalers, options.model);
  const { features } = options.model;
  const decodeRows = rowsDecoder(
    options.decode,
    features,
    options.onBad,
    gaps,
    valuesFor(scalers, options.model),
  );
  const { onRemark = (text: string) => console.warn(text) } = options;
  const remarks = new Callbacks();
  const remark = (text: string) => remarks.call(() => onRemark(text));
  const lock = await options.checkpoint?.lock();
  const stop = stopSignal(options.signal ?? cellSignal(), options.stopOnSignals ?? false);
  let stream: MiniStream | undefined;
  let writer: CheckpointWriter | undefined;
  let failed = true;
  try {
    const { checkpoint, refused } = options.checkpoint
      ? await restoreNewest(options.checkpoint, topics, statefuls)
      : { checkpoint: undefined, refused: [] };
    for (const error of refused) remark(error.message);
    if (checkpoint) {
      const rate = applyLearningRate(options.model, counters.settingsBefore, counters.settings);
      const remarks = Object.values(statefuls).flatMap(({ restoreRemarks = [] }) => restoreRemarks);
      for (const text of rate === undefined ? remarks : [...remarks, rate]) remark(text);
    }
    if (checkpoint && !('open' in options.source)) for (const text of unseenSince(checkpoint)) remark(text);
    remarks.rethrow();
    const resumed = checkpoint && positionWith(checkpoint);
    stream = openSource(options.source, resumed, {
      onTopicRecreated: options.onTopicRecreated ?? 'error',
      place: options.checkpoint?.place,
      savedBy: checkpoint?.member,
      isEverywhere: options.checkpoint?.inKafka === true,
      beforeRevoked: async () => writer?.finish(),
      remark: onRemark,
    });
    writer = new CheckpointWriter({
      store: options.checkpoint,
      lock,
      topics,
      every: options.checkpointEvery ?? 1,
      statefuls,
      stream,
      remark,
      stop,
    });
    const meter = new ProgressMeter(options.model, counters, stream, metrics);
    meter.position = resumed ?? {};
    const topicIds = new TopicIdentity(checkpoint?.topicIds ?? {}, remark);
    const ended = await run({
      ...options,
      ...{ stream, writer, lock, meter, counters, decodeRows, stop, topicIds, remark, remarks },
      isResumed: checkpoint !== undefined,
    });
    const progress = meter.progress(writer);
    failed = false;
    return { ...progress, ended, resumedFrom: checkpoint?.id, refused };
  } catch (error) {
    // The checkpoint that was being written meanwhile is of before: where it failed, that came first.
    await writer?.safe();
    // Whoever takes the checkpoints over takes the group's membership, too, and which of it is noticed first is luck.
    if (error instanceof InstanceFencedError) await lock?.check?.(true);
    throw error;
  } finally {
    await closeAll(failed, [
      () => (typeof options.onBad === 'object' ? options.onBad.close?.() : undefined),
      () => writer?.settled(),
      () => stream?.close?.(),
      () => lock?.release(),
      () => remarks.settled(),
      () => {
        remarks.end();
        remarks.rethrow();
      },
      // Last: a second Ctrl-C while all this is closed must not leave the lock behind.
      () => stop.dispose(),
    ]);
  }
}

/** Takes every step, also after one has failed; the first failure is thrown, unless the training has failed already. */
async function closeAll(failed: boolean, steps: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (!failed && errors.length > 0) throw errors[0];
}

/** What the loop works with. */
interface Run extends MiniLearning {
  readonly stream: MiniStream;
  readonly remark: (text: string) => void;
  /** What remarks threw. */
  readonly remarks: Callbacks;
  /** Whether a checkpoint says where training begins, instead of the group's commits. */
  readonly isResumed: boolean;
}

async function run(all: Run): Promise<OnlineResult['ended']> {
  const { stream, writer, meter, stop, maxRows = Infinity } = all;
  const minis = stream[Symbol.asyncIterator]();
  let ended: OnlineResult['ended'] = 'source';
  let deletedRows = 0;
  for (let isFirst = !all.isResumed; ; isFirst = false) {
    const mini = await nextMini(minis, all);
    if (isFirst && !stop.signal.aborted)
      for (const text of await rowsBefore(all.source, mini, stop.signal)) all.remark(text);
    if (mini === undefined) break;
    if (!(await learnMini(mini, all))) break;
    deletedRows = remarkDeleted(all, deletedRows);
    const last = meter.rows >= maxRows;
    writer.note(mini.end);
    if (last || stop.signal.aborted || writer.dueIn === 0) {
      await writer.write();
      // With nothing to learn meanwhile, progress can wait until it is safe.
      if (last || stop.signal.aborted || !isBehind(stream, mini)) await writer.safe();
    }
    await all.onProgress?.(meter.progress(writer));
    all.remarks.rethrow();
    if (last) ended = 'maxRows';
    if (last || stop.signal.aborted) break;
  }
  if (stop.signal.aborted) ended = 'stopped';
  remarkDeleted(all, deletedRows);
  await writer.finish();
  // Not waited for: in a stream of the caller's own it may wait for records until the stream is closed.
  minis.return?.().catch(() => {});
  return ended;
}

/**
 * The next mini dataset; none at the end, or as soon as the training is stopped. A checkpoint that fails meanwhile is not
 * kept for when rows come, which may be never.
 */
async function nextMini(
  minis: AsyncIterator<MiniRecords>,
  { stop: { signal }, writer, meter }: Run,
): Promise<MiniRecords | undefined> {
  if (signal.aborted) return undefined;
  const since = performance.now();
  const arriving = unlessAborted(untilAborted(minis.next(), signal), writer.failed);
  await writeMeanwhile(arriving, writer);
  const step = await arriving;
  if (!step || step.done === true) return undefined;
  meter.arrived(since);
  return step.value;
}

/** What is learnt is written when its time comes, also where the next mini dataset comes late or never. */
async function writeMeanwhile(arriving: Promise<unknown>, writer: CheckpointWriter): Promise<void> {
  if (writer.dueIn === Infinity) return;
  let isOver = false;
  const over = () => void (isOver = true);
  const end = arriving.then(over, over);
  while (!isOver && writer.dueIn < Infinity) {
    await orAfter(end, writer.dueIn);
    if (writer.dueIn === 0) await writer.write();
  }
}

/** Remarks once how many rows were deleted before they could be read; returns how many were remarked. */
function remarkDeleted({ stream, remark }: Run, before: number): number {
  const { deleted = 0 } = stream.stats?.() ?? {};
  if (deleted > before)
    remark(
      `${deleted - before} records had been deleted from the log (retention) before they could be read; training goes on ` +
        "behind them. Raise the topic's retention (retention.ms, retention.bytes) if it was away for too long.",
    );
  return deleted;
}

/** What cannot be seen of the topics of a checkpoint of an earlier version. */
function unseenSince({ id, topicIds, leaderEpochs }: Checkpoint): readonly string[] {
  const text = (what: string, change: string) =>
    `${id} is of an earlier version and does not hold ${what}: whether ${change} since cannot be seen this once. The next ` +
    'checkpoint holds them.';
  return [
    ...(topicIds === undefined ? [text('the ids of its topics', 'one was deleted and made again')] : []),
    ...(leaderEpochs === undefined ? [text('the epochs of its leaders', 'a log was cut back')] : []),
  ];
}

/** Everything whose state belongs together, by its name in the checkpoint. */
function statefulsOf(
  options: TrainOnlineOptions,
  counters: TrainingCounters,
  metrics: Readonly<Record<string, StreamMetric>>,
): Statefuls {
  const prefixed = (prefix: string, entries: Statefuls) =>
    Object.fromEntries(Object.entries(entries).map(([name, one]) => [`${prefix}.${name}`, one]));
  return {
    model: options.model,
    training: counters,
    ...prefixed('scaler', Object.fromEntries(scalersOf(options).entries())),
    ...prefixed('metric', metrics),
    ...(options.drift && { drift: options.drift }),
    ...prefixed('extra', options.extras ?? {}),
  };
}
