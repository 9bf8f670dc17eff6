/** `streamtrain write`: a CSV file's rows into a topic. */
import { Command } from 'commander';
import type { Bind } from '../context.ts';
import { readCsvFile } from '../csv-file.ts';
import { csvFileOptions, withCsvFlags, type CsvFlags } from '../csv-flags.ts';
import { positiveNumber, wholeNumber } from '../values.ts';
import { withWriteFlags, writeOptions, writeRows, type WriteFlags } from '../write-rows.ts';

interface FileFlags extends CsvFlags, WriteFlags {
  topic: string;
  rate?: number;
  max?: number;
}

/** Builds the command. */
export function writeCommand(bind: Bind): Command {
  const command = new Command('write')
    .description("Write a CSV file's rows into a topic: one record a row, the value is the row as CSV.")
    .argument('<file>', 'the CSV file; - for stdin')
    .requiredOption('-t, --topic <topic>', 'where to write')
    .option('-r, --rate <rows>', 'at most so many rows a second', positiveNumber)
    .option('-n, --max <rows>', 'at most so many rows', wholeNumber(0));
  return withCsvFlags(withWriteFlags(command))
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
