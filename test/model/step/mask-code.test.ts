/** The WebAssembly that draws masks: its bytes are those of the rule, whatever the sizes and the rates. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskCode, MASK_MARGIN, STATE_BYTES } from '../../../src/model/step/mask-code.ts';
import { MaskDraws } from '../../../src/model/step/dropout.ts';
import { aligned, workspace } from '../../../src/model/step/feeding.ts';
import { wordState } from '../../../src/random.ts';
import { maskBytes, plainWords } from './reference.ts';

test("words are those of xoshiro128**, as Rust's rand_xoshiro has them for its seed 1, 2, 3, 4", () => {
  assert.deepEqual(plainWords(10, [1, 2, 3, 4]), [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]); // prettier-ignore
});

test('streams of neighbouring seeds and parts share no words beyond chance', () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 8; seed++)
    for (let part = 0; part < 8; part++)
      for (const word of plainWords(1000, wordState(seed, part))) seen.add(word);
  // 64,000 words of 2^32: half a pair is expected.
  assert.ok(seen.size > 63_990, `${64_000 - seen.size} words came twice`);
});

test('a probability of 0 leaves nothing out, one of 1 everything; nothing is written further than the margin', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const code = maskCode(memory);
  new Uint32Array(memory.buffer, 0, STATE_BYTES / 4).fill(7);
  const [rows, to] = [5, 128];
  for (const size of [1, 3, 15, 16, 17, 31, 33, 64]) {
    for (const [rate, expected] of [
      [0, 1],
      [2 ** 40, 0],
    ] as const) {
      const bytes = new Uint8Array(memory.buffer, to, rows * size + MASK_MARGIN).fill(9);
      code.masks(to, size, rows, rate, rate, rate);
      assert.ok(
        bytes.subarray(0, rows * size).every((byte) => byte === expected),
        `rows of ${size}, ${rate}`,
      );
      assert.equal(bytes.at(-1), 9);
    }
  }
});

test('masks are those of the rule for every number of rows, also after a much larger and a much smaller one', () => {
  const dropouts = [
    { kind: 'dropout', rate: 0.2, size: 13 },
    { kind: 'dropout', rate: 0.4, size: 64 },
    { kind: 'dropout', rate: 0.999, size: 5 },
  ] as const;
  const draws = new MaskDraws(dropouts);
  for (const [step, rows] of [1, 2, 3, 17, 32, 100, 2000, 1, 32].entries()) {
    let end = aligned(STATE_BYTES);
    const places = dropouts.map(({ size }) => {
      const at = end;
      end = aligned(at + rows * size + MASK_MARGIN);
      return { at, length: rows * size };
    });
    assert.deepEqual(
      draws.shapes(rows),
      dropouts.map(({ size }) => [rows, size]),
    );
    const space = workspace(end);
    const masks = places.map(({ at, length }) => new Uint8Array(space.buffer, at, length));
    draws.draw(space, masks, { seed: 3, step, rows });
    assert.deepEqual(masks, maskBytes(dropouts, { seed: 3, step, rows }), `${rows} rows`);
  }
});
