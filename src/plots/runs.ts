/** Several runs of the same thing, other seeds each: their middle as a line, their spread as a band. */
import { translated } from '../language.ts';
import { FigureDataError } from './errors.ts';
import {
  axis,
  baseLayout,
  plainText,
  type Figure,
  type FigureLanguageOption,
  type JsonObject,
} from './figure.ts';
import {
  checkGrowing,
  checkSeries,
  checkShares,
  legendAbove,
  lineLook,
  lineTrace,
  medianOf,
  short,
} from './series.ts';
import { figureOptions } from './figure-options.ts';

const wordsIn = translated({
  en: {
    epoch: 'epoch',
    title: (y: string) => `${y}, run by run`,
    inPercent: (y: string) => `${y} (%)`,
    percentSign: ' %',
    band: (name: string) => `${name}, smallest to largest`,
    line: (name: string, runs: number) => `${name} (${runs} ${runs === 1 ? 'run' : 'runs'})`,
    range: (least: string, most: string, runs: number) => ` (${least} to ${most} in ${runs} runs)`,
    alt: (x: string, last: number, y: string, medians: readonly string[]) =>
      `At ${x} ${last} the median of ${y} is: ${medians.join('; ')}.`,
  },
  zh: {
    epoch: '轮次',
    title: (y) => `各次运行：${y}`,
    inPercent: (y) => `${y}（%）`,
    percentSign: '%',
    band: (name) => `${name}：最小值到最大值`,
    line: (name, runs) => `${name}（${runs} 次运行）`,
    range: (least, most, runs) => `（${runs} 次运行，从 ${least} 到 ${most}）`,
    alt: (x, last, y, medians) => `${x} ${last} 处的中位数（${y}）：${medians.join('；')}。`,
  },
});

/** Height of one row of the legend, in pixels. */
const ROW = 22;

/** Runs by what they have in common; each run has one number at each place. */
export type NamedRuns = Readonly<Record<string, readonly (readonly number[])[]>>;

/** Options of {@link runsFigure}. */
export interface RunsFigureOptions extends FigureLanguageOption {
  /** What the numbers are, with their unit, such as `test loss (nats a row)`. */
  y: string;
  /** What the places are. Default `epoch`, in the figure's language. */
  x?: string;
  /** Where they are, growing. Default 1, 2, 3, ... */
  at?: readonly number[];
  title?: string;
  /** The numbers are shares from 0 to 1, to be drawn in percent. Default false. */
  percent?: boolean;
}

/**
 * Draws for each name the median of its runs at each place, and a band from their smallest to their largest value. A
 * difference within the bands may be luck.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no run, lengths differ, places do not grow, a number is not
 *   finite, or with `percent` is no share
 * @example
 * ```ts
 * runsFigure({ 'no dropout': [[0.6, 0.2], [0.7, 0.3]], dropout: [[0.7, 0.1], [0.6, 0.2]] }, { y: 'test loss' });
 * ```
 */
export function runsFigure(groups: NamedRuns, options: RunsFigureOptions): Figure {
  const {
    y,
    at,
    percent = false,
    language,
    ...named
  } = figureOptions('runsFigure', options, {
    ...{ y: 'text', x: 'text', at: 'list', title: 'text', percent: 'boolean', language: 'text' },
  });
  const words = wordsIn(language);
  const { x = words.epoch, title = words.title(y) } = named;
  const places = check(groups, at, percent);
  const factor = percent ? 100 : 1;
  const drawn = Object.entries(groups).map(([name, runs]) => ({
    name,
    count: runs.length,
    ...spreadOf(runs, factor),
  }));
  return {
    data: drawn.flatMap((group, index) => tracesOf(words, group, places, index)),
    layout: baseLayout(title, {
      xaxis: axis(x),
      yaxis: axis(percent ? words.inPercent(y) : y, { rangemode: percent ? 'normal' : 'tozero' }),
      // Long names may take a row each, so the title keeps to the top.
      title: { text: title, font: { size: 16 }, y: 1, yref: 'container', yanchor: 'top', pad: { t: 18 } },
      height: 360 + ROW * drawn.length,
      legend: legendAbove,
      margin: { l: 90, r: 50, t: 50 + ROW * drawn.length, b: 60 },
    }),
    alt: words.alt(x, places.at(-1)!, y, medians(words, drawn, percent ? words.percentSign : '')),
  };
}

type Words = ReturnType<typeof wordsIn>;

interface Spread {
  readonly middle: readonly number[];
  readonly least: readonly number[];
  readonly most: readonly number[];
}

interface Group extends Spread {
  readonly name: string;
  readonly count: number;
}

function spreadOf(runs: readonly (readonly number[])[], factor: number): Spread {
  const columns = runs[0]!.map((_, place) => runs.map((run) => factor * run[place]!).sort((a, b) => a - b));
  return {
    middle: columns.map(medianOf),
    least: columns.map((sorted) => sorted[0]!),
    most: columns.map((sorted) => sorted.at(-1)!),
  };
}

/** The band under its line. */
function tracesOf(
  words: Words,
  { name, count, ...spread }: Group,
  places: readonly number[],
  index: number,
): JsonObject[] {
  const look = lineLook(index);
  const band = {
    type: 'scatter',
    mode: 'lines',
    name: plainText(words.band(name)),
    x: [...places, ...[...places].reverse()],
    y: [...spread.most, ...[...spread.least].reverse()],
    fill: 'toself',
    fillcolor: `${look.color}33`,
    line: { width: 0 },
    hoverinfo: 'skip',
    showlegend: false,
  };
  return [band, lineTrace(words.line(name, count), places, spread.middle, look)];
}

function check(groups: NamedRuns, at: readonly number[] | undefined, percent: boolean): readonly number[] {
  const figure = 'The figure of runs';
  const series = Object.entries(groups).flatMap(([name, runs]) => {
    if (runs.length === 0) throw new FigureDataError({ figure, problem: `${name} has no run` });
    return runs.map((run, index) => [`run ${index + 1} of ${name}`, run] as const);
  });
  if (series.length === 0) throw new FigureDataError({ figure, problem: 'there is no run' });
  checkSeries(figure, { ...(at && { at }), ...Object.fromEntries(series) });
  const places = at ?? series[0]![1].map((_, index) => index + 1);
  checkGrowing(figure, places);
  if (percent)
    checkShares(
      figure,
      series.flatMap(([, run]) => run),
    );
  return places;
}

function medians(words: Words, groups: readonly Group[], unit: string): string[] {
  return groups.map(({ name, count, middle, least, most }) => {
    const range = count > 1 ? words.range(short(least.at(-1)!), short(most.at(-1)!), count) : '';
    return `${name} ${short(middle.at(-1)!)}${unit}${range}`;
  });
}
