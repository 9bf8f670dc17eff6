/** Whether a model's probabilities can be believed: observed share over predicted probability. */
import { axis, baseLayout, colors, palette, type Figure } from './figure.ts';
import { calibrationBins, type CalibrationBin, type ScoredRows } from './scored-rows.ts';
import { legendAbove, lineTrace, marginWithLegend } from './series.ts';

/**
 * Draws a reliability diagram, and below it how many rows each bin holds. Points under the diagonal: the model is
 * too sure of class 1. A point is as large as its bin has rows, and its bar is the share's 95 % interval. After
 * Niculescu-Mizil and Caruana, 2005.
 *
 * @param options `bins`: bins of equal width between 0 and 1; default 10
 * @throws FigureDataError (`ST_PLOTS_DATA`) when lengths differ, a label is neither 0 nor 1, or a score no probability
 * @example
 * ```ts
 * calibrationFigure({ labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] }, { bins: 5 });
 * ```
 */
export function calibrationFigure(rows: ScoredRows, { bins = 10 }: { bins?: number } = {}): Figure {
  const found = calibrationBins(rows, bins);
  const predicted = found.map((bin) => 100 * bin.predicted);
  const observed = found.map((bin) => 100 * bin.observed);
  const error = calibrationError(found);
  const most = Math.max(...found.map((bin) => bin.rows));
  return {
    data: [
      {
        ...lineTrace('model', predicted, observed, { color: palette.blue }),
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
      lineTrace('perfect', [0, 100], [0, 100], { color: colors.ink, dash: 'dot', width: 1 }),
      {
        type: 'bar',
        name: 'rows',
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
    layout: baseLayout(titleOf(found.length, bins, error), {
      width: 560,
      height: 560,
      xaxis: axis('predicted probability of class 1 (%)', { range: [-2, 102], anchor: 'y2' }),
      yaxis: axis('observed share of class 1 (%)', { range: [-2, 102], domain: [0.3, 1] }),
      yaxis2: axis('rows', { domain: [0, 0.2], range: [0, 1.4 * most], nticks: 4 }),
      legend: legendAbove,
      margin: marginWithLegend,
    }),
    alt: describe(found, error),
  };
}

function titleOf(filled: number, bins: number, error: number): string {
  const counted = filled === bins ? `${bins} bins` : `rows in ${filled} of ${bins} bins`;
  return `Calibration, ${counted} (expected error ${(100 * error).toFixed(1)} points)`;
}

/** Expected calibration error: the gap between predicted and observed, weighted by rows (Naeini et al., 2015). */
function calibrationError(bins: readonly CalibrationBin[]): number {
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return bins.reduce((sum, bin) => sum + (bin.rows / rows) * Math.abs(bin.predicted - bin.observed), 0);
}

function describe(bins: readonly CalibrationBin[], error: number): string {
  const worst = bins.reduce((a, b) =>
    Math.abs(b.predicted - b.observed) > Math.abs(a.predicted - a.observed) ? b : a,
  );
  const points = (share: number) => `${(100 * share).toFixed(1)} %`;
  return (
    `Predicted and observed probability differ by ${(100 * error).toFixed(1)} points on average; most in the bin ` +
    `around ${points(worst.predicted)}, where ${points(worst.observed)} of ${worst.rows} rows are of class 1.`
  );
}
