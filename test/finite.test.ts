import assert from 'node:assert/strict';
import { it } from 'node:test';
import { allFinite, firstNonFinite } from '../src/finite.ts';

it('finds a value that is NaN or infinite wherever it stands, and tells row and column', () => {
  for (const length of [1, 2, 3, 4, 5, 7, 8, 30]) {
    const values = Float32Array.from({ length }, (_, i) => (i % 2 === 0 ? 3e38 : -3e38));
    assert.ok(allFinite(values));
    for (let i = 0; i < length; i++) {
      for (const value of [NaN, Infinity, -Infinity]) {
        const broken = values.slice();
        broken[i] = value;
        assert.ok(!allFinite(broken));
        assert.deepEqual(firstNonFinite(broken, 3), { row: Math.floor(i / 3), column: i % 3, value });
      }
    }
  }
  assert.equal(firstNonFinite([], 3), undefined);
  assert.ok(allFinite([1.7e308, -1.7e308, Number.MIN_VALUE, -0]));
});
