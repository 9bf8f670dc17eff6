/** Metrics of streams where they are easily wrong: scikit-learn's numbers, and what is refused. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  streamMetric,
  StreamConfusionMatrix,
  type StreamMetricName,
  type StreamMetricOptions,
} from '../../../src/training/index.ts';

interface Case {
  name: string;
  classes: number;
  ys: number[];
  ps: number[][];
  ws: number[];
  scores: Record<string, number | null>;
}

const file = new URL('../fixtures/sklearn-stream-metrics.json.gz', import.meta.url);
const cases = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Case[];
const refused = { code: 'ST_TRAINING_METRIC_INPUT' };

for (const { name, classes, ys, ps, ws, scores } of cases) {
  test(`${name}: every score is scikit-learn's, NaN where it has none`, () => {
    for (const [title, expected] of Object.entries(scores)) {
      const [kind, average] = title.split(' ') as [StreamMetricName, StreamMetricOptions['average']?];
      const metric = streamMetric(kind, { classes, ...(average && { average }) });
      ys.forEach((truth, i) => metric.update(truth, classes === 2 ? ps[i]![1]! : ps[i]!, ws[i]));
      if (expected === null) assert.equal(metric.value, NaN, title);
      else assert.ok(Math.abs(metric.value - expected) < 1e-12, `${title}: ${metric.value}, not ${expected}`);
    }
  });
}

/** The share of pairs of rows, one of each class, in which the row of class 1 has the higher score. */
function pairsInOrder(ys: readonly number[], scores: readonly number[]): number {
  let [right, pairs] = [0, 0];
  for (const [i, positive] of scores.entries()) {
    if (ys[i] !== 1) continue;
    for (const [j, negative] of scores.entries()) {
      if (ys[j] !== 0) continue;
      pairs++;
      right += positive > negative ? 1 : positive === negative ? 0.5 : 0;
    }
  }
  return right / pairs;
}

test('rocAuc is exact unless thresholds are asked for: over all rows, over a window, with older rows fading', () => {
  const row = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 20 }));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
      const [all, last, fading] = [{}, { window: 20 }, { fading: 0.5 }].map((o) => streamMetric('rocAuc', o));
      const [ys, ps] = [rows.map(([y]) => y), rows.map(([, score]) => score / 20)];
      rows.forEach(([y, score]) => [all, last, fading].forEach((metric) => metric!.update(y, score / 20)));
      near(all!.value, pairsInOrder(ys, ps));
      near(last!.value, pairsInOrder(ys.slice(-20), ps.slice(-20)));
      const weighted = streamMetric('rocAuc');
      rows.forEach(([y, score], i) => weighted.update(y, score / 20, 2 ** (i - rows.length)));
      near(fading!.value, weighted.value);
    }),
    { numRuns: 100 },
  );
});

function near(found: number, expected: number): void {
  assert.ok(Object.is(found, expected) || Math.abs(found - expected) < 1e-9, `${found}, not ${expected}`);
}

test('rocAuc of 60,000 rows with as many different scores stays in bounded memory, and within 1/2048', () => {
  const [all, exact] = [streamMetric('rocAuc'), streamMetric('rocAuc', { window: 60_000 })];
  for (let i = 0; i < 60_000; i++) {
    const draw = ((Math.imul(i + 1, 0x9e3779b1) >>> 0) + 0.5) / 2 ** 32;
    const truth = i % 97 === 0 ? 1 : 0;
    for (const metric of [all, exact]) metric.update(truth, truth === 1 ? Math.sqrt(draw) / 50 : draw / 50);
  }
  assert.ok(Math.abs(all.value - exact.value) < 1 / 2048, `${all.value}, exactly ${exact.value}`);
  const { scores } = all.save() as unknown as { scores: Float64Array };
  assert.ok(scores.length <= 4096);
});

test('fading goes on for as long as the stream does', () => {
  const metric = streamMetric('rocAuc', { fading: 0.5 });
  for (let i = 0; i < 5000; i++) metric.update(i % 2, i % 2 === 0 ? 0.2 : 0.6);
  assert.equal(metric.value, 1);
});

test('probabilities are checked one by one, not only their sum', () => {
  for (const bad of [
    [-0.2, 0.3, 0.9],
    [-0.2, 0.3, 0.5],
    [1.2, -0.1, -0.1],
    [NaN, 0.5, 0.5],
    [0.5, 0.5, Infinity],
  ])
    for (const name of ['accuracy', 'logLoss', 'brier', 'kappa'] as const) {
      const metric = streamMetric(name, { classes: 3 });
      assert.throws(() => metric.update(1, bad), refused, `${name} ${bad.join()}`);
      assert.ok(Number.isNaN(metric.value));
    }
  assert.throws(() => streamMetric('accuracy').update(1, [-0.5, 0.5]), refused);
  streamMetric('logLoss', { classes: 3 }).update(1, Float32Array.of(1 / 3, 1 / 3, 1 / 3));
});

test('class 1 means a probability above the threshold, as in Keras: exactly 0.5 is class 0', () => {
  const metric = streamMetric('accuracy');
  metric.update(0, 0.5);
  metric.update(0, [0.5, 0.5]);
  assert.equal(metric.value, 1);
});

test('options that a metric does not have are refused, not dropped', () => {
  const unknown = { code: 'ST_OPTION_UNKNOWN' };
  assert.throws(() => streamMetric('accuracy', { windowSize: 5 } as object), unknown);
  assert.throws(() => new StreamConfusionMatrix({ average: 'macro' } as object), unknown);
  assert.throws(() => new StreamConfusionMatrix({ threshold: 2 }), { code: 'ST_OPTION_INVALID' });
  for (const [name, options] of [
    ['accuracy', { average: 'macro' }],
    ['mcc', { positive: 0 }],
    ['logLoss', { threshold: 0.3 }],
    ['rollingRocAuc', { thresholds: 50 }],
    ['rocAuc', { classes: 3 }],
  ] as [StreamMetricName, StreamMetricOptions][])
    assert.throws(() => streamMetric(name, options), refused, name);
});

test('a value whose square is beyond float64 is refused, and the metric goes on', () => {
  const rmse = streamMetric('rmse');
  rmse.update(1, 3);
  assert.throws(() => rmse.update(1e200, -1e200), refused);
  assert.equal(rmse.value, 2);
});
