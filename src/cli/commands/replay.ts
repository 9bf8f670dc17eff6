/** `streamtrain replay`: a file or a topic into a topic, at the pace of a live stream. */
import { Command, Option } from 'commander';
import { fromKafka, headerListOf, type KafkaRecord, type WriterItem } from '../../kafka/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { readCsvFile } from '../csv-file.ts';
import { csvFileOptions, withCsvFlags, type CsvFlags } from '../csv-flags.ts';
import { UsageError } from '../errors.ts';
import { rangeOptions, withRangeFlags, type RangeFlags } from '../range-flags.ts';
import { positiveNumber } from '../values.ts';
import { withWriteFlags, writeOptions, writeRows, type WriteFlags } from '../write-rows.ts';

interface ReplayFlags extends CsvFlags, RangeFlags, WriteFlags {
  topic: string;
  fromTopic?: string;
  rowsPerSecond?: number;
  byTimestamps?: boolean;
  speed?: number;
  maxPause?: number;
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
    .option('--max-pause <ms>', 'with --by-timestamps: no pause is longer than this', positiveNumber);
  return withCsvFlags(withRangeFlags(withWriteFlags(command)))
    .addHelpText(
      'after',
      '\nExamples:\n  $ streamtrain replay data/tweets.csv --topic live --partitions 1 --rows-per-second 50\n' +
        '  $ streamtrain replay --from-topic cancer --topic live --by-timestamps --speed 60\n',
    )
    .action(
      bind<ReplayFlags>(async (context, [file], flags) => {
        const { topic, fromTopic, rowsPerSecond, byTimestamps, speed, maxPause, max } = flags;
        if ((file === undefined) === (fromTopic === undefined))
          throw new UsageError('Give either a file or --from-topic.');
        if (file !== undefined) refuse(context, withRangeFlags, ['max'], 'only with --from-topic');
        else refuse(context, withCsvFlags, [], 'only with a file; records of a topic stay as they are');
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
  if (names.size > 0) throw new UsageError(`${[...names].join(', ')}: ${why}.`);
}

/** Key, value and headers unchanged, with the time they had. */
async function* recordsOf(records: AsyncIterable<KafkaRecord>): AsyncGenerator<WriterItem, void, undefined> {
  for await (const record of records) {
    const { key, value, timestamp } = record;
    yield { key, value, headers: headerListOf(record), timestamp };
  }
}
