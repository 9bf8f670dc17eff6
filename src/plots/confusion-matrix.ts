/** The table of right and wrong decisions, as a shaded grid. */
import { classAxis, classNames, plainText } from './classes.ts';
import { FigureDataError } from './errors.ts';
import { baseLayout, type Figure } from './figure.ts';
import { wordsOf, type FigureLanguage } from './language.ts';

/** Options of {@link confusionMatrixFigure}. */
export interface ConfusionMatrixOptions {
  /** The classes' names, in the matrix's order: texts or numbers, no two the same. */
  classes: readonly (string | number)[];
  title?: string;
  /** The language of title, axes, hover and alt text. Default `en`. */
  language?: FigureLanguage;
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
  { classes: named, title, language = 'en' }: ConfusionMatrixOptions,
): Figure {
  const classes = classNames('The confusion matrix', named);
  check(matrix, classes);
  const words = wordsOf('confusion', 'The confusion matrix', language);
  const top = matrix.flat().reduce((most, count) => Math.max(most, count), 1);
  const cells = matrix.flatMap((counts, actual) =>
    counts.map((count, predicted) => ({ actual, predicted, count, share: count / top })),
  );
  return {
    data: [
      {
        type: 'scatter',
        mode: 'text',
        x: cells.map(({ predicted }) => predicted),
        y: cells.map(({ actual }) => actual),
        text: cells.map(({ count }) => String(count)),
        textfont: { size: 20, color: cells.map(({ share }) => (share > 0.65 ? '#FFFFFF' : '#222222')) },
        customdata: cells.map(({ actual, predicted }) =>
          [classes[actual]!, classes[predicted]!].map(plainText),
        ),
        hovertemplate: words.hover,
      },
    ],
    // Cells are shapes, not a heat map: plotly draws those through a canvas, which there is not without a browser.
    layout: baseLayout(title ?? words.title, {
      width: 480,
      margin: { l: 110, r: 40, t: 60, b: 60 },
      xaxis: classAxis(words.predicted, classes),
      yaxis: classAxis(words.actual, classes, { range: [classes.length - 0.5, -0.5] }),
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
    alt:
      matrix
        .map((counts, actual) => {
          const total = counts.reduce((sum, count) => sum + count, 0);
          return words.recognised(counts[actual]!, total, classes[actual]!);
        })
        .join(words.between) + words.end,
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
