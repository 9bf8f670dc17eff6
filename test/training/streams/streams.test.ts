/** Streams that drift on purpose: River's rows from the same seeds, and drifts where they are asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  conceptDrift,
  hyperplaneStream,
  PythonRandom,
  seaStream,
  staggerStream,
  takeRows,
  type GeneratedRow,
} from '../../../src/training/index.ts';
import { riverFixture } from '../helpers/river.ts';

const river = riverFixture<Record<string, [xs: number[], ys: number][]>>('streams');
const ours: Record<string, Iterable<GeneratedRow>> = {
  sea: seaStream({ variant: 2, noise: 0.1, seed: 5 }),
  stagger: staggerStream({ rule: 1, seed: 6 }),
  staggerBalanced: staggerStream({ seed: 7, balanced: true }),
  hyperplane: hyperplaneStream({ seed: 8, features: 5, driftFeatures: 3, change: 0.01 }),
  gradual: conceptDrift(seaStream({ seed: 1 }), seaStream({ variant: 3, seed: 2 }), {
    position: 150,
    width: 60,
    seed: 9,
  }),
};

for (const [name, stream] of Object.entries(ours)) {
  test(`${name}: the rows of River from the same seed, in every pass`, () => {
    for (let pass = 0; pass < 2; pass++) {
      const rows = takeRows(stream, 300);
      const some = [...rows.slice(0, 20), ...rows.slice(140, 160), ...rows.slice(-10)];
      assert.deepEqual(some.map(({ xs, ys }) => [[...xs], ys]), river[name]); // prettier-ignore
    }
  });
}

test('an abrupt drift begins at exactly the row that was asked for', () => {
  const [before, after] = [staggerStream({ seed: 1 }), staggerStream({ rule: 2, seed: 2 })];
  const rows = takeRows(conceptDrift(before, after, { position: 100 }), 200);
  const expected = [...takeRows(before, 100), ...takeRows(after, 100)];
  assert.deepEqual(rows, expected);
});

test('a joined stream ends with the shorter one, and joins can be joined', () => {
  const joined = conceptDrift(conceptDrift([1, 1, 1], [2, 2, 2, 2], { position: 2 }), [3, 3], {
    position: 4,
  });
  assert.deepEqual([...joined], [1, 1, 2, 2, 3, 3]);
});

test("draws are Python's, and go on from a saved state", () => {
  const random = new PythonRandom(42);
  assert.equal(random.random(), 0.6394267984578837);
  assert.equal(random.below(10), 0);
  assert.deepEqual([...new PythonRandom(1).sample(5000, 4)], [1100, 4662, 516, 2089]);
  const other = new PythonRandom(0);
  other.restore(random.save());
  assert.equal(other.random(), random.random());
});

test('a stream that cannot be is refused with the option and its value', () => {
  const refused = { code: 'ST_OPTION_INVALID' };
  assert.throws(() => seaStream({ noise: 1.5 }), refused);
  assert.throws(() => seaStream({ variant: 7 as 0 }), /variant is 7; expected 0, 1, 2 or 3/);
  assert.throws(() => staggerStream({ rule: NaN as 0 }), refused);
  assert.throws(() => hyperplaneStream({ driftFeatures: 11 }), refused);
  assert.throws(() => hyperplaneStream({ change: -1 }), refused);
  assert.throws(() => conceptDrift([], [], { position: -1 }), refused);
  assert.throws(() => new PythonRandom(-1), { code: 'ST_TRAINING_LEARNER_INPUT' });
});
