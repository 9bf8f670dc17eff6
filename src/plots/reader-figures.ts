/** A reader over time: how far it is behind its topic, and how many rows a second go through. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, colors, type Figure, type JsonObject } from './figure.ts';
import {
  checkSeries,
  hues,
  legendAbove,
  lineLook,
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
  if (names.length === 0) throw new FigureDataError({ figure, problem: 'there is no partition' });
  const wrong = Object.values(rows)
    .flat()
    .find((lag) => lag < 0);
  if (wrong !== undefined)
    throw new FigureDataError({ figure, problem: `a reader cannot be ${wrong} rows behind` });
  const total = (at: number) => names.reduce((sum, name) => sum + rows[name]!.at(at)!, 0);
  const most = seconds.reduce((top, _, at) => (total(at) > total(top) ? at : top), 0);
  return {
    data: names.map((name, index) =>
      // The lag holds until the next measurement: a step, not a slope.
      lineTrace(name, seconds, rows[name]!, {
        ...lineLook(index, Math.floor(index / hues.length)),
        shape: 'hv',
      }),
    ),
    layout: overTime('Lag: rows not yet read', 'lag (rows)'),
    alt:
      `The lag of ${names.length} ${names.length === 1 ? 'partition' : 'partitions'} goes from ${short(total(0))} ` +
      `to ${short(total(-1))} rows in ${short(seconds.at(-1)! - seconds[0]!)} seconds; at most it was ` +
      `${short(total(most))}.`,
  };
}

/** Counters read from time to time. */
export interface ThroughputSeries {
  /** Seconds since the start at each reading, growing. */
  seconds: readonly number[];
  /** Rows done since the start at each reading, never falling, by the name of what does them (read, train, ...). */
  rows: NamedSeries;
}

/**
 * Draws rows a second between every two readings of a counter, with the mean over all of the time.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) with fewer than two readings, differing lengths, or a clock or counter
 *   that goes back
 * @example
 * ```ts
 * throughputFigure({ seconds: [0, 1, 2], rows: { read: [0, 52_000, 101_000], trained: [0, 30_000, 63_000] } });
 * ```
 */
export function throughputFigure({ seconds, rows }: ThroughputSeries): Figure {
  const figure = 'The throughput';
  checkSeries(figure, { seconds, ...rows });
  const names = Object.keys(rows);
  if (names.length === 0) throw new FigureDataError({ figure, problem: 'there is no counter' });
  if (seconds.length < 2)
    throw new FigureDataError({ figure, problem: 'one reading has no rate; take two or more' });
  for (let at = 1; at < seconds.length; at += 1) {
    if (seconds[at]! <= seconds[at - 1]!)
      throw new FigureDataError({ figure, problem: `the clock stands still at ${seconds[at]} s` });
  }
  for (const name of names) {
    const back = rows[name]!.findIndex((count, at) => at > 0 && count < rows[name]![at - 1]!);
    if (back > 0)
      throw new FigureDataError({ figure, problem: `the counter ${name} goes back to ${rows[name]![back]}` });
  }
  const rates = (counts: readonly number[]) =>
    counts.slice(1).map((count, at) => (count - counts[at]!) / (seconds[at + 1]! - seconds[at]!));
  const means = names.map(
    (name) => (rows[name]!.at(-1)! - rows[name]![0]!) / (seconds.at(-1)! - seconds[0]!),
  );
  return {
    data: names.flatMap((name, index) => {
      const rate = rates(rows[name]!);
      const average = [means[index]!, means[index]!];
      return [
        lineTrace(name, seconds, [...rate, rate.at(-1)!], { ...lineLook(index), shape: 'hv' }),
        lineTrace(
          `${name}, mean`,
          [seconds[0]!, seconds.at(-1)!],
          average,
          { color: colors.ink, dash: 'dot', width: 1 },
          { showlegend: false },
        ),
      ];
    }),
    layout: overTime('Throughput', 'rows a second', { tickformat: '~s' }),
    alt: `In ${short(seconds.at(-1)! - seconds[0]!)} seconds: ${names
      .map((name, index) => `${name} ${short(means[index]!)} rows a second on average`)
      .join('; ')}.`,
  };
}

function overTime(title: string, y: string, more: JsonObject = {}): JsonObject {
  return baseLayout(title, {
    xaxis: axis('time (s)'),
    yaxis: axis(y, { rangemode: 'tozero', ...more }),
    legend: legendAbove,
    margin: marginWithLegend,
    showlegend: true,
  });
}
