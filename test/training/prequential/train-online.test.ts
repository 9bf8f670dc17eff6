/** Metrics, evaluator, linear models and drift reactions inside trainOnline and its checkpoints. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { KafkaRecord } from '../../../src/kafka/index.ts';
import {
  Ddm,
  hyperplaneStream,
  localCheckpoints,
  LogisticRegression,
  OnlineStandardScaler,
  PrequentialEvaluator,
  reactToDrift,
  streamMetric,
  takeRows,
  trainOnline,
  type CustomTrainingSource,
  type DriftReaction,
} from '../../../src/training/index.ts';

const ROWS = 3000;
/** From row 2,000 on the classes are turned round. */
const rows = takeRows(hyperplaneStream({ seed: 4, features: 5, noise: 0.02 }), ROWS);
const labelOf = (row: number) => (row < 2000 ? rows[row]!.ys : 1 - rows[row]!.ys);

/** Mini datasets of 100 rows of memory, from where the checkpoint stands. */
const source: CustomTrainingSource = {
  topics: 'drifting',
  open: (position) => ({
    async *[Symbol.asyncIterator]() {
      for (let at = Number(position?.['drifting']?.[0] ?? 0); at < ROWS; at += 100) {
        const records = Array.from(
          { length: 100 },
          (_, i) => ({ topic: 'drifting', partition: 0, offset: at + i }) as KafkaRecord,
        );
        yield { records, end: { drifting: { 0: at + 100 } } };
      }
    },
  }),
};

function training(reaction: DriftReaction, folder?: string) {
  const model = new LogisticRegression({ features: 5, learningRate: 0.01, interceptLearningRate: 0.01 });
  const evaluator = new PrequentialEvaluator();
  const accuracy = streamMetric('accuracy', { window: 500 });
  const drift = reactToDrift(model, { detector: new Ddm(), reaction, factor: 50, window: 100, epochs: 20 });
  const scaler = new OnlineStandardScaler(5);
  const start = (maxRows = ROWS) =>
    trainOnline({
      source,
      model,
      scaler,
      drift,
      evaluate: [accuracy, evaluator],
      decode: ({ offset }) => ({ xs: Float32Array.from(rows[offset]!.xs), ys: labelOf(offset) }),
      ...(folder && { checkpoint: localCheckpoints(folder) }),
      maxRows,
    });
  return { start, model, evaluator, drift, accuracy };
}

for (const reaction of [
  'report',
  'raiseLearningRate',
  'reset',
  'retrainOnWindow',
] satisfies DriftReaction[]) {
  test(`${reaction} in trainOnline: broken off and resumed it ends where the unbroken run does`, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamtrain-'));
    t.after(() => rm(folder, { recursive: true }));
    const whole = training(reaction);
    const { metrics } = await whole.start();
    assert.equal(whole.evaluator.report.rows, ROWS);
    assert.equal(metrics['accuracy@500'], whole.accuracy.value);
    assert.ok(whole.drift.drifts >= 1);
    if (reaction === 'report') assert.ok(metrics['accuracy@500'] < 0.75, String(metrics['accuracy@500']));
    else assert.ok(metrics['accuracy@500'] > 0.85, String(metrics['accuracy@500']));

    for (const maxRows of [700, 1400, ROWS]) {
      const part = training(reaction, folder);
      await part.start(maxRows);
      if (maxRows < ROWS) continue;
      for (const name of ['model', 'evaluator', 'drift', 'accuracy'] as const)
        assert.deepEqual(part[name].save(), whole[name].save(), name);
    }
  });
}
