/** Metrics of a binary classifier: equal to scikit-learn's, and strict about what they are given. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import { MetricInputError, binaryScores, confusionMatrix } from '../../../src/training/index.ts';
import type { BinaryScores, ConfusionMatrix } from '../../../src/training/index.ts';

interface Case extends BinaryScores {
  labels: number[];
  scores: number[];
  confusion: ConfusionMatrix;
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/sklearn-metrics.json', import.meta.url), 'utf8'),
) as Case[];

test('confusion matrix, accuracy, precision, recall and F1 equal scikit-learn', () => {
  assert.ok(cases.length >= 5);
  for (const { labels, scores, confusion, ...expected } of cases) {
    const found = confusionMatrix(labels, scores);
    assert.deepEqual(found, confusion);
    for (const [name, value] of Object.entries(binaryScores(found))) {
      assert.ok(Math.abs(value - expected[name as keyof BinaryScores]) < 1e-12, name);
    }
  }
});

test('a higher threshold moves rows from class 1 to class 0', () => {
  assert.deepEqual(confusionMatrix([0, 1, 1], [0.2, 0.9, 0.6], { threshold: 0.7 }), [
    [1, 0],
    [1, 1],
  ]);
});

test('labels and scores that do not belong together are refused with the place', () => {
  assert.throws(() => confusionMatrix([0, 1], [0.5]), /2 labels but 1 scores/);
  assert.throws(() => confusionMatrix([0, 2], [0.5, 0.5]), /label 1 is 2/);
  for (const score of [2.5, -1, Infinity])
    assert.throws(
      () => confusionMatrix([0, 1], [0.5, score]),
      /score 1 is .*, not a probability from 0 to 1/,
    );
  assert.throws(() => confusionMatrix([0], [0.5], { threshold: NaN }), /threshold is NaN/);
  assert.throws(() => confusionMatrix([0], [0.5], { cut: 0.2 } as object), { code: 'ST_OPTION_UNKNOWN' });
  assert.throws(
    () => confusionMatrix([0], [NaN]),
    (error) => error instanceof MetricInputError && error.code === 'ST_TRAINING_METRIC_INPUT',
  );
});
