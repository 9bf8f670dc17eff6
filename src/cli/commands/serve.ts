/** `streamtrain serve`: predicts the rows of a topic into another one, by the newest version of a model. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { BadRecordError, type Codec } from '../../kafka/index.ts';
import {
  serve,
  type LabelsOptions,
  type ModelServer,
  type ServingProgress,
  type ShadowOptions,
} from '../../serving/index.ts';
import { streamMetricNames, type StreamMetricName } from '../../training/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { readableCount } from '../../terminal.ts';
import { UsageError } from '../errors.ts';
import { checkArchitecture, modelOf, withArchitectureFlags, type ArchitectureFlags } from '../model-flags.ts';
import { openStore, storePlace } from '../model-store.ts';
import {
  type MetricsFlags,
  metricsOf,
  type ReadingFlags,
  readingOptions,
  withMetricsFlags,
  withReadingFlags,
} from '../reading.ts';
import { classOfLabel, rowCodec, scalersOf, withRowFlags, type RowFlags } from '../row-flags.ts';
import { duration, numberFromZero, wholeNumber } from '../values.ts';

interface ServeFlags extends ArchitectureFlags, RowFlags, ReadingFlags, MetricsFlags {
  to: string;
  group: string;
  models: string;
  pin?: string;
  linger: number;
  batchRows: number;
  encode: 'json' | 'csv';
  threshold: number;
  deadLetters?: string;
  instance?: string;
  transactionTimeout?: number;
  shadow?: boolean;
  shadowMetric?: StreamMetricName;
  shadowRows?: number;
  shadowBound?: number;
  shadowLabels?: string;
  shadowLabelWithin?: number;
  streamTimeout: number;
  end?: boolean;
}

/** Lines of `--json` about progress come so often, ms. */
const SAID_EVERY_MS = 1_000;

/** Adds its flags, its help and what it does to the command. */
export function serveCommand(command: Command, bind: Bind): void {
  command
    .argument('<topic>')
    .requiredOption('--to <topic>', 'where predictions are written; created where it is missing')
    .requiredOption('-g, --group <group>', 'consumer group of the servers, which share the partitions')
    .requiredOption(
      '--models <place>',
      'a folder or kafka:TOPIC, where training keeps its checkpoints',
      storePlace,
    )
    .option('--pin <version>', 'serve this checkpoint, and no newer one')
    .option('--linger <ms>', 'how long a row may wait for others of its batch', duration(0), 5)
    .option('--batch-rows <rows>', 'most rows of a batch, which are one transaction', wholeNumber(1), 8192)
    .addOption(
      new Option('--encode <form>', 'how predictions are written').choices(['json', 'csv']).default('json'),
    )
    .option('--threshold <share>', 'above which probability of class 1 the class is 1', shareOf, 0.5)
    .option(
      '--dead-letters <topic>',
      'where rows go that cannot be predicted (default: that of --to, and .dead)',
    )
    .option('--instance <name>', 'a lasting name of this server: started again under it, it goes on at once')
    .option(
      '--transaction-timeout <ms>',
      'after so long the broker aborts what a server that is gone left open (default: 10000)',
      duration(1),
    )
    .option(
      '--shadow',
      'a newer version serves only if it is not worse on labelled rows (--label says where)',
    )
    .addOption(new Option('--shadow-metric <name>', 'by what (default: logLoss)').choices(streamMetricNames))
    .option('--shadow-rows <rows>', 'on so many labelled rows (default: 2000)', wholeNumber(1))
    .option('--shadow-bound <number>', 'it may be worse by so much (default: 0.01)', numberFromZero)
    .option('--shadow-labels <topic>', 'labels come later, in this topic: the key of the row, and its label')
    .option(
      '--shadow-label-within <ms>',
      'by how much the times of row and label may differ (default: 60000)',
      wholeNumber(1),
    )
    .addOption(
      new Option('--stream-timeout <ms>', 'stop after so long without a row; -1: never')
        .argParser(wholeNumber(-1))
        .default(-1),
    )
    .option('--end', 'stop at the end of the topic as it is now');
  withReadingFlags(withMetricsFlags(withArchitectureFlags(withRowFlags(command, 'none'))), 120_000)
    .addHelpText(
      'after',
      '\nThe model, --columns, --scaler and --missing are those of the training. Ctrl-C and SIGTERM finish the batch at hand,\n' +
        'leave the group, and end with exit code 0. Readers with read_committed see one prediction a row.\n' +
        '\nExamples, behind those of "train":\n' +
        "  $ streamtrain serve cancer --to cancer-predictions -g servers --models checkpoints/cancer --columns 9 --missing '?' --end\n",
    )
    .action(bind<ServeFlags>(async (context, [topic = ''], flags) => run(context, topic, flags)));
}

async function run(context: CliContext, topic: string, flags: ServeFlags): Promise<void> {
  const { kafka, output, note } = context;
  checkArchitecture(flags);
  const onRemark = (text: string): void => {
    if (output.json) output.line(JSON.stringify({ event: 'remark', text }));
    else note(text);
  };
  const shadow = shadowOf(flags);
  const later = laterLabels(flags);
  const http = metricsOf(flags);
  const codec =
    shadow === undefined || flags.label === 'none'
      ? rowCodec({ ...flags, label: unread(flags) }, onRemark)
      : labelledCodec(flags, onRemark);
  // How long trouble may last is said for all of serving: reading, writing, and both again and again.
  const { retryForMs, ...reading } = readingOptions(flags);
  const progress = context.progress('Served');
  const { store, access, close } = await openStore(flags.models, kafka, 1);
  let said = -Infinity;
  try {
    await using server = await serve({
      source: {
        ...access,
        topics: topic,
        groupId: flags.group,
        streamTimeout: flags.streamTimeout,
        ...(flags.end === true && { stop: 'end' as const }),
        ...reading,
      },
      to: flags.to,
      model: () => modelOf({ ...flags, seed: 0 }, codec.features),
      scaler: () => scalersOf(flags, codec.features),
      decode: codec,
      models: store,
      ...{
        linger: flags.linger,
        batchRows: flags.batchRows,
        encode: flags.encode,
        threshold: flags.threshold,
      },
      ...(shadow !== undefined && { shadow }),
      ...(later !== undefined && { labels: later }),
      ...(http !== undefined && { http }),
      ...(retryForMs !== undefined && { retryForMs }),
      ...(flags.pin !== undefined && { pin: flags.pin }),
      ...(flags.deadLetters !== undefined && { deadLetters: flags.deadLetters }),
      ...(flags.instance !== undefined && { instance: flags.instance }),
      ...(flags.transactionTimeout !== undefined && { transactionTimeout: flags.transactionTimeout }),
      // Nobody reads any more (`| head`): that ends serving as Ctrl-C does.
      signal: AbortSignal.any([context.signal, output.closed]),
      onRemark,
      onSwap: ({ from, to }) => {
        if (output.json) output.line(JSON.stringify({ event: 'version', from: from ?? null, to }));
        else
          note(`Version ${to} serves${from === undefined || from === null ? '' : `, instead of ${from}`}.`);
      },
      onProgress: (now) => {
        progress.at(now.rows, detailOf(now));
        if (!output.json || performance.now() - said < SAID_EVERY_MS) return;
        said = performance.now();
        output.line(JSON.stringify({ event: 'progress', ...factsOf(now) }));
      },
    });
    if (server.url !== undefined) onRemark(`Metrics are at ${server.url}/metrics`);
    if (server.progress.version === undefined) sayWaiting(server, flags.models, onRemark);
    const result = await server.done;
    const { labels } = server;
    const facts = { event: 'end', ...factsOf(result), ...(labels !== undefined && { labels }) };
    output.result(facts, summaryOf(topic, flags, result));
  } finally {
    progress.end();
    await close();
  }
}

/** The guard's options; none without `--shadow`. */
function shadowOf({
  shadow,
  shadowMetric,
  shadowRows,
  shadowBound,
  shadowLabels,
  shadowLabelWithin,
  label,
  labelField,
}: ServeFlags): ShadowOptions | undefined {
  const others = [shadowMetric, shadowRows, shadowBound, shadowLabels, shadowLabelWithin];
  if (shadow !== true && others.some((flag) => flag !== undefined))
    throw new UsageError({ problem: 'The flags that begin with --shadow- go with --shadow.' });
  if (shadowLabels === undefined && shadowLabelWithin !== undefined)
    throw new UsageError({ problem: '--shadow-label-within goes with --shadow-labels.' });
  if (shadow !== true) return undefined;
  if (label === 'none' && labelField === undefined && shadowLabels === undefined)
    throw new UsageError({
      problem: '--shadow needs labels: --label, --label-field, or --shadow-labels, says where they are.',
    });
  return {
    ...(shadowMetric !== undefined && { metric: shadowMetric }),
    ...(shadowRows !== undefined && { rows: shadowRows }),
    ...(shadowBound !== undefined && { bound: shadowBound }),
  };
}

/** Labels of a topic of their own, meant as `--labels` says. */
function laterLabels({ shadowLabels, shadowLabelWithin, labels }: ServeFlags): LabelsOptions | undefined {
  if (shadowLabels === undefined) return undefined;
  return {
    topic: shadowLabels,
    ...(shadowLabelWithin !== undefined && { within: shadowLabelWithin }),
    ...(labels !== undefined && {
      decode: ({ value }) => classOfLabel(labels, value?.toString('utf8').trim() ?? ''),
    }),
  };
}

/** Labels in the key are not looked at where nothing is done with them; those in a column are part of the row. */
function unread({ label }: ServeFlags): string {
  return label === 'key' ? 'none' : label;
}

/** A codec that takes a row whose key is no label for one without. */
function labelledCodec(flags: ServeFlags, onRemark: (text: string) => void): Codec {
  const labelled = rowCodec(flags, onRemark);
  if (flags.label !== 'key') return labelled;
  const plain = rowCodec({ ...flags, label: 'none' });
  const orPlain = <Result>(read: (codec: Codec) => Result): Result => {
    try {
      return read(labelled);
    } catch (error) {
      if (error instanceof BadRecordError && error.reason === 'bad-label') return read(plain);
      throw error;
    }
  };
  return {
    features: labelled.features,
    encode: labelled.encode,
    decode: (record) => orPlain((codec) => codec.decode(record)),
    decodeInto: (record, xs, row, ys) => orPlain((codec) => codec.decodeInto(record, xs, row, ys)),
  };
}

function sayWaiting(server: ModelServer, place: string, remark: (text: string) => void): void {
  if (server.refused.size === 0)
    remark(`There is no version of the model in ${place} yet: rows wait for one.`);
}

/** A share from 0 to 1. */
function shareOf(text: string): number {
  const share = /^(0?\.\d+|[01](\.0*)?)$/.test(text) ? Number(text) : NaN;
  if (share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

/** What a log takes: plain JSON, what is not known is null. */
function factsOf(now: ServingProgress) {
  const { rows, deadLetters, transactions, restarts, swaps, version, lag, latencyMs, seconds } = now;
  return {
    ...{ rows, deadLetters, transactions, restarts, swaps, version: version ?? null, lag },
    ...{ latencyMs, rowsPerSecond: Math.round(now.rowsPerSecond), seconds: Number(seconds.toFixed(3)) },
  };
}

function detailOf({ version, lag, deadLetters }: ServingProgress): string {
  const behind = Number.isNaN(lag) ? '' : `, ${readableCount(lag)} behind`;
  const letters = deadLetters === 0 ? '' : `, ${readableCount(deadLetters)} dead letters`;
  return `, version ${version ?? 'none'}${letters}${behind}`;
}

function summaryOf(topic: string, { to, deadLetters }: ServeFlags, result: ServingProgress): string {
  const letters =
    result.deadLetters === 0
      ? ''
      : `; ${readableCount(result.deadLetters)} records are in ${deadLetters ?? `${to}.dead`}`;
  return (
    `Served ${readableCount(result.rows)} rows of topic: ${topic} to topic: ${to} in ` +
    `${readableCount(result.transactions)} transactions, version ${result.version ?? 'none'}${letters}`
  );
}
