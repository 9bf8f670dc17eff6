/** `streamtrain train`: trains a classifier on a topic, and goes on where it was. */
import { Command, Option } from 'commander';
import { csvCodec, type Codec } from '../../kafka/index.ts';
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
import { count } from '../progress.ts';
import { modelOf, sharesOf, unitsOf, type ModelFlags } from '../train-model.ts';
import { positiveNumber, wholeNumber } from '../values.ts';

interface TrainFlags extends ModelFlags {
  group: string;
  checkpoint: string;
  columns: number;
  label: string;
  missing?: string;
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

/** Builds the command. */
export function trainCommand(bind: Bind): Command {
  const command = new Command('train')
    .description(
      'Train a classifier of two classes on a topic of CSV rows, mini data set by mini data set. Every row counts ' +
        'exactly once, however often this is stopped or killed: run the same command again, and it goes on.',
    )
    .argument('<topic>')
    .requiredOption('-g, --group <group>', 'consumer group whose offsets follow the training')
    .requiredOption('--checkpoint <folder>', 'where the state is kept, and training goes on from')
    .requiredOption('--columns <count>', 'columns of a row, the label included if it is one', wholeNumber(1))
    .option('--label <column>', 'key, or the column (from 0) that holds 0 or 1', 'key')
    .option('--missing <mark>', 'what stands for a missing value, such as ?; filled with the running median')
    .addOption(
      new Option('--scaler <kind>', 'how features are scaled')
        .choices(['standard', 'minmax', 'none'])
        .default('standard'),
    );
  return withModelOptions(withLearningOptions(command))
    .addHelpText(
      'after',
      '\nCtrl-C finishes the mini data set at hand, writes the checkpoint, and ends with exit code 0.\n' +
        '\nExamples:\n  $ streamtrain train cancer --group cg --checkpoint checkpoints/cancer --columns 9 --missing ?\n' +
        '  $ streamtrain train cancer --group cg --checkpoint checkpoints/linear --columns 9 --linear --end --json\n',
    )
    .action(bind<TrainFlags>(async (context, [topic = ''], flags) => train(context, topic, flags)));
}

function withLearningOptions(command: Command): Command {
  return command
    .option('--batch-size <rows>', 'rows of a mini-batch', wholeNumber(1), 32)
    .option('--epochs <count>', 'how often each mini data set is gone over', wholeNumber(1), 1)
    .option('--records <count>', 'records of a mini data set', wholeNumber(1), 1024)
    .option('--checkpoint-every <count>', 'a checkpoint after so many mini data sets', wholeNumber(1), 1)
    .option('--keep <count>', 'checkpoints to keep', wholeNumber(1), 3)
    .option('--max-rows <rows>', 'stop after so many rows, at the end of a mini data set', wholeNumber(1))
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
    .option('--seed <number>', 'fixes weights, dropout and orders', wholeNumber(0), 0);
}

async function train(context: CliContext, topic: string, flags: TrainFlags): Promise<void> {
  const { kafka, output, signal, note } = context;
  const codec = codecOf(flags);
  const evaluator = new PrequentialEvaluator({ metrics: ['accuracy', 'kappaT', 'logLoss'] });
  const model = await modelOf(flags, codec.features);
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
      },
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
      onRemark: (text) => {
        if (output.json) output.line(JSON.stringify({ event: 'remark', text }));
        else note(text);
      },
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

function codecOf({ columns, label, missing }: TrainFlags): Codec {
  return csvCodec({
    columns,
    label: /^\d+$/.test(label) ? Number(label) : label,
    ...(missing !== undefined && { missing: { [missing]: NaN } }),
  });
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
  const { rows, totalRows, badRecords, miniDatasets, steps, loss, lag, position, checkpoint, seconds } = now;
  return {
    ...{ rows, totalRows, badRecords, miniDatasets, steps, loss, metrics, lastClass: noChange, lag },
    rowsPerSecond: Math.round(now.rowsPerSecond),
    waitingShare: Number(now.waitingShare.toFixed(4)),
    ...{ position, checkpoint: checkpoint ?? null, seconds: Number(seconds.toFixed(3)) },
  };
}

function detailOf({ loss, lag }: OnlineProgress, evaluator: PrequentialEvaluator): string {
  const behind = Number.isNaN(lag) ? '' : `, ${count(lag)} behind`;
  return `, loss ${loss.toFixed(4)}, ${accuracyOf(evaluator)}${behind}`;
}

/** The model's accuracy, and what repeating the last class would have had. */
function accuracyOf(evaluator: PrequentialEvaluator): string {
  const { metrics, noChange } = evaluator.report;
  return `accuracy ${(metrics['accuracy'] ?? NaN).toFixed(4)} (last class ${(noChange['accuracy'] ?? NaN).toFixed(4)})`;
}

function summaryOf(topic: string, result: OnlineResult, evaluator: PrequentialEvaluator): string {
  const { rows, totalRows, rowsPerSecond, loss, checkpoint, resumedFrom, ended, badRecords } = result;
  const from = resumedFrom === undefined ? '' : ` (went on from ${resumedFrom})`;
  const bad = badRecords > 0 ? `; ${count(badRecords)} records left out` : '';
  if (rows === 0)
    return `Nothing new to learn from topic: ${topic}${from}; ${count(totalRows)} rows in all${bad}`;
  const stopped = ended === 'stopped' ? 'Stopped after' : 'Trained on';
  return (
    `${stopped} ${count(rows)} rows of topic: ${topic}${from}, ${count(totalRows)} in all, ` +
    `${count(Math.round(rowsPerSecond))} rows/s, loss ${loss.toFixed(4)}, ${accuracyOf(evaluator)}${bad}` +
    `\nCheckpoint: ${checkpoint ?? resumedFrom ?? 'none'}`
  );
}
