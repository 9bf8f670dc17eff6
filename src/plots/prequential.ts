/** How well a model predicts rows it has not yet learned from, along the stream. */
import { axis, baseLayout, colors, palette, percent, type Figure, type JsonObject } from './figure.ts';
import {
  checkGrowing,
  checkSeries,
  checkShares,
  legendAbove,
  lineTrace,
  marginWithLegend,
} from './series.ts';

/** What a prequential evaluation measured; all shares 0 to 1, one for each entry of `rows`. */
export interface PrequentialSeries {
  /** Rows seen so far at each point, growing. */
  rows: readonly number[];
  /** The metric of the model, such as the accuracy over the last 200 rows. */
  metric: readonly number[];
  /** The same metric of a baseline, such as the class of the row before. */
  baseline?: readonly number[];
  /** Where a detector gave a warning or raised a drift. */
  marks?: readonly { row: number; kind: 'drift' | 'warning' }[];
}

/** Options of {@link prequentialFigure}. */
export interface PrequentialFigureOptions {
  /** The metric's name; default `accuracy`. */
  metric?: string;
  /** The baseline's name; default `last class`. */
  baseline?: string;
  /** Rows the metric looks back on, for the axis; default: all of them. */
  window?: number;
}

/**
 * Draws a prequential metric (predict, then learn) over the rows of a stream, with a baseline and drift marks.
 * After Gama, Sebastião and Rodrigues, "On evaluating stream learning algorithms", 2013.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when lengths differ, a share is outside 0 to 1, or rows do not grow
 * @example
 * ```ts
 * prequentialFigure({ rows: [100, 200, 300], metric: [0.7, 0.9, 0.6], marks: [{ row: 250, kind: 'drift' }] });
 * ```
 */
export function prequentialFigure(
  { rows, metric, baseline, marks = [] }: PrequentialSeries,
  { metric: name = 'accuracy', baseline: baselineName = 'last class', window }: PrequentialFigureOptions = {},
): Figure {
  const figure = 'The prequential metric';
  checkSeries(figure, { rows, metric, ...(baseline && { baseline }) });
  checkGrowing(figure, rows, 'row ');
  checkShares(figure, [...metric, ...(baseline ?? [])]);
  const inPercent = (shares: readonly number[]) => shares.map((share) => 100 * share);
  const look = window === undefined ? 'all rows so far' : `last ${window} rows`;
  return {
    data: [
      lineTrace(name, rows, inPercent(metric), { color: palette.blue }),
      ...(baseline
        ? [lineTrace(baselineName, rows, inPercent(baseline), { color: palette.green, dash: 'dot' })]
        : []),
      ...(['drift', 'warning'] as const).flatMap((kind) => markTraces(kind, marks)),
    ],
    layout: baseLayout(`Prequential ${name}: predict, then learn`, {
      xaxis: axis('rows seen'),
      yaxis: axis(`${name} (%, ${look})`, { range: [0, 102] }),
      legend: legendAbove,
      margin: marginWithLegend,
    }),
    alt: describe(name, { rows, metric, ...(baseline && { baseline }), marks }, baselineName),
  };
}

/** All marks of one kind as one trace of upright lines, so that the legend names them once. */
function markTraces(kind: 'drift' | 'warning', marks: NonNullable<PrequentialSeries['marks']>): JsonObject[] {
  const at = marks.filter((mark) => mark.kind === kind).map(({ row }) => row);
  if (at.length === 0) return [];
  const color = kind === 'drift' ? palette.vermillion : colors.ink;
  return [
    {
      type: 'scatter',
      mode: 'lines',
      name: kind,
      x: at.flatMap((row) => [row, row, null]),
      y: at.flatMap(() => [0, 100, null]),
      line: { color, dash: kind === 'drift' ? 'dash' : 'dot', width: kind === 'drift' ? 2 : 1 },
      hovertemplate: `${kind} at row %{x}<extra></extra>`,
    },
  ];
}

function describe(name: string, series: PrequentialSeries, baselineName: string): string {
  const { rows, metric, baseline, marks = [] } = series;
  const last = rows.length - 1;
  const drifts = marks.filter(({ kind }) => kind === 'drift').map(({ row }) => row);
  const end = `After ${rows[last]} rows the ${name} is ${percent(metric[last]!)}`;
  const beside = baseline ? `, that of the baseline (${baselineName}) ${percent(baseline[last]!)}` : '';
  if (drifts.length === 0) return `${end}${beside}.`;
  const where = drifts.length > 5 ? `${drifts.length} drifts were` : `A drift was`;
  return `${end}${beside}. ${where} raised at row ${drifts.slice(0, 5).join(', ')}${drifts.length > 5 ? ', ...' : ''}.`;
}
