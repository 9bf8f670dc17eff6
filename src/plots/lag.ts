/** How far a reader is behind its topic, over time. */
import { axis, baseLayout, palette, type Figure } from './figure.ts';
import { FigureDataError } from './errors.ts';
import {
  checkSeries,
  dashes,
  legendAbove,
  lineTrace,
  marginWithLegend,
  short,
  type NamedSeries,
} from './series.ts';

/** Measurements of a consumer group's lag. */
export interface LagSeries {
  /** Seconds since the first measurement, growing. */
  seconds: readonly number[];
  /** Rows not yet read, at each measurement, by partition (or by any other name). */
  rows: NamedSeries;
}

/**
 * Draws the rows each partition still has to give, over time.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when lengths differ or a lag is negative
 * @example
 * ```ts
 * lagFigure({ seconds: [0, 1, 2], rows: { 'partition 0': [400, 180, 0], 'partition 1': [380, 200, 0] } });
 * ```
 */
export function lagFigure({ seconds, rows }: LagSeries): Figure {
  const figure = 'The lag';
  checkSeries(figure, { seconds, ...rows });
  const names = Object.keys(rows);
  if (names.length === 0) throw new FigureDataError(figure, 'there is no partition');
  const wrong = Object.values(rows)
    .flat()
    .find((lag) => lag < 0);
  if (wrong !== undefined) throw new FigureDataError(figure, `a reader cannot be ${wrong} rows behind`);
  const hues = Object.values(palette);
  const total = (at: number) => names.reduce((sum, name) => sum + rows[name]!.at(at)!, 0);
  const most = seconds.reduce((top, _, at) => (total(at) > total(top) ? at : top), 0);
  return {
    data: names.map((name, index) =>
      // The lag holds until the next measurement: a step, not a slope.
      lineTrace(name, seconds, rows[name]!, {
        color: hues[index % hues.length]!,
        dash: dashes[Math.floor(index / hues.length) % dashes.length]!,
        shape: 'hv',
      }),
    ),
    layout: baseLayout('Lag: rows not yet read', {
      xaxis: axis('time (s)'),
      yaxis: axis('lag (rows)', { rangemode: 'tozero' }),
      legend: legendAbove,
      margin: marginWithLegend,
      showlegend: true,
    }),
    alt:
      `The lag of ${names.length} ${names.length === 1 ? 'partition' : 'partitions'} goes from ${short(total(0))} ` +
      `to ${short(total(-1))} rows in ${short(seconds.at(-1)! - seconds[0]!)} seconds; at most it was ` +
      `${short(total(most))}.`,
  };
}
