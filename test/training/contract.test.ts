/** What every metric, detector, model and evaluator here keeps to: a state that goes on bit for bit, and refusals. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import {
  AdaptiveRandomForest,
  Adwin,
  anomalyModel,
  Ddm,
  Eddm,
  GaussianNaiveBayes,
  HalfSpaceTrees,
  HddmA,
  HddmW,
  KNeighborsClassifier,
  HoeffdingTreeClassifier,
  Kswin,
  LinearRegression,
  LogisticRegression,
  OnlineStandardScaler,
  PageHinkley,
  PrequentialEvaluator,
  PythonRandom,
  reactToDrift,
  SoftmaxRegression,
  StreamConfusionMatrix,
  streamMetric,
  streamMetricNames,
  withScaler,
  type DriftDetector,
  type OnlineMetric,
  type RowModel,
} from '../../src/training/index.ts';
import type { State, Stateful } from '../../src/model/index.ts';
import { packState, unpackState } from '../../src/training/checkpoint/state-codec.ts';
import { typescriptFlags } from '../helpers/typescript.ts';

/** Something under test: how it is made again, fed a row, and asked what it says. */
interface Subject<T extends Stateful = Stateful> {
  make: () => T;
  feed: (one: T, random: PythonRandom, row: number) => void;
  ask: (one: T) => unknown;
  /** A row it must refuse. */
  feedNaN: (one: T) => void;
}

const subject = <T extends Stateful>(of: Subject<T>): Subject => of as unknown as Subject;

function metricSubject(make: () => OnlineMetric): Subject {
  const isValue = make().takes === 'value';
  return subject<OnlineMetric>({
    make,
    feed: (metric, random) => {
      const truth = isValue ? random.uniform(-3, 3) : random.below(2);
      metric.update(truth, random.random(), random.random());
    },
    ask: (metric) => metric.value,
    feedNaN: (metric) => metric.update(0, NaN),
  });
}

function detectorSubject(make: () => DriftDetector): Subject {
  return subject<DriftDetector>({
    make,
    feed: (detector, random, row) =>
      detector.update(Number(random.random() < (Math.floor(row / 200) % 2 === 0 ? 0.1 : 0.7))),
    ask: ({ driftDetected, warningDetected }) => [driftDetected, warningDetected],
    feedNaN: (detector) => detector.update(NaN),
  });
}

function modelSubject(make: () => RowModel, weighted = true): Subject {
  const row = (random: PythonRandom) => [random.uniform(-1, 1), random.uniform(-1, 1)];
  return subject<RowModel>({
    make,
    feed: (model, random) => {
      model.learnRow(row(random), random.below(2), weighted ? random.random() : random.below(2));
      const xs = Float32Array.from([...row(random), ...row(random)]);
      model.learn({ rows: 2, xs, ys: Float32Array.of(0, 1) });
    },
    ask: (model) => {
      const prediction = model.predictRow([0.3, -0.7]);
      return [typeof prediction === 'number' ? prediction : [...prediction], model.step, model.learningRate];
    },
    feedNaN: (model) => model.learnRow([0.5, NaN], 1),
  });
}

const logistic = () => new LogisticRegression({ features: 2, l2: 0.01 });
const tree = () =>
  new HoeffdingTreeClassifier({ features: 2, gracePeriod: 20, delta: 0.5, tau: 0.5, minBranchFraction: 0 });
const forest = () => new AdaptiveRandomForest({ features: 2, models: 2, gracePeriod: 20, tau: 0.5, seed: 3 });
const softmax = () => new SoftmaxRegression({ features: 2, classes: 3 });

const subjects: Record<string, Subject> = {
  ...Object.fromEntries(
    streamMetricNames.flatMap((name) => [
      [name, metricSubject(() => streamMetric(name))],
      [`${name} over 30 rows`, metricSubject(() => streamMetric(name, { window: 30 }))],
      ...(name === 'rollingRocAuc'
        ? []
        : [[`${name} fading`, metricSubject(() => streamMetric(name, { fading: 0.95 }))] as const]),
    ]),
  ),
  'confusion matrix': metricSubject(() => new StreamConfusionMatrix({ window: 20 })),
  adwin: detectorSubject(() => new Adwin()),
  ddm: detectorSubject(() => new Ddm()),
  eddm: detectorSubject(() => new Eddm()),
  hddmA: detectorSubject(() => new HddmA({ twoSided: true })),
  hddmW: detectorSubject(() => new HddmW({ twoSided: true })),
  kswin: detectorSubject(() => new Kswin({ windowSize: 60, statSize: 20 })),
  pageHinkley: detectorSubject(() => new PageHinkley({ threshold: 10 })),
  reactor: detectorSubject(() =>
    reactToDrift(logistic(), { detector: new Adwin(), reaction: 'retrainOnWindow' }),
  ),
  'reactor of a Hoeffding tree': detectorSubject(() =>
    reactToDrift(tree(), { detector: new Adwin(), reaction: 'reset' }),
  ),
  'reactor of a scaled model': detectorSubject(() =>
    reactToDrift(withScaler(new OnlineStandardScaler(2), softmax()), {
      detector: new Adwin(),
      reaction: 'reset',
    }),
  ),
  'logistic regression': modelSubject(logistic),
  'linear regression': modelSubject(() => new LinearRegression({ features: 2 })),
  'softmax regression': modelSubject(softmax),
  'naive Bayes': modelSubject(() => new GaussianNaiveBayes({ features: 2 })),
  'naive Bayes of three classes': modelSubject(() => new GaussianNaiveBayes({ features: 2, classes: 3 })),
  'nearest neighbours': modelSubject(
    () => new KNeighborsClassifier({ features: 2, neighbors: 3, windowSize: 40 }),
  ),
  'half-space trees': modelSubject(
    () => anomalyModel(new HalfSpaceTrees({ features: 2, windowSize: 50, height: 4 })),
    false,
  ),
  'Hoeffding tree': modelSubject(tree),
  'adaptive random forest': modelSubject(forest),
  'scaled Hoeffding tree': modelSubject(() => withScaler(new OnlineStandardScaler(2), tree())),
  'scaled logistic regression': modelSubject(() => withScaler(new OnlineStandardScaler(2), logistic())),
  'scaled softmax regression': modelSubject(() => withScaler(new OnlineStandardScaler(2), softmax())),
  evaluator: subject<PrequentialEvaluator>({
    make: () => new PrequentialEvaluator(),
    feed: (evaluator, random) => evaluator.update(random.below(2), random.random()),
    ask: (evaluator) => [evaluator.report, evaluator.forecasts],
    feedNaN: (evaluator) => evaluator.update(0, NaN),
  }),
};

const ROWS = 450;

function feed(
  one: Stateful,
  { feed, ask }: Subject,
  from: number,
  to: number,
  random: PythonRandom,
): unknown[] {
  const said: unknown[] = [];
  for (let row = from; row < to; row++) {
    feed(one, random, row);
    said.push(ask(one));
  }
  return said;
}

for (const [name, of] of Object.entries(subjects)) {
  test(`${name}: goes on bit for bit from its state, through a checkpoint's bytes`, () => {
    for (const cut of [0, 1, 47, 250]) {
      const random = new PythonRandom(cut);
      const unbroken = of.make();
      feed(unbroken, of, 0, cut, random);
      const state = unbroken.save();
      const bytes = packState(state);
      const draws = random.save();
      const expected = feed(unbroken, of, cut, ROWS, random);
      // What was saved is not touched by what is learnt later.
      assert.deepEqual(packState(state), bytes);

      const other = of.make();
      feed(other, of, 0, 20, new PythonRandom(99));
      other.restore(unpackState(bytes));
      random.restore(draws);
      assert.deepEqual(feed(other, of, cut, ROWS, random), expected);
      assert.deepEqual(packState(other.save()), packState(unbroken.save()));
    }
  });

  test(`${name}: refuses what is no state of it, and NaN, and is then unchanged`, () => {
    const one = of.make();
    feed(one, of, 0, 60, new PythonRandom(5));
    const before = one.save();
    for (const state of brokenStates(before))
      assert.throws(() => one.restore(state), /ST_|state|State/, JSON.stringify(state));
    assert.throws(() => of.feedNaN(one), /NaN|not finite/);
    assert.deepEqual(one.save(), before);
    // It still works.
    feed(one, of, 60, 70, new PythonRandom(6));
  });
}

for (const [name, of] of Object.entries(subjects)) {
  test(`${name}: a state with any number damaged is refused, and nothing is changed`, () => {
    for (const rows of [0, 40]) {
      const one = of.make();
      feed(one, of, 0, rows, new PythonRandom(5));
      const before = one.save();
      let tried = 0;
      for (const [place, damaged] of damagedStates(before)) {
        tried++;
        try {
          one.restore(damaged);
        } catch (error) {
          assert.match(String((error as { code?: unknown }).code), /^ST_/, `${place}: ${String(error)}`);
          continue;
        }
        // What was put there stood there before.
        assert.deepEqual(packState(one.save()), packState(before), place);
      }
      assert.ok(tried > 0);
      assert.deepEqual(packState(one.save()), packState(before));
    }
  });
}

for (const [name, make] of Object.entries({
  ...{ logistic, softmax, tree, forest },
  'naive Bayes': () => new GaussianNaiveBayes({ features: 2 }),
  'nearest neighbours': () => new KNeighborsClassifier({ features: 2, neighbors: 3, windowSize: 40 }),
  'half-space trees': () => anomalyModel(new HalfSpaceTrees({ features: 2, windowSize: 50, height: 4 })),
  'scaled tree': () => withScaler(new OnlineStandardScaler(2), tree()),
} satisfies Record<string, () => RowModel>)) {
  test(`${name}: a reactor made after its model was restored goes back to where the first life began`, () => {
    const life = (state?: State) => {
      const model = make();
      if (state !== undefined) model.restore(state);
      return { model, drift: reactToDrift(model, { detector: new Ddm(), reaction: 'reset' }) };
    };
    const first = life();
    const fresh = packState(first.model.save());
    const random = new PythonRandom(1);
    for (let row = 0; row < 100; row++)
      first.model.learnRow([random.uniform(-1, 1), random.uniform(-1, 1)], random.below(2));
    first.drift.onErrors(new Array<number>(100).fill(0));
    const learnt = packState(first.model.save());
    const next = life(unpackState(learnt));
    const kept = first.drift.save() as { readonly [name: string]: State };
    const refusedBy = (state: State): unknown => {
      try {
        next.drift.restore(state);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    assert.match(
      String(
        refusedBy({
          ...kept,
          initial: { ...(kept['initial'] as object), memory: 'x', model: 'x', scorer: 'x' },
        }),
      ),
      /StateMismatchError.*driftReactor: its initial state is refused by the/,
    );
    assert.match(
      String(refusedBy({ ...kept, initial: null })),
      /its initial state is not what its reaction needs/,
    );
    assert.deepEqual(packState(next.model.save()), learnt);
    next.drift.restore(kept);
    assert.deepEqual(packState(next.model.save()), learnt);
    assert.deepEqual(packState(next.drift.save()), packState(first.drift.save()));
    next.drift.onErrors(new Array<number>(100).fill(1));
    assert.ok(next.drift.drifts > 0);
    assert.deepEqual(packState(next.model.save()), fresh);
  });
}

test('a metric, detector or model with other options refuses the state', () => {
  const mismatch = { code: 'ST_TRAINING_STATE_MISMATCH' };
  assert.throws(
    () => streamMetric('f1', { window: 5 }).restore(streamMetric('f1', { window: 6 }).save()),
    mismatch,
  );
  assert.throws(() => new Adwin().restore(new Adwin({ delta: 0.1 }).save()), /its delta is 0.1, not 0.002/);
  assert.throws(() => new Adwin().restore(new Ddm().save()), mismatch);
  assert.throws(() => logistic().restore(new LogisticRegression({ features: 3 }).save()), mismatch);
});

test('the linear models, metrics, detectors and streams load no TensorFlow', () => {
  const script = `
    import { createRequire } from 'node:module';
    const training = await import(${JSON.stringify(new URL('../../src/training/index.ts', import.meta.url).href)});
    new training.LogisticRegression({ features: 1 }).learnRow([1], 1);
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((name) => name.includes('@tensorflow'));
    console.log(loaded.length, typeof training.prequential);
  `;
  const args = [...typescriptFlags(), '--input-type=module', '--eval', script];
  assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim(), '0 function');
});

/** Other things than the state: nothing, text, a part missing, a part more, arrays cut short. */
function brokenStates(state: State): State[] {
  assert.ok(
    typeof state === 'object' && state !== null && !Array.isArray(state) && !ArrayBuffer.isView(state),
  );
  const fields = state as Readonly<Record<string, State>>;
  const names = Object.keys(fields).filter((name) => name !== 'initial');
  return [
    null,
    'state',
    [],
    {},
    new Float64Array(3),
    ...names.map((name) => Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name))),
    ...names.map((name) => ({ ...fields, [name]: 'x' })),
    ...names.map((name) => ({ ...fields, [name]: shortened(fields[name]!) })),
  ];
}

function shortened(value: State): State {
  if (ArrayBuffer.isView(value)) return new Uint8Array(1);
  if (Array.isArray(value)) return [];
  return typeof value === 'object' ? {} : [value];
}

/** The state with one of its numbers replaced by what cannot be one, or left out; of an array the first, middle and last. */
function* damagedStates(state: State, path = ''): Generator<readonly [place: string, damaged: State]> {
  if (typeof state === 'number') {
    for (const value of [NaN, Infinity, -Infinity, '1', null, undefined])
      yield [`${path} = ${String(value)}`, value as State];
  } else if (state instanceof Float64Array || state instanceof Float32Array) {
    for (const at of new Set([0, state.length >> 1, state.length - 1]))
      for (const value of state.length > 0 ? [NaN, Infinity, -Infinity] : []) {
        const damaged = state.slice();
        damaged[at] = value;
        yield [`${path}[${at}] = ${value}`, damaged];
      }
  } else if (Array.isArray(state)) {
    for (const [i, member] of (state as State[]).entries())
      for (const [place, damaged] of damagedStates(member, `${path}[${i}]`))
        yield [place, (state as State[]).with(i, damaged)];
  } else if (typeof state === 'object' && state !== null && !ArrayBuffer.isView(state)) {
    for (const [member, value] of Object.entries(state as Readonly<Record<string, State>>))
      for (const [place, damaged] of damagedStates(value, `${path}.${member}`)) {
        const { [member]: _, ...others } = state as Readonly<Record<string, State>>;
        yield [place, damaged === undefined ? others : { ...others, [member]: damaged }];
      }
  }
}
