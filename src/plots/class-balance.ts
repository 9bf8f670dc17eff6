/** How many rows each class has, as bars. */
import { classAxis, classNames, plainText } from './classes.ts';
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, palette, percent, type Figure } from './figure.ts';

/**
 * Draws the number of rows of each class.
 *
 * @param counts rows by the class's name, in the order of the bars: a map, or a record (in which names like whole numbers come
 *   first, in ascending order)
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no class, or a value is no count
 * @example
 * ```ts
 * const figure = classBalanceFigure({ benign: 458, malignant: 241 });
 * ```
 */
export function classBalanceFigure(
  counts: Readonly<Record<string, number>> | ReadonlyMap<string | number, number>,
): Figure {
  const entries: [string | number, number][] = isMap(counts) ? [...counts] : Object.entries(counts);
  const name = 'The class balance';
  if (entries.length === 0) throw new FigureDataError(name, 'there is no class');
  const wrong = entries.find(([, count]) => !Number.isInteger(count) || count < 0);
  if (wrong) throw new FigureDataError(name, `class ${wrong[0]} has the count ${wrong[1]}`);
  const classes = classNames(
    name,
    entries.map(([label]) => label),
  );
  const values = entries.map(([, count]) => count);
  const total = values.reduce((sum, count) => sum + count, 0);
  const colors = Object.values(palette);
  return {
    data: [
      {
        type: 'bar',
        x: classes.map((_, place) => place),
        y: values,
        text: values.map(String),
        textposition: 'outside',
        cliponaxis: false,
        customdata: classes.map(plainText),
        hovertemplate: '%{customdata}: %{y} rows<extra></extra>',
        marker: { color: classes.map((_, index) => colors[index % colors.length]!) },
      },
    ],
    layout: baseLayout('Rows of each class', { xaxis: classAxis('class', classes), yaxis: axis('rows') }),
    alt: `Of ${total} rows, ${classes.map((label, i) => `${values[i]} (${percent(values[i]! / (total || 1))}) are ${label}`).join(', ')}.`,
  };
}

const isMap = (
  counts: Readonly<Record<string, number>> | ReadonlyMap<string | number, number>,
): counts is ReadonlyMap<string | number, number> => counts instanceof Map;
