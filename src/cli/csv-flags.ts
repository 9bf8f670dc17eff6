/** The options by which commands are told how a CSV file is laid out. */
import type { Command } from 'commander';
import type { CsvFileOptions } from './csv-file.ts';
import { list } from './values.ts';

/** As commander gives them. */
export interface CsvFlags {
  header: boolean;
  delimiter: string;
  key?: string;
  keepKey?: boolean;
  drop?: string[];
  timeColumn?: string;
}

/** Adds the options to a command. */
export function withCsvFlags(command: Command): Command {
  return command
    .option('-k, --key <column>', 'column that becomes the key (name, or index from 0); it leaves the value')
    .option('--keep-key', "leave the key's column in the value, too")
    .option('--drop <columns>', 'columns to leave out, with commas between', list)
    .option('--time-column <column>', 'column that holds the time (ISO 8601, or ms since 1970)')
    .option('--no-header', 'the first line is a row already, not the names of the columns')
    .option('-d, --delimiter <character>', 'what stands between columns', ',');
}

/** What the flags mean. */
export function csvFileOptions(flags: CsvFlags): CsvFileOptions {
  return {
    header: flags.header,
    delimiter: flags.delimiter === '\\t' ? '\t' : flags.delimiter,
    key: flags.key,
    keepKey: flags.keepKey ?? false,
    drop: flags.drop ?? [],
    time: flags.timeColumn,
  };
}
