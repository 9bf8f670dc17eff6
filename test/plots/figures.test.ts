/** Figures are plain plotly specifications: snapshots of them, and what they refuse to draw. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  classBalanceFigure,
  confusionMatrixFigure,
  correlationFigure,
  featureDistributionsFigure,
  lagFigure,
  rocFigure,
  runsFigure,
  throughputFigure,
  trainingHistoryFigure,
  versionsFigure,
} from '../../src/plots/index.ts';
import type { Figure } from '../../src/plots/index.ts';

const figures: Record<string, Figure> = {
  'training-history': trainingHistoryFigure({ loss: [0.61, 0.32, 0.2], accuracy: [0.7, 0.91, 0.955] }),
  'training-history-loss-only': trainingHistoryFigure({ loss: [0.61, 0.32] }),
  'training-history-validation': trainingHistoryFigure({
    loss: [0.6, 0.1, 0.01],
    validationLoss: [0.5, 0.4, 0.7],
    title: 'Thirty rows',
  }),
  'confusion-matrix': confusionMatrixFigure(
    [
      [178, 5],
      [3, 94],
    ],
    { classes: ['benign', 'malignant'] },
  ),
  correlation: correlationFigure(
    [
      [1, 0.9, -0.4],
      [0.9, 1, NaN],
      [-0.4, NaN, 1],
    ],
    { features: ['size', 'shape', 'age'] },
  ),
  'feature-distributions': featureDistributionsFigure({
    size: { benign: [1, 1, 2, NaN], malignant: [4, 10] },
    mitoses: { benign: [1, 1, 1, 1], malignant: [1, 8] },
  }),
  'feature-distributions-unit': featureDistributionsFigure(
    { size: { benign: [1, 1, 2], malignant: [4, 10] }, mitoses: { benign: [1], malignant: [1, 2] } },
    { unit: 'grade (1 to 10)' },
  ),
  'class-balance': classBalanceFigure({ benign: 458, malignant: 241 }),
};

for (const [name, figure] of Object.entries(figures)) {
  test(`${name} is the figure that was looked at (STREAMTRAIN_UPDATE_SNAPSHOTS=1 takes a new one)`, () => {
    const file = new URL(`snapshots/${name}.json`, import.meta.url);
    if (process.env['STREAMTRAIN_UPDATE_SNAPSHOTS']) {
      writeFileSync(file, `${JSON.stringify(figure, null, 2)}\n`);
    }
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(figure)));
  });
}

test('charts of features can be compared: one scale of shares, with a unit one range of values, too', () => {
  for (const name of ['feature-distributions', 'feature-distributions-unit']) {
    const { layout, alt } = figures[name]!;
    const range = (axis: string) => (layout[axis] as { range?: unknown }).range;
    assert.deepEqual(range('yaxis1'), [0, 1.05]);
    assert.deepEqual(range('yaxis2'), range('yaxis1'));
    assert.deepEqual(range('xaxis1'), name.endsWith('unit') ? [0.4, 10.6] : undefined);
    assert.deepEqual(range('xaxis2'), range('xaxis1'));
    assert.match(alt, /mitoses: benign median 1, malignant median (4.5|1.5)/);
  }
});

test('a figure that the numbers do not make is refused in words', () => {
  assert.throws(() => trainingHistoryFigure({ loss: [] }), /no epoch/);
  assert.throws(() => trainingHistoryFigure({ loss: [1, 2], accuracy: [1] }), /2 losses but 1 accuracies/);
  assert.throws(() => trainingHistoryFigure({ loss: [1, NaN] }), /epoch 2 has the value NaN/);
  assert.throws(() => confusionMatrixFigure([[1, 2]], { classes: ['a', 'b'] }), {
    code: 'ST_PLOTS_DATA',
  });
  assert.throws(() => confusionMatrixFigure([[-1]], { classes: ['a'] }), /-1 is no count/);
  assert.throws(() => classBalanceFigure({}), /no class/);
  assert.throws(() => correlationFigure([[1]], { features: ['a', 'b'] }), /2 names/);
  assert.throws(() => correlationFigure([[1.5]], { features: ['a'] }), /1\.5 is no correlation/);
  assert.throws(() => featureDistributionsFigure({}), /no feature/);
  assert.throws(() => featureDistributionsFigure({ a: { b: [Infinity] } }), /a has the value Infinity/);
  assert.throws(() => trainingHistoryFigure({ loss: [1], accuracy: [95] }), /95 is no share/);
  for (const columns of [0, 1.5, NaN])
    assert.throws(() => featureDistributionsFigure({ a: { b: [1] } }, { columns }), {
      code: 'ST_OPTION_INVALID',
    });
});

test('names of what is drawn are shown as they are written', () => {
  const name = 'rate <0.1 & more';
  const drawn = [
    featureDistributionsFigure({ [name]: { [name]: [1] } }),
    runsFigure({ [name]: [[1, 2]] }, { y: 'loss' }),
    lagFigure({ seconds: [0], rows: { [name]: [1] } }),
    throughputFigure({ seconds: [0, 1], rows: { [name]: [1, 2] } }),
    rocFigure({ [name]: { labels: [0, 1], scores: [0, 1] } }),
    versionsFigure({ seconds: [0], versions: [name] }),
  ];
  for (const { data, layout } of drawn) {
    const { annotations } = layout;
    assert.doesNotMatch(
      JSON.stringify([data.map((trace) => [trace['name'], trace['hovertemplate']]), annotations]),
      /<0\.1|& more|&amp;(?:lt|amp);/,
    );
    assert.match(JSON.stringify(data.map((trace) => trace['name'])), /rate &lt;0\.1 &amp; more/);
  }
});

test('options that a figure does not know, or of another kind, are refused', () => {
  const refused = (draw: () => unknown, code: string) => assert.throws(draw, { code });
  const draws: ((options: never) => unknown)[] = [
    (options) => classBalanceFigure({ a: 1 }, options),
    (options) => confusionMatrixFigure([[1]], options),
    (options) => correlationFigure([[1]], options),
    (options) => featureDistributionsFigure({ a: { b: [1] } }, options),
    (options) => lagFigure({ seconds: [0], rows: { a: [1] } }, options),
    (options) => runsFigure({ a: [[1]] }, options),
    (options) => trainingHistoryFigure(options),
  ];
  for (const draw of draws) {
    refused(() => draw({ loss: [1], val_loss: [1] } as never), 'ST_OPTION_UNKNOWN');
    refused(() => draw(['title'] as never), 'ST_OPTIONS_NOT_OBJECT');
  }
  refused(() => runsFigure({ a: [[0.5]] }, { y: 'loss', percent: 'no' as never }), 'ST_OPTION_INVALID');
  refused(() => confusionMatrixFigure([[1]], { classes: 'a' as never }), 'ST_OPTION_INVALID');
  refused(() => correlationFigure([[1]], { features: ['a'], title: 7 as never }), 'ST_OPTION_INVALID');
});
