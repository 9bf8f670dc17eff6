/** The WebAssembly that draws masks: its words and its floats are those of the rule, bit for bit, whatever the sizes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskCode } from '../../../src/model/step/mask-code.ts';
import { MaskDraws } from '../../../src/model/step/dropout.ts';
import { sizeOf } from '../../../src/model/step/plan.ts';
import { LANES } from '../../../src/model/step/word-lanes.ts';
import { aligned, workspace } from '../../../src/model/step/feeding.ts';
import { wordState, type WordState } from '../../../src/random.ts';
import { plainWords } from './reference.ts';

test('four generators write their words one behind the other', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const states: WordState[] = [0, 1, 2, 3].map((part) => wordState(5, part));
  const kept = new Int32Array(memory.buffer, 0, 16);
  for (const [lane, state] of states.entries())
    for (const [i, word] of state.entries()) kept[LANES * i + lane] = word;
  maskCode(memory).words(128, 4 * 300);
  const found = Array.from(new Uint32Array(memory.buffer, 128, 1200));
  assert.deepEqual(
    found,
    states.flatMap((state) => plainWords(300, state)),
  );
});

test('rows of any size become floats, with nothing written further than 60 bytes behind them', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const code = maskCode(memory);
  const [rows, thresholdsAt, bytesAt, to] = [5, 64, 128, 1024];
  for (const size of [1, 3, 15, 16, 17, 31, 33, 64]) {
    const bytes = new Uint8Array(memory.buffer, bytesAt, rows * size);
    const thresholds = new Uint8Array(memory.buffer, thresholdsAt, rows);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 101 + size) % 256;
    thresholds.set([0, 1, 128, 254, 255]);
    const floats = new Float32Array(memory.buffer, to, rows * size + 16).fill(9);
    code.masks(bytesAt, thresholdsAt, to, size, rows, 1.25);
    const expected = Array.from(bytes, (byte, i) => (byte >= thresholds[Math.floor(i / size)]! ? 1.25 : 0));
    assert.deepEqual(Array.from(floats.subarray(0, rows * size)), expected, `rows of ${size}`);
    assert.equal(floats[rows * size + 15], 9);
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
    const shapes = draws.shapes(rows);
    let end = aligned(draws.reserved(rows));
    const places = shapes.map((shape) => {
      const at = end;
      end = aligned(at + 4 * sizeOf(shape) + 64);
      return at;
    });
    const space = workspace(end);
    const masks = places.map((at, layer) => new Float32Array(space.buffer, at, sizeOf(shapes[layer]!)));
    draws.draw(space, masks, { seed: 3, step, rows });
    const forBytes = Math.ceil((rows * 82) / 4);
    const words = plainWords(forBytes + 3 * rows, wordState(3, step));
    const byteOf = (at: number) => (words[at >> 2]! >>> (8 * (at & 3))) & 255;
    let from = 0;
    for (const [layer, { rate, size }] of dropouts.entries()) {
      assert.deepEqual(shapes[layer], [rows, size]);
      const expected = Float32Array.from({ length: rows * size }, (_, at) => {
        const word = words[forBytes + layer * rows + Math.floor(at / size)]!;
        return byteOf(from + at) >= Math.floor(256 * rate + word / 2 ** 32) ? 1 / (1 - rate) : 0;
      });
      assert.deepEqual(masks[layer], expected, `${rows} rows, layer ${layer}`);
      from += rows * size;
    }
  }
});
