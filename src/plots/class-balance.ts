/** How many rows each class has, as bars. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, palette, percent, type Figure } from './figure.ts';

/**
 * Draws the number of rows of each class.
 *
 * @param counts rows by the class's name, in the order of the bars
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no class, or a value is no count
 * @example
 * ```ts
 * const figure = classBalanceFigure({ benign: 458, malignant: 241 });
 * ```
 */
export function classBalanceFigure(counts: Readonly<Record<string, number>>): Figure {
  const entries = Object.entries(counts);
  const name = 'The class balance';
  if (entries.length === 0) throw new FigureDataError(name, 'there is no class');
  const wrong = entries.find(([, count]) => !Number.isInteger(count) || count < 0);
  if (wrong) throw new FigureDataError(name, `class ${wrong[0]} has the count ${wrong[1]}`);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  const colors = Object.values(palette);
  return {
    data: [
      {
        type: 'bar',
        x: entries.map(([label]) => label),
        y: entries.map(([, count]) => count),
        text: entries.map(([, count]) => String(count)),
        textposition: 'outside',
        cliponaxis: false,
        marker: { color: entries.map((_, index) => colors[index % colors.length]!) },
      },
    ],
    layout: baseLayout('Rows of each class', { xaxis: axis('class'), yaxis: axis('rows') }),
    alt: `Of ${total} rows, ${entries.map(([label, count]) => `${count} (${percent(count / (total || 1))}) are ${label}`).join(', ')}.`,
  };
}
