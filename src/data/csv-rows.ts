/** The rows of a CSV file as texts, piece by piece, so that a large file is never held whole. */
import { createReadStream } from 'node:fs';
import { CsvError, parse, type Parser } from 'csv-parse';
import { InvalidOptionError } from '../options.ts';
import { CsvReadError, CsvSyntaxError } from './errors.ts';
import { utf8Of } from './text-bytes.ts';

/** How the text of a CSV file is laid out. */
export interface CsvLayout {
  /** What separates fields: one character or several. Default `','`. */
  delimiter?: string | undefined;
  /**
   * The file's encoding, as `TextDecoder` names it: `'latin1'`, `'windows-1252'`, `'utf-16be'`, ... Default: UTF-8, or
   * UTF-16 where the file begins with its byte-order mark.
   */
  encoding?: string | undefined;
  /** What a line begins with that is no row, such as `'#'`. Default: every line is one. */
  comment?: string | undefined;
}

/** One row. */
export interface CsvRow {
  fields: string[];
  /** Counted from 1; for a row that spans several lines, its last. */
  line: number;
}

/** Bytes read at once. */
const chunkBytes = 256 * 1024;

/** Refuses a layout that cannot be. */
function checkLayout({ delimiter = ',', comment }: CsvLayout): void {
  if (delimiter === '' || /["\r\n\w.+-]/.test(delimiter))
    throw new InvalidOptionError({
      option: 'delimiter',
      value: delimiter,
      expected: 'one or more characters that are in no number, name or quote, such as "," or ";"',
    });
  if (comment === '') {
    const expected = 'what comment lines begin with, such as "#"';
    throw new InvalidOptionError({ option: 'comment', value: comment, expected });
  }
}

/**
 * Gives the rows of a file, some at a time. Blanks around fields and quotes are left out, empty lines passed over, a
 * quoted field may span lines (RFC 4180); Excel's first line `sep=;` is no row. Rows may differ in length: whoever reads them has to look.
 *
 * @param source its bytes; default: the file
 * @throws {@link CsvReadError} (`ST_DATA_CSV_READ`), `CsvEncodingError` (`ST_DATA_CSV_ENCODING`),
 *   {@link CsvSyntaxError} (`ST_DATA_CSV_SYNTAX`), `InvalidOptionError` (`ST_OPTION_INVALID`)
 */
export async function* csvRows(
  file: string,
  layout: CsvLayout,
  source?: AsyncIterable<Buffer>,
): AsyncGenerator<CsvRow[], void, undefined> {
  checkLayout(layout);
  const { delimiter = ',', comment } = layout;
  let rows: CsvRow[] = [];
  let lastLine = 0;
  const parser = parse({
    delimiter,
    ...(comment === undefined ? {} : { comment, comment_no_infix: true }),
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    // Kept here and not handed on: an object stream would cost more than the parsing.
    on_record: (fields: string[], { lines }) => {
      // The mark that the next of several files begins with, when they were put together.
      if (fields[0]?.startsWith('\uFEFF')) fields[0] = fields[0].slice(1).trim();
      // Excel's own first line, which says what separates fields.
      if (lines === 1 && fields.length === 2 && fields[0] === 'sep=' && fields[1] === '') return null;
      rows.push({ fields, line: (lastLine = lines) });
      return null;
    },
  });
  parser.on('error', () => undefined); // the calls below fail with it
  const take = (): CsvRow[] => {
    const taken = rows;
    rows = [];
    return taken;
  };
  try {
    for await (const text of utf8Of(readable(file, source), file, layout.encoding)) {
      await written(parser, text);
      yield take();
    }
    await ended(parser);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw syntaxError(file, error, lastLine);
  } finally {
    parser.destroy();
  }
  yield take();
}

/**
 * The first line that is neither empty nor a comment, as it stands: with its quotes, and as many lines as they span. Empty
 * where there is none.
 *
 * @throws as {@link csvRows}, but for what is wrong within the line
 */
export async function firstLine(file: string, layout: CsvLayout): Promise<string> {
  checkLayout(layout);
  const { comment } = layout;
  const decoder = new TextDecoder();
  let line = '';
  let isQuoted = false;
  for await (const bytes of utf8Of(readable(file, undefined), file, layout.encoding)) {
    for (const part of decoder.decode(bytes, { stream: true }).split(/(?<=["\r\n])/)) {
      line += part;
      const isComment: boolean = comment !== undefined && !isQuoted && line.startsWith(comment);
      if (part.endsWith('"')) isQuoted = !isQuoted && !isComment;
      if (isQuoted || !/[\r\n]$/.test(part)) continue;
      if (!isComment && line.trim() !== '') return line;
      line = '';
    }
  }
  return line;
}

/** The bytes; the file is opened at the first of them, and failures of reading are thrown as such. */
async function* readable(
  file: string,
  source: AsyncIterable<Buffer> | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* source ?? (createReadStream(file, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>);
  } catch (error) {
    throw new CsvReadError({ file, cause: error });
  }
}

function written(parser: Parser, text: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

function ended(parser: Parser): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.once('error', reject).once('finish', resolve).end();
  });
}

function syntaxError(file: string, error: CsvError, lastLine: number): CsvSyntaxError {
  const { lines, column } = error as CsvError & { lines?: number; column?: number };
  // A quote that is never closed swallows the rest of the file: what helps is where its row began.
  const line = error.code === 'CSV_QUOTE_NOT_CLOSED' ? lastLine + 1 : (lines ?? 1);
  return new CsvSyntaxError({ file, line, column: (column ?? 0) + 1, cause: error });
}
