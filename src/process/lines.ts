/** Lines of a stream of text, which end at line feeds alone. */
import { addAbortSignal, type Readable } from 'node:stream';

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/**
 * The bytes of the lines as they come. `node:readline` also ends one at a lone carriage return and, since Node 24, at U+2028, which may
 * be a part of a key or of JSON.
 *
 * @throws the signal's reason
 */
export async function* linesOf(
  input: Readable,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (signal) addAbortSignal(signal, input);
  let begun: Buffer[] = [];
  try {
    for await (const piece of input as AsyncIterable<Buffer | string>) {
      let rest = typeof piece === 'string' ? Buffer.from(piece) : piece;
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
        yield Buffer.concat([...begun, rest.subarray(0, end)]);
        [begun, rest] = [[], rest.subarray(end + 1)];
      }
      if (rest.length > 0) begun.push(rest);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}

/** The first line of a text without the mark with which some editors begin a file in UTF-8. */
export function withoutMark(first: Buffer): Buffer {
  return first.indexOf(BYTE_ORDER_MARK) === 0 ? first.subarray(BYTE_ORDER_MARK.length) : first;
}
