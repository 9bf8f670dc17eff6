/** A scaler and its model learn a row together or not at all, whatever refuses it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GaussianNaiveBayes,
  LogisticRegression,
  OnlineMedianImputer,
  OnlineMinMaxScaler,
  OnlineStandardScaler,
  PythonRandom,
  SoftmaxRegression,
  withScaler,
  type OnlineTransformer,
  type RowModel,
} from '../../../src/training/index.ts';
import { packState } from '../../../src/training/checkpoint/state-codec.ts';

/** A transformer that cannot take back what it learnt, as one of a user may be. */
function withoutUndo(scaler: OnlineTransformer): OnlineTransformer {
  return new Proxy(scaler, {
    get: (target, name) => {
      if (name === 'undoLearn') return undefined;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const bayes = () => new GaussianNaiveBayes({ features: 2 });
const imputed = (): RowModel =>
  withScaler(new OnlineMedianImputer(2, { exactValues: 16 }), withScaler(new OnlineMinMaxScaler(2), bayes()));

/** What learns, and a value that it refuses although it is finite. */
const cases: Record<string, readonly [make: () => RowModel, refused: number]> = {
  'a standard scaler whose squares leave float64': [
    () => withScaler(new OnlineStandardScaler(2), bayes()),
    1e200,
  ],
  'a min-max scaler whose range leaves float64': [
    () => withScaler(new OnlineMinMaxScaler(2), new SoftmaxRegression({ features: 2, classes: 2 })),
    1.5e308,
  ],
  'an imputer before a model that takes no such values': [
    () => withScaler(new OnlineMedianImputer(2, { exactValues: 16 }), bayes()),
    1e101,
  ],
  'an imputer before a scaler before a model': [imputed, 1.5e308],
  'a transformer that cannot take back what it learnt': [
    () => withScaler(withoutUndo(new OnlineStandardScaler(2)), bayes()),
    1e200,
  ],
};

const values = (random: PythonRandom): number[] => [random.uniform(-1e308, -1e307), random.below(40)];
const small = (random: PythonRandom): number[] => [random.below(40), random.uniform(-3, 3)];

for (const [name, [make, refused]] of Object.entries(cases)) {
  test(`${name}: a refused row, or one in a mini-batch, leaves no trace`, () => {
    const draw = refused > 1e308 ? values : small;
    const [model, unbroken] = [make(), make()];
    const [random, same] = [new PythonRandom(3), new PythonRandom(3)];
    for (let row = 0; row < 60; row++) {
      const xs = draw(random);
      model.learnRow(xs, row % 2);
      unbroken.learnRow(draw(same), row % 2);
      const before = packState(model.save());
      assert.throws(() => model.learnRow([refused, 1], 1), { code: /^ST_TRAINING_/ });
      const batch = { rows: 2, xs: Float64Array.of(...xs, refused, 1), ys: Float32Array.of(0, 1) };
      assert.throws(() => model.learn(batch), { code: /^ST_TRAINING_/ });
      assert.deepEqual(packState(model.save()), before);
    }
    assert.deepEqual(packState(model.save()), packState(unbroken.save()));
    assert.deepEqual(model.predictRow(draw(random)), unbroken.predictRow(draw(same)));
  });
}

test('a model whose weights have diverged refuses every row, and its scaler learns none of them', () => {
  const inner = new LogisticRegression({ features: 2 });
  const scaler = new OnlineStandardScaler(2);
  const model = withScaler(scaler, inner);
  for (const xs of [
    [1, 2],
    [2, 1],
    [3, 5],
  ])
    model.learnRow(xs, 1);
  inner.intercept = Infinity;
  const before = packState(scaler.save());
  assert.throws(() => model.learnRow([4, 7], 0), { code: 'ST_TRAINING_LEARNER_INPUT' });
  assert.deepEqual(packState(scaler.save()), before);
});

test('what is taken back twice, or before anything was learnt, is nothing', () => {
  for (const make of [
    () => new OnlineStandardScaler(1),
    () => new OnlineMinMaxScaler(1),
    () => new OnlineMedianImputer(1, { exactValues: 16 }),
  ]) {
    const scaler = make();
    const empty = packState(scaler.save());
    scaler.undoLearn();
    assert.deepEqual(packState(scaler.save()), empty);
    scaler.learn(Float64Array.of(1, 2, 4), 3);
    const before = packState(scaler.save());
    // More different values than are counted apart: neighbours are merged on the way.
    scaler.learn(
      Float64Array.from({ length: 50 }, (_, i) => i / 3),
      50,
    );
    assert.notDeepEqual(packState(scaler.save()), before);
    scaler.undoLearn();
    scaler.undoLearn();
    assert.deepEqual(packState(scaler.save()), before);
    const other = make();
    other.restore(scaler.save());
    other.undoLearn();
    assert.deepEqual(packState(other.save()), before);
  }
});
