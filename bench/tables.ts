/** Markdown tables of what benches found in several runs. */
import type { Row } from './report.ts';

/** One row of a table over all runs. */
export interface Measured {
  readonly table: string;
  /** The row of the first run. */
  readonly row: Row;
  /** Numbers by column, one of each run. */
  readonly figures: Map<string, number[]>;
}

/** Numbers that say what was measured, not how it went. */
const KEYS = new Set(['columns', 'miniBatch', 'topicRows', 'connections', 'executors']);

const isKey = (column: string, value: unknown): boolean => typeof value === 'string' || KEYS.has(column);

/** What a row is found by again in the next run. */
export function keyOf(table: string, row: Row): string {
  const keys = Object.entries(row).filter(([column, value]) => isKey(column, value));
  return JSON.stringify([table, ...keys]);
}

/** The middle one, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** Three digits, or all of a whole number: `0.412`, `12,804`. */
const short = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

/** `rowsPerSecond` as `rows per second`, `p99Ms` as `p99 ms`, `peakMiB` as `peak MiB`. */
const heading = (column: string): string =>
  column
    .replace(/(?<=[a-z0-9])(?<!Mi)(?=[A-Z])/g, ' ')
    .replace(/\b(?!MiB)[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());

/** A table for each name that was measured. */
export function tables(all: readonly Measured[]): { name: string; text: string }[] {
  return [...new Set(all.map(({ table }) => table))].map((name) => {
    const rows = all.filter(({ table }) => table === name);
    const columns = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))];
    const keys = columns.filter((column) => rows.some(({ row }) => isKey(column, row[column])));
    const ordered = [...keys, ...columns.filter((column) => !keys.includes(column))];
    const cells = rows.map(({ row, figures }) =>
      ordered.map((column) =>
        keys.includes(column) ? keyText(row[column]) : figureText(figures.get(column)),
      ),
    );
    const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
    const rule = ordered.map((column) => (keys.includes(column) ? '---' : '--:'));
    return { name, text: [line(ordered.map(heading)), line(rule), ...cells.map(line)].join('\n') };
  });
}

const keyText = (value: string | number | undefined): string =>
  typeof value === 'number' ? value.toLocaleString('en-US') : (value ?? '');

function figureText(values: readonly number[] | undefined): string {
  if (!values || values.length === 0) return '';
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map(short);
  return least === most ? middle! : `${middle} (${least}-${most})`;
}

/** Where a figure stands: table, the beginnings of the row's texts and keys in their order, column, unit. */
type Source = readonly [table: string, row: readonly string[], figure: string, unit: string];

/** A line of README's table: what it says, where its figure is, and the figures that stand beside it. */
type SummaryLine = readonly [
  says: string,
  from: Source,
  ...beside: (readonly [name: string, from: Source])[],
];

const step = (rows: string, name: string): Source => ['step', [rows, name], 'ms', 'ms'];
const stepLine = (says: string, rows: string): SummaryLine => [
  says,
  step(rows, 'compiled step'),
  ["TensorFlow's Python", step(rows, 'Python')],
  ['tfjs-node', step(rows, 'tfjs-node')],
];
const kafka = (what: string, by: string): Source => ['kafka', [what, '9', by], 'rowsPerSecond', 'rows/s'];
const training = (what: string, figure: string, unit: string): Source => [
  'training',
  [what, '60000'],
  figure,
  unit,
];

const LINES: readonly SummaryLine[] = [
  stepLine("one training step of the article's model, 32 rows", '32'),
  stepLine('... 64 rows', '64'),
  stepLine('... 256 rows', '256'),
  [
    'training from a topic, mini-batches of 64, 60,000 rows of 18 features',
    training('batch', 'rowsPerSecond', 'rows/s'),
  ],
  [
    'online training, 3 epochs a mini dataset, checkpoints and commits',
    training('online, 32', 'rowsPerSecond', 'rows/s'),
  ],
  ['from process start after a kill to the first step', training('online, after', 'firstStepSeconds', 's')],
  ['peak memory of online training', training('online, 32', 'peakMiB', 'MiB')],
  [
    'rows of 9 columns read and decoded into tensors',
    kafka('read + decode', 'streamtrain (tensors)'),
    ['kafkajs', kafka('read + decode', 'kafkajs')],
  ],
  ['rows written', kafka('write', 'streamtrain'), ['kafkajs', kafka('write', 'kafkajs')]],
  [
    'rows predicted, from a full topic to committed predictions',
    ['serve', ['the classifier', 'streamtrain'], 'rowsPerSecond', 'rows/s'],
    ['kafkajs', ['serve', ['the classifier', 'kafkajs'], 'rowsPerSecond', 'rows/s']],
  ],
  [
    'predictions over HTTP, one row each, 8 connections',
    ['serve-http', ['8', 'ours'], 'requestsPerSecond', '1/s'],
    ['a plain handler', ['serve-http', ['8', 'plain'], 'requestsPerSecond', '1/s']],
  ],
  [
    'online logistic regression, row by row, equal to River',
    ['river', ['phishing', 'row by row'], 'rowsPerSecond', 'rows/s'],
    ['River', ['river', ['phishing', 'River'], 'rowsPerSecond', 'rows/s']],
  ],
];

/** README's table; a line whose bench was not run is left out. */
export function summary(all: readonly Measured[]): string {
  const lines = LINES.flatMap(([says, from, ...beside]) => {
    const own = figureOf(all, from);
    if (own === undefined) return [];
    const others = beside.flatMap(([name, source]) => {
      const figure = figureOf(all, source);
      return figure === undefined ? [] : [`${name} ${figure}`];
    });
    return [`| ${says} | ${own} | ${others.join(', ')} |`];
  });
  return ['| | streamtrain | beside it |', '| --- | --: | --: |', ...lines].join('\n');
}

function figureOf(all: readonly Measured[], [name, words, figure, unit]: Source): string | undefined {
  const fits = ({ table, row }: Measured): boolean => {
    const keys = Object.entries(row).filter(([column, value]) => isKey(column, value));
    return table === name && words.every((word, i) => String(keys[i]?.[1]).startsWith(word));
  };
  const values = all.find(fits)?.figures.get(figure);
  return values && `${short(median(values))} ${unit}`;
}
