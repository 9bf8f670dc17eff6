/** How rows are spread: over the classes, and the values of each feature class by class. */
import { translated } from '../language.ts';
import { checkInteger } from '../options.ts';
import { FigureDataError } from './errors.ts';
import {
  axis,
  baseLayout,
  percent,
  plainText,
  type Figure,
  type FigureLanguageOption,
  type JsonObject,
} from './figure.ts';
import { classAxis, classNames, hues, medianOf } from './series.ts';
import { figureOptions, languageOption } from './figure-options.ts';

const balanceWordsIn = translated({
  en: {
    title: 'Rows of each class',
    class: 'class',
    rows: 'rows',
    hover: '%{customdata}: %{y} rows<extra></extra>',
    share: (name: string, count: number, share: number) => `${count} (${percent(share)}) are ${name}`,
    all: (total: number, shares: readonly string[]) => `Of ${total} rows, ${shares.join(', ')}.`,
  },
  zh: {
    title: '各类别的行数',
    class: '类别',
    rows: '行数',
    hover: '%{customdata}：%{y} 行<extra></extra>',
    share: (name, count, share) => `${name} ${count} 行（${percent(share, '%')}）`,
    all: (total, shares) => `共 ${total} 行：${shares.join('，')}。`,
  },
});

const featureWordsIn = translated({
  en: {
    title: 'Values of each feature (share of the class’s rows)',
    hover: (feature: string, name: string) => `${feature} %{x}<br>%{y:.1%} of ${name}<extra></extra>`,
    median: (name: string, median: number | undefined) => `${name} median ${median ?? 'none'}`,
    feature: (feature: string, medians: readonly string[]) => `${feature}: ${medians.join(', ')}`,
    all: (classes: readonly string[], features: readonly string[]) =>
      `How ${features.length} features are spread in the classes ${classes.join(' and ')}: ${features.join('; ')}.`,
  },
  zh: {
    title: '各特征的取值（占该类别行数的比例）',
    hover: (feature, name) => `${feature}：%{x}<br>占“${name}”类的 %{y:.1%}<extra></extra>`,
    median: (name, median) => `“${name}”类的中位数${median === undefined ? '不存在' : `为 ${median}`}`,
    feature: (feature, medians) => `${feature}：${medians.join('，')}`,
    all: (classes, features) =>
      `${features.length} 个特征在${classes.map((name) => `“${name}”`).join('、')}类中的分布：${features.join('；')}。`,
  },
});

/**
 * Draws the number of rows of each class.
 *
 * @param counts rows by the class's name, in the order of the bars: a map, or a record (in which names like whole numbers come
 *   first, in ascending order)
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no class, or a value is no count
 * @example
 * ```ts run
 * const figure = classBalanceFigure({ benign: 458, malignant: 241 });
 * console.log(figure.data[0]?.y); // [ 458, 241 ]
 * ```
 */
export function classBalanceFigure(
  counts: Readonly<Record<string, number>> | ReadonlyMap<string | number, number>,
  options: FigureLanguageOption = {},
): Figure {
  const { language } = figureOptions('classBalanceFigure', options, languageOption);
  const words = balanceWordsIn(language);
  const entries: [string | number, number][] = isMap(counts) ? [...counts] : Object.entries(counts);
  const name = 'The class balance';
  if (entries.length === 0) throw new FigureDataError({ figure: name, problem: 'there is no class' });
  const wrong = entries.find(([, count]) => !Number.isInteger(count) || count < 0);
  if (wrong)
    throw new FigureDataError({ figure: name, problem: `class ${wrong[0]} has the count ${wrong[1]}` });
  const classes = classNames(
    name,
    entries.map(([label]) => label),
  );
  const values = entries.map(([, count]) => count);
  const total = values.reduce((sum, count) => sum + count, 0);
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
        hovertemplate: words.hover,
        marker: { color: classes.map((_, index) => hues[index % hues.length]!) },
      },
    ],
    layout: baseLayout(words.title, { xaxis: classAxis(words.class, classes), yaxis: axis(words.rows) }),
    alt: words.all(
      total,
      classes.map((label, i) => words.share(label, values[i]!, values[i]! / (total || 1))),
    ),
  };
}

const isMap = (
  counts: Readonly<Record<string, number>> | ReadonlyMap<string | number, number>,
): counts is ReadonlyMap<string | number, number> => counts instanceof Map;

/** For each feature, for each class, the values of its rows. */
export type FeatureValues = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** Options of {@link featureDistributionsFigure}. */
export interface FeatureDistributionsOptions extends FigureLanguageOption {
  /** Small charts beside each other. Default 3. */
  columns?: number;
  title?: string;
  /** What the values are, with their unit: it stands under each chart, and all charts have the same range of values. */
  unit?: string;
}

/**
 * Draws, for each feature, what share of each class's rows has each value, on the same scale of shares in every chart.
 * Meant for few distinct values (grades, counts, bins). Missing values (NaN) are left out.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no feature, no class, or an infinite value; InvalidOptionError
 *   (`ST_OPTION_INVALID`) for `columns` that are no whole number above 0
 * @example
 * ```ts
 * const figure = featureDistributionsFigure(
 *   { Mitoses: { benign: [1, 1, 2], malignant: [1, 8, 10] } },
 *   { unit: 'grade (1 to 10)' },
 * );
 * ```
 */
export function featureDistributionsFigure(
  values: FeatureValues,
  options: FeatureDistributionsOptions = {},
): Figure {
  const {
    columns = 3,
    title,
    unit,
    language,
  } = figureOptions('featureDistributionsFigure', options, {
    ...{ columns: 'number', title: 'text', unit: 'text', language: 'text' },
  });
  const words = featureWordsIn(language);
  checkInteger('columns', columns, { least: 1 });
  const features = Object.keys(values);
  const classes = [...new Set(features.flatMap((feature) => Object.keys(values[feature]!)))];
  if (features.length === 0 || classes.length === 0)
    throw new FigureDataError({
      figure: 'The feature distributions',
      problem: 'there is no feature or no class',
    });
  const data = features.flatMap((feature, place) =>
    classes.map((name, index) => {
      const { x, y } = shares(feature, values[feature]![name] ?? []);
      const color = hues[index % hues.length]!;
      return {
        ...{
          type: 'bar',
          name: plainText(name),
          legendgroup: name,
          showlegend: place === 0,
          x,
          y,
          marker: { color },
        },
        ...{ xaxis: `x${place + 1}`, yaxis: `y${place + 1}` },
        hovertemplate: words.hover(plainText(feature), plainText(name)),
      };
    }),
  );
  const rows = Math.ceil(features.length / columns);
  const axes: Record<string, JsonObject> = {};
  const extent = data
    .flatMap(({ x }) => x)
    .reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)] as const, [
      Infinity,
      -Infinity,
    ] as readonly [number, number]);
  const sameValues: JsonObject =
    unit === undefined || extent[0] > extent[1] ? {} : { range: [extent[0] - 0.6, extent[1] + 0.6] };
  const largest = data.flatMap(({ y }) => y).reduce((most, share) => Math.max(most, share), 0);
  features.forEach((_, place) => {
    axes[`xaxis${place + 1}`] = axis('', sameValues);
    axes[`yaxis${place + 1}`] = axis('', { tickformat: ',.0%', range: [0, 1.05 * largest || 1], dtick: 0.5 });
  });
  // Annotations, not axis titles: those of a grid are placed by measuring text, which only a browser can.
  const titles = features.map((feature, place) => ({
    ...{ text: plainText(feature), showarrow: false, font: { size: 12 } },
    ...{ x: 0, xanchor: 'left', xref: `x${place + 1} domain` },
    ...{ y: 1.02, yanchor: 'bottom', yref: `y${place + 1} domain` },
  }));
  const units = features.map((_, place) => ({
    ...{ text: unit ?? '', showarrow: false, font: { size: 11 } },
    ...{ x: 0.5, xanchor: 'center', xref: `x${place + 1} domain` },
    ...{ y: 0, yshift: -26, yanchor: 'top', yref: `y${place + 1} domain` },
  }));
  return {
    data,
    layout: baseLayout(title ?? words.title, {
      width: 760,
      height: 100 + (unit === undefined ? 160 : 180) * rows,
      margin: { l: 50, r: 20, t: 110, b: unit === undefined ? 40 : 50 },
      legend: { orientation: 'h', x: 0, y: 1 + 0.2 / rows, yanchor: 'bottom' },
      grid: { rows, columns, pattern: 'independent', xgap: 0.2, ygap: unit === undefined ? 0.35 : 0.5 },
      barmode: 'group',
      annotations: unit === undefined ? titles : [...titles, ...units],
      ...axes,
    }),
    alt: words.all(
      classes,
      features.map((feature) => words.feature(feature, medians(words, values[feature]!))),
    ),
  };
}

/** Each distinct value, and the share of the rows that has it. */
function shares(feature: string, values: readonly number[]): { x: number[]; y: number[] } {
  const present = values.filter((value) => !Number.isNaN(value));
  const infinite = present.find((value) => !Number.isFinite(value));
  if (infinite !== undefined)
    throw new FigureDataError({
      figure: 'The feature distributions',
      problem: `${feature} has the value ${infinite}`,
    });
  const counts = new Map<number, number>();
  for (const value of present) counts.set(value, (counts.get(value) ?? 0) + 1);
  const x = [...counts.keys()].sort((a, b) => a - b);
  return { x, y: x.map((value) => counts.get(value)! / present.length) };
}

function medians(
  words: ReturnType<typeof featureWordsIn>,
  byClass: Readonly<Record<string, readonly number[]>>,
): string[] {
  return Object.entries(byClass).map(([name, values]) => {
    const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    return words.median(name, sorted.length === 0 ? undefined : medianOf(sorted));
  });
}
