/** Splits one CSV row by RFC 4180 with all its quotes: the careful path, for odd rows and for saying what is wrong. */
import { isUtf8 } from 'node:buffer';

/** A row's fields, or why its bytes are no row. Unquoted fields are trimmed of blanks; quoted ones are kept whole. */
export type CsvFields = { fields: string[] } | { reason: 'binary' | 'malformed'; detail: string };

// Control characters never stand in a row of text; tab, line feed and carriage return may.
// eslint-disable-next-line no-control-regex
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Why these bytes are not text, or undefined when they are. */
export function whyBinary(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return `the value is not UTF-8 text (${bytes.length} bytes)`;
  if (controlCharacters.test(bytes.toString('utf8')))
    return `the value holds control bytes (${bytes.length} bytes)`;
  return undefined;
}

/** Splits one row; source: RFC 4180, section 2, with blanks allowed around quotes. */
export function splitCsvRow(bytes: Buffer, delimiter = ','): CsvFields {
  const binary = whyBinary(bytes);
  if (binary !== undefined) return { reason: 'binary', detail: binary };
  // Blanks around a field are space and tab, as in the fast path, but for the one that separates columns.
  const isBlank = (character: string | undefined): boolean =>
    (character === ' ' || character === '\t') && character !== delimiter;
  const text = bytes.toString('utf8').replace(/\r?\n$|\r$/, '');
  const fields: string[] = [];
  let i = 0;
  for (;;) {
    while (isBlank(text[i])) i++;
    let field = '';
    if (text[i] === '"') {
      i++;
      for (;;) {
        const close = text.indexOf('"', i);
        if (close === -1)
          return { reason: 'malformed', detail: `column ${fields.length + 1}: a quote is never closed` };
        field += text.slice(i, close);
        i = close + 1;
        if (text[i] !== '"') break;
        field += '"';
        i++;
      }
      while (isBlank(text[i])) i++;
      if (i < text.length && text[i] !== delimiter)
        return { reason: 'malformed', detail: `column ${fields.length + 1}: text after a closing quote` };
    } else {
      let stop = text.indexOf(delimiter, i);
      if (stop === -1) stop = text.length;
      let last = stop;
      while (last > i && isBlank(text[last - 1])) last--;
      field = text.slice(i, last);
      if (/[\r\n]/.test(field)) return { reason: 'malformed', detail: 'the record holds more than one line' };
      if (field.includes('"'))
        return {
          reason: 'malformed',
          detail: `column ${fields.length + 1}: a quote inside an unquoted field`,
        };
      i = stop;
    }
    fields.push(field);
    if (i >= text.length) return { fields };
    i++;
  }
}

/** The grammar of a number in a row: what `Number` takes, without hexadecimal, `Infinity` and the empty text. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Whether a text is read as a number, so that a mark of a missing value is one. */
export function isDecimal(text: string): boolean {
  return decimal.test(text);
}

const infinite = /^[+-]?(nan|inf|infinity)$/i;

/** What a field's text means: its number, or why it is none. */
export function readField(text: string): number | 'not-a-number' | 'not-finite' {
  const trimmed = text.trim();
  if (decimal.test(trimmed)) {
    const value = Number(trimmed);
    return Number.isFinite(Math.fround(value)) ? value : 'not-finite';
  }
  return infinite.test(trimmed) ? 'not-finite' : 'not-a-number';
}
