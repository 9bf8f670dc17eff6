/** Metrics of streams: River's and scikit-learn's numbers after every 20 rows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streamMetric, type OnlineMetric, type StreamMetricName } from '../../../src/training/index.ts';
import { greatestDifference, riverFixture } from '../helpers/river.ts';

interface Rows<P> {
  ys: number[];
  ps: P[];
  ws?: number[];
  points: Record<string, number[]>;
}

const river = riverFixture<{ binary: Rows<number>; many: Rows<number[]>; regression: Rows<number> }>(
  'metrics',
);

function pointsOf(metric: OnlineMetric, { ys, ps, ws }: Omit<Rows<number | number[]>, 'points'>): number[] {
  const points: number[] = [];
  ys.forEach((truth, i) => {
    if (ws) metric.update(truth, ps[i]!, ws[i]);
    else metric.update(truth, ps[i]!);
    if (i % 20 === 19) points.push(metric.value);
  });
  return points;
}

for (const [name, { points, ...rows }] of Object.entries(river) as [string, Rows<number | number[]>][]) {
  for (const [title, expected] of Object.entries(points)) {
    test(`${name} ${title}: equal to the reference after every 20 rows`, () => {
      const [, kind, window, fading, rest = ''] = /^(\w+)(?:@(\d+))?(?:~([\d.]+))?(.*)$/.exec(title)!;
      const average = ['macro', 'micro', 'weighted'].find((one) => name === 'many' && rest.includes(one));
      const metric = streamMetric(kind as StreamMetricName, {
        classes: name === 'many' ? 4 : 2,
        ...(window && { window: Number(window) }),
        ...(kind === 'rollingRocAuc' && { window: 60 }),
        ...(fading && { fading: Number(fading) }),
        // River's has 10 thresholds unless told otherwise; ours is exact.
        ...(kind === 'rocAuc' && { thresholds: rest.includes('50') ? 50 : 10 }),
        ...(average && { average: average as 'macro' }),
      });
      const ps = rest.includes('ties') ? rows.ps.map((p) => Math.round(Number(p) * 10) / 10) : rows.ps;
      const weighted = name === 'binary' && rest.includes('weighted');
      const found = pointsOf(metric, { ys: rows.ys, ps, ...(weighted && { ws: rows.ws! }) });
      assert.ok(expected.length === 20);
      const difference = greatestDifference(found, expected);
      assert.ok(difference < 1e-12, `${difference}: ${found.join(' ')} and ${expected.join(' ')}`);
    });
  }
}
