/** The checks and small sums that several figures share. */
import { FigureDataError } from './errors.ts';
import type { JsonObject } from './figure.ts';

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
  if (!first) throw new FigureDataError(figure, 'there is nothing to draw');
  if (first[1].length === 0) throw new FigureDataError(figure, `${first[0]} is empty`);
  for (const [name, values] of entries) {
    if (values.length !== first[1].length) {
      throw new FigureDataError(
        figure,
        `${first[0]} has ${first[1].length} numbers but ${name} ${values.length}`,
      );
    }
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) throw new FigureDataError(figure, `number ${index + 1} of ${name} is ${values[index]}`);
  }
}

/** A line through points; a single one is a dot, or the first picture of a live figure would be empty. */
export function lineTrace(
  name: string,
  x: readonly number[],
  y: readonly number[],
  line: { color: string; dash?: string; width?: number; shape?: string },
  more: JsonObject = {},
): JsonObject {
  const mode = x.length === 1 ? 'lines+markers' : 'lines';
  return { type: 'scatter', mode, name, x: [...x], y: [...y], line: { width: 2, ...line }, ...more };
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

/** The dashes that tell lines apart where colours do not. */
export const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'] as const;

/** The middle value of sorted ones, the mean of the two middle ones where their number is even; `NaN` of none. */
export function medianOf(sorted: readonly number[]): number {
  const [low, high] = [(sorted.length - 1) >> 1, sorted.length >> 1];
  return ((sorted[low] ?? NaN) + (sorted[high] ?? NaN)) / 2;
}

/** The arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A number in three significant digits, with separators from thousands on. */
export function short(value: number): string {
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(3)));
}
