/** The checks, axes, lines and small sums that several figures share. */
import { FigureDataError } from './errors.ts';
import { axis, palette, plainText, type JsonObject } from './figure.ts';

/** Columns of numbers that belong together, by name. */
export type NamedSeries = Readonly<Record<string, readonly number[]>>;

/**
 * Refuses series that are empty, differ in length, or hold a number that is not finite.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`)
 */
export function checkSeries(figure: string, series: NamedSeries): void {
  const entries = Object.entries(series);
  const [first] = entries;
  if (!first) throw new FigureDataError({ figure, problem: 'there is nothing to draw' });
  if (first[1].length === 0) throw new FigureDataError({ figure, problem: `${first[0]} is empty` });
  for (const [name, values] of entries) {
    if (values.length !== first[1].length) {
      throw new FigureDataError({
        figure,
        problem: `${first[0]} has ${first[1].length} numbers but ${name} ${values.length}`,
      });
    }
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index >= 0)
      throw new FigureDataError({ figure, problem: `number ${index + 1} of ${name} is ${values[index]}` });
  }
}

/** Refuses a clock that goes back. */
export function checkClock(figure: string, seconds: readonly number[]): void {
  const back = seconds.findIndex((moment, at) => at > 0 && moment < seconds[at - 1]!);
  if (back > 0) throw new FigureDataError({ figure, problem: `the clock goes back to ${seconds[back]} s` });
}

/** Refuses places that do not grow; `what` they are, as `row `, goes before each. */
export function checkGrowing(figure: string, values: readonly number[], what = ''): void {
  const back = values.findIndex((value, at) => at > 0 && value <= values[at - 1]!);
  if (back < 0) return;
  throw new FigureDataError({
    figure,
    problem: `after ${what}${values[back - 1]} comes ${what}${values[back]}`,
  });
}

/** Refuses numbers that are no shares from 0 to 1. */
export function checkShares(figure: string, values: readonly number[]): void {
  const wrong = values.find((share) => share < 0 || share > 1);
  if (wrong !== undefined) throw new FigureDataError({ figure, problem: `${wrong} is no share from 0 to 1` });
}

/** A line through points, named as it is written; a single point is a dot, or the first picture of a live figure would be empty. */
export function lineTrace(
  name: string,
  x: readonly number[],
  y: readonly number[],
  line: { color: string; dash?: string; width?: number; shape?: string },
  more: JsonObject = {},
): JsonObject {
  const mode = x.length === 1 ? 'lines+markers' : 'lines';
  return {
    type: 'scatter',
    mode,
    name: plainText(name),
    x: [...x],
    y: [...y],
    line: { width: 2, ...line },
    ...more,
  };
}

/** A legend in one row above the drawing. */
export const legendAbove: JsonObject = {
  orientation: 'h',
  x: 0.5,
  xanchor: 'center',
  y: 1.02,
  yanchor: 'bottom',
};

/** Room for a title with such a legend under it, and for numbers with separators beside it. */
export const marginWithLegend: JsonObject = { l: 90, r: 50, t: 88, b: 60 };

/** The look of the line at a place among others, from 0: dashes differ where colours look alike. */
export function lineLook(place: number, dashPlace = place): { color: string; dash: string } {
  return { color: hues[place % hues.length]!, dash: dashes[dashPlace % dashes.length]! };
}

/** The colours of the palette in their order. */
export const hues: readonly string[] = Object.values(palette);
const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'] as const;

/** The middle value of sorted ones, the mean of the two middle ones where their number is even; `NaN` of none. */
export function medianOf(sorted: readonly number[]): number {
  const [low, high] = [(sorted.length - 1) >> 1, sorted.length >> 1];
  return ((sorted[low] ?? NaN) + (sorted[high] ?? NaN)) / 2;
}

/** A number in three significant digits, with separators from thousands on. */
export function short(value: number): string {
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(3)));
}

/**
 * The names of classes as texts, in their order.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when a name is there twice, or is neither text nor number
 */
export function classNames(figure: string, classes: readonly unknown[]): string[] {
  const names = classes.map((name) => {
    if (typeof name === 'string' || (typeof name === 'number' && Number.isFinite(name))) return String(name);
    throw new FigureDataError({
      figure,
      problem: `a class has the name ${String(name)}, which is neither text nor number`,
    });
  });
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new FigureDataError({ figure, problem: `two classes have the name "${twice}"` });
  return names;
}

/**
 * An axis with a tick for each class; class `i` is at `i`. Plotly's own categories would take names such as 2 and 4 for
 * numbers, 2020-01 for a date, and take `constructor` for what every object has.
 */
export function classAxis(title: string, names: readonly string[], more: JsonObject = {}): JsonObject {
  return axis(title, {
    type: 'linear',
    range: [-0.5, names.length - 0.5],
    tickmode: 'array',
    tickvals: names.map((_, place) => place),
    ticktext: names.map(plainText),
    showgrid: false,
    ...more,
  });
}
