/** Scores of one model or several as curves over all thresholds: ROC, precision and recall. */
import { translated } from '../language.ts';
import { FigureDataError } from './errors.ts';
import {
  axis,
  baseLayout,
  colors,
  percent,
  type Figure,
  type FigureLanguageOption,
  type JsonObject,
} from './figure.ts';
import { precisionRecallCurve, rocCurve, type Curve, type ScoredRows } from './scored-rows.ts';
import { lineLook, lineTrace } from './series.ts';
import { figureOptions, languageOption } from './figure-options.ts';

const curveWordsIn = translated({
  en: {
    model: 'model',
    withArea: (name: string, area: string) => `${name} (${area})`,
    roc: 'ROC curve',
    falsePositives: 'false-positive rate (%)',
    truePositives: 'true-positive rate (%)',
    chance: 'chance',
    rocAlt: (areas: readonly string[]) =>
      `The area under the ROC curve is ${areas.join(', ')}. A coin's toss has 0.5.`,
    precisionRecall: 'Precision and recall',
    recall: 'recall (%)',
    precision: 'precision (%)',
    guessing: 'guessing',
    precisionRecallAlt: (areas: readonly string[], share: number) =>
      `The average precision is ${areas.join(', ')}. Guessing has ${percent(share)}.`,
    areaOf: (name: string, area: string) => `${area} for ${name}`,
  },
  zh: {
    model: '模型',
    withArea: (name, area) => `${name}（${area}）`,
    roc: 'ROC 曲线',
    falsePositives: '假正例率（%）',
    truePositives: '真正例率（%）',
    chance: '随机',
    rocAlt: (areas) => `ROC 曲线下的面积：${areas.join('，')}。抛硬币为 0.5。`,
    precisionRecall: '精确率与召回率',
    recall: '召回率（%）',
    precision: '精确率（%）',
    guessing: '随机猜测',
    precisionRecallAlt: (areas, share) =>
      `平均精确率：${areas.join('，')}。随机猜测为 ${percent(share, '%')}。`,
    areaOf: (name, area) => `${name} ${area}`,
  },
});

/** The rows of one model, or of several by name. */
export type OneOrMoreScored = ScoredRows | Readonly<Record<string, ScoredRows>>;

/**
 * Draws the ROC curve of a model, or of several, with the area under each and the diagonal of a coin's toss.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when lengths differ, a label is neither 0 nor 1, or one class is missing
 * @example
 * ```ts
 * rocFigure({ labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] });
 * ```
 */
export function rocFigure(rows: OneOrMoreScored, options: FigureLanguageOption = {}): Figure {
  const { language } = figureOptions('rocFigure', options, languageOption);
  const words = curveWordsIn(language);
  const curves = curvesOf(rows, rocCurve, words.model);
  const chance = lineTrace(words.chance, [0, 100], [0, 100], { color: colors.ink, dash: 'dot', width: 1 });
  return {
    data: [...traces(words, curves, 'AUC', 'linear'), chance],
    layout: square(words.roc, words.falsePositives, words.truePositives),
    alt: words.rocAlt(areasOf(words, curves)),
  };
}

/**
 * Draws precision over recall of a model, or of several, with the average precision of each and the share of
 * positive rows, which guessing reaches.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) as {@link rocFigure}
 */
export function precisionRecallFigure(rows: OneOrMoreScored, options: FigureLanguageOption = {}): Figure {
  const { language } = figureOptions('precisionRecallFigure', options, languageOption);
  const words = curveWordsIn(language);
  const curves = curvesOf(rows, precisionRecallCurve, words.model);
  const [{ positives, negatives }] = Object.values(curves) as [Curve];
  const share = positives / (positives + negatives);
  const guess = lineTrace(words.guessing, [0, 100], [100 * share, 100 * share], {
    color: colors.ink,
    dash: 'dot',
    width: 1,
  });
  return {
    // A step, since precisions between two thresholds are reached by none (Davis and Goadrich, 2006).
    data: [...traces(words, curves, 'AP', 'vh'), guess],
    layout: square(words.precisionRecall, words.recall, words.precision),
    alt: words.precisionRecallAlt(areasOf(words, curves), share),
  };
}

function curvesOf(
  rows: OneOrMoreScored,
  curve: (rows: ScoredRows) => Curve,
  model: string,
): Readonly<Record<string, Curve>> {
  const named = isOne(rows) ? { [model]: rows } : rows;
  const entries = Object.entries(named);
  if (entries.length === 0) throw new FigureDataError({ figure: 'The curve', problem: 'there is no model' });
  return Object.fromEntries(entries.map(([name, scored]) => [name, curve(scored)]));
}

function isOne(rows: OneOrMoreScored): rows is ScoredRows {
  const { labels } = rows as { readonly labels?: unknown };
  return Array.isArray(labels) || ArrayBuffer.isView(labels);
}

type CurveWords = ReturnType<typeof curveWordsIn>;

function traces(
  words: CurveWords,
  curves: Readonly<Record<string, Curve>>,
  area: string,
  shape: string,
): JsonObject[] {
  const inPercent = (shares: readonly number[]) => shares.map((value) => 100 * value);
  return Object.entries(curves).map(([name, curve], index) =>
    lineTrace(
      words.withArea(name, `${area} ${curve.area.toFixed(3)}`),
      inPercent(curve.x),
      inPercent(curve.y),
      { ...lineLook(index), shape },
    ),
  );
}

function square(title: string, x: string, y: string): JsonObject {
  return baseLayout(title, {
    width: 560,
    height: 520,
    xaxis: axis(x, { range: [-1, 101] }),
    yaxis: axis(y, { range: [-1, 103] }),
    legend: { x: 0.98, xanchor: 'right', y: 0.04, yanchor: 'bottom' },
  });
}

function areasOf(words: CurveWords, curves: Readonly<Record<string, Curve>>): string[] {
  return Object.entries(curves).map(([name, { area }]) => words.areaOf(name, area.toFixed(3)));
}
