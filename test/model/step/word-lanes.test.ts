/** Parts of a stream of random words: each begins where the one before ends, and streams differ. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordState, type WordState } from '../../../src/random.ts';
import { LANES, laneLength, laneStates } from '../../../src/model/step/word-lanes.ts';
import { plainWords } from './reference.ts';

test("words are those of xoshiro128**, as Rust's rand_xoshiro has them for its seed 1, 2, 3, 4", () => {
  assert.deepEqual(plainWords(10, [1, 2, 3, 4]), [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]); // prettier-ignore
});

test('each part goes on where the one before ends', () => {
  for (const length of [1, 2, 3, 7, 64, 1000, 8704]) {
    for (const state of [[1, 2, 3, 4], wordState(7, 11)] as WordState[]) {
      const whole = plainWords(LANES * length, state);
      const parts = laneStates(state, length).flatMap((begin) => plainWords(length, begin));
      assert.deepEqual(parts, whole, `parts of ${length} words`);
    }
  }
});

test('a part is as long as wanted, at most an eighth longer, and of few lengths', () => {
  const lengths = new Set<number>();
  for (let least = 1; least <= 20_000; least++) {
    const length = laneLength(least);
    assert.ok(Number.isInteger(length) && length >= least && length <= least * 1.125, `${least}: ${length}`);
    lengths.add(length);
  }
  assert.ok(lengths.size < 120, `${lengths.size} lengths`);
});

test('streams of neighbouring seeds and parts share no words beyond chance', () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 8; seed++)
    for (let part = 0; part < 8; part++)
      for (const word of plainWords(1000, wordState(seed, part))) seen.add(word);
  // 64,000 words of 2^32: half a pair is expected.
  assert.ok(seen.size > 63_990, `${64_000 - seen.size} words came twice`);
});
