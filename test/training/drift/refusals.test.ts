/** What detectors, streams and reactions refuse: values that would blind them, options nobody knows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AdaptiveRandomForest,
  Adwin,
  conceptDrift,
  Ddm,
  Eddm,
  GaussianNaiveBayes,
  HddmA,
  HddmW,
  HoeffdingTreeClassifier,
  hyperplaneStream,
  kolmogorovSmirnov,
  Kswin,
  LogisticRegression,
  PageHinkley,
  reactToDrift,
  seaStream,
  staggerStream,
  takeRows,
  type DriftDetector,
} from '../../../src/training/index.ts';
import type { State } from '../../../src/model/index.ts';

const refused = { code: 'ST_TRAINING_LEARNER_INPUT' };
const refusedOption = { code: 'ST_OPTION_INVALID', option: /\.seed$/ };

test('a number whose square is beyond float64 is refused, and the change after it is still found', () => {
  const detectors: DriftDetector[] = [new Adwin(), new Kswin({ alpha: 1e-5 }), new PageHinkley()];
  for (const detector of detectors) {
    let found = false;
    for (let i = 0; i < 2000; i++) {
      if (i === 50)
        for (const bad of [NaN, Infinity, -Infinity, 1e200, -1e300])
          assert.throws(() => detector.update(bad), refused, `${detector.kind} ${bad}`);
      detector.update(i < 1000 ? i % 2 : 5 + (i % 3));
      found ||= i >= 1000 && detector.driftDetected;
    }
    assert.ok(found, detector.kind);
  }
});

test('options that are not known are refused by every detector, stream and reaction', () => {
  const odd = { treshold: 3 } as object;
  const model = new LogisticRegression({ features: 1 });
  for (const make of [
    () => new Adwin(odd),
    () => new Ddm(odd),
    () => new Eddm(odd),
    () => new HddmA(odd),
    () => new HddmW(odd),
    () => new Kswin(odd),
    () => new PageHinkley(odd),
    () => seaStream(odd),
    () => staggerStream(odd),
    () => hyperplaneStream(odd),
    () => conceptDrift([], [], { position: 1, ...odd }),
    () => reactToDrift(model, { detector: new Adwin(), ...odd }),
  ])
    assert.throws(make, { code: 'ST_OPTION_UNKNOWN', option: 'treshold' });
});

test('a seed, a count or samples that cannot be are refused at once, not at the first row or never', () => {
  for (const seed of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => seaStream({ seed }), refusedOption);
    assert.throws(() => staggerStream({ seed }), refusedOption);
    assert.throws(() => hyperplaneStream({ seed }), refusedOption);
    assert.throws(() => conceptDrift([], [], { position: 1, seed }), refusedOption);
  }
  for (const count of [NaN, Infinity, -1, 1.5]) assert.throws(() => takeRows(seaStream(), count), refused);
  for (const [one, other] of [
    [[1, 2], [1]],
    [[], []],
    [[NaN], [1]],
    [[1], [Infinity]],
  ] as const)
    assert.throws(() => kolmogorovSmirnov(one, other), refused);
});

test('a size that would take all memory, or that no array can have, is refused as an option', () => {
  const model = new LogisticRegression({ features: 1000 });
  for (const [option, make] of [
    ['adwin.maxBuckets', () => new Adwin({ maxBuckets: 1001 })],
    ['adwin.maxBuckets', () => new Adwin({ maxBuckets: 2 ** 31 })],
    ['kswin.windowSize', () => new Kswin({ windowSize: 2 ** 40 })],
    [
      'driftReactor.window',
      () => reactToDrift(model, { detector: new Adwin(), reaction: 'retrainOnWindow', window: 2 ** 20 }),
    ],
    ['hoeffdingTree.features', () => new HoeffdingTreeClassifier({ features: 2 ** 40 })],
    ['hoeffdingTree.classes', () => new HoeffdingTreeClassifier({ features: 1, classes: 2 ** 40 })],
    ['adaptiveRandomForest.models', () => new AdaptiveRandomForest({ features: 1, models: 2 ** 31 })],
    ['gaussianNaiveBayes.classes', () => new GaussianNaiveBayes({ features: 2 ** 20, classes: 2 ** 20 })],
  ] as const)
    assert.throws(make, { code: 'ST_OPTION_INVALID', option }, option);
  assert.doesNotThrow(() => new Adwin({ maxBuckets: 1000 }));
});

test('a state of more rows of buckets than numbers can fill is refused', () => {
  const adwin = new Adwin();
  const state = adwin.save() as { readonly [name: string]: State };
  const rows = Array.from({ length: 60 }, () => new Float64Array(0));
  assert.throws(() => adwin.restore({ ...state, rows }), {
    code: 'ST_TRAINING_STATE_MISMATCH',
    message: /rows of buckets/,
  });
});

test('a reaction remembers whole rows only', () => {
  const model = new LogisticRegression({ features: 2 });
  const drift = reactToDrift(model, { detector: new Adwin(), reaction: 'retrainOnWindow' });
  const short = { rows: 2, xs: Float32Array.of(1, 2, 3), ys: Float32Array.of(1, 0) };
  assert.throws(() => drift.remember(short), refused);
  assert.throws(() => drift.remember({ ...short, xs: new Float32Array(4), ys: Float32Array.of(1) }), refused);
});

test('a learning rate given for the next life is the one that a raised rate sinks back to', () => {
  const life = (learningRate: number) => {
    const model = new LogisticRegression({ features: 1, learningRate });
    const drift = reactToDrift(model, { detector: new Adwin(), reaction: 'raiseLearningRate', halfLife: 1 });
    return { model, drift };
  };
  const first = life(0.01);
  for (let i = 0; i < 600 && first.drift.drifts === 0; i++) first.drift.update(i < 300 ? 0 : 1);
  assert.ok(first.model.learningRate > 0.09);
  const [same, next] = [life(0.01), life(0.5)];
  for (const { model, drift } of [same, next]) {
    model.restore(first.model.save());
    drift.restore(first.drift.save());
    for (let i = 0; i < 40; i++) drift.update(1);
  }
  assert.deepEqual([same.model.learningRate, next.model.learningRate], [0.01, 0.5]);
});
