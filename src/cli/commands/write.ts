/** `streamtrain write` and `streamtrain replay`: a file or a topic into a topic, as it is or at the pace of a live stream. */
import { Command, Option } from 'commander';
import {
  createTopic,
  fromKafka,
  headerListOf,
  type KafkaRecord,
  rateLimited,
  replayed,
  WriteError,
  type WriteOptions,
  type WriterItem,
  writeToKafka,
} from '../../kafka/index.ts';
import { abortable } from '../../process/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { csvFileOptions, type CsvFlags, readCsvFile, withCsvFlags } from '../csv-file.ts';
import { UsageError } from '../errors.ts';
import { type RangeFlags, rangeOptions, withRangeFlags } from '../reading.ts';
import { positiveNumber, wholeNumber } from '../values.ts';

interface FileFlags extends CsvFlags, WriteFlags {
  topic: string;
  rate?: number;
  max?: number;
}

/** Adds its flags, its help and what it does to the command. */
export function writeCommand(command: Command, bind: Bind): void {
  command
    .argument('<file>', 'the CSV file; - for stdin')
    .requiredOption('-t, --topic <topic>', 'where to write')
    .option('-r, --rate <rows>', 'at most so many rows a second', positiveNumber)
    .option('-n, --max <rows>', 'at most so many rows', wholeNumber(0));
  withCsvFlags(withWriteFlags(command))
    .addHelpText(
      'after',
      '\nExamples:\n  $ streamtrain write data/breast-cancer-wisconsin.csv --topic cancer --partitions 1 --key Class --drop Sample_code_number\n' +
        "  $ streamtrain write wine.csv --topic wine --partitions 1 --key good --delimiter ';' --decimal ,\n",
    )
    .action(
      bind<FileFlags>(async (context, [file = ''], flags) => {
        const { topic, max, rate } = flags;
        const rows = readCsvFile(file, csvFileOptions(flags));
        await writeRows(context, rows, {
          ...writeOptions(flags),
          ...{ topic, max },
          ...(rate && { rowsPerSecond: rate }),
        });
      }),
    );
}

interface ReplayFlags extends CsvFlags, RangeFlags, WriteFlags {
  topic: string;
  fromTopic?: string;
  rowsPerSecond?: number;
  byTimestamps?: boolean;
  speed?: number;
  maxPause?: number;
}

/** Adds its flags, its help and what it does to the command. */
export function replayCommand(command: Command, bind: Bind): void {
  command
    .argument('[file]', 'the CSV file; - for stdin')
    .requiredOption('-t, --topic <topic>', 'where to write')
    .option('--from-topic <topic>', 'take the records of this topic instead of a file')
    .addOption(
      new Option('-r, --rows-per-second <rows>', 'so many rows a second')
        .argParser(positiveNumber)
        .conflicts('byTimestamps'),
    )
    .option('--by-timestamps', "in the rhythm of the rows' own times")
    .option(
      '--speed <factor>',
      'with --by-timestamps: 60 turns an hour into a minute (default: 1)',
      positiveNumber,
    )
    .option('--max-pause <ms>', 'with --by-timestamps: no pause is longer than this', positiveNumber);
  withCsvFlags(withRangeFlags(withWriteFlags(command)))
    .addHelpText(
      'after',
      '\nExamples:\n  $ streamtrain replay data/tweets.csv --topic live --partitions 1 --rows-per-second 50\n' +
        '  $ streamtrain replay --from-topic cancer --topic live --by-timestamps --speed 60\n',
    )
    .action(
      bind<ReplayFlags>(async (context, [file], flags) => {
        const { topic, fromTopic, rowsPerSecond, byTimestamps, speed, maxPause, max } = flags;
        if ((file === undefined) === (fromTopic === undefined))
          throw new UsageError({ problem: 'Give either a file or --from-topic.' });
        if (file !== undefined) refuse(context, withRangeFlags, ['max'], 'only with --from-topic');
        else refuse(context, withCsvFlags, [], 'only with a file; records of a topic stay as they are');
        if (file !== undefined && byTimestamps === true && flags.timeColumn === undefined)
          throw new UsageError({
            problem: '--by-timestamps needs --time-column to know the times of a file.',
          });
        if (byTimestamps !== true && (speed ?? maxPause) !== undefined)
          throw new UsageError({ problem: '--speed and --max-pause go with --by-timestamps.' });
        if (byTimestamps !== true && rowsPerSecond === undefined)
          throw new UsageError({ problem: 'Say how fast: --rows-per-second, or --by-timestamps.' });
        const rows: AsyncIterable<WriterItem> =
          file === undefined
            ? recordsOf(
                fromKafka(fromTopic!, { ...context.kafka, ...rangeOptions(flags), signal: context.signal }),
              )
            : readCsvFile(file, csvFileOptions(flags));
        await writeRows(context, rows, {
          ...writeOptions(flags),
          ...{ topic, max },
          ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
          ...(byTimestamps === true
            ? { replay: { by: 'timestamp', ...(speed && { speed }), ...(maxPause && { maxPause }) } }
            : {}),
        });
      }),
    );
}

/** Refuses flags of a kind that say nothing here, instead of ignoring them. */
function refuse(
  { isGiven }: CliContext,
  kind: (command: Command) => Command,
  but: readonly string[],
  why: string,
): void {
  const { options } = kind(new Command());
  const given = options.filter((one) => isGiven(one.attributeName()) && !but.includes(one.attributeName()));
  const names = new Set(given.map((one) => one.long?.replace(/^--no-/, '--')));
  if (names.size > 0) throw new UsageError({ problem: `${[...names].join(', ')}: ${why}.` });
}

/** Key, value and headers unchanged, with the time they had. */
async function* recordsOf(records: AsyncIterable<KafkaRecord>): AsyncGenerator<WriterItem, void, undefined> {
  for await (const record of records) {
    const { key, value, timestamp } = record;
    yield { key, value, headers: headerListOf(record), timestamp };
  }
}

/** The flags that `write` and `replay` share, as commander gives them. */
interface WriteFlags {
  partitions?: number;
  compression?: string;
  maxRequestBytes?: number;
}

/** Adds these flags to a command. */
function withWriteFlags(command: Command): Command {
  return command
    .option(
      '-p, --partitions <count>',
      'create the topic with so many partitions if it is missing',
      wholeNumber(1),
    )
    .addOption(
      new Option('--compression <kind>', 'how records are packed').choices([
        ...['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      ]),
    )
    .option(
      '--max-request-bytes <bytes>',
      'longest request to a broker, and so the longest row (default: 1048576)',
      wholeNumber(1),
    );
}

/** What these flags mean. */
function writeOptions({ partitions, compression, maxRequestBytes }: WriteFlags) {
  const configuration = {
    ...(compression === undefined ? {} : { 'compression.type': compression }),
    ...(maxRequestBytes === undefined ? {} : { 'max.request.size': maxRequestBytes }),
  };
  return { partitions, configuration };
}

/** What is special to one call. */
interface WriteRowsOptions extends Pick<WriteOptions, 'replay' | 'rowsPerSecond'> {
  topic: string;
  /** Create the topic with so many partitions if it is missing. */
  partitions?: number | undefined;
  /** At most so many rows. */
  max?: number | undefined;
  /** Settings of the producer by their librdkafka names. */
  configuration?: Readonly<Record<string, string | number>>;
}

/** Writes all rows; says how many were written also when it was interrupted. */
async function writeRows(
  { kafka, output, signal, progress }: CliContext,
  rows: AsyncIterable<WriterItem>,
  { topic, partitions, max, configuration, replay, rowsPerSecond }: WriteRowsOptions,
): Promise<void> {
  const access = { ...kafka, configuration: { ...kafka.configuration, ...configuration } };
  if (partitions !== undefined) await createTopic(topic, { ...access, partitions });
  const line = progress('Writing', max);
  const some = max === undefined ? rows : first(rows, max);
  const paced =
    replay !== undefined
      ? replayed(some, replay, signal)
      : rowsPerSecond !== undefined
        ? rateLimited(some, rowsPerSecond, signal)
        : some;
  try {
    const { messages } = await writeToKafka(topic, abortable(paced, signal, { quietly: true }), {
      ...access,
      log: false,
      progressEvery: 100,
      onProgress: (now) => line.at(now.written),
    });
    report(messages);
  } catch (error) {
    // What is there is there: a write that failed, or a file that turned bad, says how far it came.
    if (error instanceof WriteError) report(error.written);
    else if (line.rows > 0) report(line.rows);
    throw error;
  } finally {
    line.end();
  }
  signal.throwIfAborted();

  function report(messages: number): void {
    const facts = { topic, written: messages, seconds: Number(line.seconds.toFixed(3)) };
    output.result(facts, `Wrote ${messages} messages into topic: ${topic}`);
  }
}

async function* first<T>(items: AsyncIterable<T>, max: number): AsyncGenerator<T, void, undefined> {
  let left = max;
  if (left <= 0) return;
  for await (const item of items) {
    yield item;
    if (--left <= 0) return;
  }
}
