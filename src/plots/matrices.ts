/** Matrices as shaded grids of numbers: right and wrong decisions, and how strongly features go together. */
import { translated } from '../language.ts';
import { FigureDataError } from './errors.ts';
import { baseLayout, plainText, type Figure, type FigureLanguageOption, type JsonObject } from './figure.ts';
import { classAxis, classNames } from './series.ts';
import { figureOptions } from './figure-options.ts';

const confusionWordsIn = translated({
  en: {
    title: 'Confusion matrix (rows)',
    predicted: 'predicted class',
    actual: 'actual class',
    hover: 'actual %{customdata[0]}<br>predicted %{customdata[1]}<br>%{text} rows<extra></extra>',
    recognised: (right: number, total: number, name: string) =>
      `${right} of ${total} rows of class ${name} were recognised`,
    between: '; ',
    end: '.',
  },
  zh: {
    title: '混淆矩阵（行数）',
    predicted: '预测类别',
    actual: '实际类别',
    hover: '实际：%{customdata[0]}<br>预测：%{customdata[1]}<br>%{text} 行<extra></extra>',
    recognised: (right, total, name) => `“${name}”类的 ${total} 行中有 ${right} 行判断正确`,
    between: '；',
    end: '。',
  },
});

const correlationWordsIn = translated({
  en: {
    title: 'Correlation of the features',
    all: (features: number) => `Correlation of ${features} features.`,
    strongest: (features: number, value: string, a: string, b: string) =>
      `Correlation of ${features} features; the strongest is ${value}, between ${a} and ${b}.`,
  },
  zh: {
    title: '特征之间的相关系数',
    all: (features) => `${features} 个特征之间的相关系数。`,
    strongest: (features, value, a, b) =>
      `${features} 个特征之间的相关系数；最强的是“${a}”与“${b}”之间的 ${value}。`,
  },
});

/** Options of {@link confusionMatrixFigure}. */
export interface ConfusionMatrixOptions extends FigureLanguageOption {
  /** The classes' names, in the matrix's order: texts or numbers, no two the same. */
  classes: readonly (string | number)[];
  title?: string;
}

/**
 * Draws a confusion matrix: `matrix[i][j]` counts the rows of class `i` that were taken for class `j`.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when the matrix is not square, does not fit the names, or holds no counts
 * @example
 * ```ts run
 * const figure = confusionMatrixFigure([[178, 5], [3, 94]], { classes: ['benign', 'malignant'] });
 * console.log(figure.data.length); // 1
 * ```
 */
export function confusionMatrixFigure(
  matrix: readonly (readonly number[])[],
  options: ConfusionMatrixOptions,
): Figure {
  const kinds = { classes: 'list', title: 'text', language: 'text' } as const;
  const { classes: named, title, language } = figureOptions('confusionMatrixFigure', options, kinds);
  const name = 'The confusion matrix';
  const classes = classNames(name, named);
  const size = classes.length;
  if (!isSquare(matrix, size)) {
    const shape = `${matrix.length} rows of ${matrix.map((counts) => counts.length).join(', ')}`;
    throw new FigureDataError({ figure: name, problem: `${size} class names but ${shape} counts` });
  }
  const wrong = matrix.flat().find((count) => !Number.isInteger(count) || count < 0);
  if (wrong !== undefined)
    throw new FigureDataError({ figure: name, problem: `${wrong} is no count of rows` });
  const words = confusionWordsIn(language);
  const top = matrix.flat().reduce((most, count) => Math.max(most, count), 1);
  const cells = cellsOf(matrix, (count, actual, predicted) => ({
    text: String(count),
    names: [classes[actual]!, classes[predicted]!],
    ink: count / top > 0.65 ? light : dark,
    fill: mixed(paleBlue, blue, count / top),
  }));
  return {
    data: [numbersIn(cells, 20, words.hover)],
    layout: baseLayout(title ?? words.title, {
      width: 480,
      margin: { l: 110, r: 40, t: 60, b: 60 },
      xaxis: classAxis(words.predicted, classes),
      yaxis: classAxis(words.actual, classes, { range: [size - 0.5, -0.5] }),
      shapes: shapesOf(cells, 2),
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

/** Options of {@link correlationFigure}. */
export interface CorrelationOptions extends FigureLanguageOption {
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
  options: CorrelationOptions,
): Figure {
  const kinds = { features: 'list', title: 'text', language: 'text' } as const;
  const { features, title, language } = figureOptions('correlationFigure', options, kinds);
  const size = features.length;
  const name = 'The correlation matrix';
  if (!isSquare(matrix, size))
    throw new FigureDataError({
      figure: name,
      problem: `${size} names, but not ${size} rows of ${size} values`,
    });
  const wrong = matrix.flat().find((value) => Math.abs(value) > 1 + 1e-9);
  if (wrong !== undefined) throw new FigureDataError({ figure: name, problem: `${wrong} is no correlation` });
  const words = correlationWordsIn(language);
  const cells = cellsOf(matrix, (value, y, x) => ({
    text: value.toFixed(2),
    names: [features[x]!, features[y]!],
    ink: Math.abs(value) > 0.8 ? light : dark,
    fill: mixed(white, value < 0 ? vermillion : blue, Math.abs(value)),
  }));
  return {
    data: [numbersIn(cells, 11, '%{customdata[0]}<br>%{customdata[1]}<br>%{text}<extra></extra>')],
    layout: baseLayout(title ?? words.title, {
      width: 760,
      height: 640,
      margin: { l: 200, r: 30, t: 60, b: 190 },
      xaxis: classAxis('', features, { tickangle: -45 }),
      yaxis: classAxis('', features, { range: [size - 0.5, -0.5] }),
      shapes: shapesOf(cells, 1),
    }),
    alt: describe(words, matrix, features),
  };
}

function describe(
  words: ReturnType<typeof correlationWordsIn>,
  matrix: readonly (readonly number[])[],
  features: readonly string[],
): string {
  const pairs = features
    .flatMap((a, i) => features.slice(i + 1).map((b, j) => ({ a, b, value: matrix[i]![i + 1 + j]! })))
    .filter(({ value }) => !Number.isNaN(value))
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
  const strongest = pairs[0];
  if (!strongest) return words.all(features.length);
  const { a, b, value } = strongest;
  return words.strongest(features.length, value.toFixed(2), a, b);
}

/** How one number of a matrix looks. */
interface Look {
  readonly text: string;
  /** For the hover text. */
  readonly names: readonly string[];
  /** The colour of the text. */
  readonly ink: string;
  readonly fill: string;
}

interface Cell extends Look {
  readonly x: number;
  readonly y: number;
}

type Rgb = readonly [red: number, green: number, blue: number];

const white: Rgb = [255, 255, 255];
const paleBlue: Rgb = [242, 247, 251];
const blue: Rgb = [0, 114, 178]; // the palette's
const vermillion: Rgb = [213, 94, 0];
const [light, dark] = ['#FFFFFF', '#222222'];

function isSquare(matrix: readonly (readonly number[])[], size: number): boolean {
  return size > 0 && matrix.length === size && matrix.every((row) => row.length === size);
}

/** The cells from left to right and top to bottom; none where there is no number. */
function cellsOf(
  matrix: readonly (readonly number[])[],
  look: (value: number, row: number, column: number) => Look,
): Cell[] {
  return matrix.flatMap((row, y) =>
    row.flatMap((value, x) => (Number.isNaN(value) ? [] : [{ x, y, ...look(value, y, x) }])),
  );
}

function numbersIn(cells: readonly Cell[], size: number, hovertemplate: string): JsonObject {
  return {
    type: 'scatter',
    mode: 'text',
    x: cells.map(({ x }) => x),
    y: cells.map(({ y }) => y),
    text: cells.map(({ text }) => text),
    textfont: { size, color: cells.map(({ ink }) => ink) },
    customdata: cells.map(({ names }) => names.map(plainText)),
    hovertemplate,
  };
}

/** Cells are shapes, not a heat map: plotly draws those through a canvas, which there is not without a browser. */
function shapesOf(cells: readonly Cell[], width: number): JsonObject[] {
  return cells.map(({ x, y, fill }) => ({
    ...{ type: 'rect', layer: 'below', x0: x - 0.5, x1: x + 0.5, y0: y - 0.5, y1: y + 0.5 },
    line: { color: '#FFFFFF', width },
    fillcolor: fill,
  }));
}

/** A colour between two, `share` of the way. */
function mixed(from: Rgb, to: Rgb, share: number): string {
  return `rgb(${from.map((value, i) => Math.round(value + (to[i]! - value) * share)).join(', ')})`;
}
