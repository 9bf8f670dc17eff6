/** Decides what the first row of a CSV file is, a header or data, and what the columns are called. */
import { CsvHeaderError, CsvHeaderMissingError } from './csv-errors.ts';
import type { CsvRow } from './csv-rows.ts';

/** Whether the first row holds the names of the columns; see `ReadCsvOptions.header`. */
export type CsvHeader = boolean | 'replace';

/** What is known of the columns once the first row was seen. */
export interface CsvColumns {
  /** Names of the columns of the frame. */
  names: string[];
  /** The first field of a row is its name: pandas' index. */
  index: boolean;
  /** Every line ends with a delimiter, behind which nothing may stand. */
  trailing: boolean;
  /** The first row is data. */
  firstIsData: boolean;
}

/** What the caller said. */
interface Wish {
  columns: readonly string[] | undefined;
  header: CsvHeader | undefined;
  /** Whether a field of the first row could be a value. */
  isValue: (field: string, column: number) => boolean;
}

/**
 * Reads the first row.
 *
 * @throws {@link CsvHeaderError} (`ST_DATA_CSV_HEADER`), {@link CsvHeaderMissingError} (`ST_DATA_CSV_NO_HEADER`)
 */
export function columnsOf(first: CsvRow, { columns, header, isValue }: Wish, file: string): CsvColumns {
  const { fields } = first;
  if (columns === undefined) {
    if (header !== true && fields.every(isValue)) throw new CsvHeaderMissingError(file, first.line, fields);
    return namedByHeader(first, file);
  }
  const plain = { names: [...columns], index: false, trailing: false };
  const trailing = fields.length === columns.length + 1 && fields.at(-1) === '';
  if (header === 'replace') {
    if (fields.length === columns.length || trailing) return { ...plain, trailing, firstIsData: false };
    return unlike(first, columns, file);
  }
  if (header !== false) {
    const isHeader = (from: number): boolean =>
      columns.every((name, c) => fields[c + from] === name || (c + from === 0 && fields[0] === ''));
    if (isHeader(0) && (fields.length === columns.length || trailing))
      return { ...plain, trailing, firstIsData: false };
    if (fields[0] === '' && fields.length === columns.length + 1 && isHeader(1))
      return { ...plain, index: true, firstIsData: false };
  }
  const couldBeData = (trailing ? fields.slice(0, -1) : fields).every(isValue);
  if (header === false || (header === undefined && couldBeData)) {
    if (fields.length === columns.length || trailing) return { ...plain, trailing, firstIsData: true };
    if (header === undefined) return unlike(first, columns, file);
    return { ...plain, firstIsData: true }; // the row itself is refused, with its line
  }
  return unlike(first, columns, file);
}

/** Names without `columns`: an unnamed first column is pandas' index, an unnamed last one a delimiter too many. */
function namedByHeader({ fields, line }: CsvRow, file: string): CsvColumns {
  const index = fields.length > 1 && fields[0] === '';
  const trailing = fields.length > (index ? 2 : 1) && fields.at(-1) === '';
  const names = fields.slice(index ? 1 : 0, trailing ? -1 : undefined);
  for (const [c, name] of names.entries()) {
    const column = c + 1 + Number(index);
    const again = names.indexOf(name) !== c;
    if (name !== '' && !again) continue;
    const problem = name === '' ? 'has no name' : `repeats the name ${JSON.stringify(name)}`;
    throw new CsvHeaderError(file, line, column, name, undefined, problem);
  }
  return { names, index, trailing, firstIsData: false };
}

/** The first place in which a header differs from the columns asked for. */
function unlike({ fields, line }: CsvRow, columns: readonly string[], file: string): never {
  let c = 0;
  while (c < Math.max(fields.length, columns.length) - 1 && fields[c] === columns[c]) c++;
  throw new CsvHeaderError(file, line, c + 1, fields[c], columns[c]);
}
