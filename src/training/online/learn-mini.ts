/** How online training learns one mini dataset: decoded, scaled, judged, learnt, counted. */
import { giveTurn, unlessStopped, type StopSignal } from '../../process/index.ts';
import type { CheckpointLock } from '../checkpoint/store.ts';
import { learnEpoch } from '../rows/epoch.ts';
import { judge, rowErrorOf } from '../rows/evaluation.ts';
import { placeOf, scaledRows, type rowsDecoder } from '../rows/labelled-rows.ts';
import type { CheckpointWriter } from './checkpoint-writer.ts';
import { scalersOf, type TrainOnlineOptions } from './options.ts';
import type { ProgressMeter, TrainingCounters } from './progress.ts';
import type { MiniRecords, TopicIdentity } from './source.ts';

/** What a mini dataset changes, and what it is learnt with. */
export interface MiniLearning extends TrainOnlineOptions {
  readonly writer: CheckpointWriter;
  readonly lock: CheckpointLock | undefined;
  readonly topicIds: TopicIdentity;
  readonly meter: ProgressMeter;
  readonly counters: TrainingCounters;
  readonly decodeRows: ReturnType<typeof rowsDecoder>;
  readonly stop: StopSignal;
}

/** Everything that happens with one mini dataset before it is kept; false where training is stopped before it can be read. */
export async function learnMini(mini: MiniRecords, all: MiniLearning): Promise<boolean> {
  const {
    model,
    counters,
    meter,
    drift,
    writer,
    batchSize = 32,
    epochsPerBatch = 1,
    shuffle = true,
    seed = 0,
  } = all;
  await all.lock?.check?.();
  all.topicIds.note(mini.end);
  const { signal } = all.stop;
  const decoded = await unlessStopped(all.decodeRows(mini.records, signal), signal);
  if (decoded === undefined) return false;
  const { rows, bad } = decoded;
  if (rows > 0) {
    const placeOfRow = (row: number) => placeOf(decoded.recordOf(row), row);
    const data = scaledRows(scalersOf(all), decoded, model, { learn: true, placeOfRow });
    const { evaluate = [], rowError = rowErrorOf(model) } = all;
    drift?.remember?.(data);
    const reports = await judge(model, data, { metrics: evaluate, detector: drift, rowError });
    if (drift && reports > 0)
      await all.onDrift?.({ model, detector: drift, reports, totalRows: counters.rows });
    const shuffleSeed = shuffle ? seed : undefined;
    for (let epoch = 0; epoch < epochsPerBatch; epoch++) {
      meter.loss = await learnEpoch(model, data, {
        batchSize,
        shuffleSeed,
        isAwaited: () => writer.needsTurns,
      });
      await giveTurn(); // heartbeats, fetching ahead and Ctrl-C have theirs
    }
  }
  // Before anything is counted: another one may have taken over while this was suspended.
  await all.lock?.check?.();
  counters.rows += rows;
  counters.badRecords += bad;
  counters.miniDatasets++;
  meter.rows += rows;
  meter.position = mini.end;
  await all.onLearnt?.(mini);
  return true;
}
