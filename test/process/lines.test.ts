/** Lines end at line feeds alone, wherever the bytes were cut. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { linesOf } from '../../src/process/index.ts';

test('a carriage return, U+2028 and what else may end a line elsewhere stand within one', async () => {
  const lines = ['one\rtwo\u2028three\u2029four\u0085five\f', '', 'é 😀\r', 'last'];
  const bytes = Buffer.from(lines.join('\n'));
  for (const size of [1, 3, 7, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    const found: string[] = [];
    for await (const line of linesOf(Readable.from(pieces))) found.push(line.toString());
    assert.deepEqual(found, lines);
  }
});
