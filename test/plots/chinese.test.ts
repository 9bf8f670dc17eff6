/** Every figure says all its words in Chinese as well: none is left in English, and nothing else in it changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as plots from '../../src/plots/index.ts';
import type { Figure, FigureLanguageOption, Json } from '../../src/plots/index.ts';

const scored = { labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] };
const marks = [
  { row: 240, kind: 'warning' },
  { row: 250, kind: 'drift' },
] as const;
const seen = { rows: [100, 200, 300], metric: [0.7, 0.9, 0.6], baseline: [0.5, 0.55, 0.5], marks };
const versions = ['checkpoint-000000000009', 'checkpoint-000000000010', null];

/** Each figure by the function that draws it; names that a cell would give are numbers or signs here. */
const figures: Readonly<Record<string, readonly ((language: FigureLanguageOption) => Figure)[]>> = {
  trainingHistoryFigure: [
    (language) =>
      plots.trainingHistoryFigure({
        ...{ loss: [0.61, 0.3], accuracy: [0.7, 0.91], validationLoss: [0.5, 0.6], ...language },
      }),
  ],
  confusionMatrixFigure: [
    (language) => plots.confusionMatrixFigure([[178, 5], [3, 94]], { classes: [2, 4], ...language }), // prettier-ignore
  ],
  correlationFigure: [
    (language) => plots.correlationFigure([[1, 0.9], [0.9, 1]], { features: ['1', '2'], ...language }), // prettier-ignore
    (language) => plots.correlationFigure([[NaN]], { features: ['1'], ...language }),
  ],
  classBalanceFigure: [(language) => plots.classBalanceFigure({ 2: 458, 4: 241 }, language)],
  featureDistributionsFigure: [
    (language) => plots.featureDistributionsFigure({ 1: { 2: [1, 1, 2], 4: [4, 10] } }, language),
    (language) => plots.featureDistributionsFigure({ 1: { 2: [NaN], 4: [4, 10] } }, language),
  ],
  prequentialFigure: [
    (language) => plots.prequentialFigure(seen, { window: 100, ...language }),
    (language) =>
      plots.prequentialFigure(
        {
          rows: [10],
          metric: [0.5],
          marks: [1, 2, 3, 4, 5, 6].map((row) => ({ row, kind: 'drift' as const })),
        },
        language,
      ),
  ],
  rocFigure: [(language) => plots.rocFigure(scored, language)],
  precisionRecallFigure: [(language) => plots.precisionRecallFigure(scored, language)],
  calibrationFigure: [
    (language) => plots.calibrationFigure(scored, { bins: 4, ...language }),
    (language) => plots.calibrationFigure({ labels: [0, 1], scores: [0.2, 0.7] }, { bins: 2, ...language }),
  ],
  runsFigure: [
    (language) => plots.runsFigure({ 1: [[0.6, 0.2], [0.7, 0.3]], 2: [[0.5, 0.1]] }, { y: '0–1', percent: true, ...language }), // prettier-ignore
    (language) => plots.runsFigure({ 1: [[0.6, 0.2]] }, { y: '0–1', ...language }),
  ],
  lagFigure: [
    (language) => plots.lagFigure({ seconds: [0, 1], rows: { 0: [400, 180], 1: [380, 0] } }, language),
  ],
  throughputFigure: [
    (language) => plots.throughputFigure({ seconds: [0, 1, 3], rows: { 1: [0, 50_000, 90_000] } }, language),
  ],
  versionsFigure: [
    (language) =>
      plots.versionsFigure({ seconds: [7, 8, 9], versions, marks: [{ seconds: 8, text: '!' }] }, language),
    (language) => {
      const many = Array.from({ length: 12 }, (_, row) => row);
      return plots.versionsFigure(
        { seconds: many, versions: many.map((row) => `checkpoint-${row}`) },
        language,
      );
    },
  ],
};

test('every function that makes a figure is looked at here', () => {
  const made = Object.keys(plots).filter((name) => /^[a-z]\w*Figure$/.test(name));
  const shown = ['liveFigure', 'showFigure'];
  assert.deepEqual(Object.keys(figures).sort(), made.filter((name) => !shown.includes(name)).sort());
});

/** Words that are the same in both languages. */
const SAME = /ROC|AUC|AP|（epoch）|（nat\/行）|（prequential）/g;

/** All texts of a figure that somebody reads, with those of its picture. */
async function textsOf(figure: Figure): Promise<string[]> {
  const svg = await plots.renderSvg(figure);
  const drawn = [...svg.matchAll(/<(?:text|title|tspan)[^>]*>([^<]+)</g)].map(([, text = '']) => text);
  const { title, annotations = [], ...axes } = figure.layout;
  const named = figure.data.flatMap((trace) => [trace['name'], trace['hovertemplate']]);
  const titles = Object.values(axes).map((axis) => (axis as { title?: Json } | null)?.title);
  const texts = [...named, title, ...titles, annotations].flatMap(stringsIn);
  return [...drawn, ...texts, figure.alt].map((text) =>
    text.replace(/%\{[^}]*\}|<[^>]*>|\d+(?:\.\d+)?[kM]/g, ''),
  );
}

function stringsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const { text, ...others } = value as Readonly<Record<string, Json>>;
  return Array.isArray(value)
    ? value.flatMap(stringsIn)
    : 'text' in value
      ? stringsIn(text)
      : stringsIn(others['text']);
}

/** The same with every text taken out: numbers, colours and places stay. */
const withoutTexts = ({ data, layout }: Figure): unknown =>
  JSON.parse(
    JSON.stringify({ data, layout }, (key, value: unknown) =>
      ['name', 'text', 'hovertemplate', 'legendgroup'].includes(key) && typeof value === 'string'
        ? ''
        : value,
    ),
  );

for (const [name, variants] of Object.entries(figures))
  for (const [at, make] of variants.entries())
    test(`${name} (${at + 1}) is Chinese in every word, English in every word, and otherwise the same`, async () => {
      const [zh, en] = [make({ language: 'zh' }), make({ language: 'en' })];
      const chinese = (await textsOf(zh)).map((text) => text.replace(SAME, ''));
      assert.deepEqual(
        chinese.filter((text) => /[A-Za-z]/.test(text)),
        [],
      );
      assert.ok(chinese.some((text) => /\p{Script=Han}/u.test(text)));
      assert.match(zh.alt, /^[^.]*\p{Script=Han}.*。$/u);
      assert.doesNotMatch(zh.alt, /undefined|NaN|\d %|\p{Script=Han}[,;:]/u);
      assert.deepEqual(
        (await textsOf(en)).filter((text) => /\p{Script=Han}|[，。：；（）]/u.test(text)),
        [],
      );
      assert.deepEqual(withoutTexts(zh), withoutTexts(en));
      assert.deepEqual(make({}), en, 'English where nothing was said');
    });

test('what a cell gives stays as it is: names, titles and units', () => {
  const { data, layout } = plots.runsFigure(
    { dropout: [[0.5]] },
    { y: 'test loss', title: 'Runs', language: 'zh' },
  );
  assert.equal(data[1]?.['name'], 'dropout（1 次运行）');
  assert.deepEqual((layout['yaxis'] as { title: Json }).title, { text: 'test loss' });
  assert.equal((layout['title'] as { text: Json }).text, 'Runs');
});

test('sentences are whole: what the figure of a training and the one of a confusion matrix say', () => {
  const { alt } = figures['trainingHistoryFigure']![0]!({ language: 'zh' });
  assert.match(
    alt,
    /^2 个轮次中，损失从 0\.610 变为 0\.300，准确率从 70\.0% 变为 91\.0%，验证损失在第 1 轮最低/,
  );
  assert.equal(
    figures['confusionMatrixFigure']![0]!({ language: 'zh' }).alt,
    '“2”类的 183 行中有 178 行判断正确；“4”类的 97 行中有 94 行判断正确。',
  );
});

test('a language that there is not is refused by each', () => {
  for (const variants of Object.values(figures))
    assert.throws(() => variants[0]!({ language: 'fr' as 'en' }), { code: 'ST_OPTION_INVALID' });
  assert.throws(() => plots.streamingArchitecture({ language: 'fr' as 'en' }), { code: 'ST_OPTION_INVALID' });
});

test('Chinese characters take a square each: what is measured without a browser leaves room for them', () => {
  const { columns } = plots.streamingArchitecture({ language: 'zh' });
  const widths = [
    ...plots
      .flowSvg({ title: '', description: '', columns })
      .matchAll(/<rect x="[^"]*" y="[^"]*" width="(\d+)"/g),
  ];
  const titles = columns.flatMap(({ boxes }) => boxes.map(({ title }) => title));
  assert.equal(widths.length, titles.length);
  for (const [at, title] of titles.entries())
    assert.ok(Number(widths[at]![1]) > 15 * (title.match(/\p{Script=Han}/gu) ?? []).length + 10, title);
});
