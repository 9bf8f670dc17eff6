/** Streams a CSV file as rows of texts, in constant memory. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { parse, type CsvError } from 'csv-parse';
import { messageOf } from '../errors.ts';
import { CsvFileError } from './errors.ts';

/** How a CSV file is laid out, and which of its columns make up a row. */
export interface CsvFileOptions {
  /** Whether the first line holds the columns' names. */
  header: boolean;
  delimiter: string;
  /** The column that becomes the key, by name or by index from 0. */
  key?: string | undefined;
  /** Leave the key's column in the value, too. */
  keepKey?: boolean;
  /** Columns left out of the value, by name or index. */
  drop?: readonly string[];
  /** The column that holds the time: ISO 8601, or ms since 1970. */
  time?: string | undefined;
}

/** A row ready to be written. */
export interface CsvItem {
  key: string | null;
  value: string;
  /** ms since 1970, when there is a time column. */
  timestamp?: number;
}

/** Reads `file` (`-`: stdin) row by row. Throws {@link CsvFileError} naming file and line. */
export async function* readCsvFile(
  file: string,
  options: CsvFileOptions,
): AsyncGenerator<CsvItem, void, undefined> {
  const source: Readable = file === '-' ? process.stdin : createReadStream(file);
  const parser = parse({ bom: true, delimiter: options.delimiter, trim: true, skip_empty_lines: true });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let plan: ((row: readonly string[]) => CsvItem) | undefined;
  try {
    for await (const row of parser as AsyncIterable<string[]>) {
      if (plan === undefined) {
        plan = planRow(file, row, options);
        if (options.header) continue;
      }
      yield plan(row);
    }
  } catch (error) {
    if (error instanceof CsvFileError) throw error;
    throw new CsvFileError(file, explain(error), error);
  } finally {
    source.destroy();
  }
  if (plan === undefined) throw new CsvFileError(file, 'the file is empty.');
}

function planRow(
  file: string,
  first: readonly string[],
  options: CsvFileOptions,
): (row: readonly string[]) => CsvItem {
  const find = (wanted: string): number => {
    const named = options.header ? first.indexOf(wanted) : -1;
    const index = named >= 0 ? named : /^\d+$/.test(wanted) ? Number(wanted) : -1;
    if (index >= 0 && index < first.length) return index;
    const known = options.header ? `known: ${first.join(', ')}` : `columns run from 0 to ${first.length - 1}`;
    throw new CsvFileError(file, `there is no column ${JSON.stringify(wanted)}; ${known}.`);
  };
  const key = options.key === undefined ? -1 : find(options.key);
  const time = options.time === undefined ? -1 : find(options.time);
  const left = new Set((options.drop ?? []).map(find));
  if (key >= 0 && options.keepKey !== true) left.add(key);
  const kept = first.map((_, column) => column).filter((column) => !left.has(column));
  let line = 0;
  return (row) => {
    line++;
    const value = kept.map((column) => cell(row[column]!, options.delimiter)).join(options.delimiter);
    const item: CsvItem = { key: key < 0 ? null : row[key]!, value };
    if (time >= 0) {
      const text = row[time]!;
      item.timestamp = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
      if (Number.isNaN(item.timestamp))
        throw new CsvFileError(
          file,
          `row ${line}: the time column holds ${JSON.stringify(text)}, which is no time.`,
        );
    }
    return item;
  };
}

function cell(text: string, delimiter: string): string {
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function explain(error: unknown): string {
  const { code, lines } = error as Partial<CsvError> & { lines?: number };
  if (code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' || code === 'CSV_RECORD_INCONSISTENT_COLUMNS')
    return `line ${lines ?? '?'}: ${messageOf(error)}`;
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'there is no such file.';
  return messageOf(error);
}
