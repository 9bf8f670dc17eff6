/** Online scaling. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { State } from '../../src/model/index.ts';
import {
  OnlineMedianImputer,
  OnlineMinMaxScaler,
  OnlineStandardScaler,
  ScalerInputError,
  type OnlineTransformer,
} from '../../src/scaling/index.ts';

const makers: Record<string, (features: number) => OnlineTransformer> = {
  OnlineStandardScaler: (features) => new OnlineStandardScaler(features),
  OnlineMinMaxScaler: (features) => new OnlineMinMaxScaler(features),
  OnlineMedianImputer: (features) => new OnlineMedianImputer(features, { exactValues: 16 }),
};

const rows = (features: number, missing = false) =>
  fc.array(
    fc.array(
      fc.oneof(
        { arbitrary: fc.float({ noNaN: true, min: -1000, max: 1000 }), weight: 9 },
        fc.constant(missing ? NaN : 1),
      ),
      { minLength: features, maxLength: features },
    ),
    { minLength: 1, maxLength: 60 },
  );

describe('every online scaler', () => {
  for (const [name, make] of Object.entries(makers)) {
    test(`${name}: its state goes on bit for bit, and is its own`, () => {
      fc.assert(
        fc.property(rows(3, name.endsWith('Imputer')), rows(3, name.endsWith('Imputer')), (first, second) => {
          const [one, other] = [make(3), make(3)];
          one.learn(Float32Array.from(first.flat()), first.length);
          const saved = one.save();
          const before = structuredClone(saved);
          other.restore(saved);
          const xs = Float32Array.from(second.flat());
          for (const scaler of [one, other]) scaler.learn(xs, second.length);
          assert.deepEqual(saved, before);
          assert.deepEqual(other.save(), one.save());
          assert.deepEqual(other.transform(xs, second.length), one.transform(xs, second.length));
        }),
        { numRuns: 50 },
      );
    });

    test(`${name}: in place and into new memory are the same, values no row has are left alone`, () => {
      const scaler = make(2);
      const gap = name.endsWith('Imputer') ? NaN : 8;
      scaler.learn(Float32Array.of(1, 2, gap, 4, 5, 6), 3);
      const xs = Float32Array.of(1, gap, 3, 4, NaN);
      const out = scaler.transform(xs, 2);
      assert.equal(scaler.transform(xs, 2, xs), xs);
      assert.deepEqual([...xs], [...out, NaN]);
    });

    test(`${name}: input and states that do not fit are refused, and it is then unchanged`, () => {
      assert.throws(() => make(0), ScalerInputError);
      const scaler = make(2);
      scaler.learn(Float32Array.of(1, 2), 1);
      const before = scaler.save();
      assert.throws(() => scaler.learn(new Float32Array(3), 2), /need 4 values, not 3/);
      assert.throws(() => scaler.transform(new Float32Array(4), 2, new Float32Array(2)), ScalerInputError);
      for (const state of [null, 3, {}, make(3).save(), { means: [1, 2] }] as State[])
        assert.throws(() => scaler.restore(state), ScalerInputError);
      assert.deepEqual(scaler.save(), before);
    });
  }
});

test('OnlineStandardScaler: mean and deviation of all rows, however they are cut into mini-batches', () => {
  fc.assert(
    fc.property(rows(2), fc.integer({ min: 1, max: 20 }), (all, size) => {
      const scaler = new OnlineStandardScaler(2);
      for (let at = 0; at < all.length; at += size) {
        const part = all.slice(at, at + size);
        scaler.learn(Float32Array.from(part.flat()), part.length);
      }
      for (const feature of [0, 1]) {
        const values = all.map((row) => Math.fround(row[feature]!)).filter((value) => !Number.isNaN(value));
        const mean = values.reduce((a, b) => a + b, 0) / (values.length || 1);
        const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length || 1);
        assert.ok(Math.abs(scaler.means[feature]! - mean) < 1e-9 * (1 + Math.abs(mean)));
        assert.ok(Math.abs(scaler.deviations[feature]! - Math.sqrt(square)) < 1e-6);
      }
    }),
    { numRuns: 100 },
  );
});

test('OnlineStandardScaler: small differences between large values survive (no cancellation)', () => {
  const scaler = new OnlineStandardScaler(1);
  // Multiples of 1 at 2^23 are exact in float32; the naive sum of squares loses them in float64.
  const base = 2 ** 23;
  for (let i = 0; i < 20_000; i++) scaler.learn(Float32Array.of(base + (i % 3)), 1);
  assert.ok(Math.abs(scaler.deviations[0]! - Math.sqrt(2 / 3)) < 1e-4, String(scaler.deviations[0]));
  const [scaled] = scaler.transform(Float32Array.of(base + 1), 1);
  assert.ok(Math.abs(scaled!) < 1e-3);
});

test('a missing or infinite value is refused with its row and feature, and nothing is learnt or written', () => {
  for (const [name, make] of Object.entries(makers)) {
    const bad = name === 'OnlineMedianImputer' ? [Infinity, -Infinity] : [NaN, Infinity, -Infinity];
    for (const value of bad) {
      const scaler = make(2);
      scaler.learn(Float64Array.of(7, 1, 9, 2), 2);
      const before = scaler.save();
      const xs = Float64Array.of(7, 1, 8, value, value, 3);
      const refused = {
        code: 'ST_TRAINING_SCALER_VALUE',
        row: 1,
        feature: 1,
        value,
        message: /OnlineMedianImputer/,
      };
      assert.throws(() => scaler.learn(xs, 3), refused);
      assert.throws(() => scaler.transform(xs, 3, xs), refused);
      assert.throws(() => scaler.learn(xs.subarray(2), 1), { ...refused, row: 0 });
      assert.deepEqual([...xs], [7, 1, 8, value, value, 3]);
      assert.deepEqual(scaler.save(), before);
      scaler.transform(xs, 1);
    }
  }
  assert.throws(() => new OnlineMedianImputer(1, { exact: 5 } as object), { code: 'ST_OPTION_UNKNOWN' });
});

interface Column {
  name: string;
  values: number[];
  mean: number;
  deviation: number;
  probe: number[];
  standard: number[];
  minMax: number[];
}

const sklearn = JSON.parse(
  readFileSync(new URL('../data/fixtures/sklearn-scaling.json', import.meta.url), 'utf8'),
) as Column[];

for (const { name, values, mean, deviation, probe, standard, minMax } of sklearn) {
  test(`a feature that is ${name} is scaled as scikit-learn does, cut into mini-batches of any size`, () => {
    for (const size of [1, 7, 64, values.length]) {
      const [scaler, least] = [new OnlineStandardScaler(1), new OnlineMinMaxScaler(1)];
      for (let from = 0; from < values.length; from += size) {
        const part = Float64Array.from(values.slice(from, from + size));
        for (const one of [scaler, least]) one.learn(part, part.length);
      }
      near(scaler.means[0]!, mean, 1e-12);
      const isConstant = name.startsWith('constant') || name === 'one row';
      if (!isConstant) near(scaler.deviations[0]!, deviation, 1e-7);
      const [out, xs] = [new Float64Array(3), Float64Array.from(probe)];
      // Of a constant feature, River's scaler says 0 to every value.
      near(scaler.transform(xs, 3, out), isConstant ? [0, 0, 0] : standard, 1e-6);
      // scikit-learn takes every range below 10 epsilons for none, whatever the size of the values.
      if (name !== 'tiny') near(least.transform(xs, 3, out), minMax, 1e-6);
      if (isConstant && !name.includes('rounding'))
        assert.deepEqual([...least.transform(Float64Array.of(values[0]!), 1)], [0]);
    }
  });
}

function near(found: number | ArrayLike<number>, expected: number | number[], tolerance: number): void {
  const [one, other] = [found, expected].map((given) =>
    Array.from(typeof given === 'number' ? [given] : given),
  );
  for (const [i, value] of other!.entries())
    assert.ok(
      Math.abs(one![i]! - value) <= tolerance * Math.max(1, Math.abs(value)),
      `${one![i]}, not ${value}`,
    );
}

test('OnlineMedianImputer: medians of large values, and of 300,000 rows at once', () => {
  const imputer = new OnlineMedianImputer(1, { exactValues: 16 });
  imputer.learn(
    Float64Array.from({ length: 300_000 }, (_, i) => 1.5e308 + (i % 1000) * 1e304),
    300_000,
  );
  assert.ok(Number.isFinite(imputer.medians[0]), String(imputer.medians[0]));
  const whole = new OnlineMedianImputer(1);
  whole.learn(Float64Array.of(1e9 + 0.25, 1e9 + 0.75), 2);
  assert.deepEqual([...whole.transform(Float64Array.of(NaN), 1, new Float64Array(1))], [1e9 + 0.5]);
});

test('OnlineMinMaxScaler: 0 to 1 over what was seen', () => {
  const scaler = new OnlineMinMaxScaler(1);
  assert.deepEqual([...scaler.transform(Float32Array.of(5), 1)], [5]);
  scaler.learn(Float32Array.of(-2, 2), 2);
  assert.deepEqual([...scaler.transform(Float32Array.of(-2, 0, 2, 4), 4)], [0, 0.5, 1, 1.5]);
});

test('OnlineMedianImputer: the exact median of few values, as NumPy has it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 200 }), (values) => {
      const imputer = new OnlineMedianImputer(1, { exactValues: 16 });
      imputer.learn(Float32Array.from(values), values.length);
      const sorted = [...values].sort((a, b) => a - b);
      const half = sorted.length >> 1;
      const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
      assert.equal(imputer.medians[0], median);
      assert.deepEqual([...imputer.transform(Float32Array.of(NaN), 1)], [Math.fround(median)]);
    }),
  );
});

test('OnlineMedianImputer: of many values within half a percent of the ranks, in bounded memory', () => {
  const count = 200_000;
  const draw = (i: number): number => ((Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32 + 1e-12) % 1;
  const orders: Record<string, (i: number) => number> = {
    random: (i) => -Math.log(draw(i)),
    rising: (i) => (i / count) ** 3,
    falling: (i) => -((i / count) ** 3),
    'two humps': (i) => (i % 2 === 0 ? draw(i) : 1000 + draw(i)),
  };
  for (const [name, valueAt] of Object.entries(orders)) {
    const imputer = new OnlineMedianImputer(1);
    const values = Float32Array.from({ length: count }, (_, i) => valueAt(i));
    imputer.learn(values, count);
    const below = values.filter((value) => value < imputer.medians[0]!).length / count;
    assert.ok(Math.abs(below - 0.5) < 0.005, `${name}: ${below}`);
    const { counts } = imputer.save() as unknown as { counts: [{ values: Float64Array }] };
    assert.ok(counts[0].values.length <= 1024, name);
  }
});

test('a value that the result does not hold once it is scaled is refused, never infinite', () => {
  for (const scaler of [new OnlineStandardScaler(2), new OnlineMinMaxScaler(2)]) {
    scaler.learn(Float64Array.of(0, 0, 1, 1e-40), 2);
    const xs = Float64Array.of(1, 0, 1, 1);
    const refused = { code: 'ST_TRAINING_SCALER_VALUE', row: 1, feature: 1 };
    assert.throws(() => scaler.transform(xs, 2), { ...refused, beyond: 'float32' });
    assert.ok(scaler.transform(xs, 2, new Float64Array(4)).every(Number.isFinite));
    xs[3] = 1e300;
    assert.throws(() => scaler.transform(xs, 2, xs), { ...refused, beyond: 'float64' });
  }
});

test('OnlineMedianImputer: before the first value of a feature, the initial one', () => {
  const imputer = new OnlineMedianImputer(2, { initial: -1 });
  imputer.learn(Float32Array.of(NaN, 4), 1);
  assert.deepEqual([...imputer.transform(Float32Array.of(NaN, NaN), 1)], [-1, 4]);
});

test('values too far apart for float64 are refused, in one batch or row by row, and nothing is learnt', () => {
  for (const [make, far] of [
    [() => new OnlineStandardScaler(2), 1e200],
    [() => new OnlineStandardScaler(2), 1.7e308],
    [() => new OnlineMinMaxScaler(2), 1e308],
  ] as const) {
    const refused = { code: 'ST_TRAINING_SCALER_INPUT', message: /feature 1 \(from 0\) lie too far apart/ };
    for (const rows of [1, 2]) {
      const scaler: OnlineTransformer = make();
      scaler.learn(Float64Array.of(1, far), 1);
      const before = scaler.save();
      const further = Float64Array.of(2, -far, 3, 4).subarray(0, 2 * rows);
      assert.throws(() => scaler.learn(further, rows), refused);
      assert.deepEqual(scaler.save(), before);
      scaler.undoLearn!();
      assert.deepEqual(scaler.save(), before);
      make().restore(before);
    }
  }
});

test('OnlineMinMaxScaler: a range too small to divide by counts as none', () => {
  const scaler = new OnlineMinMaxScaler(1);
  const values = Float64Array.of(0, 1e-310);
  scaler.learn(values, 2);
  assert.deepEqual(scaler.transform(values, 2, new Float64Array(2)), values);
});
