/** Chapter 7 lives through drifts: a model left alone fails, detectors report it, reactions make up for it; on many streams. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayedBy, printedBy, type Notebook } from '../../src/course/index.ts';
import {
  Adwin,
  conceptDrift,
  HddmA,
  kolmogorovSmirnov,
  LogisticRegression,
  OnlineStandardScaler,
  PageHinkley,
  PythonRandom,
  prequentialScore,
  reactToDrift,
  staggerStream,
  takeRows,
  withScaler,
  type LabelledRow,
} from '../../src/training/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import type { OpenChapter } from '../helpers/chapter-in-jupyterlab.ts';
import { stopAndLook } from '../helpers/jupyterlab-debugger.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

const inJupyterLab = { figures: ['live-run'], live: 'live-run', afterwards: stopAtTheAlarm };

testChapter('07-drift', 'ch7-', whatIsShown, { inJupyterLab });

function whatIsShown(notebook: Notebook): void {
  const printed = (id: string) => printedBy(notebook, id);
  const alone = numbersAfter(printed('alone-judge'), /accuracy ([\d.]+) %/g);
  assert.equal(alone.length, 9);
  assert.ok(alone[0]! > 95 && alone[8]! > 95, `left alone: ${alone.join(', ')}`);
  assert.ok(
    alone.slice(1, 5).every((share) => share < 50),
    `worse than guessing: ${alone.join(', ')}`,
  );
  assert.match(
    printed('detector-run'),
    /window of 1000,[^!]*number 10\d\d: drift!\nnumber 1249: window of 194,/,
  );

  assert.match(printed('live-complete'), /^all 6000 rows/);
  const found = numbersAfter(printed('live-marks'), /drift at row (\d+)/g);
  assert.deepEqual(found, [2012, 3993, 4143], 'the rows do not depend on when they come');
  const figure = displayedBy(notebook, 'live-run', 'application/vnd.plotly.v1+json') as {
    data: { name: string; x: (number | null)[]; y: number[] }[];
  };
  assert.equal(figure.data[0]!.y.length, 6000 / 50);
  assert.equal(figure.data[0]!.x.at(-1), 6000, 'the curve ends on the last row');
  const marks = figure.data.find(({ name }) => name === 'drift')!.x;
  assert.deepEqual([...new Set(marks)].filter(Number), found, 'each drift is marked in the figure');
  const [pictures] = numbersAfter(printed('live-run'), /drawn: (\d+)/g);
  assert.ok(pictures! >= 2, 'the figure changed while rows came');

  assert.match(printed('reactions-past'), /^6000 rows/);
  const [report, raise, reset, retrain] = numbersAfter(printed('reactions-run'), /^\w+ +([\d.]+) %$/gm);
  assert.ok(report! < 88 && raise! > report! + 3 && retrain! > report! + 3 && reset! > raise!);
  const [none, rate, anew, w1000, w200, w50, ...more] = meansOf(printed('reactions-means'));
  assert.deepEqual(more, []);
  for (const reaction of [rate!, anew!, w1000!, w200!, w50!])
    assert.ok(reaction.lowest > none!.highest, 'any reaction beats none, in every stream');
  assert.ok(anew!.mean > w50!.mean && w50!.mean > w200!.mean && w200!.mean > w1000!.mean);
  assert.ok(anew!.mean - w50!.mean < 0.6 && anew!.mean > rate!.mean, 'forgetting is best, 50 rows are close');

  const detectors = tableOf(printed('detectors-run'));
  assert.deepEqual(Object.keys(detectors).length, 7);
  for (const [name, [, cliff]] of Object.entries(detectors)) assert.equal(cliff, 20, `${name}: the cliff`);
  for (const [name, [, , , slope]] of Object.entries(detectors))
    if (name === 'KSWIN') assert.ok(slope! >= 7 && slope! <= 13, `KSWIN finds the slope in ${slope} of 20`);
    else assert.equal(slope, 20, `${name}: the slope`);
  assert.ok(detectors['EDDM']![0]! >= 17 && detectors['DDM']![0]! > 0 && detectors['DDM']![0]! < 10);
  assert.ok(detectors['ADWIN']![0]! > 10 && detectors['Page-Hinkley']![0]! > 10 && !detectors['HDDM-A']![0]);
  const delays = Object.entries(detectors).map(([name, [, , delay]]) => ({ name, delay: delay! }));
  assert.equal(delays.sort((one, other) => one.delay - other.delay)[0]!.name, 'HDDM-A');
  const [calm, eager] = meansOf(printed('detectors-better'));
  assert.ok(calm!.mean > eager!.mean + 1 && calm!.lowest > eager!.highest, 'an improvement is no reason');

  const quiet = tableOf(printed('calm-run').replaceAll(/'([\d.]+) \((\d+) to (\d+)\)'/g, '$1'));
  assert.ok(
    quiet['HDDM-A']!.every((mean) => mean < 1),
    'HDDM-A: fewer than one in 10,000 rows',
  );
  assert.deepEqual(quiet['ADWIN'], [0, 0]);
  assert.ok(
    Object.values(quiet).some(([low, high]) => Math.abs(low! - high!) > 1),
    'some detector behaves differently at another error rate',
  );
  const [noTies] = numbersAfter(printed('calm-run'), /without ties: ([\d.]+) /g);
  assert.ok(noTies! >= 10 && noTies! <= 20 && quiet['KSWIN']!.every((mean) => mean < noTies! / 5));

  assert.match(printed('detector-inside'), /^number 1055: window 1055 -> 160, error rate in it 20\.0 %\n$/);
  const atRates = printed('detector-rates')
    .split('\n')
    .filter((line) => line.includes(' finds it in '));
  assertDelays(
    atRates.map((line) => Number(/in (\d+) of 10/.exec(line)![1])),
    atRates.map((line) => Number(/after (\d+) rows/.exec(line)?.[1])),
  );
  assert.match(String(displayedBy(notebook, 'detector-slider', 'text/html')), /36\.0 % wrong: ADWIN/);

  const [atOnce, late, later] = meansOf(printed('labels-late'));
  assert.ok(Math.abs(atOnce!.mean - late!.mean - 2) < 1 && Math.abs(atOnce!.mean - later!.mean - 15) < 1.5);
  assert.match(printed('labels-test'), /our stream, colour: \de-\d\d\n[^]*as they come, colour: 1\.00/);
  const [different, three, errors] = numbersAfter(printed('ties-run'), / (\d+) of 1000/g);
  assert.ok(different! >= 30 && different! <= 70 && three! < 20 && errors! < 10, printed('ties-run'));
  const online = numbersAfter(printed('online-run'), /6000 rows, accuracy ([\d.]+) %/g);
  assert.ok(online.length === 2 && online[1]! > online[0]! + 1 && online[1]! > 90, online.join(' and '));
}

/** What the text says of 12, 15, 20, 30 and 50 % wrong after 10 %, each for ADWIN and HDDM-A. */
function assertDelays(draws: readonly number[], delays: readonly number[]): void {
  const told = `${draws.join(' ')} | ${delays.join(' ')}`;
  assert.equal(draws.length, 10);
  assert.deepEqual([draws.slice(0, 2), draws.slice(4)], [[0, 0], [10, 10, 10, 10, 10, 10]], told); // prettier-ignore
  for (const delay of delays.slice(4, 6)) assert.ok(delay > 350 && delay < 700, told);
  for (const delay of delays.slice(8)) assert.ok(delay < 60, told);
}

/** Stops where ADWIN raises its alarm: the window has just been cut. */
async function stopAtTheAlarm(chapter: OpenChapter): Promise<void> {
  const shows = ['number 1055', 'before 1055', 'after 160', 'wrong true'];
  await stopAndLook(chapter, { cell: 'detector-inside', line: 'console.log', shows });
}

/** Lines of `overDraws`: mean, lowest and highest, in percent. */
function meansOf(text: string): { mean: number; lowest: number; highest: number }[] {
  return [...text.matchAll(/([\d.]+) % \(([\d.]+) % to ([\d.]+) %\)$/gm)].map(
    ([, mean, lowest, highest]) => ({
      ...{ mean: Number(mean), lowest: Number(lowest), highest: Number(highest) },
    }),
  );
}

/** The numbers of a printed table's lines, by the line's name. */
function tableOf(text: string): Record<string, number[]> {
  const lines = text.split('\n').map((line) => line.split('│').map((part) => part.trim()));
  const rows = lines.filter((parts) => parts.length > 3 && parts[1] !== '(index)');
  return Object.fromEntries(rows.map((parts) => [parts[1]!, parts.slice(2, -1).map(Number)]));
}

/** The chapter's stream and model. */
function seasons(seed: number): LabelledRow[] {
  const season = (rule: 0 | 2, shift: number) => staggerStream({ rule, balanced: true, seed: seed + shift });
  const abrupt = conceptDrift(season(0, 0), season(2, 1), { position: 2_000 });
  return takeRows(conceptDrift(abrupt, season(0, 2), { position: 4_000, width: 500, seed }), 6_000);
}

function newModel(rate = 0.01) {
  const options = { features: 3, learningRate: rate, interceptLearningRate: rate };
  return withScaler(new OnlineStandardScaler(3), new LogisticRegression(options));
}

const draws = Array.from({ length: 20 }, (_, draw) => seasons(10 * draw + 11));

const shareRight = (model: ReturnType<typeof newModel>, rows: readonly LabelledRow[]) =>
  rows.filter(({ xs, ys }) => Math.round(model.predictRow(xs)) === ys).length / rows.length;

const average = (numbers: readonly number[]) =>
  numbers.reduce((sum, one) => sum + one, 0) / (numbers.length || 1);

test('on twenty streams: left alone it is worse than guessing from the change on, and right again under the old rule', () => {
  for (const rows of draws) {
    const alone = newModel();
    for (const { xs, ys } of rows.slice(0, 1_500)) alone.learnRow(xs, ys);
    const blocks = Array.from({ length: 9 }, (_, block) =>
      shareRight(alone, rows.slice(1_500 + 500 * block, 2_000 + 500 * block)),
    );
    assert.ok(blocks[0]! > 0.85 && blocks[8]! > 0.85, blocks.join(' '));
    assert.ok(blocks.slice(1, 4).every((share) => share < 0.5));
  }
});

test("on the chapter's own stream: HDDM-A reports at row 2012 that the model left alone is wrong", () => {
  const [stream, alone, hddm] = [seasons(1), newModel(), new HddmA()];
  for (const { xs, ys } of stream.slice(0, 1_500)) alone.learnRow(xs, ys);
  const found = stream.slice(1_500).findIndex((row) => {
    hddm.update(shareRight(alone, [row]) === 1 ? 0 : 1);
    return hddm.driftDetected;
  });
  assert.equal(1_500 + found, 2012);
});

test('on twenty streams: how late the alarm is, how long the model needs to unlearn, how quickly a new one learns', () => {
  for (const rows of draws) {
    const [model, hddm] = [newModel(), new HddmA()];
    const alarms: number[] = [];
    const errors = rows.map(({ xs, ys }, row) => {
      const error = Math.round(model.predictRow(xs)) === ys ? 0 : 1;
      model.learnRow(xs, ys);
      hddm.update(error);
      if (hddm.driftDetected) alarms.push(row);
      return error;
    });
    for (const detector of [new Adwin(), new PageHinkley()])
      errors.slice(0, 2_000).forEach((error, row) => {
        detector.update(error);
        if (detector.driftDetected)
          assert.ok(
            average(errors.slice(Math.max(0, row - 200), row)) < average(errors.slice(0, row)),
            'before the change ADWIN and Page-Hinkley report what has become better',
          );
      });
    assert.ok(alarms[0]! >= 2_000 && alarms[0]! < 2_020, `HDDM-A reports at ${alarms[0]}`);
    const slope = alarms.filter((row) => row > 3_500 && row < 4_500).length;
    assert.ok(slope === 1 || slope === 2, `${slope} alarms on the slope`);
    const back = Array.from({ length: 1_500 }, (_, row) => 2_250 + row).find(
      (row) => average(errors.slice(row - 250, row)) <= 0.1,
    )!;
    assert.ok(back - 2_000 > 550 && back - 2_000 < 850, `nine of ten again after ${back - 2_000} rows`);
    const fresh = newModel();
    const right = rows.slice(2_000, 2_100).filter(({ xs, ys }) => {
      const isRight = Math.round(fresh.predictRow(xs)) === ys;
      fresh.learnRow(xs, ys);
      return isRight;
    }).length;
    assert.ok(right >= 90, `a new model has ${right} of its first 100 rows right`);
  }
});

test('on ten streams: features show a change of what comes, never a change of what it means', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const stream = (balanced: boolean) =>
      takeRows(
        conceptDrift(
          staggerStream({ rule: 0, balanced, seed }),
          staggerStream({ rule: 2, balanced, seed: seed + 100 }),
          { position: 2_000 },
        ),
        3_000,
      );
    const pValues = (rows: readonly LabelledRow[]) =>
      [0, 1].map((feature) => {
        const values = (from: number) => rows.slice(from, from + 1_000).map(({ xs }) => xs[feature]!);
        return kolmogorovSmirnov(values(1_000), values(2_000)).pValue;
      });
    assert.ok(Math.max(...pValues(stream(true))) < 1e-4, 'size and colour change');
    const same = stream(false);
    assert.ok(Math.min(...pValues(same)) > 0.01, 'nothing to be seen');
    const alone = newModel();
    for (const { xs, ys } of same.slice(0, 1_500)) alone.learnRow(xs, ys);
    assert.ok(shareRight(alone, same.slice(2_000)) < 0.5, 'and yet it is wrong in most rows');
  }
});

test('on ten streams: one step for 32 rows needs a rate about as many times as large', async () => {
  const byRate: Record<string, number[]> = {};
  for (const rows of draws.slice(0, 10)) {
    for (const rate of [0.01, 0.3]) {
      const model = newModel(rate);
      const drift = reactToDrift(model, { detector: new HddmA(), reaction: 'reset' });
      let right = 0;
      for (let from = 0; from < rows.length; from += 32) {
        const part = rows.slice(from, from + 32);
        const xs = Float32Array.from(part.flatMap((row) => Array.from(row.xs)));
        const ys = Float32Array.from(part, (row) => row.ys);
        const predicted = model.predict(xs, part.length);
        const errors = part.map((row, at) => (Math.round(predicted[at]!) === row.ys ? 0 : 1));
        right += errors.filter((error) => error === 0).length;
        model.learn({ rows: part.length, xs, ys });
        drift.onErrors(errors);
      }
      (byRate[rate] ??= []).push(right / rows.length);
    }
    const model = newModel();
    const drift = reactToDrift(model, { detector: new HddmA(), reaction: 'reset' });
    const { metrics } = await prequentialScore(rows, { model, drift, metrics: ['accuracy'] });
    (byRate['row by row'] ??= []).push(metrics.accuracy!);
  }
  const [small = 0, large = 0, single = 0] = Object.values(byRate).map(average);
  assert.deepEqual(Object.keys(byRate), ['0.01', '0.3', 'row by row']);
  assert.ok(single - large < 0.015 && large > small + 0.01, `${small}, ${large}, row by row ${single}`);
});

test('how strong a drift must be, on ten other draws', () => {
  const [draws, delays]: number[][] = [[], []];
  for (const rate of [0.12, 0.15, 0.2, 0.3, 0.5])
    for (const make of [() => new Adwin(), () => new HddmA()]) {
      const found = Array.from({ length: 10 }, (_, draw) => {
        const [random, detector] = [new PythonRandom(100 + draw), make()];
        for (let number = 0; number < 3_000; number++) {
          detector.update(random.random() < (number < 1_000 ? 0.1 : rate) ? 1 : 0);
          if (number >= 1_000 && detector.driftDetected) return number - 1_000;
        }
        return Infinity;
      }).sort((one, other) => one - other);
      draws!.push(found.filter(Number.isFinite).length);
      delays!.push(found[4]!);
    }
  assertDelays(draws!, delays!);
});
