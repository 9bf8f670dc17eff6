import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader, OrderedPipes, RawReader } from '../../../src/kernel/server/ordered-pipes.ts';
import { barrierMark, barrierNumber, frameHeader, frameKind } from '../../../src/kernel/runner/protocol.ts';

function frame(kind: number, run: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(frameHeader);
  head.writeUInt32LE(payload.byteLength, 0);
  head.writeUInt8(kind, 4);
  head.writeUInt32LE(run, 5);
  return Buffer.concat([head, payload]);
}

/** The bytes in pieces of random sizes. */
function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let index = 0;
  for (let at = 0; at < bytes.length;) {
    const size = sizes.length > 0 ? sizes[index++ % sizes.length]! : bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 });

test('frames come out whole, however the pipe cuts them', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 12 });
  fc.assert(
    fc.property(texts, sizes, (sent, cuts) => {
      const got: [number, number, string][] = [];
      const reader = new FrameReader((kind, run, payload) => {
        got.push([kind, run, payload.toString()]);
        return { handle: () => undefined };
      });
      const bytes = Buffer.concat(sent.map((text, run) => frame(frameKind.stdout, run, Buffer.from(text))));
      for (const piece of pieces(bytes, cuts)) reader.read(piece);
      assert.deepEqual(
        got,
        sent.map((text, run) => [frameKind.stdout, run, text]),
      );
    }),
  );
});

test('marks are found in raw output, however the pipe cuts it, and no text is lost or held back', () => {
  const part = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constantFrom('\u0000', '\u0000\u0001', '\u0000\u0001secre', 'plain\n'),
    fc.integer({ min: 1, max: 999 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), sizes, (parts, cuts) => {
      const bytes = Buffer.from(
        parts.map((it) => (typeof it === 'number' ? barrierMark('secret', it) : it)).join(''),
      );
      let text = '';
      const marks: number[] = [];
      const reader = new RawReader('secret', (piece) => ({ handle: () => (text += piece) }));
      const take = (items: ReturnType<RawReader['read']>) => {
        for (const item of items) {
          if ('barrier' in item) marks.push(item.barrier);
          else item.handle();
        }
      };
      for (const piece of pieces(bytes, cuts)) take(reader.read(piece));
      take(reader.end());
      assert.equal(text, parts.filter((it) => typeof it === 'string').join(''));
      assert.deepEqual(
        marks,
        parts.filter((it) => typeof it === 'number'),
      );
    }),
  );
});

test('half a character stands before what is printed next where a barrier cuts it, and is shown at the end', () => {
  let text = '';
  const reader = new RawReader('secret', (piece) => ({ handle: () => (text += piece) }));
  const take = (items: ReturnType<RawReader['read']>) =>
    items.forEach((item) => ('barrier' in item ? (text += '|') : item.handle()));
  const mark = (count: number, cuts: boolean) =>
    Buffer.from(barrierMark('secret', barrierNumber(count, cuts)));
  const half = Buffer.of(0xe2);
  take(reader.read(Buffer.concat([half, mark(1, true), half, mark(2, false), Buffer.of(0x82, 0xac), half])));
  take(reader.end());
  assert.equal(text, '\ufffd||€\ufffd');
});

test('nothing behind a barrier comes before anything ahead of it, on whichever pipe', () => {
  const log: string[] = [];
  const pipes = new OrderedPipes(2);
  const item = (text: string) => ({ handle: () => void log.push(text) });
  pipes.push(0, [item('a1'), { barrier: 1 }, item('a2'), { barrier: 2 }, item('a3')]);
  assert.deepEqual(log, ['a1']);
  pipes.push(1, [item('b1')]);
  pipes.push(1, [{ barrier: 1 }, item('b2')]);
  assert.deepEqual(log, ['a1', 'b1', 'a2', 'b2']);
  pipes.close(1);
  assert.deepEqual(log, ['a1', 'b1', 'a2', 'b2', 'a3'], 'a pipe that has ended holds nobody up');
});
