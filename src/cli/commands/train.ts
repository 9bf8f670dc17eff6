/** `streamtrain train`: trains a classifier on a topic, and goes on where it was. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  localCheckpoints,
  OnlineMedianImputer,
  OnlineMinMaxScaler,
  OnlineStandardScaler,
  PrequentialEvaluator,
  trainOnline,
  type OnlineProgress,
  type OnlineResult,
  type OnlineTransformer,
} from '../../training/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { readableCount } from '../../terminal.ts';
import { UsageError } from '../errors.ts';
import { readingOptions, withReadingFlags, type ReadingFlags } from '../reading.ts';
import {
  labelClasses,
  rowCodec,
  type RowFlags,
  modelOf,
  sharesOf,
  unitsOf,
  type ModelFlags,
} from '../training.ts';
import { delimiterOf, positiveNumber, wholeNumber } from '../values.ts';

interface TrainFlags extends ModelFlags, RowFlags, ReadingFlags {
  group: string;
  checkpoint: string;
  scaler: 'standard' | 'minmax' | 'none';
  batchSize: number;
  epochs: number;
  records: number;
  checkpointEvery: number;
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
    .requiredOption('--checkpoint <folder>', 'where the state is kept, and training goes on from')
    .requiredOption('--columns <count>', 'columns of a row, the label included if it is one', wholeNumber(1))
    .option('--label <column>', 'key, or the column (from 0) that holds the label', labelPlace, 'key')
    .option('--labels <label=class,..>', 'which labels are class 0 and 1 (default: 0=0,1=1)', labelClasses)
    .option(
      '--missing <mark>',
      'what stands for a missing value, such as ?; filled with the running median; may be repeated',
      (mark: string, before: string[] = []) => [...before, mark],
    )
    .option(
      '-d, --delimiter <character>',
      'what stands between the columns of a row (default: a comma, or what the first row shows)',
      delimiterOf,
    )
    .option(
      '--max-row-bytes <bytes>',
      'longest row accepted (default: 65536, or 32 a column if that is more)',
      wholeNumber(1),
    )
    .addOption(
      new Option('--scaler <kind>', 'how features are scaled')
        .choices(['standard', 'minmax', 'none'])
        .default('standard'),
    );
  withReadingFlags(withModelOptions(withLearningOptions(command)))
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
    .option('--checkpoint-every <count>', 'a checkpoint after so many mini datasets', wholeNumber(1), 1)
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
  const others = ['hidden', 'model', 'linear'];
  const but = (name: string): string[] => others.filter((other) => other !== name);
  return command
    .addOption(
      new Option('--hidden <units>', "units of the hidden layers (default: the article's classifier)")
        .argParser(unitsOf)
        .conflicts(but('hidden')),
    )
    .addOption(new Option('--dropout <shares>', 'with --hidden: shares left out').argParser(sharesOf))
    .addOption(
      new Option('--model <folder>', 'start from a saved model (tfjs format)').conflicts(but('model')),
    )
    .addOption(new Option('--linear', 'a logistic regression, without TensorFlow').conflicts(but('linear')))
    .option('--learning-rate <rate>', 'step size of the optimizer', positiveNumber)
    .option('--seed <number>', 'fixes weights, dropout and orders', wholeNumber(0, 0xffff_ffff), 0);
}

async function train(context: CliContext, topic: string, flags: TrainFlags): Promise<void> {
  const { kafka, output, note } = context;
  const { hidden = [], dropout = [] } = flags;
  if (dropout.length > Math.max(1, hidden.length) || (dropout.length > 0 && hidden.length === 0))
    throw new UsageError({
      problem: '--dropout goes with --hidden: one share for all hidden layers, or one for each.',
    });
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
  try {
    const result = await trainOnline({
      source: {
        ...kafka,
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
      checkpoint: localCheckpoints(flags.checkpoint, { keep: flags.keep }),
      checkpointEvery: flags.checkpointEvery,
      evaluate: [evaluator],
      ...(flags.skipBad === true && { onBad: 'skip' as const }),
      ...(flags.maxRows !== undefined && { maxRows: flags.maxRows }),
      signal,
      onRemark,
      onProgress: (now) => {
        progress.at(now.rows, detailOf(now, evaluator));
        if (output.json) output.line(JSON.stringify({ event: 'progress', ...factsOf(now, evaluator) }));
      },
    });
    const facts = { event: 'end', ...factsOf(result, evaluator), ended: result.ended };
    output.result({ ...facts, resumedFrom: result.resumedFrom ?? null }, summaryOf(topic, result, evaluator));
  } finally {
    progress.end();
    model.dispose();
  }
}

/** `key`, or a column by its index. */
function labelPlace(text: string): string {
  if (text === 'key' || /^\d{1,9}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be key, or the index of a column from 0.');
}

function scalersOf({ missing, scaler }: TrainFlags, features: number): OnlineTransformer[] {
  return [
    ...(missing === undefined ? [] : [new OnlineMedianImputer(features)]),
    ...(scaler === 'standard' ? [new OnlineStandardScaler(features)] : []),
    ...(scaler === 'minmax' ? [new OnlineMinMaxScaler(features)] : []),
  ];
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
