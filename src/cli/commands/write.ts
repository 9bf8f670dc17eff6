/** `streamtrain write`: a CSV file's rows into a topic. */
import { Command, Option } from 'commander';
import type { Bind } from '../context.ts';
import { readCsvFile } from '../csv-file.ts';
import { csvFileOptions, withCsvFlags, type CsvFlags } from '../csv-flags.ts';
import { positiveNumber, wholeNumber } from '../values.ts';
import { writeRows } from '../write-rows.ts';

interface WriteFlags extends CsvFlags {
  topic: string;
  rate?: number;
  max?: number;
  partitions?: number;
  compression?: string;
}

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Builds the command. */
export function writeCommand(bind: Bind): Command {
  const command = new Command('write')
    .description("Write a CSV file's rows into a topic: one record a row, the value is the row as CSV.")
    .argument('<file>', 'the CSV file; - for stdin')
    .requiredOption('-t, --topic <topic>', 'where to write')
    .option(
      '-p, --partitions <count>',
      'create the topic with so many partitions if it is missing',
      wholeNumber(1),
    )
    .option('-r, --rate <rows>', 'at most so many rows a second', positiveNumber)
    .option('-n, --max <rows>', 'at most so many rows', wholeNumber(0))
    .addOption(new Option('--compression <kind>', 'how records are packed').choices(compressions));
  return withCsvFlags(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ streamtrain write data/breast-cancer-wisconsin.csv --topic cancer --partitions 1 --key Class --drop Sample_code_number\n' +
        "  $ streamtrain write wine.csv --topic wine --partitions 1 --key good --delimiter ';' --decimal ,\n",
    )
    .action(
      bind<WriteFlags>(async (context, [file = ''], flags) => {
        const { topic, partitions, max, compression, rate } = flags;
        const rows = readCsvFile(file, csvFileOptions(flags));
        await writeRows(context, rows, {
          topic,
          partitions,
          max,
          compression,
          ...(rate && { rowsPerSecond: rate }),
        });
      }),
    );
}
