/** How many rows a second go through, over time. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, colors, palette, type Figure } from './figure.ts';
import {
  checkSeries,
  dashes,
  legendAbove,
  lineTrace,
  marginWithLegend,
  short,
  type NamedSeries,
} from './series.ts';

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
  if (names.length === 0) throw new FigureDataError(figure, 'there is no counter');
  if (seconds.length < 2) throw new FigureDataError(figure, 'one reading has no rate; take two or more');
  for (let at = 1; at < seconds.length; at += 1) {
    if (seconds[at]! <= seconds[at - 1]!)
      throw new FigureDataError(figure, `the clock stands still at ${seconds[at]} s`);
  }
  for (const name of names) {
    const back = rows[name]!.findIndex((count, at) => at > 0 && count < rows[name]![at - 1]!);
    if (back > 0) throw new FigureDataError(figure, `the counter ${name} goes back to ${rows[name]![back]}`);
  }
  const hues = Object.values(palette);
  const rates = (counts: readonly number[]) =>
    counts.slice(1).map((count, at) => (count - counts[at]!) / (seconds[at + 1]! - seconds[at]!));
  const means = names.map(
    (name) => (rows[name]!.at(-1)! - rows[name]![0]!) / (seconds.at(-1)! - seconds[0]!),
  );
  return {
    data: names.flatMap((name, index) => {
      const color = hues[index % hues.length]!;
      const rate = rates(rows[name]!);
      const average = [means[index]!, means[index]!];
      return [
        lineTrace(name, seconds, [...rate, rate.at(-1)!], {
          color,
          dash: dashes[index % dashes.length]!,
          shape: 'hv',
        }),
        lineTrace(
          `${name}, mean`,
          [seconds[0]!, seconds.at(-1)!],
          average,
          { color: colors.ink, dash: 'dot', width: 1 },
          { showlegend: false },
        ),
      ];
    }),
    layout: baseLayout('Throughput', {
      xaxis: axis('time (s)'),
      yaxis: axis('rows a second', { rangemode: 'tozero', tickformat: '~s' }),
      legend: legendAbove,
      margin: marginWithLegend,
      showlegend: true,
    }),
    alt: `In ${short(seconds.at(-1)! - seconds[0]!)} seconds: ${names
      .map((name, index) => `${name} ${short(means[index]!)} rows a second on average`)
      .join('; ')}.`,
  };
}
