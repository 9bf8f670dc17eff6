/** How strongly features go together, as a shaded grid of numbers. */
import { classAxis, plainText } from './classes.ts';
import { FigureDataError } from './errors.ts';
import { baseLayout, type Figure } from './figure.ts';

/** Options of {@link correlationFigure}. */
export interface CorrelationOptions {
  /** The features' names, in the matrix's order. */
  features: readonly string[];
  title?: string;
}

/**
 * Draws a matrix of correlation coefficients, from -1 (orange) over 0 (white) to 1 (blue). NaN (a constant feature)
 * stays empty.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when the matrix is not square, does not fit the names, or leaves -1 to 1
 * @example
 * ```ts
 * const figure = correlationFigure([[1, 0.9], [0.9, 1]], { features: ['size', 'shape'] });
 * ```
 */
export function correlationFigure(
  matrix: readonly (readonly number[])[],
  { features, title = 'Correlation of the features' }: CorrelationOptions,
): Figure {
  const size = features.length;
  const name = 'The correlation matrix';
  if (size === 0 || matrix.length !== size || matrix.some((row) => row.length !== size))
    throw new FigureDataError(name, `${size} names, but not ${size} rows of ${size} values`);
  const wrong = matrix.flat().find((value) => Math.abs(value) > 1 + 1e-9);
  if (wrong !== undefined) throw new FigureDataError(name, `${wrong} is no correlation`);
  const cells = matrix.flatMap((row, y) =>
    row.map((value, x) => ({ x, y, value })).filter(({ value }) => !Number.isNaN(value)),
  );
  return {
    data: [
      {
        type: 'scatter',
        mode: 'text',
        x: cells.map(({ x }) => x),
        y: cells.map(({ y }) => y),
        text: cells.map(({ value }) => value.toFixed(2)),
        textfont: {
          size: 11,
          color: cells.map(({ value }) => (Math.abs(value) > 0.8 ? '#FFFFFF' : '#222222')),
        },
        customdata: cells.map(({ x, y }) => [features[x]!, features[y]!].map(plainText)),
        hovertemplate: '%{customdata[0]}<br>%{customdata[1]}<br>%{text}<extra></extra>',
      },
    ],
    // Cells are shapes, not a heat map: plotly draws those through a canvas, which there is not without a browser.
    layout: baseLayout(title, {
      width: 760,
      height: 640,
      margin: { l: 200, r: 30, t: 60, b: 190 },
      xaxis: classAxis('', features, { tickangle: -45 }),
      yaxis: classAxis('', features, { range: [size - 0.5, -0.5] }),
      shapes: cells.map(({ x, y, value }) => ({
        ...{ type: 'rect', layer: 'below', x0: x - 0.5, x1: x + 0.5, y0: y - 0.5, y1: y + 0.5 },
        line: { color: '#FFFFFF', width: 1 },
        fillcolor: shade(value),
      })),
    }),
    alt: describe(matrix, features),
  };
}

/** White at 0, the palette's blue at 1, its vermillion at -1. */
function shade(value: number): string {
  const [red, green, blue] = value < 0 ? [213, 94, 0] : [0, 114, 178];
  const mix = (to: number) => Math.round(255 + (to - 255) * Math.abs(value));
  return `rgb(${mix(red)}, ${mix(green)}, ${mix(blue)})`;
}

function describe(matrix: readonly (readonly number[])[], features: readonly string[]): string {
  const pairs = features
    .flatMap((a, i) => features.slice(i + 1).map((b, j) => ({ a, b, value: matrix[i]![i + 1 + j]! })))
    .filter(({ value }) => !Number.isNaN(value))
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
  const strongest = pairs[0];
  if (!strongest) return `Correlation of ${features.length} features.`;
  const { a, b, value } = strongest;
  return `Correlation of ${features.length} features; the strongest is ${value.toFixed(2)}, between ${a} and ${b}.`;
}
