/** ROC and precision-recall curves as figures, of one model or several. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, colors, palette, percent, type Figure, type JsonObject } from './figure.ts';
import { precisionRecallCurve, rocCurve, type Curve, type ScoredRows } from './scored-rows.ts';
import { dashes, lineTrace } from './series.ts';

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
    alt: `${describe(curves, 'The area under the ROC curve', 3)} A coin's toss has 0.5.`,
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
    alt: `${describe(curves, 'The average precision', 3)} Guessing has ${percent(share)}.`,
  };
}

function curvesOf(
  rows: OneOrMoreScored,
  curve: (rows: ScoredRows) => Curve,
): Readonly<Record<string, Curve>> {
  const named = isOne(rows) ? { model: rows } : rows;
  const entries = Object.entries(named);
  if (entries.length === 0) throw new FigureDataError('The curve', 'there is no model');
  return Object.fromEntries(entries.map(([name, scored]) => [name, curve(scored)]));
}

function isOne(rows: OneOrMoreScored): rows is ScoredRows {
  return Array.isArray(rows['labels']);
}

function traces(curves: Readonly<Record<string, Curve>>, area: string, shape: string): JsonObject[] {
  const hues = Object.values(palette);
  const inPercent = (shares: readonly number[]) => shares.map((value) => 100 * value);
  return Object.entries(curves).map(([name, curve], index) =>
    lineTrace(`${name} (${area} ${curve.area.toFixed(3)})`, inPercent(curve.x), inPercent(curve.y), {
      color: hues[index % hues.length]!,
      dash: dashes[index % dashes.length]!,
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

function describe(curves: Readonly<Record<string, Curve>>, what: string, digits: number): string {
  const parts = Object.entries(curves).map(([name, { area }]) => `${area.toFixed(digits)} for ${name}`);
  return `${what} is ${parts.join(', ')}.`;
}
