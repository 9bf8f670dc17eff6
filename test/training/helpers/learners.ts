/** Rows of River's datasets, and what its learners say of each before they learn it. */
import assert from 'node:assert/strict';
import { PythonRandom, type RowModel } from '../../../src/training/index.ts';
import { riverFixture, riverRows } from './river.ts';

/** A row and its class. */
export interface ClassRow {
  readonly xs: number[];
  readonly ys: number;
}

/** River's probability of class 1, of every row; 0 before it knows any class. */
interface Binary {
  readonly bayes: number[];
  readonly neighbors: number[];
  readonly scaledNeighbors: number[];
  readonly manhattan: number[];
  readonly halfSpaces: number[];
}

/** What `scripts/river_fixtures/learners.py` wrote. */
export const learnersFixture = riverFixture<{
  readonly phishing: Binary;
  readonly bananas: Binary;
  readonly segments: { readonly bayes: number[][]; readonly neighbors: number[][] };
  readonly outliers: { readonly default: number[]; readonly small: number[] };
}>('learners');

/** Phishing, the first 2,000 rows of Bananas, or the first 500 of ImageSegments. */
export function labelledRows(name: 'phishing' | 'bananas' | 'segments'): ClassRow[] {
  const { xs, ys } = riverRows[name];
  return xs.slice(0, name === 'bananas' ? 2000 : undefined).map((row, i) => ({ xs: row, ys: ys[i]! }));
}

/** Predicts each row as River did, the same class and the same probabilities, and then learns it. */
export function checkRows(
  model: RowModel,
  rows: readonly ClassRow[],
  expected: readonly (number | readonly number[])[],
  within: number,
): void {
  assert.equal(expected.length, rows.length);
  rows.forEach(({ xs, ys }, i) => {
    const found = model.predictRow(xs);
    // Before the first row River says nothing.
    if (i > 0) {
      const [ours, theirs] = [found, expected[i]!].map((one) =>
        typeof one === 'number' ? [1 - one, one] : Array.from(one),
      ) as [number[], number[]];
      assert.equal(classOf(ours), classOf(theirs), `row ${i}`);
      ours.forEach((probability, label) =>
        assert.ok(
          Math.abs(probability - theirs[label]!) <= within,
          `row ${i}: ${probability}, not ${theirs[label]}`,
        ),
      );
    }
    model.learnRow(xs, ys);
  });
}

/** The most probable one, the first of equal ones. */
const classOf = (probabilities: readonly number[]): number =>
  probabilities.indexOf(Math.max(...probabilities));

/** Rows of two clusters, a few of them anywhere (class 1); `scripts/river_fixtures/learners.py` draws the same. */
export function outlierRows(seed: number, rows: number): ClassRow[] {
  const random = new PythonRandom(seed);
  return Array.from({ length: rows }, () => {
    const odd = random.random() < 0.03;
    const middle = random.random() < 0.5 ? 0.3 : 0.6;
    const value = (): number => (odd ? random.random() : middle + 0.1 * (random.random() - 0.5));
    return { xs: [value(), value(), value(), value()], ys: Number(odd) };
  });
}
