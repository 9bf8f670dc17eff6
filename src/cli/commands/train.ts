/** `streamtrain train`: trains a classifier on a topic, and goes on where it was. */
import { type Command, Option } from 'commander';
import { startTrainingMetrics, type TrainingMetrics } from '../../serving/index.ts';
import {
  PrequentialEvaluator,
  trainOnline,
  type OnlineProgress,
  type OnlineResult,
  type TrainOnlineOptions,
} from '../../training/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { readableCount } from '../../terminal.ts';
import { checkArchitecture, modelOf, withArchitectureFlags, type ModelFlags } from '../model-flags.ts';
import { openStore, storePlace } from '../model-store.ts';
import {
  type MetricsFlags,
  metricsOf,
  type ReadingFlags,
  readingOptions,
  withMetricsFlags,
  withReadingFlags,
} from '../reading.ts';
import { rowCodec, scalersOf, withRowFlags, type RowFlags } from '../row-flags.ts';
import { countOrTime, positiveNumber, wholeNumber } from '../values.ts';

interface TrainFlags extends ModelFlags, RowFlags, ReadingFlags, MetricsFlags {
  group: string;
  checkpoint: string;
  batchSize: number;
  epochs: number;
  records: number;
  checkpointEvery: NonNullable<TrainOnlineOptions['checkpointEvery']>;
  keep: number;
  maxRows?: number;
  streamTimeout: number;
  end?: boolean;
  skipBad?: boolean;
}

/** Adds its flags, its help and what it does to the command. */
export function trainCommand(command: Command, bind: Bind): void {
  command
    .argument('<topic>')
    .requiredOption('-g, --group <group>', 'consumer group whose offsets follow the training')
    .requiredOption(
      '--checkpoint <place>',
      'a folder or kafka:TOPIC, where the state is kept, and training goes on from',
      storePlace,
    );
  withRowFlags(command, 'key');
  withReadingFlags(withMetricsFlags(withModelOptions(withLearningOptions(command))))
    .addHelpText(
      'after',
      '\nCtrl-C and SIGTERM finish the mini dataset at hand, write the checkpoint, and end with exit code 0.\n' +
        '\nExamples, on the topics of the examples of "write":\n' +
        "  $ streamtrain train cancer --group cg --checkpoint checkpoints/cancer --columns 9 --missing '?' --labels 2=0,4=1 --end\n" +
        "  $ streamtrain train wine --group wine --checkpoint checkpoints/wine --columns 2 --delimiter ';' --linear --end\n" +
        '  $ streamtrain train cancer --group json --checkpoint checkpoints/json --columns 9 --labels 2=0,4=1 ' +
        '--skip-bad --linear --end --json --max-row-bytes 1000\n',
    )
    .action(bind<TrainFlags>(async (context, [topic = ''], flags) => train(context, topic, flags)));
}

function withLearningOptions(command: Command): Command {
  return command
    .option('--batch-size <rows>', 'rows of a mini-batch', wholeNumber(1), 32)
    .option('--epochs <count>', 'how often each mini dataset is trained on', wholeNumber(1), 1)
    .option('--records <count>', 'records of a mini dataset', wholeNumber(1), 1024)
    .option(
      '--checkpoint-every <count>',
      'a checkpoint after so many mini datasets, or after a time such as 500ms or 5s',
      countOrTime,
      1,
    )
    .option('--keep <count>', 'checkpoints to keep', wholeNumber(1), 3)
    .option('--max-rows <rows>', 'stop after so many rows, at the end of a mini dataset', wholeNumber(1))
    .addOption(
      new Option('--stream-timeout <ms>', 'stop after so long without a record; -1: never')
        .argParser(wholeNumber(-1))
        .default(10_000),
    )
    .option('--end', 'stop at the end of the topic as it is now')
    .option('--skip-bad', 'leave out records that cannot be read, and count them');
}

function withModelOptions(command: Command): Command {
  return withArchitectureFlags(command)
    .option('--learning-rate <rate>', 'step size of the optimizer', positiveNumber)
    .option('--seed <number>', 'fixes weights, dropout and orders', wholeNumber(0, 0xffff_ffff), 0);
}

async function train(context: CliContext, topic: string, flags: TrainFlags): Promise<void> {
  const { kafka, output, note } = context;
  checkArchitecture(flags);
  const http = metricsOf(flags);
  // Nobody reads any more (`| head`): that ends the training as Ctrl-C does.
  const signal = AbortSignal.any([context.signal, output.closed]);
  const onRemark = (text: string): void => {
    if (output.json) output.line(JSON.stringify({ event: 'remark', text }));
    else note(text);
  };
  const codec = rowCodec(flags, onRemark);
  const evaluator = new PrequentialEvaluator({ metrics: ['accuracy', 'kappaT', 'logLoss'] });
  const model = await modelOf(flags, codec.features);
  const { onTopicRecreated, ...reading } = readingOptions(flags);
  const progress = context.progress('Trained on', flags.maxRows);
  const { store, access, close } = await openStore(flags.checkpoint, kafka, flags.keep);
  let metrics: TrainingMetrics | undefined;
  try {
    metrics = http && (await startTrainingMetrics(http));
    if (metrics !== undefined) onRemark(`Metrics are at ${metrics.url}/metrics`);
    const result = await trainOnline({
      source: {
        ...access,
        topics: topic,
        groupId: flags.group,
        maxRecords: flags.records,
        streamTimeout: flags.streamTimeout,
        order: flags.end === true ? 'interleaved' : 'arrival',
        ...(flags.end === true && { stop: 'end' as const }),
        ...reading,
      },
      ...(onTopicRecreated !== undefined && { onTopicRecreated }),
      model,
      decode: codec,
      batchSize: flags.batchSize,
      epochsPerBatch: flags.epochs,
      seed: flags.seed,
      scaler: scalersOf(flags, codec.features),
      checkpoint: store,
      checkpointEvery: flags.checkpointEvery,
      evaluate: [evaluator],
      ...(flags.skipBad === true && { onBad: 'skip' as const }),
      ...(flags.maxRows !== undefined && { maxRows: flags.maxRows }),
      signal,
      onRemark,
      onProgress: (now) => {
        metrics?.report({ ...now, metrics: { ...now.metrics, ...evaluator.report.metrics } });
        progress.at(now.rows, detailOf(now, evaluator));
        if (output.json) output.line(JSON.stringify({ event: 'progress', ...factsOf(now, evaluator) }));
      },
    });
    const facts = { event: 'end', ...factsOf(result, evaluator), ended: result.ended };
    output.result({ ...facts, resumedFrom: result.resumedFrom ?? null }, summaryOf(topic, result, evaluator));
  } finally {
    progress.end();
    await metrics?.close();
    model.dispose();
    await close();
  }
}

/** What a log takes: plain JSON, what is not known is null. */
function factsOf(now: OnlineProgress, evaluator: PrequentialEvaluator) {
  const { metrics, noChange } = evaluator.report;
  const { rows, totalRows, badRecords, deletedRows, miniDatasets, steps, loss, lag } = now;
  const { position, checkpoint, seconds } = now;
  return {
    ...{
      rows,
      totalRows,
      badRecords,
      deletedRows,
      miniDatasets,
      steps,
      loss,
      metrics,
      lastClass: noChange,
      lag,
    },
    rowsPerSecond: Math.round(now.rowsPerSecond),
    waitingShare: Number(now.waitingShare.toFixed(4)),
    ...{ position, checkpoint: checkpoint ?? null, seconds: Number(seconds.toFixed(3)) },
  };
}

function detailOf({ loss, lag }: OnlineProgress, evaluator: PrequentialEvaluator): string {
  const behind = Number.isNaN(lag) ? '' : `, ${readableCount(lag)} behind`;
  return `, loss ${loss.toFixed(4)}, ${accuracyOf(evaluator)}${behind}`;
}

/** The model's accuracy, and what repeating the last class would have had. */
function accuracyOf(evaluator: PrequentialEvaluator): string {
  const { metrics, noChange } = evaluator.report;
  return `accuracy ${(metrics['accuracy'] ?? NaN).toFixed(4)} (last class ${(noChange['accuracy'] ?? NaN).toFixed(4)})`;
}

function summaryOf(topic: string, result: OnlineResult, evaluator: PrequentialEvaluator): string {
  const { rows, totalRows, rowsPerSecond, loss, checkpoint, resumedFrom, ended } = result;
  const { badRecords, deletedRows } = result;
  const from = resumedFrom === undefined ? '' : ` (went on from ${resumedFrom})`;
  const deleted =
    deletedRows > 0 ? `; ${readableCount(deletedRows)} records were deleted before they could be read` : '';
  const bad = (badRecords > 0 ? `; ${readableCount(badRecords)} records left out` : '') + deleted;
  if (rows === 0)
    return `Nothing new to learn from topic: ${topic}${from}; ${readableCount(totalRows)} rows in all${bad}`;
  const stopped = ended === 'stopped' ? 'Stopped after' : 'Trained on';
  return (
    `${stopped} ${readableCount(rows)} rows of topic: ${topic}${from}, ${readableCount(totalRows)} in all, ` +
    `${readableCount(Math.round(rowsPerSecond))} rows/s, loss ${loss.toFixed(4)}, ${accuracyOf(evaluator)}${bad}` +
    `\nCheckpoint: ${checkpoint ?? resumedFrom ?? 'none'}`
  );
}
