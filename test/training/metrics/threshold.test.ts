/** The threshold at which errors cost least: that of a search over all of them, and of the rule where scores are true. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cheapestThreshold, confusionMatrix, errorCost } from '../../../src/training/index.ts';
import { mulberry32 } from '../../../src/random.ts';

const refused = { code: 'ST_TRAINING_METRIC_INPUT' };

test('the cost of errors is the sum over both kinds', () => {
  assert.equal(errorCost([[178, 5], [3, 94]], { missed: 20 }), 65); // prettier-ignore
  assert.equal(errorCost([[178, 5], [3, 94]], { missed: 1, falseAlarm: 10 }), 53); // prettier-ignore
});

test('no threshold is cheaper than the one that is found, and of equal ones it is the lowest', () => {
  const row = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 12 }));
  const costs = fc.record({
    missed: fc.integer({ min: 1, max: 30 }),
    falseAlarm: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 2, maxLength: 40 }), costs, (rows, weights) => {
      const labels = rows.map(([label]) => label);
      if (new Set(labels).size < 2) return;
      const scores = rows.map(([, score]) => score / 12);
      const at = (threshold: number) => confusionMatrix(labels, scores, { threshold });
      const found = cheapestThreshold(labels, scores, weights);
      assert.equal(errorCost(at(found.threshold), weights), found.cost);
      for (let step = 0; step <= 48; step++) {
        const threshold = step / 48;
        const cost = errorCost(at(threshold), weights);
        assert.ok(cost >= found.cost, `${threshold} is cheaper`);
        if (cost === found.cost && threshold < found.threshold)
          assert.deepEqual(
            at(threshold),
            at(found.threshold),
            'a lower one decides otherwise at the same cost',
          );
      }
    }),
  );
});

test('where the scores are the true probabilities, the choice comes near falseAlarm / (falseAlarm + missed)', () => {
  const random = mulberry32(7);
  const scores = Array.from({ length: 50_000 }, () => random());
  const labels = scores.map((score) => (random() < score ? 1 : 0));
  for (const missed of [1, 4, 20]) {
    const { threshold } = cheapestThreshold(labels, scores, { missed });
    assert.ok(Math.abs(threshold - 1 / (1 + missed)) < 0.03, `${threshold} at ${missed}`);
  }
});

test('scores next to each other, at 0 and at 1, still have a threshold between them', () => {
  const next = 0.5 + Number.EPSILON / 2;
  const { threshold, cost } = cheapestThreshold([0, 1], [0.5, next], { missed: 20 });
  assert.equal(cost, 0);
  assert.deepEqual(confusionMatrix([0, 1], [0.5, next], { threshold }), [[1, 0], [0, 1]]); // prettier-ignore
  assert.deepEqual(cheapestThreshold([1, 0], [0, 1], { missed: 0.5 }), { threshold: 1, cost: 0.5 });
  assert.deepEqual(cheapestThreshold([1, 0, 0], [0.2, 0.8, 0.9], { missed: 20 }), { threshold: 0, cost: 2 });
});

test('rows of one class, costs that are none and unknown options are refused', () => {
  assert.throws(() => cheapestThreshold([1, 1], [0.2, 0.8], { missed: 20 }), /no row is of class 0/);
  assert.throws(() => cheapestThreshold([0, 1], [0.2], { missed: 20 }), refused);
  assert.throws(() => cheapestThreshold([0, 1], [0.2, NaN], { missed: 20 }), refused);
  for (const missed of [0, -1, NaN, Infinity, '20' as never, undefined as never])
    assert.throws(() => cheapestThreshold([0, 1], [0.2, 0.8], { missed }), /the cost missed is/);
  assert.throws(() => errorCost([[1, 1], [1, 1]], { missed: 2, falsealarm: 1 } as never), { code: 'ST_OPTION_UNKNOWN' }); // prettier-ignore
});
