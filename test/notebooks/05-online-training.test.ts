/** Chapter 5 learns from a stream, is measured against a simple model, and goes on to the same last bit. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy, type Notebook } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import type { OpenChapter } from '../helpers/chapter-in-jupyterlab.ts';
import { cellAt, promptOf, until } from '../helpers/jupyterlab-cells.ts';
import { stopAndLook } from '../helpers/jupyterlab-debugger.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

/** Every `93.1 to 95.4` in a text. */
function ranges(text: string): [number, number][] {
  return [...text.matchAll(/([\d.]+) to ([\d.]+)/g)].map(([, low, high]) => [Number(low), Number(high)]);
}

const inJupyterLab = {
  ...{ figures: ['online-run'], live: 'online-run' },
  ...{ meanwhile: pauseAndGoOn, afterwards: lookIntoCheckpoint },
};

testChapter('05-online-training', 'ch5-', whatIsShown, { inJupyterLab });

function whatIsShown(notebook: Notebook): void {
  const printed = (id: string) => printedBy(notebook, id);
  const [compiled] = numbersAfter(printed('step-time'), /([\d.]+) ms/g);
  const [plain] = numbersAfter(printed('step-plain'), /([\d.]+) ms/g);
  assert.ok(plain! > 2 * compiled!, `a step takes ${compiled} ms compiled, ${plain} ms plain`);
  const byHand = numbersAfter(printed('loop-run'), /loss ([\d.]+)/g);
  assert.ok(byHand.at(-1)! < 0.7 * byHand[0]!, `the loss falls: ${byHand.join(', ')}`);
  assert.match(printed('loop-complete'), /all 699 rows/);
  const controls = displayedBy(notebook, 'online-controls', 'text/plain') ?? printed('online-controls');
  assert.match(
    [controls as string | string[]].flat().join(''),
    /training: go on [^]*learning rate: 0\.001/,
    'controls, or how they stand',
  );
  assert.match(printed('online-run'), /^699 rows in 22 mini datasets, 66 steps/m);

  const [model, last, majority] = numbersAfter(printed('online-report'), /accuracy ([\d.]+) %/g);
  assert.ok(model! > 91 && model! > last! + 20 && model! > majority! + 20, `${model} beside ${last}`);
  const figure = displayedBy(notebook, 'online-run', 'application/vnd.plotly.v1+json') as {
    data: { y: number[] }[];
  };
  const [curve, baseline] = figure.data.map(({ y }) => y) as [number[], number[]];
  assert.equal(curve.length, 22);
  assert.ok(curve[3]! > baseline[3]! + 15, `after 128 rows it is well above: ${curve[3]}`);

  const [network, simple] = numbersAfter(printed('simple-run'), /accuracy ([\d.]+) %/g);
  assert.ok(simple! > network! && network === model, `${network} beside ${simple}`);
  assert.match(printed('simple-run'), /rows learnt: 699 of 699/);
  const [, netStart, netLate, , simpleStart, simpleLate] = ranges(printed('simple-table'));
  assert.ok(
    simpleStart![0] > netStart![0] && simpleStart![1] > netStart![1],
    'the lead is made at the beginning',
  );
  for (const side of [0, 1] as const)
    assert.ok(Math.abs(netLate![side] - simpleLate![side]) <= 1.2, 'later they are equal');
  const [lead, ahead, behind] = numbersAfter(printed('simple-paired'), /(?:by|in) (-?[\d.]+)/g);
  assert.ok(lead! > 0.2 && lead! < 2, `a lead of ${lead} percentage points`);
  const [lateLead] = numbersAfter(printed('simple-paired'), /lead is (-?[\d.]+)/g);
  assert.ok(Math.abs(lateLead!) < 0.5, `from row 321 on a lead of ${lateLead}`);
  assert.ok(ahead! >= 5 && behind! <= 3, `ahead in ${ahead}, behind in ${behind} of 10 orders`);
  const [byNetwork, bySum] = ranges(printed('signs-run'));
  assert.ok(byNetwork![0] > 92, `the network finds the sign: ${byNetwork!.join(' to ')}`);
  assert.ok(bySum![0] > 40 && bySum![1] < 60, `the weighted sum guesses: ${bySum!.join(' to ')}`);

  assert.match(
    printed('resume-run'),
    /first life: 256 rows; second life: 443 rows\nit went on from checkpoint-/,
  );
  assert.match(printed('resume-compare'), /the same, to the last bit: true/);
  const opened = printed('resume-inside').trim().split('\n');
  assert.equal(
    new Set(opened.map((line) => line.split('state ')[1])).size,
    3,
    'each step leaves another state',
  );
  const losses = [...printed('epochs-run').matchAll(/log loss ([\d.]+) to ([\d.]+)/g)];
  const [one, three, ten] = losses.map(([, low, high]) => [Number(low), Number(high)]);
  assert.ok(one![0]! > three![1]! && three![0]! > ten![1]!, 'with more epochs the log loss is lower');
  const accuracies = ranges(printed('epochs-run')).filter((_, place) => place % 2 === 0);
  const [lows, highs] = [accuracies.map(([low]) => low), accuracies.map(([, high]) => high)];
  assert.ok(accuracies[1]![1] > simple! - 0.6, 'lucky first weights do as well as the simple model');
  const spread = Math.max(...accuracies.map(([low, high]) => high - low));
  for (const ends of [lows, highs])
    assert.ok(Math.max(...ends) - Math.min(...ends) < spread, 'seeds differ by more than settings');
  const bySize = numbersAfter(printed('size-run'), /([\d.]+) % right/g);
  assert.ok(
    bySize[0]! > bySize[2]! + 2 && bySize[2]! > bySize[3]! + 2,
    `small ones first: ${bySize.join(' ')}`,
  );
  const slider = displayedBy(notebook, 'size-slider', 'text/html') ?? printed('size-slider');
  assert.match(
    [slider as string | string[]].flat().join(''),
    /32 rows: 22 steps, 9\d/,
    'a slider, or how it stands',
  );
  assert.ok(displayedBy(notebook, 'simple-figure', 'application/vnd.plotly.v1+json'));
  assert.match(printed('cleanup-topics'), /tensors left: 0/);
}

/** Pauses the training under way by its button, sees its figure stand, and lets it go on, by the other button. */
async function pauseAndGoOn({ lab: { page }, indexOf, picture }: OpenChapter): Promise<void> {
  const [controls, live] = [indexOf('online-controls'), indexOf('online-run')];
  const button = (label: string) => cellAt(page, controls).getByRole('button', { name: label, exact: true });
  const figure = cellAt(page, live).locator('.jp-OutputArea-output img').first();
  await until('the controls are there', async () => (await button('pause').count()) > 0, 120_000);
  await button('pause').click();
  await until('the figure is there', async () => (await figure.count()) > 0);
  const standsMs = 1_500;
  let [shown, since] = ['', Date.now()];
  // A training that does not pause shows its last state so long, too, but nothing after it: see what follows.
  await until('the figure stands', async () => {
    const now = (await figure.getAttribute('src')) ?? '';
    if (now !== shown) [shown, since] = [now, Date.now()];
    return Date.now() - since > standsMs;
  });
  assert.equal(await promptOf(page, live), '[*]:', 'the training waits');
  await page.screenshot({ path: picture('paused') });
  await button('go on').click();
}

/** Stops after the first step: what a checkpoint keeps is in the panel. */
async function lookIntoCheckpoint(chapter: OpenChapter): Promise<void> {
  const shows = ['count 0', 'loss 0.', 'kept', 'state'];
  await stopAndLook(chapter, { cell: 'resume-inside', line: 'console.log', shows });
}
