/** What notebook 01 has to show, whichever client executed it: the facts of the article, read from its outputs. */
import assert from 'node:assert/strict';
import { complaints, displayedBy, printedBy, textOf } from '../../src/course/index.ts';
import type { Notebook } from '../../src/course/index.ts';

/** Where the notebook is, relative to the project. */
export const NOTEBOOK_01 = 'notebooks/01-training-models-on-streaming-data.ipynb';

/** The lock that keeps two runs of the notebook apart: both use the article's topic names on the same broker. */
export const NOTEBOOK_01_LOCK = 'notebook-01.lock';

/** The cells that end in a figure. */
export const FIGURES = ['train-curve', 'inference-confusion'];

/** Checks every fact; throws at the first that is not there. */
export function assertNotebook01(notebook: Notebook): void {
  assert.deepEqual(complaints(notebook), []);
  assertData(notebook);
  assertStream(notebook);
  assertBatchTraining(notebook);
  assertOnlineTraining(notebook);
  assertInference(notebook);
  assertFigures(notebook);
  assert.match(printedBy(notebook, 'cleanup-close'), /closed/);
}

function assertData(notebook: Notebook): void {
  assert.match(printedBy(notebook, 'data-read'), /^699 rows, 11 columns$/m);
  const head = textOf(displayedBy(notebook, 'data-read', 'text/html') as string | string[]);
  assert.equal(head.match(/<tr>/g)?.length, 6, 'a header and five rows are shown');
  assert.match(head, /<td>1000025<\/td><td>5<\/td>/);
  assert.match(printedBy(notebook, 'labels-encode'), /benign 458 malignant 241/);
  assert.match(printedBy(notebook, 'missing-count'), /Bare_Nuclei\s+│ 16\b/);
  assert.match(printedBy(notebook, 'split-run'), /training samples: 419\n.*testing samples: 280\n/);
  assert.match(printedBy(notebook, 'rows-make'), /^419 and 280 items/);
}

function assertStream(notebook: Notebook): void {
  const written = printedBy(notebook, 'write-run');
  assert.match(written, /^Wrote 419 messages into topic: cancer-train$/m);
  assert.match(written, /^Wrote 280 messages into topic: cancer-test$/m);
  assert.match(
    printedBy(notebook, 'read-one'),
    /^cancer-train\[0\] at offset 0\nkey [01], value (\d+,){8}\d+$/m,
  );
  assert.match(printedBy(notebook, 'decode-one'), /Float32Array\(9\)/);
  assert.match(printedBy(notebook, 'scale-run'), /xs: Float32Array\(9\) \[\s+-?\d\.\d/);
  assert.match(printedBy(notebook, 'dataset-look'), /xs \[ 64, 9 \] ys \[ 64, 1 \]/);
}

function assertBatchTraining(notebook: Notebook): void {
  assert.match(printedBy(notebook, 'model-build'), /Total params: 67329/);
  const losses = numbersAfter(printedBy(notebook, 'train-run'), /loss ([\d.]+)/g);
  assert.equal(losses.length, 10, 'ten epochs');
  assert.ok(losses[9]! < 0.6 * losses[0]!, `the loss falls: ${losses.join(', ')}`);
  const seeds = printedBy(notebook, 'luck-run');
  assert.equal(numbersAfter(seeds, /(0\.\d{3})\b(?!\d)/g).length, 5, seeds);
  const [mean] = numbersAfter(seeds, /mean test accuracy: ([\d.]+)/g);
  assert.ok(mean! >= 0.95, `mean test accuracy over 5 seeds is ${mean}`);
}

function assertOnlineTraining(notebook: Notebook): void {
  const loop = printedBy(notebook, 'online-run');
  const sizes = numbersAfter(loop, /mini dataset \d+: (\d+) rows/g);
  assert.ok(sizes.length > 1, `several mini datasets: ${loop}`);
  assert.equal(sum(sizes), 419, 'every training row came once');
  assert.match(printedBy(notebook, 'online-committed'), /at offset 419\b/);
}

function assertInference(notebook: Notebook): void {
  assert.match(printedBy(notebook, 'load-run'), /^67329 weights/m);
  const printed = printedBy(notebook, 'inference-run');
  assert.match(printed, /^280 rows judged/m);
  const [accuracy] = numbersAfter(printed, /accuracy ([\d.]+)/g);
  const matrix = numbersAfter(printedBy(notebook, 'inference-confusion'), /(\d+)(?=[,\]])/g);
  assert.equal(matrix.length, 4);
  assert.equal(sum(matrix), 280, 'every test row is in the confusion matrix');
  assert.ok(Math.abs((matrix[0]! + matrix[3]!) / 280 - accuracy!) < 1e-4, 'accuracy and matrix agree');
  assert.ok(accuracy! > 0.9, `accuracy on cancer-test is ${accuracy}`);
}

/** Each figure is there with its data: ten losses, and the counts of the matrix. */
function assertFigures(notebook: Notebook): void {
  const [curve, confusion] = FIGURES.map(
    (id) => displayedBy(notebook, id, 'application/vnd.plotly.v1+json') as Plotly | undefined,
  );
  const losses = numbersAfter(printedBy(notebook, 'train-run'), /loss ([\d.]+)/g);
  const drawn = (curve?.data[0]?.['y'] as number[] | undefined)?.map((loss) => Number(loss.toFixed(3)));
  assert.deepEqual(drawn, losses);
  const counts = (confusion?.data[0]?.['text'] as string[] | undefined)?.map(Number) ?? [];
  assert.equal(sum(counts), 280);
  for (const id of FIGURES)
    assert.match(
      textOf(displayedBy(notebook, id, 'image/svg+xml') as string | string[]),
      /^<svg.*<title>/,
      id,
    );
}

/** The part of a plotly specification that is looked at. */
interface Plotly {
  readonly data: readonly Record<string, unknown>[];
}

/** The numbers that the first group of `pattern` finds. */
export function numbersAfter(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => Number(match[1]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
