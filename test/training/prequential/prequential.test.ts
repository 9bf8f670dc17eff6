/** Prequential evaluation: River's scores, late labels, baselines, drift marks, any online model. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Adwin,
  conceptDrift,
  LogisticRegression,
  OnlineStandardScaler,
  PrequentialEvaluator,
  prequential,
  prequentialScore,
  reactToDrift,
  seaStream,
  SoftmaxRegression,
  staggerStream,
  streamMetric,
  takeRows,
  withScaler,
  type LabelledRow,
  type PrequentialPoint,
} from '../../../src/training/index.ts';
import { greatestDifference, riverFixture, riverRows, type RiverRows } from '../helpers/river.ts';

interface Data {
  trace: { points: number[][]; metrics: Record<string, number> };
  baselines: { noChange: number; majority: number };
  delayed: Record<string, number>;
}

const river = riverFixture<{ phishing: Data; bananas: Data }>('linear');
const names = ['accuracy', 'f1', 'rocAuc', 'logLoss'] as const;
// River's ROCAUC has 10 thresholds; ours is exact unless told otherwise.
const riverMetrics = () =>
  names.map((name) => (name === 'rocAuc' ? streamMetric(name, { thresholds: 10 }) : name));

const rowsOf = ({ xs, ys }: RiverRows): LabelledRow[] =>
  xs.map((row, i) => ({ xs: row, ys: ys[i]!, timestamp: 1000 + 10 * i }));

const riverModel = (features: number) =>
  withScaler(new OnlineStandardScaler(features), new LogisticRegression({ features, learningRate: 0.005 }));

async function pointsOf(points: AsyncIterable<PrequentialPoint>): Promise<PrequentialPoint[]> {
  const all: PrequentialPoint[] = [];
  for await (const point of points) all.push(point);
  return all;
}

const printed = {
  phishing: ['0.8872', '0.8712', '0.9416'],
  bananas: ['0.5432', '0.1970', '0.5347'],
};

for (const name of ['phishing', 'bananas'] as const) {
  test(`${name}: accuracy, F1, ROC AUC and log loss are River's, every 50 rows and at the end`, async () => {
    const { trace } = river[name];
    const rows = rowsOf(riverRows[name]);
    const model = riverModel(rows[0]!.xs.length);
    const points = await pointsOf(prequential(rows, { model, metrics: riverMetrics(), every: 50 }));
    assert.equal(points.length, trace.points.length);
    points.forEach(({ rows, metrics }, i) => {
      assert.equal(rows, (i + 1) * 50);
      const difference = greatestDifference(names.map((one) => metrics[one]!), trace.points[i]!); // prettier-ignore
      assert.ok(difference < 1e-12, `${rows}: ${difference}`);
    });
    const { metrics } = points.at(-1)!;
    assert.deepEqual([metrics.accuracy, metrics.f1, metrics.rocAuc].map((value) => value!.toFixed(4)), printed[name]); // prettier-ignore
  });

  test(`${name}: the baselines beside the model are River's`, async () => {
    const { baselines } = river[name];
    const rows = rowsOf(riverRows[name]);
    const found = await prequentialScore(rows, {
      model: riverModel(rows[0]!.xs.length),
      metrics: ['accuracy'],
    });
    // River says nothing of the first row, ours says class 0.
    const first = rows[0]!.ys === 0 ? 1 : 0;
    // Of classes that are equally frequent River takes the one seen first, ours the lower one; in bananas it is the same.
    for (const baseline of name === 'bananas'
      ? (['noChange', 'majority'] as const)
      : (['noChange'] as const)) {
      const accuracy = (found[baseline].accuracy! * rows.length - first) / (rows.length - 1);
      assert.ok(Math.abs(accuracy - baselines[baseline]) < 1e-12, `${baseline} ${accuracy}`);
    }
  });
}

test("labels that come 100 rows late give River's scores, by rows or by their timestamps", async () => {
  const { delayed } = river.phishing;
  for (const delay of [{ rows: 100 }, { ms: 1000 }]) {
    const found = await prequentialScore(rowsOf(riverRows.phishing), {
      model: riverModel(9),
      metrics: riverMetrics(),
      delay,
    });
    assert.equal(found.rows, 1250);
    for (const [name, value] of Object.entries(delayed))
      assert.ok(Math.abs(found.metrics[name]! - value) < 1e-12, `${name} ${found.metrics[name]} ${value}`);
  }
});

test('with late labels the baselines know no more than the model does', async () => {
  // The class changes every 10 rows: repeating it is good at once, and wrong 10 rows late.
  const rows = Array.from({ length: 1000 }, (_, i) => ({ xs: [1], ys: Math.floor(i / 10) % 2 }));
  const at = async (delay: number) => {
    const model = new LogisticRegression({ features: 1 });
    return (await prequentialScore(rows, { model, metrics: ['accuracy'], delay: { rows: delay } })).noChange;
  };
  assert.equal((await at(0)).accuracy, 0.901);
  // At row i the labels up to i - 10 are known.
  assert.equal((await at(10)).accuracy, 0.01);
});

test('mini-batches are predicted before any of their rows is learnt', async () => {
  const rows = takeRows(seaStream({ seed: 3 }), 500);
  const model = new LogisticRegression({ features: 3, learningRate: 0.1 });
  const found = await prequentialScore(rows, { model, batchSize: 64, metrics: ['logLoss'] });
  assert.equal(model.step, 8);

  const metric = streamMetric('logLoss');
  const byHand = new LogisticRegression({ features: 3, learningRate: 0.1 });
  for (let from = 0; from < rows.length; from += 64) {
    const some = rows.slice(from, from + 64);
    const xs = Float64Array.from(some.flatMap((row) => [...row.xs]));
    byHand.predict(xs, some.length).forEach((p, i) => metric.update(some[i]!.ys, p));
    byHand.learn({ rows: some.length, xs, ys: Float32Array.from(some, ({ ys }) => ys) });
  }
  assert.equal(found.metrics.logLoss, metric.value);
});

test('several classes: the probabilities of all, from an async stream', async () => {
  async function* rows() {
    for (let i = 0; i < 600; i++) yield { xs: [1, i % 3 === 1 ? 2 : 0, i % 3 === 2 ? 2 : 0], ys: i % 3 };
  }
  const model = new SoftmaxRegression({ features: 3, classes: 3, learningRate: 0.1 });
  const found = await prequentialScore(rows(), { model });
  assert.ok(found.metrics.accuracy! > 0.97, String(found.metrics.accuracy));
  assert.ok(found.metrics.logLoss! < found.majority.logLoss!);
  assert.ok(found.noChange.accuracy! < 0.01);
});

test('drifts and beginnings of warnings are marked with their rows', async () => {
  const rows = takeRows(
    conceptDrift(staggerStream({ seed: 1 }), staggerStream({ seed: 2, rule: 2 }), { position: 1000 }),
    2000,
  );
  const model = new LogisticRegression({ features: 3, learningRate: 0.001 });
  const drift = reactToDrift(model, { detector: new Adwin() });
  const points = await pointsOf(prequential(rows, { model, drift, every: 500 }));
  const drifts = points.flatMap(({ marks }) => marks.filter(({ kind }) => kind === 'drift'));
  assert.equal(drifts.length, drift.drifts);
  assert.ok(drifts[0]!.row >= 1000 && drifts[0]!.row < 1100, String(drifts[0]?.row));
});

test('what cannot be evaluated is refused; a signal ends it', async () => {
  const model = new LogisticRegression({ features: 1 });
  const refused = { code: 'ST_TRAINING_LEARNER_INPUT' };
  const option = { code: 'ST_OPTION_INVALID' };
  const bad = { code: 'ST_TRAINING_METRIC_INPUT' };
  const row = { xs: [1], ys: 1 };
  await assert.rejects(prequentialScore([], { model }), refused);
  await assert.rejects(prequentialScore([row], { model, batchSize: 0 }), option);
  await assert.rejects(prequentialScore([row], { model, delay: { rows: -1 } }), option);
  await assert.rejects(
    prequentialScore([row], { model, delay: { ms: 5 } }),
    /timestamp of row 0 is undefined/,
  );
  await assert.rejects(
    prequentialScore([{ xs: [1, 2], ys: 1 }], { model }),
    /width of row 0 is 2; expected 1/,
  );
  await assert.rejects(prequentialScore([{ xs: [1], ys: 2 }], { model }), bad);
  await assert.rejects(prequentialScore([row], { model, metrics: ['accuracy', 'accuracy'] }), bad);
  await assert.rejects(prequentialScore([row], { model, metrics: ['rmse'] }), bad);
  await assert.rejects(prequentialScore([row], { model, signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  const evaluator = new PrequentialEvaluator({ metrics: ['accuracy', 'logLoss'], classes: 3 });
  const before = evaluator.save();
  assert.throws(() => evaluator.update(1, 1), bad);
  assert.throws(() => evaluator.evaluate([1, 1], [1, 0, 0]), bad);
  assert.deepEqual(evaluator.save(), before);
});
