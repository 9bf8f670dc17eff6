/** `streamtrain replay`: a file or a topic into a topic, at the pace of a live stream. */
import { Command, Option } from 'commander';
import { fromKafka, headerListOf, type KafkaRecord, type WriterItem } from '../../kafka/index.ts';
import type { Bind } from '../context.ts';
import { readCsvFile } from '../csv-file.ts';
import { csvFileOptions, givenCsvFlags, withCsvFlags, type CsvFlags } from '../csv-flags.ts';
import { UsageError } from '../errors.ts';
import { rangeOptions, withRangeFlags, type RangeFlags } from '../range-flags.ts';
import { positiveNumber, wholeNumber } from '../values.ts';
import { writeRows } from '../write-rows.ts';

interface ReplayFlags extends CsvFlags, RangeFlags {
  topic: string;
  fromTopic?: string;
  rowsPerSecond?: number;
  byTimestamps?: boolean;
  speed?: number;
  maxPause?: number;
  partitions?: number;
}

/** Builds the command. */
export function replayCommand(bind: Bind): Command {
  const command = new Command('replay')
    .description('Write a CSV file, or the records of another topic, into a topic as if they arrived now.')
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
    .option('--max-pause <ms>', 'with --by-timestamps: no pause is longer than this', positiveNumber)
    .option(
      '-p, --partitions <count>',
      'create the topic with so many partitions if it is missing',
      wholeNumber(1),
    );
  return withCsvFlags(withRangeFlags(command))
    .addHelpText(
      'after',
      '\nExamples:\n  $ streamtrain replay data/tweets.csv --topic live --partitions 1 --rows-per-second 50\n' +
        '  $ streamtrain replay --from-topic cancer --topic live --by-timestamps --speed 60\n',
    )
    .action(
      bind<ReplayFlags>(async (context, [file], flags) => {
        const { topic, fromTopic, rowsPerSecond, byTimestamps, speed, maxPause, partitions, max } = flags;
        if ((file === undefined) === (fromTopic === undefined))
          throw new UsageError('Give either a file or --from-topic.');
        if (file !== undefined && (flags.from ?? flags.to ?? flags.partition ?? flags.retryFor) !== undefined)
          throw new UsageError('--from, --to, --partition and --retry-for go with --from-topic.');
        const forFiles = file === undefined ? givenCsvFlags(context.isGiven) : [];
        if (forFiles.length > 0)
          throw new UsageError(
            `${forFiles.join(', ')}: only with a file; records of a topic stay as they are.`,
          );
        if (file !== undefined && byTimestamps === true && flags.timeColumn === undefined)
          throw new UsageError('--by-timestamps needs --time-column to know the times of a file.');
        if (byTimestamps !== true && (speed ?? maxPause) !== undefined)
          throw new UsageError('--speed and --max-pause go with --by-timestamps.');
        if (byTimestamps !== true && rowsPerSecond === undefined)
          throw new UsageError('Say how fast: --rows-per-second, or --by-timestamps.');
        const rows: AsyncIterable<WriterItem> =
          file === undefined
            ? recordsOf(
                fromKafka(fromTopic!, { ...context.kafka, ...rangeOptions(flags), signal: context.signal }),
              )
            : readCsvFile(file, csvFileOptions(flags));
        await writeRows(context, rows, {
          ...{ topic, partitions, max },
          ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
          ...(byTimestamps === true
            ? { replay: { by: 'timestamp', ...(speed && { speed }), ...(maxPause && { maxPause }) } }
            : {}),
        });
      }),
    );
}

/** Key, value and headers unchanged, with the time they had. */
async function* recordsOf(records: AsyncIterable<KafkaRecord>): AsyncGenerator<WriterItem, void, undefined> {
  for await (const record of records) {
    const { key, value, timestamp } = record;
    yield { key, value, headers: headerListOf(record), timestamp };
  }
}
