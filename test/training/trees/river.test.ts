/** Trees and forests: the class River says of every row before it is learnt, its probabilities, and as many leaves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AdaptiveRandomForest,
  conceptDrift,
  HoeffdingTreeClassifier,
  seaStream,
  staggerStream,
  takeRows,
  type AdaptiveRandomForestOptions,
  type RowModel,
  type TreeOptions,
} from '../../../src/training/index.ts';
import { greatestDifference, riverFixture, riverRows } from '../helpers/river.ts';

interface Trace {
  every: number;
  classes: string;
  probabilities: (number | number[])[];
}

interface Fixture {
  trees: Record<string, Trace & { leaves: number; branches: number; height: number }>;
  forests: Record<string, Trace & { warnings: number; drifts: number }>;
}

interface Row {
  xs: ArrayLike<number>;
  ys: number;
}

const river = riverFixture<Fixture>('trees');

const rowsOf = (name: keyof typeof riverRows, count = Infinity): Row[] =>
  riverRows[name].xs.slice(0, count).map((xs, i) => ({ xs, ys: riverRows[name].ys[i]! }));
const phishing = rowsOf('phishing');
const bananas = rowsOf('bananas', 2000);
const segments = rowsOf('segments');
const sea = takeRows(seaStream({ variant: 0, noise: 0.1, seed: 42 }), 10_000);
const stagger = takeRows(staggerStream({ rule: 1, seed: 6 }), 1000);
const drifting = takeRows(
  conceptDrift(seaStream({ variant: 0, seed: 1 }), seaStream({ variant: 3, seed: 2 }), {
    position: 1500,
    width: 50,
    seed: 9,
  }),
  3000,
);
const rules = takeRows(
  conceptDrift(staggerStream({ rule: 0, seed: 1 }), staggerStream({ rule: 2, seed: 2 }), {
    position: 1000,
    width: 20,
    seed: 3,
  }),
  2000,
);

/** Predicts, compares and learns each row. */
function compare(model: RowModel, rows: readonly Row[], { every, classes, probabilities }: Trace): void {
  assert.equal(rows.length, classes.length);
  const found: number[] = [];
  let said = '';
  rows.forEach(({ xs, ys }, i) => {
    const prediction = model.predictRow(xs);
    if (typeof prediction === 'number') said += prediction > 0.5 ? '1' : '0';
    else said += prediction.indexOf(Math.max(...prediction));
    if (i % every === 0) found.push(...(typeof prediction === 'number' ? [prediction] : prediction));
    model.learnRow(xs, ys);
  });
  assert.equal(said, classes);
  assert.ok(greatestDifference(found, probabilities.flat()) < 1e-9);
}

const trees: Record<string, [readonly Row[], Partial<TreeOptions>]> = {
  phishing: [phishing, {}],
  bananas: [bananas, {}],
  bananasGini: [bananas, { gracePeriod: 50, delta: 0.01, splitCriterion: 'gini', leafPrediction: 'mc' }],
  bananasHellinger: [
    bananas,
    { gracePeriod: 50, delta: 0.01, splitCriterion: 'hellinger', leafPrediction: 'nb' },
  ],
  sea: [sea, {}],
  seaShallow: [sea, { gracePeriod: 50, delta: 0.01, tau: 0.1, leafPrediction: 'nb', maxDepth: 2 }],
  stagger: [stagger, { gracePeriod: 50, delta: 0.05, tau: 0.2, nominalAttributes: [0, 1, 2] }],
  staggerBinary: [
    stagger,
    { gracePeriod: 50, delta: 0.05, tau: 0.2, nominalAttributes: [0, 1, 2], binarySplit: true },
  ],
  phishingNominal: [
    phishing,
    { gracePeriod: 50, delta: 0.01, nominalAttributes: [0, 1, 2, 3, 4, 5, 6, 7, 8] },
  ],
  phishingPoor: [phishing, { gracePeriod: 30, delta: 0.2, removePoorAttrs: true, leafPrediction: 'mc' }],
  segments: [segments, { classes: 7, gracePeriod: 30, delta: 0.2, tau: 0.4 }],
};

for (const [name, [rows, options]] of Object.entries(trees)) {
  test(`a Hoeffding tree on ${name}: River's class of every row, and its tree`, () => {
    const model = new HoeffdingTreeClassifier({ features: rows[0]!.xs.length, ...options });
    const trace = river.trees[name]!;
    compare(model, rows, trace);
    const { leaves, branches, height } = trace;
    assert.deepEqual([model.leaves, model.branches, model.height], [leaves, branches, height]);
  });
}

test('the trees that are compared have split', () => {
  const grown = Object.values(river.trees).filter(({ branches }) => branches > 0);
  assert.ok(grown.length >= Object.keys(trees).length - 1);
});

const forests: Record<string, [readonly Row[], Partial<AdaptiveRandomForestOptions>]> = {
  phishing: [phishing, { seed: 1 }],
  bananas: [bananas, { seed: 42 }],
  drifting: [drifting, { seed: 7, models: 5 }],
  rules: [rules, { seed: 8, models: 3, leafPrediction: 'mc', nominalAttributes: [0, 1, 2] }],
};

for (const [name, [rows, options]] of Object.entries(forests)) {
  test(`an adaptive random forest on ${name}: River's class of every row, its warnings and drifts`, () => {
    const model = new AdaptiveRandomForest({ features: rows[0]!.xs.length, ...options });
    const trace = river.forests[name]!;
    compare(model, rows, trace);
    assert.deepEqual([model.warnings, model.drifts], [trace.warnings, trace.drifts]);
  });
}
