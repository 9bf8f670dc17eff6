/** Chapter 6 judges a stream, chooses a threshold by cost in four ways and by a slider, and shows that a group goes on behind what it has committed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayedBy, printedBy, type Notebook } from '../../src/course/index.ts';
import { calibrationBins } from '../../src/plots/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import type { OpenChapter } from '../helpers/chapter-in-jupyterlab.ts';
import { cellAt, outputText, until } from '../helpers/jupyterlab-cells.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

const inJupyterLab = { figures: ['confusion-figure'], afterwards: dragTheThreshold };

testChapter('06-inference-and-evaluation', 'ch6-', whatIsShown, { inJupyterLab });

function whatIsShown(notebook: Notebook): void {
  const printed = (id: string) => printedBy(notebook, id);
  assert.match(printed('lag-before-run'), /together 281/);
  assert.match(printed('inference-run'), /^281 rows judged/);
  const [accuracy] = numbersAfter(printed('inference-run'), /accuracy ([\d.]+) %/g);
  assert.ok(accuracy! > 95, `accuracy ${accuracy}`);
  assert.match(printed('lag-after-run'), /together 0/);
  const [precision, recall] = numbersAfter(printed('confusion-scores'), /(?:precision|recall) ([\d.]+) %/g);
  assert.ok(precision! > 88 && recall! > 95, `precision ${precision}, recall ${recall}`);
  const still = displayedBy(notebook, 'threshold-slider', 'text/plain') ?? printed('threshold-slider');
  assert.match(
    [still as string | string[]].flat().join(''),
    /^FloatSlider threshold: 0\.5 [^]*threshold 0\.50: cost on the test rows \d+/,
  );
  const [area] = numbersAfter(printed('curves-roc'), /curve: ([\d.]+)/g);
  assert.ok(area! > 0.985, `area ${area}`);

  const rows = numbersAfter(printed('calibration-figure'), /rows: (\d+)/g);
  const [filled] = numbersAfter(printed('calibration-figure'), /(\d) of 5 bins/g);
  assert.equal(rows.length, filled, 'as many bins as said');
  assert.equal(
    rows.reduce((sum, each) => sum + each),
    281,
  );
  assert.ok(rows[0]! > 150 && rows.at(-1)! > 70, 'most rows are near 0 or near 1');
  assert.ok(rows.slice(1, -1).reduce((sum, each) => sum + each, 0) < 25, 'few are between them');
  const calibration = displayedBy(notebook, 'calibration-figure', 'application/vnd.plotly.v1+json') as {
    data: { x: number[] }[];
  };
  assert.equal(calibration.data[0]!.x.length, filled, 'the figure draws the same bins');
  const observed = numbersAfter(printed('calibration-figure'), /in truth ([\d.]+) %/g);
  assert.ok(observed[0]! < 5 && observed.at(-1)! > 90, `nearly always right: ${observed.join(', ')}`);

  const single = numbersAfter(printed('threshold-test'), /cost on the test rows (\d+)/g);
  assert.equal(single.length, 4);
  assert.ok(Math.max(...single) - Math.min(...single) < 20, `one split tells nothing: ${single.join(', ')}`);
  assert.ok(
    single.every((cost) => cost >= 20 && cost < 40),
    'most of it is one missed tumour',
  );
  const many = printed('threshold-many');
  const [half, training, folds, rule] = numbersAfter(many, /mean cost ([\d.]+)/g);
  const costs = `mean costs ${half}, ${training}, ${folds}, ${rule}`;
  assert.ok(half! > 2 * training! && half! > 2.5 * rule! && half! < 4.5 * rule!, costs);
  assert.ok(training! > folds! && training! > 1.25 * rule!, costs);
  assert.ok(Math.abs(folds! - rule!) < 6, costs);
  const widths = [...many.matchAll(/threshold ([\d.]+) to ([\d.]+)/g)].map(
    ([, low, high]) => Number(high) - Number(low),
  );
  assert.ok(widths[1]! > 1.3 * widths[2]! && widths[3] === 0, `thresholds jump by ${widths.join(', ')}`);
  const [halfDearer, trainingDearer, foldsDearer] = numbersAfter(
    printed('threshold-paired'),
    /in (\d+) splits/g,
  );
  const [, trainingCheaper, foldsCheaper] = numbersAfter(printed('threshold-paired'), /cheaper in (\d+)/g);
  assert.ok(halfDearer! >= 22, `0.5 is dearer than the rule in ${halfDearer} of 25 splits`);
  assert.ok(trainingDearer! > 2 * trainingCheaper!, 'so is the threshold by training rows in most');
  assert.ok(foldsCheaper! > foldsDearer!, `folds are cheaper in ${foldsCheaper}, dearer in ${foldsDearer}`);

  const [, , foldsDearerBy] = numbersAfter(printed('threshold-paired'), /splits, by ([\d.]+)/g);
  const [, , foldsCheaperBy] = numbersAfter(printed('threshold-paired'), /cheaper in \d+, by ([\d.]+)/g);
  assert.ok(foldsDearerBy! > foldsCheaperBy!, `dearer by ${foldsDearerBy}, cheaper by ${foldsCheaperBy}`);

  assert.match(printed('again-empty'), /: 0 rows/);
  assert.match(printed('again-reset'), /after a reset: 281 rows; without a group: 281/);
  for (const id of ['confusion-figure', 'curves-roc', 'curves-pr', 'calibration-figure'])
    assert.ok(displayedBy(notebook, id, 'application/vnd.plotly.v1+json'), id);
  assert.match(printed('cleanup-topics'), /tensors left: 0/);
}

test('behind seven malignant samples of ten can stand anything from 40 % to 89 %', () => {
  const [bin] = calibrationBins({ labels: [1, 1, 1, 1, 1, 1, 1, 0, 0, 0], scores: Array(10).fill(0.7) }, 1);
  assert.deepEqual([Math.round(100 * bin!.low), Math.round(100 * bin!.high)], [40, 89]);
});

/** Drags the slider of the threshold to the left: the cost and the figure of errors follow, and agree. */
async function dragTheThreshold({ lab, indexOf, picture }: OpenChapter): Promise<void> {
  const { page } = lab;
  const index = indexOf('threshold-slider');
  const cell = cellAt(page, index);
  /** What is told, if the figure below it is of the same threshold: a missed tumour weighs as much as 20 false alarms. */
  const seen = async () => {
    const told = /threshold (0\.\d+): cost on the test rows (\d+)/.exec(await outputText(page, index));
    const drawn = decodeURIComponent((await cell.locator('.jp-RenderedSVG img').getAttribute('src')) ?? '');
    const counts = [...drawn.matchAll(/>(\d+)<\/text>/g)].map(([, count]) => Number(count));
    const [, falseAlarms, missed] = counts;
    const cost = Number(told?.[2]);
    return counts.length === 4 && 20 * missed! + falseAlarms! === cost
      ? { threshold: Number(told![1]), cost, counts: counts.join() }
      : undefined;
  };
  const handle = cell.locator('.noUi-handle');
  await lab.broughtIntoView(index, handle);
  const before = await until('the cost and its figure are there', seen);
  assert.equal(before.threshold, 0.5);
  await page.screenshot({ path: picture('threshold-before') });
  const moved = await lab.dragSlider(index, -200, async () => {
    const now = await seen();
    return now && now.counts !== before.counts && now.cost !== before.cost ? now : undefined;
  });
  await page.screenshot({ path: picture('threshold-dragged') });
  assert.ok(moved.threshold < 0.5, `threshold ${moved.threshold}`);
}
