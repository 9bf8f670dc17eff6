/** Chapter 4 takes a dataset apart, catches a loss that squashes twice at its floor, and over-fits before one's eyes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayedBy, printedBy, type Notebook } from '../../src/course/index.ts';
import * as data from '../../src/data/index.ts';
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import { trainOnBatches } from '../../src/training/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

/** The two numbers of each `0.1 to 0.2` behind a word. */
function rangesAfter(text: string, word: string): [number, number][] {
  const found = text.matchAll(new RegExp(`${word}[^\\d]* ([\\d.]+) to ([\\d.]+)`, 'g'));
  return [...found].map(([, low, high]) => [Number(low), Number(high)]);
}

const inJupyterLab = { figures: ['curve-run'], live: 'curve-run' };

testChapter('04-batch-training', 'ch4-', whatIsShown, { inJupyterLab });

function whatIsShown(notebook: Notebook): void {
  const printed = (id: string) => printedBy(notebook, id);
  assert.match(printed('steps-records'), /0 1 2 3 4 5 6 7/);
  const [near, far] = printed('steps-shuffled')
    .trim()
    .split('\n')
    .map((line) => numbersAfter(line, /(?<=: .*)\b(\d+)/g));
  assert.ok(
    near!.every((offset, place) => offset <= place + 3),
    'from a buffer of 4 a record comes at most three places early',
  );
  assert.ok(
    far!.some((offset) => offset > 100),
    'a large one mixes the whole topic',
  );
  assert.match(printed('steps-filtered'), /^150 of 418/);
  assert.match(printed('steps-batched'), /34,9 -> 34,1\ntensors left: 0/);
  const [first, second] = printed('steps-passes')
    .trim()
    .split('\n')
    .map((line) => line.split(':')[1]);
  assert.notEqual(first, second);

  const figure = displayedBy(notebook, 'curve-run', 'application/vnd.plotly.v1+json') as {
    data: { y: number[] }[];
  };
  const [loss, testLoss] = figure.data.map(({ y }) => y) as [number[], number[]];
  assert.deepEqual([loss.length, testLoss.length], [15, 15]);
  for (const curve of [loss, testLoss])
    assert.ok(curve[2]! < curve[1]! && curve[1]! < curve[0]!, `three epochs fall: ${curve.join(' ')}`);
  assert.ok(loss[0]! > testLoss[0]!, 'the training loss starts above the test loss');
  assert.ok(
    testLoss.slice(2).every((value) => value > 0.07 && value < 0.12),
    `between 0.07 and 0.12: ${testLoss.join(' ')}`,
  );
  assert.ok(loss[14]! < 0.075 && loss[14]! < Math.min(...testLoss), 'the training loss goes on falling');
  const [accuracy] = numbersAfter(printed('curve-test'), /accuracy ([\d.]+) %/g);
  assert.ok(accuracy! > 95, `accuracy ${accuracy}`);

  assert.match(printed('logits-floor'), /logits.* cost 0 and 0\n.*cost 0\.3133 and 0\.6931/);
  const training = rangesAfter(printed('logits-run'), 'training loss');
  const [fits, twice] = training as [[number, number], [number, number]];
  assert.ok(fits[1] < 0.1, 'the loss that fits falls below 0.1');
  assert.ok(twice[0] > 0.5568 && twice[1] < 0.58, `the other stops at ${twice.join(' to ')}`);
  const shares = rangesAfter(printed('logits-run'), 'accuracy').flat();
  assert.ok(Math.min(...shares) > 95 && Math.max(...shares) - Math.min(...shares) <= 2, shares.join(' '));
  const [fitting, squashed] = rangesAfter(printed('logits-run'), 'log loss');
  assert.ok(squashed![0] > 1.5 * fitting![1], 'its probabilities are worse by half or more');
  const [once, again] = numbersAfter(printed('logits-gradient'), /: +([\d.]+)/g);
  assert.ok(once! > 0.99 && again! < 0.001, `gradients ${once} and ${again}`);

  const rates = [
    ...printed('rate-run').matchAll(/rate ([\d.]+): training loss ([\d.]+), test loss ([\d.]+)/g),
  ];
  assertRates(rates.map(([, , training, held]) => [Number(training), Number(held)]));
  assert.match(String(displayedBy(notebook, 'rate-slider', 'text/html')), /rate 0\.0010: training loss 0\.0/);

  const [plainEnd, dropoutEnd] = rangesAfter(printed('overfit-table'), 'at the end').filter((_, i) => i % 2);
  const [plainTraining] = rangesAfter(printed('overfit-table'), 'training loss');
  assert.ok(plainTraining![1] < 0.005, 'without dropout the rows are learnt by heart');
  const [plainTurn, dropoutTurn] = rangesAfter(printed('overfit-table'), '\\(epoch');
  assert.ok(plainTurn![1] <= 30 && dropoutTurn![0] > plainTurn![0] && dropoutTurn![1] > plainTurn![1]);
  assert.match(printed('overfit-count'), /minimum of the test loss\nin 8 of 8 draws,\n.*at the end in 8/);
  const [plainLowest, dropoutLowest] = rangesAfter(printed('overfit-table'), 'test loss: lowest');
  assert.ok(dropoutEnd![0] > dropoutLowest![0] && dropoutEnd![1] > dropoutLowest![1], 'it climbs, too');
  const [moreLowest] = rangesAfter(printed('overfit-more'), 'test loss: lowest');
  const moreEnd = rangesAfter(printed('overfit-more'), 'at the end').at(-1)!;
  const width = ([low, high]: [number, number]) => high - low;
  assert.ok(moreLowest![1] < 0.1 && width(moreLowest!) < 0.6 * width(plainLowest!), 'more rows, less luck');
  assert.ok(
    moreEnd[1] < plainEnd![0] && moreEnd[0] > moreLowest![1],
    `all rows end at ${moreEnd.join(' to ')}`,
  );

  for (const id of ['curve-run', 'overfit-figure'])
    assert.ok(displayedBy(notebook, id, 'application/vnd.plotly.v1+json'), id);
  assert.match(printed('cleanup-topics'), /tensors left: 0/);
}

/** What the text says of rates of 0.00001, 0.001, 0.01 and 0.1: training loss and test loss after ten epochs. */
function assertRates(losses: [training: number, held: number][]): void {
  assert.equal(losses.length, 4);
  const [[slow, slowHeld], [good, goodHeld], [quick, quickHeld], [wide, wideHeld]] = losses as [
    [number, number], [number, number], [number, number], [number, number],
  ]; // prettier-ignore
  const told = losses.join(' | ');
  assert.ok(slow > 0.6 && slowHeld > 0.6, `hardly left the start: ${told}`);
  assert.ok(goodHeld < Math.min(slowHeld, quickHeld, wideHeld), `0.001 has the lowest test loss: ${told}`);
  assert.ok(quick < good && quickHeld > 1.7 * goodHeld, `0.01 learns by heart: ${told}`);
  assert.ok(wide > quick, `0.1 does not come down as far: ${told}`);
}

/** The chapter's rows, scaled, without Kafka. */
async function chapterRows() {
  const table = data.encodeLabels(await data.readBreastCancer());
  const id = 'Sample_code_number';
  const { train, test: held } = data.trainTestSplit(table, { testSize: 0.4, seed: 1, groupBy: id });
  const imputer = data.fitMedianImputer(train, { columns: data.breastCancerFeatures });
  const clean = (part: typeof table) => data.splitLabels(imputer.transform(part).drop({ columns: [id] }));
  const [learnt, tested] = [clean(train), clean(held)];
  const scaler = data.fitStandardScaler(learnt.features);
  const rows = ({ features, labels }: typeof learnt) =>
    (scaler.transform(features).values as number[][]).map((row, at) => ({
      xs: Float32Array.from(row),
      ys: labels[at]!,
    }));
  return { train: rows(learnt), test: rows(tested) };
}

test('what chapter 4 says of its two curves holds for five seeds', async () => {
  const rows = await chapterRows();
  let higher = 0;
  for (const seed of [1, 2, 3, 4, 5]) {
    const start = buildClassifier({ inputs: 9, seed });
    const model = compileTrainStep(start, { seed });
    const { loss, validationLoss = [] } = await trainOnBatches({
      ...{ model, data: rows.train, epochs: 15, seed, validation: { data: rows.test } },
    });
    for (const each of [start, model]) each.dispose();
    for (const curve of [loss, validationLoss])
      assert.ok(curve[2]! < curve[1]! && curve[1]! < curve[0]!, `three epochs fall: ${curve.join(' ')}`);
    assert.ok(loss[0]! > validationLoss[0]!, 'the training loss starts above');
    assert.ok(
      validationLoss.slice(2).every((value) => value > 0.07 && value < 0.12),
      `between 0.07 and 0.12: ${validationLoss.join(' ')}`,
    );
    assert.ok(loss[14]! < Math.min(...validationLoss), 'and goes on falling');
    if (validationLoss[14]! > validationLoss[2]!) higher++;
  }
  assert.ok(higher >= 4, `the test loss ends higher with ${higher} of 5 seeds`);
});

test('what chapter 4 says of learning rates holds for other first weights', async () => {
  const rows = await chapterRows();
  for (const seed of [2, 4]) {
    const losses: [number, number][] = [];
    for (const learningRate of [0.00001, 0.001, 0.01, 0.1]) {
      const start = buildClassifier({ inputs: 9, seed });
      const model = compileTrainStep(start, { learningRate, seed });
      const learn = { data: rows.train, epochs: 10, validation: { data: rows.test } };
      const { loss, validationLoss = [] } = await trainOnBatches({ model, ...learn });
      for (const each of [start, model]) each.dispose();
      losses.push([loss[9]!, validationLoss[9]!]);
    }
    assertRates(losses);
  }
});
