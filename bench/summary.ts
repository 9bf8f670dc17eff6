/** The table of README.md: a few figures of all benches, each with the day on which it was measured. */
import { keysOf, median, short, type Measured } from './tables.ts';

/** Where a figure stands: table, the beginnings of the row's texts and keys in their order, column, unit. */
type Source = readonly [table: string, row: readonly string[], figure: string, unit: string];

/** A line of the table: what it says, where its figure is, and the figures that stand beside it. */
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
const river = (by: string): Source => [
  'river',
  ['phishing', 'logistic regression, row by row', by],
  'rowsPerSecond',
  'rows/s',
];
const cell = (kernel: string): Source => ['kernel', [kernel], 'cellMs', 'ms'];

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
    ['serve-http', ['8', 'ours'], 'requestsPerSecond', 'requests/s'],
    ['a plain handler', ['serve-http', ['8', 'plain'], 'requestsPerSecond', 'requests/s']],
  ],
  ['online logistic regression, row by row, equal to River', river('streamtrain'), ['River', river('River')]],
  [
    'a cell of a notebook, its types checked',
    cell('streamtrain'),
    ['tslab', cell('tslab')],
    ['ipykernel', cell('python3')],
  ],
  ["`npm start` in a clone that is set up, to JupyterLab's address", ['npm-start', ['all'], 'seconds', 's']],
];

/** Where the whole table is of. */
export interface Occasion {
  /** `2026-11-27`. */
  readonly day: string;
  /** As `machine()` names it, without the load. */
  readonly machine: string;
}

/**
 * The block of README.md, caption included. What was not measured stays as it was, with the day of its own.
 *
 * @param earlier the block that stands there
 */
export function summary(all: readonly Measured[], now: Occasion, earlier: string): string {
  const before = earlierLines(earlier);
  const lines = LINES.flatMap(([says, from, ...beside]) => {
    const was = before.get(says);
    const own = figureOf(all, from);
    if (own === undefined) {
      if (was === undefined) return [];
      return [[says, was.own, was.beside, whenIn(was, now)]];
    }
    // A machine's name has commas in it, too.
    const peers = new RegExp(`, (?=(?:${beside.map(([name]) => name).join('|')}) )`);
    const others = beside.flatMap(([name, source]) => {
      const figure = figureOf(all, source);
      if (figure !== undefined) return [`${name} ${figure}`];
      // A peer that was not measured this time.
      const old = was?.beside.split(peers).find((part) => part.startsWith(`${name} `));
      if (was === undefined || old === undefined) return [];
      const [, text, day = was.day, machine = was.machine] = PEER.exec(old) ?? [];
      const when = whenIn({ day, machine }, now);
      return [when === now.day ? `${text}` : `${text} (${when})`];
    });
    return [[says, own, others.join(', '), now.day]];
  });
  return [
    `Measured on ${now.machine}, the broker on the same machine; runs, spread and load are beside the tables in`,
    '[bench/README.md](bench/README.md).',
    '',
    '| | streamtrain | beside it | measured |',
    '| --- | --: | --: | --- |',
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}

interface EarlierLine {
  readonly own: string;
  readonly beside: string;
  readonly day: string;
  /** Undefined where nobody wrote it down. */
  readonly machine: string | undefined;
}

/** A peer's figure; where that is not the line's own, with its day, and its machine. */
const PEER = /^(.*?)(?: \(([\d-]{10})(?:, (.*))?\))?$/;

/** The day, and the machine where it is not that of now. */
function whenIn({ day, machine }: Pick<EarlierLine, 'day' | 'machine'>, now: Occasion): string {
  return machine === undefined || machine === now.machine ? day : `${day}, ${machine}`;
}

/** What a block says that was written before. */
function earlierLines(block: string): ReadonlyMap<string, EarlierLine> {
  const lines = new Map<string, EarlierLine>();
  const ofAll = /^Measured on (.+?), the broker /m.exec(block.replaceAll('\n', ' '))?.[1];
  for (const line of block.split('\n').filter((text) => text.startsWith('|'))) {
    const [, says = '', own = '', beside = '', when = ''] = line.split('|').map((cell) => cell.trim());
    const [day = '', ...machine] = when.split(', ');
    lines.set(says, { own, beside, day, machine: machine.length > 0 ? machine.join(', ') : ofAll });
  }
  return lines;
}

function figureOf(all: readonly Measured[], [name, words, figure, unit]: Source): string | undefined {
  const fits = ({ table, row }: Measured): boolean => {
    const keys = keysOf(row);
    const isSame = (word: string, i: number) =>
      /^\d+$/.test(word) ? keys[i] === word : keys[i]?.startsWith(word) === true;
    return table === name && words.every(isSame);
  };
  const values = all.find(fits)?.figures.get(figure);
  return values && `${short(median(values))} ${unit}`;
}
