/** Half-space trees: River's score of every row, the window they judge by, and what they refuse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { State } from '../../../src/model/index.ts';
import { HalfSpaceTrees, OnlineMinMaxScaler, streamMetric } from '../../../src/training/index.ts';
import { labelledRows, learnersFixture, outlierRows } from '../helpers/learners.ts';

const limits = [
  [0.2, 0.8],
  [0, 1],
  [0, 1],
  [-1, 2],
] as const;

for (const [name, trees] of [
  ['default', new HalfSpaceTrees({ features: 4, seed: 7 })],
  ['small', new HalfSpaceTrees({ features: 4, trees: 5, height: 4, windowSize: 50, seed: 1, limits })],
] as const) {
  test(`${name} half-space trees: River's score of every row, to the last bit`, () => {
    const scores = outlierRows(3, 2000).map(({ xs }) => {
      const score = trees.scoreRow(xs);
      trees.learnRow(xs);
      return score;
    });
    assert.deepEqual(scores, learnersFixture.outliers[name]);
    assert.equal(trees.rows, 2000);
  });
}

for (const name of ['phishing', 'bananas'] as const) {
  test(`behind a min-max scaler on ${name}: River's score of every row, to the last bit`, () => {
    const features = name === 'phishing' ? 9 : 2;
    const [scaler, trees] = [new OnlineMinMaxScaler(features), new HalfSpaceTrees({ features, seed: 42 })];
    const scores = labelledRows(name).map(({ xs }, i) => {
      const row = Float64Array.from(xs);
      const score = i === 0 ? 0 : trees.scoreRow(scaler.transform(row, 1, new Float64Array(features)));
      scaler.learn(row, 1);
      trees.learnRow(scaler.transform(row, 1, row));
      return score;
    });
    assert.deepEqual(scores, learnersFixture[name].halfSpaces);
  });
}

test('rows far from all others score high, over ten seeds; the first window scores 0', () => {
  for (let seed = 0; seed < 10; seed++) {
    const trees = new HalfSpaceTrees({ features: 4, seed });
    const auc = streamMetric('rocAuc');
    outlierRows(seed + 100, 3000).forEach(({ xs, ys }, row) => {
      const score = trees.scoreRow(xs);
      if (row < 250) assert.equal(score, 0);
      else auc.update(ys, score);
      trees.learnRow(xs);
    });
    assert.ok(auc.value > 0.85, `seed ${seed}: ${auc.value}`);
  }
});

test('several rows at once are scored and learnt as one by one; none is learnt if one is refused', () => {
  const options = { features: 4, windowSize: 40, seed: 3 };
  const [single, many] = [new HalfSpaceTrees(options), new HalfSpaceTrees(options)];
  const rows = outlierRows(5, 100);
  const xs = Float64Array.from(rows.flatMap((row) => row.xs));
  rows.forEach((row) => single.learnRow(row.xs));
  many.learn(xs, 100);
  assert.deepEqual(many.save(), single.save());
  const scores = rows.map((row) => single.scoreRow(row.xs));
  assert.deepEqual([...many.score(xs, 100)], scores);
  const before = many.save();
  const code = 'ST_TRAINING_LEARNER_INPUT';
  const gap = Float64Array.of(0, 0, 0, 0, 0, 0, NaN, 0);
  assert.throws(() => many.learn(gap, 2), { code, what: 'feature 2 of row 1' });
  assert.throws(() => many.score(gap, 2), { code, what: 'feature 2 of row 1' });
  assert.throws(() => many.learnRow([1, 2, 3]), { code, what: 'the number of features' });
  assert.deepEqual(many.save(), before);
});

test('its memory is told in bytes, and does not grow', () => {
  const trees = new HalfSpaceTrees({ features: 1 });
  const { bytes } = trees;
  assert.equal(bytes, 10 * (2 * 511 * 4 + 255 * 12));
  for (let row = 0; row < 600; row++) trees.learnRow([row / 600]);
  assert.equal(trees.bytes, bytes);
});

test('options that cannot be are refused, and so is a state of other options or with numbers that cannot be', () => {
  const badLimits = [{ limits: [[0, 1], [1, 1]] }, { limits: [[0, 1]] }, { limits: [[0, 1], [0]] }]; // prettier-ignore
  for (const bad of [{ trees: 0 }, { height: 21 }, { windowSize: 0 }, { seed: -1 }, ...badLimits]) {
    const options = { features: 2, ...bad } as never;
    assert.throws(() => new HalfSpaceTrees(options), { code: 'ST_OPTION_INVALID' });
  }
  const unknown = { features: 1, n_trees: 3 };
  assert.throws(() => new HalfSpaceTrees(unknown), { code: 'ST_OPTION_UNKNOWN' });
  const code = 'ST_TRAINING_STATE_MISMATCH';
  const trees = new HalfSpaceTrees({ features: 1, height: 1, trees: 1 });
  const state = trees.save() as { options: State; memory: Record<string, State> };
  for (const other of [{ seed: 1 }, { limits: [[0, 2]] as const }, { windowSize: 5 }]) {
    const differing = new HalfSpaceTrees({ features: 1, height: 1, trees: 1, ...other });
    assert.throws(() => differing.restore(state), { code });
  }
  const damaged = { ...state, memory: { ...state.memory, masses: Int32Array.of(1, -1, 0) } as State };
  assert.throws(() => trees.restore(damaged), { code, message: /a part holds no number of rows/ });
});
