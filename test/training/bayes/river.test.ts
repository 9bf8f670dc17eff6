/** Naive Bayes: River's class and probabilities, of every row, before it is learnt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GaussianNaiveBayes } from '../../../src/training/index.ts';
import { checkRows, labelledRows, learnersFixture } from '../helpers/learners.ts';

for (const name of ['phishing', 'bananas'] as const) {
  test(`naive Bayes on ${name}: River's class of every row, and its probability within 1e-12`, () => {
    const rows = labelledRows(name);
    const model = new GaussianNaiveBayes({ features: rows[0]!.xs.length });
    checkRows(model, rows, learnersFixture[name].bayes, 1e-12);
    assert.equal(model.step, rows.length);
  });
}

test('naive Bayes of seven classes: the probabilities of all of them', () => {
  const rows = labelledRows('segments');
  const model = new GaussianNaiveBayes({ features: rows[0]!.xs.length, classes: 7 });
  checkRows(model, rows, learnersFixture.segments.bayes, 1e-12);
});

test('a row of weight 2 counts as two rows, one of weight 0 as none; a mini-batch as its rows', () => {
  const [one, two, many, single] = [0, 0, 0, 0].map(() => new GaussianNaiveBayes({ features: 2 }));
  const rows = labelledRows('bananas').slice(0, 50);
  for (const { xs, ys } of rows) {
    one!.learnRow(xs, ys, 2);
    one!.learnRow([100, 100], 1, 0);
    two!.learnRow(xs, ys);
    two!.learnRow(xs, ys);
  }
  const found = [one, two].map((model) => model!.predictRow([0.5, -0.5]) as number);
  assert.ok(Math.abs(found[0]! - found[1]!) < 1e-12);

  const xs = Float64Array.from(rows.flatMap((row) => row.xs));
  const { predictions } = many!.learn({ rows: 50, xs, ys: Float32Array.from(rows, ({ ys }) => ys) });
  rows.forEach((row, i) => {
    assert.equal(predictions[i], Math.fround(single!.predictRow(row.xs) as number));
    single!.learnRow(row.xs, row.ys);
  });
  assert.equal(many!.predictRow([0.5, -0.5]), single!.predictRow([0.5, -0.5]));
});

test('what would leave float64 is refused, and nothing is learnt of it', () => {
  const model = new GaussianNaiveBayes({ features: 1 });
  model.learnRow([1], 0);
  const before = model.save();
  const code = 'ST_TRAINING_LEARNER_INPUT';
  assert.throws(() => model.learnRow([1e100], 0, 1e200), { code, what: 'the weight of a row' });
  assert.throws(() => model.learnRow([1e200], 0), { code, what: 'feature 0' });
  const xs = Float64Array.of(2, 3, 1e150);
  const batch = { rows: 3, xs, ys: Float32Array.of(0, 1, 0) };
  assert.throws(() => model.learn(batch), { code, what: 'feature 0 of row 2' });
  const weights = Float32Array.of(1, 1, 1e30);
  assert.throws(() => model.learn({ ...batch, xs: Float64Array.of(1, 2, 3), weights }), {
    ...{ code, what: 'the weight of row 2' },
  });
  assert.deepEqual(model.save(), before);
});
