/** Cuts a byte stream into lines, however the network cut it into pieces. */
import { Dropped } from './back-off.ts';

/** Longest line accepted, characters: far above any post. */
const LONGEST = 1 << 20;

/**
 * The whole lines of a stream of UTF-8 bytes, without their ends (`\n` or `\r\n`); empty ones too, since services send them
 * to show that they are there. What stands behind the last line end was cut off and is not given.
 *
 * @throws Dropped for a line without end
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n');
    pieces[0] = rest + pieces[0]!;
    rest = pieces.pop()!;
    for (const line of pieces) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    if (rest.length > LONGEST) throw new Dropped('network', `a line of more than ${LONGEST} characters`);
  }
}
