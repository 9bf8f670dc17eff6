/** Chapter 16 compares learners: who is right on which stream over three seeds, what they cost, and what drift does to each. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy, type Notebook } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter('16-what-else-learns', 'ch16-', whatIsShown);

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

function whatIsShown(notebook: Notebook): void {
  const printed = (id: string) => printedBy(notebook, id);
  const means = tableOf(printed('compare-run'));
  const of = (stream: string, ...names: string[]) => names.map((name) => means[name]![stream]!);
  assert.deepEqual(Object.keys(means).length, 6);
  const [linearRings, networkRings, treeRings] = of('rings', 'linear', 'network', 'tree');
  assert.ok(
    Math.max(linearRings!, networkRings!) < 55 && treeRings! < 65,
    'rings: little better than chance',
  );
  assert.ok(Math.min(...of('rings', 'neighbours', 'forest')) > 85, 'rings: neighbours and forest');
  const planes = Object.values(means).map(({ plane }) => plane!);
  assert.equal(Math.max(...planes), means['linear']!['plane'], 'plane: the linear model is best');
  assert.ok(means['linear']!['plane']! > means['forest']!['plane']! + 4);
  const seas = Object.values(means).map(({ sea }) => sea!);
  assert.ok(Math.max(...seas) - Math.min(...seas) < 2, 'sea: all alike');
  const shops = Object.values(means).map(({ shop }) => shop!);
  assert.equal(Math.max(...shops), means['forest']!['shop'], 'shop: the forest is best');
  assert.ok(means['naive Bayes']!['shop']! < 55 && means['tree']!['shop']! < 75);

  assert.match(printed('costs-rows'), /^683 samples/);
  const costs = tableOf(printed('costs-run'));
  for (const [name, { accuracy, kappa }] of Object.entries(costs))
    assert.ok(accuracy! > 95 && kappa! > 0.8, `${name}: ${accuracy} %, ${kappa}`);
  assert.ok(Math.abs(costs['network']!['bytes']! - 800_000) < 50_000, `${costs['network']!['bytes']} bytes`);
  assert.ok(costs['linear']!['bytes']! < 1000 && costs['naive Bayes']!['bytes']! < 1000);
  assert.ok(costs['neighbours']!['bytes']! > 50_000 && costs['forest']!['bytes']! > 30_000);

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
