/** How well a model predicts rows it has not yet learned from, along the stream. */
import { translated } from '../language.ts';
import { FigureDataError } from './errors.ts';
import {
  axis,
  baseLayout,
  colors,
  palette,
  percent,
  type Figure,
  type FigureLanguageOption,
  type JsonObject,
} from './figure.ts';
import {
  checkGrowing,
  checkSeries,
  checkShares,
  legendAbove,
  lineTrace,
  marginWithLegend,
} from './series.ts';
import { figureOptions } from './figure-options.ts';

/** Of these many drifts the alt text gives the rows. */
const LISTED = 5;

const KINDS = ['drift', 'warning'] as const;

const wordsIn = translated({
  en: {
    metric: 'accuracy',
    baseline: 'last class',
    title: (metric: string) => `Prequential ${metric}: predict, then learn`,
    rows: 'rows seen',
    share: (metric: string, window: number | undefined) =>
      `${metric} (%, ${window === undefined ? 'all rows so far' : `last ${window} rows`})`,
    marks: { drift: 'drift', warning: 'warning' },
    markAt: (mark: string) => `${mark} at row %{x}<extra></extra>`,
    after: (rows: number, metric: string, share: number) =>
      `After ${rows} rows the ${metric} is ${percent(share)}`,
    beside: (baseline: string, share: number) => `, that of the baseline (${baseline}) ${percent(share)}`,
    end: '.',
    drifts: (rows: readonly number[]) =>
      ` ${rows.length > LISTED ? `${rows.length} drifts were` : 'A drift was'} raised at row ` +
      `${rows.slice(0, LISTED).join(', ')}${rows.length > LISTED ? ', ...' : ''}.`,
  },
  zh: {
    metric: '准确率',
    baseline: '上一行的类别',
    title: (metric) => `先测后学（prequential）：${metric}`,
    rows: '已见行数',
    share: (metric, window) => `${metric}（%，${window === undefined ? '至今所有行' : `最近 ${window} 行`}）`,
    marks: { drift: '漂移', warning: '预警' },
    markAt: (mark) => `第 %{x} 行：${mark}<extra></extra>`,
    after: (rows, metric, share) => `${rows} 行之后，${metric}为 ${percent(share, '%')}`,
    beside: (baseline, share) => `，基线（${baseline}）为 ${percent(share, '%')}`,
    end: '。',
    drifts: (rows) =>
      `共报告了 ${rows.length} 次漂移，位于第 ${rows.slice(0, LISTED).join('、')} 行${rows.length > LISTED ? '等处' : ''}。`,
  },
});

/** What a prequential evaluation measured; all shares 0 to 1, one for each entry of `rows`. */
export interface PrequentialSeries {
  /** Rows seen so far at each point, growing. */
  rows: readonly number[];
  /** The metric of the model, such as the accuracy over the last 200 rows. */
  metric: readonly number[];
  /** The same metric of a baseline, such as the class of the row before. */
  baseline?: readonly number[];
  /** Where a detector gave a warning or raised a drift. */
  marks?: readonly { row: number; kind: 'drift' | 'warning' }[];
}

/** Options of {@link prequentialFigure}. */
export interface PrequentialFigureOptions extends FigureLanguageOption {
  /** The metric's name; default `accuracy`, in the figure's language. */
  metric?: string;
  /** The baseline's name; default `last class`, in the figure's language. */
  baseline?: string;
  /** Rows the metric looks back on, for the axis; default: all of them. */
  window?: number;
}

/**
 * Draws a prequential metric (predict, then learn) over the rows of a stream, with a baseline and drift marks.
 * After Gama, Sebastião and Rodrigues, "On evaluating stream learning algorithms", 2013.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when lengths differ, a share is outside 0 to 1, rows do not grow, or a mark has no row
 *   or is of no such kind
 * @example
 * ```ts
 * prequentialFigure({ rows: [100, 200, 300], metric: [0.7, 0.9, 0.6], marks: [{ row: 250, kind: 'drift' }] });
 * ```
 */
export function prequentialFigure(
  { rows, metric, baseline, marks = [] }: PrequentialSeries,
  options: PrequentialFigureOptions = {},
): Figure {
  figureOptions('prequentialFigure', options, {
    ...{ metric: 'text', baseline: 'text', window: 'number', language: 'text' },
  });
  const words = wordsIn(options.language);
  const { metric: name = words.metric, baseline: baselineName = words.baseline, window } = options;
  const figure = 'The prequential metric';
  checkSeries(figure, { rows, metric, ...(baseline && { baseline }) });
  checkGrowing(figure, rows, 'row ');
  checkShares(figure, [...metric, ...(baseline ?? [])]);
  checkMarks(figure, marks);
  const inPercent = (shares: readonly number[]) => shares.map((share) => 100 * share);
  return {
    data: [
      lineTrace(name, rows, inPercent(metric), { color: palette.blue }),
      ...(baseline
        ? [lineTrace(baselineName, rows, inPercent(baseline), { color: palette.green, dash: 'dot' })]
        : []),
      ...KINDS.flatMap((kind) => markTraces(words, kind, marks)),
    ],
    layout: baseLayout(words.title(name), {
      xaxis: axis(words.rows),
      yaxis: axis(words.share(name, window), { range: [0, 102] }),
      legend: legendAbove,
      margin: marginWithLegend,
    }),
    alt: describe(words, name, { rows, metric, ...(baseline && { baseline }), marks }, baselineName),
  };
}

type Marks = NonNullable<PrequentialSeries['marks']>;

function checkMarks(figure: string, marks: Marks): void {
  const wrong = marks.find(({ row, kind }) => !Number.isFinite(row) || !KINDS.includes(kind));
  if (wrong)
    throw new FigureDataError({
      figure,
      problem: `the mark at row ${wrong.row} is of the kind "${wrong.kind}"`,
    });
}

type Words = ReturnType<typeof wordsIn>;

/** All marks of one kind as one trace of upright lines, so that the legend names them once. */
function markTraces(words: Words, kind: 'drift' | 'warning', marks: Marks): JsonObject[] {
  const at = marks.filter((mark) => mark.kind === kind).map(({ row }) => row);
  if (at.length === 0) return [];
  const color = kind === 'drift' ? palette.vermillion : colors.ink;
  return [
    {
      type: 'scatter',
      mode: 'lines',
      name: words.marks[kind],
      x: at.flatMap((row) => [row, row, null]),
      y: at.flatMap(() => [0, 100, null]),
      line: { color, dash: kind === 'drift' ? 'dash' : 'dot', width: kind === 'drift' ? 2 : 1 },
      hovertemplate: words.markAt(words.marks[kind]),
    },
  ];
}

function describe(words: Words, name: string, series: PrequentialSeries, baselineName: string): string {
  const { rows, metric, baseline, marks = [] } = series;
  const last = rows.length - 1;
  const drifts = marks.filter(({ kind }) => kind === 'drift').map(({ row }) => row);
  return [
    words.after(rows[last]!, name, metric[last]!),
    baseline ? words.beside(baselineName, baseline[last]!) : '',
    words.end,
    drifts.length > 0 ? words.drifts(drifts) : '',
  ].join('');
}
