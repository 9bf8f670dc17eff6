/** Scores of one model or several as figures: ROC, precision and recall, and whether probabilities can be believed. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, colors, palette, percent, type Figure, type JsonObject } from './figure.ts';
import {
  calibrationBins,
  precisionRecallCurve,
  rocCurve,
  type CalibrationBin,
  type Curve,
  type ScoredRows,
} from './scored-rows.ts';
import { legendAbove, lineLook, lineTrace, marginWithLegend } from './series.ts';

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
export function rocFigure(rows: OneOrMoreScored): Figure {
  const curves = curvesOf(rows, rocCurve);
  const chance = lineTrace('chance', [0, 100], [0, 100], { color: colors.ink, dash: 'dot', width: 1 });
  return {
    data: [...traces(curves, 'AUC', 'linear'), chance],
    layout: square('ROC curve', 'false-positive rate (%)', 'true-positive rate (%)'),
    alt: `${describeCurves(curves, 'The area under the ROC curve', 3)} A coin's toss has 0.5.`,
  };
}

/**
 * Draws precision over recall of a model, or of several, with the average precision of each and the share of
 * positive rows, which guessing reaches.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) as {@link rocFigure}
 */
export function precisionRecallFigure(rows: OneOrMoreScored): Figure {
  const curves = curvesOf(rows, precisionRecallCurve);
  const [{ positives, negatives }] = Object.values(curves) as [Curve];
  const share = positives / (positives + negatives);
  const guess = lineTrace('guessing', [0, 100], [100 * share, 100 * share], {
    color: colors.ink,
    dash: 'dot',
    width: 1,
  });
  return {
    // A step, since precisions between two thresholds are reached by none (Davis and Goadrich, 2006).
    data: [...traces(curves, 'AP', 'vh'), guess],
    layout: square('Precision and recall', 'recall (%)', 'precision (%)'),
    alt: `${describeCurves(curves, 'The average precision', 3)} Guessing has ${percent(share)}.`,
  };
}

function curvesOf(
  rows: OneOrMoreScored,
  curve: (rows: ScoredRows) => Curve,
): Readonly<Record<string, Curve>> {
  const named = isOne(rows) ? { model: rows } : rows;
  const entries = Object.entries(named);
  if (entries.length === 0) throw new FigureDataError({ figure: 'The curve', problem: 'there is no model' });
  return Object.fromEntries(entries.map(([name, scored]) => [name, curve(scored)]));
}

function isOne(rows: OneOrMoreScored): rows is ScoredRows {
  return Array.isArray(rows['labels']);
}

function traces(curves: Readonly<Record<string, Curve>>, area: string, shape: string): JsonObject[] {
  const inPercent = (shares: readonly number[]) => shares.map((value) => 100 * value);
  return Object.entries(curves).map(([name, curve], index) =>
    lineTrace(`${name} (${area} ${curve.area.toFixed(3)})`, inPercent(curve.x), inPercent(curve.y), {
      ...lineLook(index),
      shape,
    }),
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

function describeCurves(curves: Readonly<Record<string, Curve>>, what: string, digits: number): string {
  const parts = Object.entries(curves).map(([name, { area }]) => `${area.toFixed(digits)} for ${name}`);
  return `${what} is ${parts.join(', ')}.`;
}

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
    layout: baseLayout(calibrationTitle(found.length, bins, error), {
      width: 560,
      height: 560,
      xaxis: axis('predicted probability of class 1 (%)', { range: [-2, 102], anchor: 'y2' }),
      yaxis: axis('observed share of class 1 (%)', { range: [-2, 102], domain: [0.3, 1] }),
      yaxis2: axis('rows', { domain: [0, 0.2], range: [0, 1.4 * most], nticks: 4 }),
      legend: legendAbove,
      margin: marginWithLegend,
    }),
    alt: describeCalibration(found, error),
  };
}

function calibrationTitle(filled: number, bins: number, error: number): string {
  const counted = filled === bins ? `${bins} bins` : `rows in ${filled} of ${bins} bins`;
  return `Calibration, ${counted} (expected error ${(100 * error).toFixed(1)} points)`;
}

/** Expected calibration error: the gap between predicted and observed, weighted by rows (Naeini et al., 2015). */
function calibrationError(bins: readonly CalibrationBin[]): number {
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return bins.reduce((sum, bin) => sum + (bin.rows / rows) * Math.abs(bin.predicted - bin.observed), 0);
}

function describeCalibration(bins: readonly CalibrationBin[], error: number): string {
  const worst = bins.reduce((a, b) =>
    Math.abs(b.predicted - b.observed) > Math.abs(a.predicted - a.observed) ? b : a,
  );
  const points = (share: number) => `${(100 * share).toFixed(1)} %`;
  return (
    `Predicted and observed probability differ by ${(100 * error).toFixed(1)} points on average; most in the bin ` +
    `around ${points(worst.predicted)}, where ${points(worst.observed)} of ${worst.rows} rows are of class 1.`
  );
}
