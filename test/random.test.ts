/** Seeded random numbers: the same for the same seed, spread evenly, and different for neighbouring seeds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mixSeeds, mulberry32, permutation } from '../src/random.ts';

const drawn = (seed: number, count: number) => Array.from({ length: count }, mulberry32(seed));

test('the same seed gives the same numbers, another seed others', () => {
  assert.deepEqual(drawn(7, 100), drawn(7, 100));
  assert.notDeepEqual(drawn(7, 3), drawn(8, 3));
});

test('numbers are spread evenly over [0, 1)', () => {
  const counts = new Array<number>(20).fill(0);
  for (const number of drawn(1, 100_000)) counts[Math.floor(number * 20)]! += 1;
  const chiSquared = counts.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0);
  assert.ok(chiSquared < 43.8, `chi-squared ${chiSquared} with 19 degrees of freedom (p < 0.001)`);
});

test('a permutation holds every number once, and every order of three comes up equally often', () => {
  assert.deepEqual(
    permutation(1000, mulberry32(3)).sort((a, b) => a - b),
    Array.from({ length: 1000 }, (_, i) => i),
  );
  const orders = new Map<string, number>();
  const random = mulberry32(5);
  for (let i = 0; i < 6000; i++) {
    const order = permutation(3, random).join('');
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assert.equal(orders.size, 6);
  for (const [order, count] of orders) assert.ok(Math.abs(count - 1000) < 130, `${order}: ${count}`);
});

test('mixed seeds of neighbours differ, and none is 0', () => {
  const mixed = new Set<number>();
  for (let seed = 0; seed < 300; seed++)
    for (let part = 0; part < 300; part++) mixed.add(mixSeeds(seed, part));
  assert.ok(mixed.size > 89_990, `${90_000 - mixed.size} collisions`);
  assert.ok(!mixed.has(0));
  // The one pair whose mix would be 0: tfjs takes a seed of 0 for none.
  assert.equal(mixSeeds(0x9e3779b1, 0), 1);
});
