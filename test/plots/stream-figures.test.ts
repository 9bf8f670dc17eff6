/** Figures of a stream and of a classifier's scores: snapshots, sums against scikit-learn's, refusals, pictures. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  calibrationBins,
  calibrationFigure,
  classBalanceFigure,
  flowSvg,
  lagFigure,
  palette,
  precisionRecallCurve,
  precisionRecallFigure,
  prequentialFigure,
  renderSvg,
  rocCurve,
  rocFigure,
  runsFigure,
  streamingArchitecture,
  themed,
  throughputFigure,
  versionsFigure,
} from '../../src/plots/index.ts';
import type { Figure } from '../../src/plots/index.ts';

/** The example of scikit-learn's `roc_curve` and `precision_recall_curve`. */
const scored = { labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] };
const prequential = prequentialFigure(
  {
    rows: [100, 200, 300],
    metric: [0.7, 0.9, 0.6],
    baseline: [0.5, 0.55, 0.5],
    marks: [
      { row: 240, kind: 'warning' },
      { row: 250, kind: 'drift' },
    ],
  },
  { window: 100 },
);
const figures: Record<string, Figure> = {
  prequential,
  'prequential-plain': prequentialFigure({ rows: [1, 2], metric: [0, 1] }, { metric: 'F1' }),
  'prequential-dark': themed(prequential, 'dark'),
  roc: rocFigure(scored),
  'roc-two': rocFigure({
    good: scored,
    reversed: { ...scored, scores: scored.scores.map((score) => -score) },
  }),
  'precision-recall': precisionRecallFigure(scored),
  calibration: calibrationFigure(scored, { bins: 4 }),
  runs: runsFigure(
    { plain: [[0.6, 0.2, 0.4], [0.7, 0.3, 0.5]], dropout: [[0.7, 0.4, 0.3], [0.8, 0.5, 0.2], [0.75, 0.45, 0.1]] }, // prettier-ignore
    { y: 'test loss (nats a row)' },
  ),
  'runs-percent': runsFigure(
    { one: [[0.5, 0.75]] },
    { y: 'accuracy', x: 'rows', at: [100, 699], percent: true },
  ),
  lag: lagFigure({
    seconds: [0, 1, 2],
    rows: { 'partition 0': [400, 180, 0], 'partition 1': [380, 420, 0] },
  }),
  throughput: throughputFigure({
    seconds: [0, 1, 3],
    rows: { read: [0, 50_000, 90_000], trained: [0, 10, 30] },
  }),
  versions: versionsFigure({
    seconds: [7, 8, 9, 10, 11, 12, 12, 16],
    versions: ['checkpoint-000000000009', 'checkpoint-000000000009', 'checkpoint-000000000010', 'checkpoint-000000000010', 'checkpoint-000000000009', 'by <hand>', 'by <hand>', null], // prettier-ignore
    marks: [{ seconds: 10.5, text: 'version 10 refused' }],
  }),
};

for (const [name, figure] of Object.entries(figures)) {
  test(`${name} is the figure that was looked at (STREAMTRAIN_UPDATE_SNAPSHOTS=1 takes a new one), and draws`, async () => {
    const file = new URL(`snapshots/${name}.json`, import.meta.url);
    if (process.env['STREAMTRAIN_UPDATE_SNAPSHOTS'])
      writeFileSync(file, `${JSON.stringify(figure, null, 2)}\n`);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(figure)));
    const svg = await renderSvg(figure);
    assert.match(svg, /^<svg[^>]*><title>[^<]{20,}<\/title>/);
    assert.doesNotMatch(svg, /NaN|undefined/);
    const lines = figure.data.filter(
      ({ type, mode }) => type === 'scatter' && JSON.stringify(mode).includes('lines'),
    ).length;
    assert.ok((svg.match(/class="js-line"/g)?.length ?? 0) >= lines, 'every line is drawn');
  });
}

describe("a classifier's curves", () => {
  test('equal scikit-learn’s on its own example', () => {
    const roc = rocCurve(scored);
    assert.deepEqual([roc.x, roc.y], [[0, 0, 0.5, 0.5, 1], [0, 0.5, 0.5, 1, 1]]); // prettier-ignore
    assert.equal(roc.area, 0.75);
    const recall = precisionRecallCurve(scored);
    assert.deepEqual(recall.x, [0, 0.5, 0.5, 1, 1]);
    assert.deepEqual(recall.y, [1, 1, 0.5, 2 / 3, 0.5]);
    assert.ok(Math.abs(recall.area - 0.8333333333) < 1e-9);
  });

  test('equal scores are one threshold, so that the order of rows does not matter', () => {
    const ties = { labels: [1, 0, 1, 0], scores: [0.5, 0.5, 0.5, 0.5] };
    assert.deepEqual(rocCurve(ties).x, [0, 1]);
    assert.equal(rocCurve(ties).area, 0.5);
    assert.equal(precisionRecallCurve(ties).area, 0.5);
  });

  test('the area is the share of pairs in the right order, as Mann and Whitney count it', () => {
    const labels = Array.from({ length: 60 }, (_, row) => Number((row * 7919) % 13 < 5));
    const scores = labels.map((label, row) => (((row * 104729) % 97) / 97) * 0.7 + 0.2 * label);
    let right = 0;
    let pairs = 0;
    for (const [a, one] of labels.entries())
      for (const [b, other] of labels.entries()) {
        if (one !== 1 || other !== 0) continue;
        pairs += 1;
        right += scores[a]! > scores[b]! ? 1 : scores[a] === scores[b] ? 0.5 : 0;
      }
    assert.ok(Math.abs(rocCurve({ labels, scores }).area - right / pairs) < 1e-12);
  });

  test('calibration puts a score at the begin of a bin into that bin, however the product rounds', () => {
    for (const bins of [3, 7, 10, 49, 100, 1000])
      for (let at = 0; at < bins; at++) {
        const [bin] = calibrationBins({ labels: [1], scores: [at / bins] }, bins);
        assert.equal(bin!.from, at / bins);
      }
  });

  test('calibration puts each row into one bin, the score 1 into the last', () => {
    const bins = calibrationBins({ labels: [0, 1, 1], scores: [0, 0.25, 1] }, 4);
    const seen = bins.map(({ from, to, predicted, observed, rows }) => [from, to, predicted, observed, rows]);
    assert.deepEqual(seen, [
      [0, 0.25, 0, 0, 1],
      [0.25, 0.5, 0.25, 1, 1],
      [0.75, 1, 1, 1, 1],
    ]);
  });

  test('a bin of few rows leaves open what share is behind it: the interval is Wilson’s', () => {
    // statsmodels 0.15: proportion_confint(7, 10, method='wilson') and (700, 1000).
    for (const [rows, low, high] of [
      [10, 0.3967781, 0.8922087],
      [1000, 0.6708761, 0.7275932],
    ] as const) {
      const labels = Array.from({ length: rows }, (_, row) => (row < 0.7 * rows ? 1 : 0));
      const [bin] = calibrationBins({ labels, scores: labels.map(() => 0.7) }, 1);
      assert.ok(
        Math.abs(bin!.low - low) < 1e-6 && Math.abs(bin!.high - high) < 1e-6,
        `${bin!.low} ${bin!.high}`,
      );
    }
    const [none] = calibrationBins({ labels: [0, 0, 0], scores: [0.1, 0.1, 0.1] }, 1);
    assert.ok(none!.low === 0 && none!.high > 0.5);
  });
});

test('a figure that the numbers do not make is refused in words', () => {
  const refused: [() => unknown, RegExp][] = [
    [() => prequentialFigure({ rows: [], metric: [] }), /rows is empty/],
    [() => prequentialFigure({ rows: [1, 2], metric: [1] }), /rows has 2 numbers but metric 1/],
    [() => prequentialFigure({ rows: [2, 2], metric: [1, 1] }), /after row 2 comes row 2/],
    [() => prequentialFigure({ rows: [1], metric: [1.2] }), /1\.2 is no share/],
    [() => prequentialFigure({ rows: [1], metric: [NaN] }), /number 1 of metric is NaN/],
    [() => rocFigure({ labels: [1, 1], scores: [0, 1] }), /all 2 rows are of class 1/],
    [() => rocFigure({ labels: [2], scores: [0] }), /label 2 is neither/],
    [() => rocFigure({}), /there is no model/],
    [() => precisionRecallFigure({ labels: [1], scores: [1, 2] }), /1 labels but 2 scores/],
    [() => calibrationFigure({ labels: [1], scores: [1.5] }), /1\.5 is no probability/],
    [() => calibrationFigure(scored, { bins: 0 }), /0 is no number of bins/],
    [() => lagFigure({ seconds: [0], rows: {} }), /no partition/],
    [() => lagFigure({ seconds: [2, 1], rows: { a: [1, 1] } }), /clock goes back to 1 s/],
    [() => lagFigure({ seconds: [NaN], rows: { seconds: [1] } }), /number 1 of seconds is NaN/],
    [
      () => prequentialFigure({ rows: [1], metric: [1], marks: [{ row: NaN, kind: 'drift' }] }),
      /mark at row NaN/,
    ],
    [
      () => prequentialFigure({ rows: [1], metric: [1], marks: [{ row: 1, kind: 'Drift' as 'drift' }] }),
      /of the kind "Drift"/,
    ],
    [() => runsFigure({}, { y: 'loss', at: [1] }), /there is no run/],
    [() => runsFigure({}, { y: 'loss' }), /there is no run/],
    [() => runsFigure({ a: [] }, { y: 'loss' }), /a has no run/],
    [() => runsFigure({ a: [[1, 2]], b: [[1]] }, { y: 'loss' }), /run 1 of b 1/],
    [() => runsFigure({ a: [[1, NaN]] }, { y: 'loss' }), /number 2 of run 1 of a is NaN/],
    [() => runsFigure({ a: [[1, 2]] }, { y: 'loss', at: [2, 2] }), /after 2 comes 2/],
    [() => runsFigure({ a: [[1, 2]] }, { y: 'accuracy', percent: true }), /2 is no share/],
    [() => lagFigure({ seconds: [0], rows: { a: [-1] } }), /-1 rows behind/],
    [() => throughputFigure({ seconds: [0], rows: { a: [1] } }), /one reading has no rate/],
    [() => throughputFigure({ seconds: [1, 1], rows: { a: [1, 2] } }), /clock stands still/],
    [() => throughputFigure({ seconds: [1, 2], rows: { a: [2, 1] } }), /counter a goes back/],
    [() => versionsFigure({ seconds: [], versions: [] }), /seconds is empty/],
    [() => versionsFigure({ seconds: [1, 2], versions: ['a'] }), /2 times but 1 versions/],
    [() => versionsFigure({ seconds: [2, 1], versions: ['a', 'a'] }), /clock goes back to 1 s/],
    [
      () => versionsFigure({ seconds: [1], versions: ['a'], marks: [{ seconds: NaN, text: '' }] }),
      /marks is NaN/,
    ],
    [() => flowSvg({ ...streamingArchitecture(), columns: [] }), /no column/],
    [() => flowSvg({ ...streamingArchitecture(), columns: [{ heading: 'x', boxes: [] }] }), /x has no box/],
  ];
  for (const [make, message] of refused) assert.throws(make, { code: 'ST_PLOTS_DATA', message });
});

describe('looks', () => {
  test('the dark one changes ground, ink and grid, keeps the data, and leaves the light figure alone', () => {
    const light = classBalanceFigure({ a: 1, b: 2 });
    const before = JSON.stringify(light);
    const { data, layout } = themed(light, 'dark');
    assert.equal(JSON.stringify(light), before);
    assert.deepEqual(data, light.data);
    assert.equal(layout['paper_bgcolor'], '#1B1F24');
    assert.equal((layout['font'] as { color: string }).color, '#E6E6E6');
    assert.doesNotMatch(JSON.stringify(layout), /#FFFFFF|#222222|#E5E5E5/);
    assert.equal(themed(light, 'light'), light);
  });

  test('every colour of the palette stands out from the dark ground by 3 : 1', () => {
    for (const [name, color] of Object.entries(palette)) assert.ok(contrast(color, '#1B1F24') >= 3, name);
  });

  test('the flow picture has a text for screen readers, escaped names, and is what was looked at', () => {
    const svg = flowSvg(streamingArchitecture());
    const file = new URL('snapshots/flow.svg', import.meta.url);
    if (process.env['STREAMTRAIN_UPDATE_SNAPSHOTS']) writeFileSync(file, `${svg}\n`);
    assert.ok(readFileSync(file, 'utf8') === `${svg}\n`, 'differs from snapshots/flow.svg');
    assert.match(svg, /role="img".*\n<title>[^<]+<\/title>\n<desc>[^<]+<\/desc>/);
    assert.equal(
      svg.match(/ fill="none"\/>/g)?.length,
      3 + 1 + 1 + 3,
      'an arrow from each box to each of the next',
    );
    const sharp = flowSvg({
      title: '<a> & b',
      description: 'd',
      columns: [{ heading: 'h', boxes: [{ title: '<b>' }] }],
    });
    assert.match(sharp, /&lt;a&gt; &amp; b/);
    assert.doesNotMatch(sharp, /<b>/);
    assert.match(flowSvg(streamingArchitecture(), { theme: 'dark' }), /fill="#1B1F24"/);
  });
});

/** WCAG's contrast of two colours. */
function contrast(one: string, other: string): number {
  const light = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const share = parseInt(hex.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test('of many predictions a line has few points, and keeps every change of versions', () => {
  const seconds = Array.from({ length: 40_000 }, (_, row) => row / 4_000);
  const versions = seconds.map(
    (_, row) => `checkpoint-${String(1 + Math.floor(row / 10_000)).padStart(12, '0')}`,
  );
  const { data, alt } = versionsFigure({ seconds, versions });
  const lines = data as unknown as { name: string; x: number[]; y: number[] }[];
  assert.deepEqual(
    lines.map(({ name, y }) => [name, y[0], y.at(-1)]),
    [1, 2, 3, 4].map((version) => [`version ${version}`, 10_000 * (version - 1), 10_000 * version]),
  );
  for (const { x } of lines) assert.ok(x.length > 100 && x.length < 150, `${x.length} points`);
  assert.match(alt, /^40,000 predictions in 10 seconds: version 1 made 10,000, version 2 made 10,000,/);
});

test('the first point of a stream is a dot: a line through one point cannot be seen', () => {
  const modes = (rows: number[]) =>
    prequentialFigure({ rows, metric: rows.map(() => 0.5), baseline: rows.map(() => 0.4) }).data.map(
      ({ mode }) => mode,
    );
  assert.deepEqual(modes([32]), ['lines+markers', 'lines+markers']);
  assert.deepEqual(modes([32, 64]), ['lines', 'lines']);
});
