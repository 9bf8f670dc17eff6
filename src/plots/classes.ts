/** Classes on an axis: each has its own tick, whatever its name looks like. */
import { FigureDataError } from './errors.ts';
import { axis, type JsonObject } from './figure.ts';

/**
 * The names of classes as texts, in their order.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when a name is there twice, or is neither text nor number
 */
export function classNames(figure: string, classes: readonly unknown[]): string[] {
  const names = classes.map((name) => {
    if (typeof name === 'string' || (typeof name === 'number' && Number.isFinite(name))) return String(name);
    throw new FigureDataError(
      figure,
      `a class has the name ${String(name)}, which is neither text nor number`,
    );
  });
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new FigureDataError(figure, `two classes have the name "${twice}"`);
  return names;
}

/**
 * An axis with a tick for each class; class `i` is at `i`. Plotly's own categories would take names such as 2 and 4 for
 * numbers, 2020-01 for a date, and could not tell `constructor` from what every object has.
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

/** A name as it is, where plotly would read tags such as `<b>` in it. */
export function plainText(name: string): string {
  return name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
