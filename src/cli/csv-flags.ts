/** The options by which commands are told how a CSV file is laid out. */
import { Option, type Command } from 'commander';
import type { CsvFileOptions } from './csv-file.ts';
import { timeUnits, type TimeUnit } from './times.ts';
import { delimiterOf, list } from './values.ts';

/** As commander gives them. */
export interface CsvFlags {
  header?: boolean;
  delimiter: string;
  decimal?: '.' | ',';
  encoding?: string;
  comment?: string;
  key?: string;
  keepKey?: boolean;
  drop?: string[];
  timeColumn?: string;
  timeUnit?: TimeUnit;
}

/** Adds the options to a command. */
export function withCsvFlags(command: Command): Command {
  return command
    .option('-k, --key <column>', 'column that becomes the key (name, or index from 0); it leaves the value')
    .option('--keep-key', "leave the key's column in the value, too")
    .option('--drop <columns>', 'columns to leave out, with commas between', list)
    .option('--time-column <column>', "column that holds the rows' times")
    .addOption(
      new Option(
        '--time-unit <unit>',
        'what the times are: ISO 8601 (without a zone: UTC), or seconds or ms since 1970 (default: iso)',
      ).choices(timeUnits),
    )
    .option('--header', 'the first line holds the names of the columns, even if they are numbers')
    .option('--no-header', 'the first line is a row already, not the names of the columns')
    .option(
      '-d, --delimiter <character>',
      'what stands between columns, in the file and in the rows',
      delimiterOf,
      ',',
    )
    .addOption(
      new Option(
        '--decimal <character>',
        'what stands before a fraction; rows are written with a point',
      ).choices(['.', ',']),
    )
    .option(
      '--encoding <name>',
      "the file's encoding, such as latin1 (default: UTF-8, or what its mark says)",
    )
    .option('--comment <text>', 'lines that begin with this are no rows, such as #');
}

/** What the flags mean. */
export function csvFileOptions(flags: CsvFlags): CsvFileOptions {
  const { header, delimiter, decimal, encoding, comment, key, keepKey = false, drop = [] } = flags;
  return {
    ...{ header, delimiter, decimal, encoding, comment, key, keepKey, drop },
    ...{ time: flags.timeColumn, timeUnit: flags.timeUnit },
  };
}
