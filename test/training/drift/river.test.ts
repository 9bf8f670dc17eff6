/** Drift detectors: every drift and every warning where River has it, on its own streams and on 20 more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Adwin,
  Ddm,
  Eddm,
  HddmA,
  HddmW,
  kolmogorovSmirnov,
  Kswin,
  PageHinkley,
  PythonRandom,
  type DriftDetector,
} from '../../../src/training/index.ts';
import { errorStream, numberStream, riverFixture, type Segments } from '../helpers/river.ts';

interface Found {
  detector: string;
  options: object;
  drifts: number[];
  /** First and last row of each run of warnings. */
  warnings: [number, number][];
}

interface Fixture {
  river: { stream: string; found: Found[] }[];
  errors: { segments: Segments; seed: number; found: Found[] }[];
  numbers: { segments: Segments; seed: number; found: Found[] }[];
  kolmogorovSmirnov: [size: number, shift: number, statistic: number, pValue: number][];
}

const makers: Record<string, (options: object) => DriftDetector> = {
  adwin: (options) => new Adwin(options),
  ddm: (options) => new Ddm(options),
  eddm: (options) => new Eddm(options),
  hddmA: (options) => new HddmA(options),
  hddmW: (options) => new HddmW(options),
  kswin: (options) => new Kswin(options),
  pageHinkley: (options) => new PageHinkley(options),
};

const fixture = riverFixture<Fixture>('drift');
const streams = [
  ...fixture.river.map(({ stream, found }, i) => ({
    name: `River ${i}`,
    values: [...stream].map(Number),
    found,
  })),
  ...fixture.errors.map(({ segments, seed, found }) => ({
    name: `errors ${seed}`,
    values: errorStream(segments, seed),
    found,
  })),
  ...fixture.numbers.map(({ segments, seed, found }) => ({
    name: `numbers ${seed}`,
    values: numberStream(segments, seed),
    found,
  })),
];

function detections(detector: DriftDetector, values: readonly number[]): Pick<Found, 'drifts' | 'warnings'> {
  const drifts: number[] = [];
  const warnings: [number, number][] = [];
  values.forEach((value, row) => {
    detector.update(value);
    if (detector.driftDetected) drifts.push(row);
    if (!detector.warningDetected) return;
    const last = warnings.at(-1);
    if (last?.[1] === row - 1) last[1] = row;
    else warnings.push([row, row]);
  });
  return { drifts, warnings };
}

for (const [name, make] of Object.entries(makers)) {
  test(`${name}: drifts and warnings at River's rows`, () => {
    let compared = 0;
    let drifts = 0;
    for (const stream of streams) {
      for (const { detector, options, ...expected } of stream.found) {
        if (detector !== name) continue;
        const found = detections(make(options), stream.values);
        assert.deepEqual(found, expected, `${stream.name} ${JSON.stringify(options)}`);
        compared++;
        drifts += expected.drifts.length;
      }
    }
    assert.ok(compared >= 20 && drifts >= 20, `${compared} runs with ${drifts} drifts`);
  });
}

test("River's own tests hold: the rows printed in test_drift_detectors.py", () => {
  const [one, two, three] = streams.map(({ values }) => values) as [number[], number[], number[]];
  const drifts = (detector: DriftDetector, values: readonly number[]) => detections(detector, values).drifts;
  assert.deepEqual(drifts(new Adwin(), one), [1023]);
  assert.deepEqual(drifts(new Ddm(), two), [1049]);
  assert.deepEqual(drifts(new Ddm(), new Array<number>(1000).fill(1)), []);
  assert.deepEqual(drifts(new Eddm({ alpha: 0.9, beta: 0.8 }), two), [1059]);
  assert.deepEqual(drifts(new HddmA(), two), [1047]);
  assert.deepEqual(drifts(new HddmA({ twoSided: true }), three), [531, 1015, 1545]);
  assert.deepEqual(drifts(new HddmW(), two), [1018]);
  assert.deepEqual(drifts(new HddmW({ twoSided: true }), three), [507, 1032, 1508]);
  assert.deepEqual(
    drifts(new Kswin({ alpha: 0.0001, windowSize: 200, statSize: 100, seed: 42 }), one),
    [1042],
  );
  assert.deepEqual(drifts(new PageHinkley({ mode: 'up' }), three), [588, 1681]);
  assert.deepEqual(drifts(new PageHinkley({ mode: 'down' }), three), [1172]);
  assert.deepEqual(drifts(new PageHinkley(), three), [588, 1097, 1585]);
});

test("the Kolmogorov-Smirnov test gives SciPy's statistic and p-value", () => {
  const random = new PythonRandom(3);
  const sample = (size: number, shift: number) =>
    Array.from({ length: size }, () => Number((random.random() + shift).toFixed(3)));
  for (const [size, shift, statistic, pValue] of fixture.kolmogorovSmirnov) {
    const [first, second] = [sample(size, 0), sample(size, shift)];
    const found = kolmogorovSmirnov(first, second);
    assert.ok(Math.abs(found.statistic - statistic) < 1e-15, `${size} ${shift}`);
    assert.ok(
      Math.abs(found.pValue - pValue) <= 1e-12 * pValue,
      `${size} ${shift}: ${found.pValue} ${pValue}`,
    );
  }
});

test('ties make the Kolmogorov-Smirnov test report less often than its p-value says, never more often', () => {
  const random = new PythonRandom(11);
  const reports = (draw: () => number) => {
    const sample = () => Array.from({ length: 100 }, draw);
    return Array.from({ length: 500 }, () => kolmogorovSmirnov(sample(), sample()).pValue <= 0.05).filter(
      Boolean,
    ).length;
  };
  const [different, tied] = [reports(() => random.random()), reports(() => Math.floor(3 * random.random()))];
  // 5 % of 500 are 25; the p-values of samples of 100 are steps, of which the next below 0.05 is 0.037.
  assert.ok(different >= 8 && different <= 32 && tied < different / 2, `${different}, with ties ${tied}`);
});
