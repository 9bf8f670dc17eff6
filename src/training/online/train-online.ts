/** Online training: the article's loop over mini data sets as one call, exactly once through any crash. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { restoreNewest, type CheckpointRefusedError, type Statefuls } from '../checkpoint/index.ts';
import { rowsDecoder } from './decode-rows.ts';
import { learnEpoch } from './epoch.ts';
import { classificationError, judge, namedMetrics, type StreamMetric } from './evaluation.ts';
import { Keeper } from './keeper.ts';
import { checkOptions, scalersOf, type TrainOnlineOptions } from './options.ts';
import { ProgressMeter, TrainingCounters, type OnlineProgress } from './progress.ts';
import { openSource, topicsOf, type MiniRecords, type MiniStream } from './source.ts';
import { stopSignal, type StopSignal } from './stop-signal.ts';

/** What {@link trainOnline} comes to. */
export interface OnlineResult extends OnlineProgress {
  /** Why it ended: the source did, `maxRows` was reached, or it was told to stop. */
  readonly ended: 'source' | 'maxRows' | 'stopped';
  /** The checkpoint it went on from. */
  readonly resumedFrom: string | undefined;
  /** Newer checkpoints that were not used, with their reasons. */
  readonly refused: readonly CheckpointRefusedError[];
}

/**
 * Trains a model on a stream, mini data set by mini data set. For each: the scaler learns from it and transforms it; the
 * model predicts it, and metrics and drift detector are told (prequential evaluation); the model learns it for
 * `epochsPerBatch` epochs; everything is written into one checkpoint; then Kafka is told.
 *
 * **Exactly once.** The checkpoint holds the states of model, scaler, metrics, detector and counters together with the
 * next offsets, and training goes on from there, whatever Kafka has committed: each row is learnt exactly once by the
 * state that survives, however often the process is killed. On one partition the end state is byte-identical to that
 * of a run that was never broken (mini data sets are cut by record count, random draws come from the seed and the step);
 * on several it is so with `source.order: 'interleaved'`, while by order of arrival the rows of a mini data set may
 * differ. Both hold as long as mini data sets are full (`pauseTimeout` -1, the default here); the rest at a stream's end
 * is a smaller one. What dead letters were sent of a mini data set that was not finished is sent again.
 *
 * @throws CheckpointLockedError (`ST_TRAINING_CHECKPOINT_LOCKED`) while another process trains on these checkpoints;
 *   CheckpointUnusableError (`ST_TRAINING_CHECKPOINT_UNUSABLE`) when none of those there can be used;
 *   CheckpointSaveError (`ST_TRAINING_CHECKPOINT_SAVE`, disk full and the like: nothing is lost but the rows since the
 *   last one); TrainingOptionError (`ST_TRAINING_OPTION`); LossNotFiniteError (`ST_TRAINING_LOSS_NOT_FINITE`);
 *   BadRecordError; and as `fromKafkaBatches`
 * @example
 * ```ts
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
  checkOptions(options);
  const topics = topicsOf(options.source);
  const counters = new TrainingCounters(options.seed ?? 0);
  const metrics = namedMetrics(options.evaluate ?? []);
  const statefuls = statefulsOf(options, counters, metrics);
  const decode = rowsDecoder(options.decode, options.model.features, options.onBad);
  const remark = options.onRemark ?? ((text) => console.warn(text));
  const lock = await options.checkpoint?.lock();
  const stop = stopSignal(options.signal, options.stopOnSignals ?? false);
  let stream: MiniStream | undefined;
  let keeper: Keeper | undefined;
  try {
    const { checkpoint, refused } = options.checkpoint
      ? await restoreNewest(options.checkpoint, topics, statefuls)
      : { checkpoint: undefined, refused: [] };
    for (const error of refused) remark(error.message);
    stream = openSource(options.source, checkpoint?.position, options.checkpoint?.place);
    keeper = new Keeper(options.checkpoint, topics, statefuls, stream, remark);
    const meter = new ProgressMeter(options.model, counters, stream, metrics);
    meter.position = checkpoint?.position ?? {};
    const ended = await run({ ...options, stream, keeper, meter, counters, decodeRows: decode, stop });
    const progress = meter.progress(keeper.lastId);
    return { ...progress, ended, resumedFrom: checkpoint?.id, refused };
  } finally {
    if (typeof options.onBad === 'object') await options.onBad.close?.();
    await keeper?.settled();
    await stream?.close?.();
    await lock?.release();
    // Last: a second Ctrl-C while all this is closed must not leave the lock behind.
    stop.dispose();
  }
}

/** What the loop works with. */
interface Run extends TrainOnlineOptions {
  readonly stream: MiniStream;
  readonly keeper: Keeper;
  readonly meter: ProgressMeter;
  readonly counters: TrainingCounters;
  readonly decodeRows: ReturnType<typeof rowsDecoder>;
  readonly stop: StopSignal;
}

async function run(all: Run): Promise<OnlineResult['ended']> {
  const { stream, keeper, meter, stop, checkpointEvery = 1, maxRows = Infinity } = all;
  const minis = stream[Symbol.asyncIterator]();
  let ended: OnlineResult['ended'] = 'source';
  for (let done = 1; ; done++) {
    const mini = await nextMini(minis, stop, meter);
    if (mini === undefined) break;
    await learnMini(mini, all);
    const last = meter.rows >= maxRows;
    if (last || stop.signal.aborted || done % checkpointEvery === 0) await keeper.keep(mini.end);
    else keeper.note(mini.end);
    all.onProgress?.(meter.progress(keeper.lastId));
    if (last) ended = 'maxRows';
    if (last || stop.signal.aborted) break;
  }
  if (stop.signal.aborted) ended = 'stopped';
  await keeper.finish();
  // Told, not waited for: while it waits for records, closing the stream is what ends it.
  minis.return?.().catch(() => {});
  return ended;
}

/** The next mini data set; none at the end, or as soon as the training is told to stop. */
async function nextMini(
  minis: AsyncIterator<MiniRecords>,
  { signal, unlessAborted }: StopSignal,
  meter: ProgressMeter,
): Promise<MiniRecords | undefined> {
  if (signal.aborted) return undefined;
  const since = performance.now();
  const step = await unlessAborted(minis.next());
  if (!step || step.done === true) return undefined;
  meter.arrived(since);
  return step.value;
}

/** Everything that happens with one mini data set before it is kept. */
async function learnMini(mini: MiniRecords, all: Run): Promise<void> {
  const { model, counters, meter, drift, batchSize = 32, epochsPerBatch = 1, shuffle = true } = all;
  const data = await all.decodeRows(mini.records);
  const { xs, rows, bad } = data;
  if (rows > 0) {
    for (const scaler of scalersOf(all)) {
      scaler.learn(xs, rows);
      scaler.transform(xs, rows, xs);
    }
    const { evaluate = [], rowError = classificationError } = all;
    drift?.remember?.(data);
    const reports = judge(model, data, { metrics: evaluate, detector: drift, rowError });
    if (drift && reports > 0) all.onDrift?.({ model, detector: drift, reports, totalRows: counters.rows });
    const shuffleSeed = shuffle ? counters.seed : undefined;
    for (let epoch = 0; epoch < epochsPerBatch; epoch++) {
      meter.loss = learnEpoch(model, data, { batchSize, shuffleSeed });
      await nextTurn(); // heartbeats, fetching ahead and Ctrl-C have theirs
    }
  }
  counters.rows += rows;
  counters.badRecords += bad;
  counters.miniDatasets++;
  meter.rows += rows;
  meter.position = mini.end;
  all.onLearnt?.(mini);
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
