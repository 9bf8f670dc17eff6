/** A reader over time: how far it is behind its topic, and how many rows a second go through. */
import { translated } from '../language.ts';
import { FigureDataError } from './errors.ts';
import {
  axis,
  baseLayout,
  colors,
  type Figure,
  type FigureLanguageOption,
  type JsonObject,
} from './figure.ts';
import {
  checkClock,
  checkSeries,
  hues,
  legendAbove,
  lineLook,
  lineTrace,
  marginWithLegend,
  short,
  type NamedSeries,
} from './series.ts';
import { figureOptions, languageOption } from './figure-options.ts';

const wordsIn = translated({
  en: {
    time: 'time (s)',
    lag: 'Lag: rows not yet read',
    lagAxis: 'lag (rows)',
    lagAlt: (partitions: number, first: string, last: string, seconds: string, most: string) =>
      `The lag of ${partitions} ${partitions === 1 ? 'partition' : 'partitions'} goes from ${first} ` +
      `to ${last} rows in ${seconds} seconds; at most it was ${most}.`,
    throughput: 'Throughput',
    rate: 'rows a second',
    mean: (name: string) => `${name}, mean`,
    meanRate: (name: string, rate: string) => `${name} ${rate} rows a second on average`,
    throughputAlt: (seconds: string, means: readonly string[]) =>
      `In ${seconds} seconds: ${means.join('; ')}.`,
  },
  zh: {
    time: '时间（秒）',
    lag: '积压：尚未读取的行',
    lagAxis: '积压（行）',
    lagAlt: (partitions, first, last, seconds, most) =>
      `${partitions} 个分区的积压在 ${seconds} 秒内从 ${first} 行变为 ${last} 行；最多时为 ${most} 行。`,
    throughput: '吞吐量',
    rate: '行/秒',
    mean: (name) => `${name}（平均）`,
    meanRate: (name, rate) => `${name}平均每秒 ${rate} 行`,
    throughputAlt: (seconds, means) => `${seconds} 秒内：${means.join('；')}。`,
  },
});

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
 * @throws FigureDataError (`ST_PLOTS_DATA`) when lengths differ, a lag is negative, or the clock goes back
 * @example
 * ```ts
 * lagFigure({ seconds: [0, 1, 2], rows: { 'partition 0': [400, 180, 0], 'partition 1': [380, 200, 0] } });
 * ```
 */
export function lagFigure({ seconds, rows }: LagSeries, options: FigureLanguageOption = {}): Figure {
  const { language } = figureOptions('lagFigure', options, languageOption);
  const words = wordsIn(language);
  const figure = 'The lag';
  checkColumns(figure, seconds, rows);
  checkClock(figure, seconds);
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
    layout: overTime(words.time, words.lag, words.lagAxis),
    alt: words.lagAlt(
      names.length,
      short(total(0)),
      short(total(-1)),
      short(seconds.at(-1)! - seconds[0]!),
      short(total(most)),
    ),
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
export function throughputFigure(
  { seconds, rows }: ThroughputSeries,
  options: FigureLanguageOption = {},
): Figure {
  const { language } = figureOptions('throughputFigure', options, languageOption);
  const words = wordsIn(language);
  const figure = 'The throughput';
  checkColumns(figure, seconds, rows);
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
          words.mean(name),
          [seconds[0]!, seconds.at(-1)!],
          average,
          { color: colors.ink, dash: 'dot', width: 1 },
          { showlegend: false },
        ),
      ];
    }),
    layout: overTime(words.time, words.throughput, words.rate, { tickformat: '~s' }),
    alt: words.throughputAlt(
      short(seconds.at(-1)! - seconds[0]!),
      names.map((name, index) => words.meanRate(name, short(means[index]!))),
    ),
  };
}

/** Rows of any name go with their times, also one called `seconds`. */
function checkColumns(figure: string, seconds: readonly number[], rows: NamedSeries): void {
  const named = Object.entries(rows).map(([name, values]) => [`rows of ${name}`, values] as const);
  checkSeries(figure, { seconds, ...Object.fromEntries(named) });
}

function overTime(time: string, title: string, y: string, more: JsonObject = {}): JsonObject {
  return baseLayout(title, {
    xaxis: axis(time),
    yaxis: axis(y, { rangemode: 'tozero', ...more }),
    legend: legendAbove,
    margin: marginWithLegend,
    showlegend: true,
  });
}
