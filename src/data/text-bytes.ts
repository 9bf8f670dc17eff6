/** The bytes of a text file as UTF-8, whatever encoding they came in; bytes that are no text are refused with their place. */
import { isUtf8 } from 'node:buffer';
import { InvalidOptionError } from '../options.ts';
import { CsvEncodingError } from './errors.ts';

/** Marks at a file's begin that say what it is. */
const marks = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;
const noText = [
  { bytes: [0x1f, 0x8b], kind: 'a gzip archive: unpack it first' },
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    kind: 'a zip archive or an Excel workbook: unpack it, or save it as CSV, first',
  },
] as const;

/** Names of UTF-8 and of what is a part of it. */
const utf8Names = new Set(['utf-8', 'utf8', 'ascii', 'us-ascii']);
/** ISO 8859-1 as such; for the web, and so for `TextDecoder`, the same names mean Windows-1252. */
const latin1Names = new Set(['latin1', 'latin-1', 'iso-8859-1', 'iso8859-1', 'l1']);

/**
 * Gives the text of `source` as UTF-8, without a byte-order mark. Without `encoding`, UTF-8 and, by their mark, both
 * UTF-16 are understood.
 *
 * @throws {@link CsvEncodingError} (`ST_DATA_CSV_ENCODING`) with the place of the first byte that does not belong there;
 *   `InvalidOptionError` (`ST_OPTION_INVALID`) for an unknown encoding
 */
export async function* utf8Of(
  source: AsyncIterable<Buffer>,
  file: string,
  encoding?: string,
): AsyncGenerator<Buffer, void, undefined> {
  const wanted = encoding?.trim().toLowerCase();
  const named = wanted === undefined ? undefined : known(wanted);
  const chunks = source[Symbol.asyncIterator]();
  try {
    let head: Buffer = Buffer.alloc(0);
    while (head.length < 4) {
      const next = await chunks.next();
      if (next.done === true) break;
      head = Buffer.concat([head, next.value]);
    }
    const begins = ({ bytes }: { bytes: readonly number[] }): boolean =>
      bytes.every((byte, i) => head[i] === byte);
    const other = noText.find(begins);
    if (other) throw new CsvEncodingError({ file, line: 1, byte: 0, problem: `it is ${other.kind}` });
    const mark = marks.find(begins);
    const actual = mark?.encoding ?? named ?? 'utf-8';
    if (
      mark &&
      named !== undefined &&
      named !== mark.encoding &&
      !(named === 'utf-16' && mark.encoding !== 'utf-8')
    )
      throw new CsvEncodingError({
        ...{ file, line: 1, byte: 0, suggestion: mark.encoding },
        problem: `it begins with the mark of ${mark.encoding.toUpperCase()}, and encoding says ${JSON.stringify(encoding)}`,
      });
    const recoder = recoderOf(actual, file, mark?.bytes.length ?? 0);
    for (let chunk: Buffer | undefined = head.subarray(mark?.bytes.length ?? 0); chunk !== undefined;) {
      if (chunk.length > 0) yield recoder.push(chunk);
      const next = await chunks.next();
      chunk = next.done === true ? undefined : next.value;
    }
    yield recoder.end();
  } finally {
    await chunks.return?.();
  }
}

/** The encoding by one name, or a refusal. */
function known(name: string): string {
  if (utf8Names.has(name)) return 'utf-8';
  if (latin1Names.has(name)) return 'latin1';
  if (name === 'utf-16' || name === 'utf16') return 'utf-16';
  try {
    return new TextDecoder(name).encoding;
  } catch {
    const expected = 'a name such as "utf-8", "latin1", "windows-1252", "utf-16le" or "utf-16be"';
    throw new InvalidOptionError({ option: 'encoding', value: name, expected });
  }
}

/** Turns pieces of a file into pieces of UTF-8. */
interface Recoder {
  push(chunk: Buffer): Buffer;
  /** What was left; refuses a character that is not whole. */
  end(): Buffer;
}

function recoderOf(encoding: string, file: string, begin: number): Recoder {
  const place = new Place(file, begin);
  if (encoding === 'utf-8') return utf8Recoder(place);
  if (encoding === 'latin1')
    return {
      push: (chunk) => place.passed(Buffer.from(chunk.toString('latin1'), 'utf8'), chunk.length),
      end: () => Buffer.alloc(0),
    };
  const decoder = new TextDecoder(encoding === 'utf-16' ? 'utf-16le' : encoding, { fatal: true });
  const decode = (chunk?: Buffer): Buffer => {
    try {
      return place.passed(
        Buffer.from(decoder.decode(chunk, { stream: chunk !== undefined })),
        chunk?.length ?? 0,
      );
    } catch {
      throw place.refusal(0, `it is not valid ${encoding} in the ${chunk?.length ?? 0} bytes from there on`);
    }
  };
  return { push: decode, end: () => decode() };
}

/** Passes UTF-8 on, whole characters only. */
function utf8Recoder(place: Place): Recoder {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const whole = bytes.subarray(0, wholeCharacters(bytes));
      if (!isUtf8(whole)) throw notUtf8(whole, place);
      rest = bytes.subarray(whole.length);
      return place.passed(whole, whole.length);
    },
    end() {
      if (rest.length > 0) throw notUtf8(rest, place);
      return rest;
    },
  };
}

function notUtf8(bytes: Buffer, place: Place): CsvEncodingError {
  const at = firstInvalid(bytes);
  const hex = `0x${bytes[at]!.toString(16).padStart(2, '0')}`;
  return place.refusal(at, `it is not valid UTF-8 (found ${hex})`, 'latin1', bytes);
}

/** Where one is in the file. */
class Place {
  readonly #file: string;
  #byte: number;
  #line = 1;

  constructor(file: string, begin: number) {
    this.#file = file;
    this.#byte = begin;
  }

  /** Counts what was read; refuses null bytes, which no text holds. */
  passed(text: Buffer, bytes: number): Buffer {
    const nothing = text.indexOf(0);
    if (nothing >= 0)
      throw this.refusal(nothing, 'a null byte: it is no text, or UTF-16 without its mark', 'utf-16le', text);
    this.#byte += bytes;
    this.#line += lineEnds(text, text.length);
    return text;
  }

  refusal(
    at: number,
    problem: string,
    suggestion?: string,
    bytes: Buffer = Buffer.alloc(0),
  ): CsvEncodingError {
    const place = { file: this.#file, line: this.#line + lineEnds(bytes, at), byte: this.#byte + at };
    return new CsvEncodingError({ ...place, problem, suggestion });
  }
}

function lineEnds(text: Buffer, end: number): number {
  let count = 0;
  for (let at = text.indexOf(10); at >= 0 && at < end; at = text.indexOf(10, at + 1)) count++;
  return count;
}

/** How many bytes a character has that begins with this byte. */
const sizeOf = (byte: number): number => (byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4);

/** The length without a last character that may go on in the next piece. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    return sizeOf(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** The first byte of the first character that is none; `bytes` holds one. */
function firstInvalid(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; at += sizeOf(bytes[at]!)) {
    if (!isUtf8(bytes.subarray(at, at + sizeOf(bytes[at]!)))) return at;
  }
  return bytes.length - 1;
}
