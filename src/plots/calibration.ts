/** Whether a model's probabilities can be believed: a reliability diagram. */
import { translated } from '../language.ts';
import {
  axis,
  baseLayout,
  colors,
  palette,
  percent,
  type Figure,
  type FigureLanguageOption,
} from './figure.ts';
import { calibrationBins, type CalibrationBin, type ScoredRows } from './scored-rows.ts';
import { legendAbove, lineTrace, marginWithLegend } from './series.ts';
import { figureOptions } from './figure-options.ts';

const wordsIn = translated({
  en: {
    title: (filled: number, bins: number, points: string) =>
      `Calibration, ${filled === bins ? `${bins} bins` : `rows in ${filled} of ${bins} bins`} ` +
      `(expected error ${points} points)`,
    predicted: 'predicted probability of class 1 (%)',
    observed: 'observed share of class 1 (%)',
    model: 'model',
    perfect: 'perfect',
    rows: 'rows',
    alt: (points: string, { predicted, observed, rows }: CalibrationBin) =>
      `Predicted and observed probability differ by ${points} points on average; most in the bin around ` +
      `${percent(predicted)}, where ${percent(observed)} of ${rows} rows are of class 1.`,
  },
  zh: {
    title: (filled, bins, points) =>
      `校准：${filled === bins ? `${bins} 个区间` : `${bins} 个区间中有 ${filled} 个含有数据`}（期望误差 ${points} 个百分点）`,
    predicted: '类别 1 的预测概率（%）',
    observed: '类别 1 的实际比例（%）',
    model: '模型',
    perfect: '理想',
    rows: '行数',
    alt: (points, { predicted, observed, rows }) =>
      `预测概率与实际比例平均相差 ${points} 个百分点；相差最大的是 ${percent(predicted, '%')} 附近的区间：` +
      `${rows} 行中有 ${percent(observed, '%')} 属于类别 1。`,
  },
});

/** Options of {@link calibrationFigure}. */
export interface CalibrationFigureOptions extends FigureLanguageOption {
  /** Bins of equal width between 0 and 1. Default 10. */
  bins?: number;
}

/**
 * Draws a reliability diagram, and below it how many rows each bin holds. Points under the diagonal: the model is
 * too sure of class 1. A point is as large as its bin has rows, and its bar is the share's 95 % interval. After
 * Niculescu-Mizil and Caruana, 2005.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when lengths differ, a label is neither 0 nor 1, or a score no probability
 * @example
 * ```ts
 * calibrationFigure({ labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] }, { bins: 5 });
 * ```
 */
export function calibrationFigure(rows: ScoredRows, options: CalibrationFigureOptions = {}): Figure {
  const { bins = 10, language } = figureOptions('calibrationFigure', options, {
    ...{ bins: 'number', language: 'text' },
  });
  const words = wordsIn(language);
  const found = calibrationBins(rows, bins);
  const predicted = found.map((bin) => 100 * bin.predicted);
  const observed = found.map((bin) => 100 * bin.observed);
  const points = (100 * calibrationError(found)).toFixed(1);
  const most = Math.max(...found.map((bin) => bin.rows));
  return {
    data: [
      {
        ...lineTrace(words.model, predicted, observed, { color: palette.blue }),
        mode: 'lines+markers',
        line: { color: palette.blue, width: 1 },
        marker: { color: palette.blue, size: found.map((bin) => 6 + 14 * Math.sqrt(bin.rows / most)) },
        error_y: {
          type: 'data',
          symmetric: false,
          array: found.map((bin) => 100 * (bin.high - bin.observed)),
          arrayminus: found.map((bin) => 100 * (bin.observed - bin.low)),
          color: palette.blue,
          thickness: 1,
        },
      },
      lineTrace(words.perfect, [0, 100], [0, 100], { color: colors.ink, dash: 'dot', width: 1 }),
      {
        type: 'bar',
        name: words.rows,
        x: found.map((bin) => 50 * (bin.from + bin.to)),
        y: found.map((bin) => bin.rows),
        width: found.map(() => 80 / bins),
        marker: { color: palette.sky },
        yaxis: 'y2',
        showlegend: false,
      },
      {
        type: 'scatter',
        mode: 'text',
        x: found.map((bin) => 50 * (bin.from + bin.to)),
        y: found.map((bin) => bin.rows),
        text: found.map((bin) => String(bin.rows)),
        textposition: 'top center',
        yaxis: 'y2',
        showlegend: false,
        hoverinfo: 'skip',
      },
    ],
    layout: baseLayout(words.title(found.length, bins, points), {
      width: 560,
      height: 560,
      xaxis: axis(words.predicted, { range: [-2, 102], anchor: 'y2' }),
      yaxis: axis(words.observed, { range: [-2, 102], domain: [0.3, 1] }),
      yaxis2: axis(words.rows, { domain: [0, 0.2], range: [0, 1.4 * most], nticks: 4 }),
      legend: legendAbove,
      margin: marginWithLegend,
    }),
    alt: words.alt(points, worstOf(found)),
  };
}

/** Expected calibration error: the gap between predicted and observed, weighted by rows (Naeini et al., 2015). */
function calibrationError(bins: readonly CalibrationBin[]): number {
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return bins.reduce((sum, bin) => sum + (bin.rows / rows) * Math.abs(bin.predicted - bin.observed), 0);
}

/** The bin that is furthest off. */
function worstOf(bins: readonly CalibrationBin[]): CalibrationBin {
  return bins.reduce((a, b) =>
    Math.abs(b.predicted - b.observed) > Math.abs(a.predicted - a.observed) ? b : a,
  );
}
