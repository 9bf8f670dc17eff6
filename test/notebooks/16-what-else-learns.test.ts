/** Chapter 16 compares learners: who is right on which stream over three seeds, what they cost, and what drift does to each. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { displayedBy, printedBy, type Notebook } from '../../src/course/index.ts';
import { readBananas, readPhishing, splitLabels, type DataFrame } from '../../src/data/index.ts';
import {
  AdaptiveRandomForest,
  GaussianNaiveBayes,
  HoeffdingTreeClassifier,
  KNeighborsClassifier,
  LogisticRegression,
  OnlineStandardScaler,
  PythonRandom,
  withScaler,
  type RowModel,
} from '../../src/training/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import type { OpenChapter } from '../helpers/chapter-in-jupyterlab.ts';
import { outputText } from '../helpers/jupyterlab-cells.ts';
import { stopAndLook } from '../helpers/jupyterlab-debugger.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

const inJupyterLab = { figures: [], afterwards: lookInside };

testChapter('16-what-else-learns', 'ch16-', whatIsShown, { inJupyterLab });

type Row = Readonly<Record<string, number>>;

/** A table as `console.table` prints it: numbers by the row's name and the column's. */
function tableOf(text: string): Record<string, Row> {
  const [head, ...rows] = text
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) =>
      line
        .split('│')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("'", '')),
    );
  const columns = head!.slice(1);
  return Object.fromEntries(
    rows.map(([name, ...cells]) => [
      name!,
      Object.fromEntries(columns.map((column, i) => [column, parseFloat(cells[i]!)])),
    ]),
  );
}

/** "Always the commoner class" on the bananas, in percent. */
const COMMONER = (100 * 2924) / 5300;

function whatIsShown(notebook: Notebook): void {
  const printed = (id: string) => printedBy(notebook, id);
  const means = tableOf(printed('compare-table'));
  assert.deepEqual(Object.keys(means), ['linear', 'network', 'naive Bayes', 'neighbours', 'tree', 'forest']);
  const written = readFileSync(new URL('../../docs/learners.md', import.meta.url), 'utf8');
  for (const [name, row] of Object.entries(means)) {
    const line = new RegExp(`^\\| (?:Hoeffding )?${name} +((?:\\| +[\\d.]+ )+)\\|$`, 'm').exec(written)![1]!;
    numbersAfter(line, /([\d.]+)/g).forEach((value, at) =>
      assert.ok(Math.abs(value - Object.values(row)[at]!) < 0.5, `docs/learners.md: ${name}, ${value}`),
    );
  }
  const kappas = tableOf(printed('compare-kappa'));
  const of = (stream: string) => Object.values(means).map((row) => row[stream]!);
  const at = (name: string, stream: string) => means[name]![stream]!;
  assert.equal(Math.max(...of('phishing')), at('forest', 'phishing'), 'phishing: the forest is best');
  assert.ok(at('linear', 'bananas') < COMMONER && Math.abs(kappas['linear']!['bananas']!) < 0.05);
  assert.ok(Math.min(at('neighbours', 'bananas'), at('forest', 'bananas')) > at('network', 'bananas') + 5);
  assert.ok(at('network', 'bananas') > Math.max(at('tree', 'bananas'), at('naive Bayes', 'bananas')));
  assert.ok(Math.min(...of('cancer')) > 94 && Math.max(...of('cancer')) < at('linear', 'cancer') + 0.3);
  assert.equal(Math.max(...of('plane')), at('linear', 'plane'), 'plane: the linear model is best');
  assert.ok(at('linear', 'plane') > at('forest', 'plane') + 4);
  assert.ok(Math.max(...of('sea')) - Math.min(...of('sea')) < 2, 'sea: all alike');
  const leaders = ['forest', 'network', 'neighbours'].map((name) => at(name, 'shop'));
  assert.ok(
    Math.max(...of('shop')) === Math.max(...leaders) && Math.max(...leaders) - Math.min(...leaders) < 1,
  );
  assert.ok(at('naive Bayes', 'shop') < 55 && at('tree', 'shop') < 75);
  for (const stream of Object.keys(means['tree']!))
    assert.ok(at('tree', stream) < at('network', stream), stream);
  const near = Object.keys(means['linear']!).filter(
    (stream) => at('linear', stream) > Math.max(...of(stream)) - 2,
  );
  assert.deepEqual(near, ['phishing', 'cancer', 'plane', 'sea'], 'where one may stay with the linear model');

  const [bytes, speed] = printed('costs-run').split('thousands of rows').map(tableOf);
  for (const stream of Object.keys(means['tree']!)) {
    assert.ok(Math.abs(bytes!['network']![stream]! - 800) < 15, `${bytes!['network']![stream]} kilobytes`);
    assert.ok(bytes!['linear']![stream]! < 1 && bytes!['naive Bayes']![stream]! < 1);
    assert.ok(bytes!['tree']![stream]! < bytes!['forest']![stream]!);
    assert.ok(speed!['forest']![stream]! > 0);
  }

  const drifts = tableOf(printed('drift-run'));
  for (const name of ['linear', 'network', 'neighbours', 'tree', 'forest'])
    assert.ok(drifts[name]!['before']! > 95 && drifts[name]!['end']! > 90, name);
  const learnt = Object.values(drifts).filter(({ before }) => before! > 95);
  assert.equal(drifts['tree']!['after'], Math.min(...learnt.map(({ after }) => after!)), 'the tree: deepest');
  const lost = ({ before, after }: Row) => before! - after!;
  assert.equal(lost(drifts['forest']!), Math.min(...learnt.map(lost)), 'the forest loses least');
  assert.ok(drifts['naive Bayes']!['before']! < 60, 'a distribution without width says nothing');

  assert.match(
    printed('inside-grow'),
    /^20 leaves, 7 levels, \d+ bytes\nx1 <= 4\.5388\d*\n {2}x0 <= 6\.1252\d*\n/,
  );
  const grown = printed('inside-watch').trim().split('\n');
  assert.match(grown[0]!, /^row 949, class 1: 2 leaves \| x1 <= 4\.53$/, 'the first question');
  assert.deepEqual(
    grown.map((line) => line.split(' <= ').length - 1),
    [1, 2, 3, 4],
    'a question more at each split',
  );
  const depths = numbersAfter(printed('inside-depths'), /accuracy ([\d.]+) %/g);
  assert.deepEqual(
    depths,
    [...depths].sort((a, b) => a - b),
    'each step down helps',
  );
  assert.ok(
    depths[3]! - depths[0]! > 15 && depths[4]! - depths[3]! < 1,
    'beyond four levels hardly any more',
  );
  assert.match(JSON.stringify(displayedBy(notebook, 'inside-slider', 'text/html')), /depth 5: 19 leaves/);

  const areas = numbersAfter(printed('anomalies-run'), /area ([\d.]+)/g);
  assert.equal(areas.length, 3);
  assert.ok(Math.min(...areas) > 0.8, `malignant samples are unusual: ${areas.join(', ')}`);
  const [rows, accuracy, replaced] = /^(\d+) rows, accuracy ([\d.]+) %; (\d+) trees/
    .exec(printed('online-run'))!
    .slice(1)
    .map(Number);
  assert.ok(rows === 3000 && accuracy! > 80 && replaced! >= 1);
}

/** Drags the slider of the depth to the left, and stops where the tree asks its first question. */
async function lookInside(chapter: OpenChapter): Promise<void> {
  const { lab, indexOf, picture } = chapter;
  const index = indexOf('inside-slider');
  const depth = await lab.dragSlider(index, -300, async () => {
    const told = /depth (\d+): (\d+) leaves/.exec(await outputText(lab.page, index));
    return told && Number(told[1]) < 3 ? told : undefined;
  });
  await lab.page.screenshot({ path: picture('depth-dragged') });
  assert.ok(Number(depth[2]) <= 2 ** Number(depth[1]), `${depth[0]}: a tree of so many levels has no more`);
  const shows = ['leaves 1', 'row 949', 'ys 1'];
  await stopAndLook(chapter, { cell: 'inside-watch', line: 'const questions', shows });
}

test('on recorded rows in other orders: who is ahead of whom', async () => {
  const recorded = { phishing: await readPhishing(), bananas: await readBananas() };
  const scaled = (n: number, model: RowModel) => withScaler(new OnlineStandardScaler(n), model);
  const learners = {
    linear: (n: number) => scaled(n, new LogisticRegression({ features: n, learningRate: 0.05 })),
    bayes: (n: number) => new GaussianNaiveBayes({ features: n }),
    neighbours: (n: number) => scaled(n, new KNeighborsClassifier({ features: n })),
    tree: (n: number) => new HoeffdingTreeClassifier({ features: n, gracePeriod: 50, delta: 0.01 }),
    forest: (n: number) => new AdaptiveRandomForest({ features: n, seed: 1 }),
  };
  const share = (model: RowModel, rows: { xs: number[]; ys: number }[]) => {
    const right = rows.filter(({ xs, ys }) => {
      const isRight = Number((model.predictRow(xs) as number) > 0.5) === ys;
      model.learnRow(xs, ys);
      return isRight;
    });
    return (100 * right.length) / rows.length;
  };
  for (const seed of [4, 5]) {
    const of = (table: DataFrame, label: string) => {
      const { features, labels } = splitLabels(table, label);
      const rows = (features.values as number[][]).map((xs, i) => ({ xs, ys: labels[i]! }));
      const order = new PythonRandom(seed).sample(rows.length, rows.length);
      const shuffled = Array.from(order, (at) => rows[at]!);
      const shares = Object.entries(learners).map(([name, make]) => [
        name,
        share(make(features.columns.length), shuffled),
      ]);
      return Object.fromEntries(shares) as Record<keyof typeof learners, number>;
    };
    const [phishing, bananas] = [of(recorded.phishing, 'is_phishing'), of(recorded.bananas, 'class')];
    assert.equal(phishing.forest, Math.max(...Object.values(phishing)), JSON.stringify(phishing));
    assert.ok(bananas.linear < COMMONER && bananas.bayes < 65 && bananas.tree < 80, JSON.stringify(bananas));
    assert.ok(Math.min(bananas.neighbours, bananas.forest) > 86, JSON.stringify(bananas));
  }
});
