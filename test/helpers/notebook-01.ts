/** What notebook 01 has to show, in either language, whichever client executed it: the facts of the article, from its outputs. */
import assert from 'node:assert/strict';
import {
  complaints,
  displayedBy,
  printedBy,
  textOf,
  verdictsIn,
  type Notebook,
} from '../../src/course/index.ts';

/** Where the notebook is, relative to the project. */
export const NOTEBOOK_01 = 'notebooks/01-training-models-on-streaming-data.ipynb';

/** The lock that keeps two runs of the notebook apart: both use the article's topic names on the same broker. */
export const NOTEBOOK_01_LOCK = 'notebook-01.lock';

/** The cells that end in a figure. */
export const FIGURES = ['train-curve', 'luck-figure-show', 'inference-confusion'];

/** What the cells print, as the two notebooks say it. Each first group is a number. */
const english = {
  rows: /^(699) rows, 11 columns$/m,
  baseline: /always "benign" .* ([\d.]+) %/,
  split: /training samples: (419)\n.*testing samples: 280\n/,
  items: /^(419) and 280 items/,
  offset: /^cancer-train\[0\] at offset (0)\nkey [01], value (\d+,){8}\d+$/m,
  once: /loss on the probability ([\d.]+)/g,
  twice: /squashed twice ([\d.]+)/g,
  loss: /loss ([\d.]+)/g,
  accuracy: /accuracy ([\d.]+) %/,
  benign: /always "benign": accuracy ([\d.]+) %/,
  mean: /mean ([\d.]+) %/g,
  deviation: /standard deviation ([\d.]+) points/g,
  mini: /mini dataset \d+: (\d+) rows/g,
  saved: /^saved after mini dataset (\d+)$/gm,
  committed: /at offset (\d+)\b/,
  weights: /^(67329) weights/m,
  judged: /^(280) rows judged/m,
  found: /of the malignant samples, ([\d.]+) % were found/,
  tensors: /tensors left: (\d+)/,
  closed: /closed/,
  curve: /Training, epoch by epoch/,
  verdict: /^[✓✗·] Exercise 1\.\d: /gm,
};

const chinese: typeof english = {
  rows: /^(699) 行，11 列$/m,
  baseline: /一律判“良性”的正确率：([\d.]+)%/,
  split: /训练样本数：\s?(419)\n测试样本数：\s?280\n/,
  items: /^(419) 条和 280 条/,
  offset: /^cancer-train\[0\] 偏移量 (0)\n键 [01]，值 (\d+,){8}\d+$/m,
  once: /按概率计算的损失 ([\d.]+)/g,
  twice: /多做一次 sigmoid 的损失 ([\d.]+)/g,
  loss: /损失 ([\d.]+)/g,
  accuracy: /准确率 ([\d.]+)%/,
  benign: /一律判“良性”：准确率 ([\d.]+)%/,
  mean: /均值 ([\d.]+)%/g,
  deviation: /标准差 ([\d.]+) 个百分点/g,
  mini: /小数据集 \d+：(\d+) 行/g,
  saved: /^已保存：小数据集 (\d+) 之后$/gm,
  committed: /偏移量 (\d+) /,
  weights: /^(67329) 个权重/m,
  judged: /^判断了 (280) 行/m,
  found: /恶性样本中有 ([\d.]+)% 被找出/,
  tensors: /剩余张量数：\s?(\d+)/,
  closed: /已关闭/,
  curve: /训练过程/,
  verdict: /^[✓✗·] 练习 1\.\d：/gm,
};

/** Checks every fact; throws at the first that is not there. */
export function assertNotebook01(notebook: Notebook, language: 'en' | 'zh' = 'en'): void {
  const says = language === 'en' ? english : chinese;
  const all = (cell: string, what: keyof typeof english) =>
    numbersAfter(printedBy(notebook, cell), says[what]);
  const one = (cell: string, what: keyof typeof english) => {
    const [found] = all(cell, what);
    assert.ok(found !== undefined, `${cell}: no ${what} in ${printedBy(notebook, cell)}`);
    return found;
  };
  assert.deepEqual(complaints(notebook), []);
  assertData(notebook, one);
  assertTraining(notebook, one, all);
  assertLuck(notebook, all);
  assertOnline(notebook, one, all);
  assertFigures(notebook, all('train-run', 'loss'));
  const curve = displayedBy(notebook, 'train-curve', 'application/vnd.plotly.v1+json');
  assert.match(JSON.stringify(curve), says.curve, "the figure speaks the notebook's language");
  const printed = notebook.cells.map(({ id }) => printedBy(notebook, id)).join('\n');
  // Three, and three again where exercises are answered after the run.
  const verdicts = verdictsIn(printed).length;
  assert.ok(verdicts >= 3 && verdicts % 3 === 0, `${verdicts} verdicts`);
  assert.equal(printed.match(says.verdict)?.length, verdicts, 'so do all verdicts');
  assertProse(notebook);
  assert.match(printedBy(notebook, 'cleanup-close'), says.closed);
}

type One = (cell: string, what: keyof typeof english) => number;
type All = (cell: string, what: keyof typeof english) => number[];

function assertData(notebook: Notebook, one: One): void {
  one('data-read', 'rows');
  const head = textOf(displayedBy(notebook, 'data-read', 'text/html') as string | string[]);
  assert.equal(head.match(/<tr>/g)?.length, 6, 'a header and five rows are shown');
  assert.match(head, /<td>1000025<\/td><td>5<\/td>/);
  assert.match(printedBy(notebook, 'labels-encode'), /║ 0 │ 458 ║[\s\S]*║ 1 │ 241 ║/);
  assert.equal(one('labels-encode', 'baseline'), 65.5);
  assert.match(printedBy(notebook, 'missing-count'), /Bare_Nuclei\s+│ 16\b/);
  one('split-run', 'split');
  one('rows-make', 'items');
  const written = printedBy(notebook, 'write-run');
  assert.match(written, /^Wrote 419 messages into topic: cancer-train$/m);
  assert.match(written, /^Wrote 280 messages into topic: cancer-test$/m);
  one('read-one', 'offset');
  assert.match(printedBy(notebook, 'decode-one'), /Float32Array\(9\)/);
  assert.match(printedBy(notebook, 'scale-run'), /xs: Float32Array\(9\) \[\s+-?\d\.\d/);
  assert.match(printedBy(notebook, 'dataset-look'), /xs \[ 64, 9 \] ys \[ 64, 1 \]/);
}

function assertTraining(notebook: Notebook, one: One, all: All): void {
  assert.match(printedBy(notebook, 'model-build'), /Total params: 67329/);
  assert.deepEqual(all('logits-run', 'once'), [0, 0], 'sure and right costs nothing');
  assert.deepEqual(all('logits-run', 'twice'), [0.693, 0.313]);
  const losses = all('train-run', 'loss');
  assert.equal(losses.length, 10, 'ten epochs');
  assert.ok(losses[9]! < 0.6 * losses[0]!, `the loss falls: ${losses.join(', ')}`);
  assert.ok(losses[0]! - losses[1]! > losses[1]! - losses[9]!, 'steeply at first, then slowly');
  between(one('evaluate-run', 'accuracy'), 95, 99, 'test accuracy');
  assert.equal(one('evaluate-run', 'benign'), 67.1);
}

/** The text: a few tenths of a point by seed, nearly a whole one by split, all far above the baseline. */
function assertLuck(notebook: Notebook, all: All): void {
  const percents = (cell: string) => numbersAfter(printedBy(notebook, cell), /(\d\d\.\d) ?%/g);
  const [seeds, splits] = [percents('luck-run'), percents('luck-split-run')];
  assert.deepEqual([seeds.length, splits.length], [5, 8]);
  for (const accuracy of [...seeds, ...splits]) between(accuracy, 93, 99.5, 'accuracy of one of 13 models');
  const [ofSeeds, ofSplits] = all('luck-compare', 'mean');
  between(ofSeeds!, 96, 98.5, 'mean over seeds');
  between(ofSplits!, 95.5, 97.5, 'mean over splits');
  const [bySeed, bySplit] = all('luck-compare', 'deviation');
  between(bySeed!, 0.1, 0.6, 'a few tenths of a point by seed');
  between(bySplit!, 0.5, 1.2, 'nearly a whole point by split');
  assert.ok(bySplit! > 1.3 * bySeed!, `the split is the larger luck: ${bySplit} and ${bySeed}`);
}

function assertOnline(notebook: Notebook, one: One, all: All): void {
  const sizes = all('online-run', 'mini');
  assert.ok(sizes.length > 1, `several mini datasets: ${sizes.join(', ')}`);
  assert.equal(sum(sizes), 419, 'every training row came once');
  const saved = sizes.map((_, index) => index).filter((index) => index % 3 === 2);
  assert.deepEqual(all('online-run', 'saved'), saved, 'saved after every third mini dataset');
  assert.ok(saved.length >= 1);
  assert.equal(one('online-committed', 'committed'), 419);
  one('load-run', 'weights');
  one('inference-run', 'judged');
  const accuracy = one('inference-run', 'accuracy');
  const matrix = numbersAfter(printedBy(notebook, 'inference-confusion'), /(\d+)(?=[,\]])/g);
  assert.equal(matrix.length, 4);
  assert.equal(sum(matrix), 280, 'every test row is in the confusion matrix');
  assert.ok(
    Math.abs((100 * (matrix[0]! + matrix[3]!)) / 280 - accuracy) < 0.051,
    'accuracy and matrix agree',
  );
  assert.ok(Math.abs((100 * matrix[3]!) / 92 - one('inference-run', 'found')) < 0.051);
  const batch = one('evaluate-run', 'accuracy');
  assert.ok(Math.abs(batch - accuracy) < 2, `online ${accuracy} %, ten epochs ${batch} %`);
  assert.equal(one('inference-dispose', 'tensors'), 0);
}

/** Each figure is there with its data: ten losses, 13 accuracies, the counts of the matrix. */
function assertFigures(notebook: Notebook, losses: readonly number[]): void {
  const [curve, luck, confusion] = FIGURES.map(
    (id) => displayedBy(notebook, id, 'application/vnd.plotly.v1+json') as Plotly | undefined,
  );
  const drawn = (curve?.data[0]?.['y'] as number[] | undefined)?.map((loss) => Number(loss.toFixed(3)));
  assert.deepEqual(drawn, losses);
  assert.deepEqual(
    luck?.data.map((trace) => (trace['y'] as number[]).length),
    [5, 8],
  );
  const counts = (confusion?.data[0]?.['text'] as string[] | undefined)?.map(Number) ?? [];
  assert.equal(sum(counts), 280);
  for (const id of FIGURES)
    assert.match(
      textOf(displayedBy(notebook, id, 'image/svg+xml') as string | string[]),
      /^<svg.*<title>/,
      id,
    );
}

/** The numbers that prose states are those the cells gave, and arithmetic. */
function assertProse(notebook: Notebook): void {
  const prose = (id: string) =>
    textOf(notebook.cells.find((cell) => cell.id === id)?.source).replaceAll(' %', '%');
  const states = (id: string, ...numbers: readonly string[]) => {
    for (const number of numbers) assert.ok(prose(id).includes(number), `${id} does not say ${number}`);
  };
  states('labels', `${((100 * 458) / 699).toFixed(1)}%`);
  states('evaluate', '280', `${((100 * 188) / 280).toFixed(1)}%`);
  states('luck-read', '67.1%', `${(100 * Math.sqrt((0.97 * 0.03) / 280)).toFixed(1)} `);
  states('logits-read', Math.log(2).toFixed(3), Math.log(1 + Math.exp(-1)).toFixed(3));
  states('logits', '3.15', '0.000', (1 / (1 + Math.exp(-1))).toFixed(3));
  states('scale', '92%', '97%'); // test/model/article.test.ts
  states('solutions', '280', '419');
}

function between(value: number, low: number, high: number, what: string): void {
  assert.ok(value >= low && value <= high, `${what} is ${value}, not ${low} to ${high}`);
}

/** The part of a plotly specification that is looked at. */
interface Plotly {
  readonly data: readonly Record<string, unknown>[];
}

/** The numbers that the first group of `pattern` finds. */
export function numbersAfter(text: string, pattern: RegExp): number[] {
  const every = pattern.flags.includes('g') ? pattern : new RegExp(pattern, `${pattern.flags}g`);
  return [...text.matchAll(every)].map((match) => Number(match[1]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
