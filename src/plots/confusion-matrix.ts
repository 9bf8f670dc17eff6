/** The table of right and wrong decisions, as a shaded grid. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, type Figure } from './figure.ts';

/** Options of {@link confusionMatrixFigure}. */
export interface ConfusionMatrixOptions {
  /** The classes' names, in the matrix's order. */
  classes: readonly string[];
  title?: string;
}

/**
 * Draws a confusion matrix: `matrix[i][j]` counts the rows of class `i` that were taken for class `j`.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when the matrix is not square, does not fit the names, or holds no counts
 * @example
 * ```ts
 * const figure = confusionMatrixFigure([[178, 5], [3, 94]], { classes: ['benign', 'malignant'] });
 * ```
 */
export function confusionMatrixFigure(
  matrix: readonly (readonly number[])[],
  { classes, title = 'Confusion matrix (rows)' }: ConfusionMatrixOptions,
): Figure {
  check(matrix, classes);
  const top = Math.max(1, ...matrix.flat());
  const cells = matrix.flatMap((counts, actual) =>
    counts.map((count, predicted) => ({ actual, predicted, count, share: count / top })),
  );
  const range = [-0.5, classes.length - 0.5];
  return {
    data: [
      {
        type: 'scatter',
        mode: 'text',
        x: cells.map(({ predicted }) => classes[predicted]!),
        y: cells.map(({ actual }) => classes[actual]!),
        text: cells.map(({ count }) => String(count)),
        textfont: { size: 20, color: cells.map(({ share }) => (share > 0.65 ? '#FFFFFF' : '#222222')) },
        hovertemplate: 'actual %{y}<br>predicted %{x}<br>%{text} rows<extra></extra>',
      },
    ],
    // Cells are shapes, not a heat map: plotly draws those through a canvas, which there is not without a browser.
    layout: baseLayout(title, {
      width: 480,
      margin: { l: 110, r: 40, t: 60, b: 60 },
      xaxis: axis('predicted class', { type: 'category', range, showgrid: false }),
      yaxis: axis('actual class', { type: 'category', range: [...range].reverse(), showgrid: false }),
      shapes: cells.map(({ actual, predicted, share }) => ({
        type: 'rect',
        layer: 'below',
        x0: predicted - 0.5,
        x1: predicted + 0.5,
        y0: actual - 0.5,
        y1: actual + 0.5,
        line: { color: '#FFFFFF', width: 2 },
        fillcolor: shade(share),
      })),
    }),
    alt: describe(matrix, classes),
  };
}

/** From nearly white (0) to the palette's blue (1). */
function shade(share: number): string {
  const mix = (from: number, to: number) => Math.round(from + (to - from) * share);
  return `rgb(${mix(242, 0)}, ${mix(247, 114)}, ${mix(251, 178)})`;
}

function check(matrix: readonly (readonly number[])[], classes: readonly string[]): void {
  const name = 'The confusion matrix';
  const size = classes.length;
  if (size === 0 || matrix.length !== size || matrix.some((counts) => counts.length !== size)) {
    const shape = `${matrix.length} rows of ${matrix.map((counts) => counts.length).join(', ')}`;
    throw new FigureDataError(name, `${size} class names but ${shape} counts`);
  }
  const wrong = matrix.flat().find((count) => !Number.isInteger(count) || count < 0);
  if (wrong !== undefined) throw new FigureDataError(name, `${wrong} is no count of rows`);
}

function describe(matrix: readonly (readonly number[])[], classes: readonly string[]): string {
  const parts = matrix.map((counts, actual) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return `${counts[actual]} of ${total} rows of class ${classes[actual]} were recognised`;
  });
  return `${parts.join('; ')}.`;
}
