/** Classes in figures: each has its own tick, whatever its name looks like. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  classBalanceFigure,
  confusionMatrixFigure,
  calibrationBins,
  precisionRecallCurve,
  renderSvg,
  rocCurve,
} from '../../src/plots/index.ts';

const unescaped = (text: string) =>
  text
    .replace(/<[^>]+>/g, '')
    .replaceAll('&#60;', '<')
    .replaceAll('&#62;', '>')
    .replaceAll('&amp;', '&');
const ticks = (svg: string, axis: 'x' | 'y') =>
  [...svg.matchAll(new RegExp(`class="${axis}tick"[^>]*>\\s*<text[^>]*>(.*?)</text>`, 'gs'))].map(
    ([, text]) => unescaped(text!),
  );

const lists = [
  ['benign', 'malignant'],
  ['2', '4'],
  ['1', '10', '200'],
  ['2020-01-01', '2020-02-01'],
  ['constructor', '__proto__', 'toString'],
  ['true', 'null', 'NaN'],
  ['<b>bold</b>', 'a & b', '1e3'],
];

for (const classes of lists) {
  test(`one tick a class: ${classes.join(', ')}`, async () => {
    const counts = new Map(classes.map((name, i) => [name, 3 + i]));
    assert.deepEqual(ticks(await renderSvg(classBalanceFigure(counts)), 'x'), classes);
    const matrix = classes.map((_, i) => classes.map((__, j) => i + 2 * j));
    const svg = await renderSvg(confusionMatrixFigure(matrix, { classes }));
    assert.deepEqual(ticks(svg, 'x'), classes);
    assert.deepEqual(ticks(svg, 'y'), classes);
  });
}

test('classes may be numbers, in the order of the map', async () => {
  const counts = new Map([
    [4, 241],
    [2, 458],
  ]);
  assert.deepEqual(ticks(await renderSvg(classBalanceFigure(counts)), 'x'), ['4', '2']);
  assert.match(classBalanceFigure({ 2: 458, 4: 241 }).alt, /458 \(65\.5 %\) are 2/);
});

test('two classes of one name, and classes that have none, are refused', () => {
  const matrix = [
    [1, 2],
    [3, 4],
  ];
  const refused = { code: 'ST_PLOTS_DATA' };
  assert.throws(() => confusionMatrixFigure(matrix, { classes: ['a', 'a'] }), refused);
  assert.throws(() => confusionMatrixFigure(matrix, { classes: [2, '2'] }), refused);
  assert.throws(
    () => confusionMatrixFigure(matrix, { classes: ['a', undefined as unknown as string] }),
    refused,
  );
  assert.throws(() => classBalanceFigure(new Map([[NaN, 2]])), refused);
});

test('a matrix of very many classes is drawn', () => {
  const classes = Array.from({ length: 400 }, (_, i) => `class ${i}`);
  const matrix = classes.map((_, i) => classes.map((__, j) => Number(i === j)));
  assert.equal(confusionMatrixFigure(matrix, { classes }).layout['width'], 480);
});

test('scores of text labels: the same curve as of 0 and 1, once the positive class is named', () => {
  const scores = [0.1, 0.4, 0.35, 0.8];
  const numbers = { labels: [0, 0, 1, 1], scores };
  const texts = { labels: ['benign', 'benign', 'malignant', 'malignant'], scores, positive: 'malignant' };
  assert.deepEqual(rocCurve(texts), rocCurve(numbers));
  assert.equal(rocCurve(texts).area, 0.75);
  assert.deepEqual(precisionRecallCurve(texts), precisionRecallCurve(numbers));
  assert.deepEqual(calibrationBins(texts, 5), calibrationBins(numbers, 5));
  assert.deepEqual(rocCurve({ labels: [2, 2, 4, 4], scores, positive: 4 }), rocCurve(numbers));
  const { positive: _, ...unnamed } = texts;
  assert.throws(() => rocCurve(unnamed), /"benign" is neither 0 nor 1; say which .*positive/);
  assert.throws(() => rocCurve({ ...texts, positive: 'Malignant' }), /no row has the label "Malignant"/);
  assert.throws(() => rocCurve({ ...numbers, labels: [0, NaN, 1, 1], positive: 1 }), /row 1 has no label/);
});
