/** Metrics of streams: windows, names, what they refuse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  StreamConfusionMatrix,
  streamMetric,
  streamMetricNames,
  type StreamMetricName,
} from '../../../src/training/index.ts';
import { confusionRecipe } from '../../../src/training/metrics/recipes.ts';
import { SumMetric, type MetricRecipe } from '../../../src/training/metrics/sum-metric.ts';
import type { State } from '../../../src/state.ts';

const refused = { code: 'ST_TRAINING_METRIC_INPUT' };
const refusedOption = { code: 'ST_OPTION_INVALID' };

test('a window over thousands of rows gives what the last rows alone give, without rounding adding up', () => {
  for (const name of ['logLoss', 'rmse', 'accuracy'] as const) {
    const windowed = streamMetric(name, { window: 50 });
    const last = streamMetric(name);
    for (let row = 0; row < 5000; row++) {
      // A value far off that leaves the window must leave nothing behind.
      const truth = name === 'rmse' ? (row === 1000 ? 1e12 : row % 7) : row % 2;
      const prediction = name === 'rmse' ? row % 5 : (row % 11) / 10;
      windowed.update(truth, prediction);
      if (row >= 4950) last.update(truth, prediction);
    }
    assert.ok(Math.abs(windowed.value - last.value) < 1e-12, `${name}: ${windowed.value} ${last.value}`);
  }
});

test('at every row a window is what its rows alone give, saved and restored or not, however far apart losses and weights lie', () => {
  const sizes = [1, 1e-6, 1e9, 3, 1e-3, 1e5, 2, 1e17, 1, 1, 1, 1e-9, 7];
  for (const name of ['rmse', 'mae', 'accuracy', 'f1', 'kappaM', 'logLoss', 'brier'] as const) {
    const rows = sizes.concat(sizes).map((size, row): [number, number, number] => {
      if (name === 'rmse' || name === 'mae') return [0, size, 1 + (row % 3)];
      return [row % 2, row % 3 === 0 ? 1 : 0.25, size];
    });
    for (const window of [1, 4, 5, 7]) {
      let windowed = streamMetric(name, { window });
      for (const [at, row] of rows.entries()) {
        windowed.update(...row);
        const alone = streamMetric(name, { window });
        // What came before decides of kappaM's baseline, not of its window.
        for (const one of name === 'kappaM' ? rows.slice(0, at + 1) : rows.slice(0, at + 1).slice(-window))
          alone.update(...one);
        const [found, expected] = [windowed.value, alone.value];
        const isNear = Object.is(found, expected) || Math.abs(found - expected) <= 1e-12 * expected;
        assert.ok(isNear, `${name}@${window} after row ${at}: ${found}, not ${expected}`);
        const restored = streamMetric(name, { window });
        restored.restore(windowed.save());
        windowed = restored;
      }
    }
  }
});

test('kappaT of a window is NaN while repeating the last class is never wrong in it, whatever the weights', () => {
  const window = 8;
  const windowed = streamMetric('kappaT', { window });
  const rows: { weight: number; right: boolean; same: boolean }[] = [];
  let last = 0; // the class that is repeated before the first row
  let empty = 0;
  for (let row = 0; row < 5000; row++) {
    const truth = Math.floor(row / 11) % 2; // in many windows the class stays
    const label = (row * 7) % 3 === 0 ? 1 : 0;
    const weight = (1 + ((row * 37) % 97)) / 100;
    rows.push({ weight, right: label === truth, same: last === truth });
    last = truth;
    windowed.update(truth, label, weight);
    const sum = (of: (one: (typeof rows)[number]) => number) =>
      rows.slice(-window).reduce((all, one) => all + one.weight * of(one), 0);
    const wrong = sum(({ same }) => Number(!same));
    const gain = sum(({ right, same }) => Number(right) - Number(same));
    if (wrong === 0) empty++;
    const [found, expected] = [windowed.value, wrong === 0 ? NaN : gain / wrong];
    const isNear = Object.is(found, expected) || Math.abs(found - expected) < 1e-9;
    assert.ok(isNear, `after row ${row}: ${found}, not ${expected}`);
  }
  assert.ok(empty > 1000 && empty < 4000);
});

test('kappa and mcc see a class of one row in ten billion', () => {
  for (const name of ['kappa', 'mcc'] as const) {
    for (const options of [{}, { window: 3 }, { classes: 4 }]) {
      const metric = streamMetric(name, options);
      metric.update(0, options.classes ? [1, 0, 0, 0] : 0, 1e10);
      metric.update(1, options.classes ? [0, 1, 0, 0] : 1);
      assert.ok(Math.abs(metric.value - 1) < 1e-9, `${metric.name}: ${metric.value}, not 1`);
    }
  }
});

test('the sums of kappaT and kappaM of an earlier version become ours', () => {
  for (const name of ['kappaT', 'kappaM'] as const) {
    for (const window of [0, 4]) {
      const [metric, restored] = [streamMetric(name, { window }), streamMetric(name, { window })];
      // An earlier version kept how many rows were right, and how many the baseline had right.
      for (const [truth, label] of [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 1],
        [0, 1],
        [0, 0],
        [0, 1],
      ] as const)
        metric.update(truth, label);
      const { options, memory } = metric.save() as { options: State; memory: Record<string, State> };
      const [total, wrong, ahead, behind, ...counts] = memory.sums as unknown as [
        number,
        number,
        number,
        number,
      ];
      const right = total - wrong + ahead - behind;
      const sums = Float64Array.of(total, right, total - wrong, ...counts);
      restored.restore({ options, memory: { ...memory, sums, most: new Float64Array(window && 5) } });
      assert.ok(Math.abs(restored.value - metric.value) < 1e-12, `${name}@${window}: ${restored.value}`);
    }
  }
});

test('a row of a window costs what it adds, however many classes there are: the window is seldom summed again', () => {
  const options = { classes: 50, threshold: 0.5, positive: 1, average: 'macro' } as const;
  for (const weightOf of [() => 1, (row: number) => 0.1 + (row % 7) / 10]) {
    const recipe = confusionRecipe('f1', options);
    let added = 0;
    const counting: MetricRecipe = {
      ...recipe,
      add(...row) {
        added++;
        recipe.add(...row);
      },
    };
    const metric = new SumMetric('f1', counting, { window: 1000, fading: 1 }, options);
    const rows = 5000;
    let seed = 1;
    const anyClass = () => (seed = (seed * 48271) % 0x7fffffff) % 50;
    for (let row = 0; row < rows; row++) metric.update(anyClass(), anyClass(), weightOf(row));
    assert.ok(added < 5 * rows, `${added / rows} a row`);
  }
});

test('the state of an earlier version, without the greatest sums, is summed from its rows', () => {
  const metric = streamMetric('mae', { window: 3 });
  for (const value of [1, 1e17, 1, 1, 1]) metric.update(0, value);
  const { options, memory } = metric.save() as { options: State; memory: Record<string, State> };
  // Its sums had lost what was small beside a great loss that has left the window.
  const { most: _, ...earlier }: Record<string, State> = { ...memory, sums: Float64Array.of(0, 3) };
  const restored = streamMetric('mae', { window: 3 });
  restored.restore({ options, memory: earlier });
  assert.equal(restored.value, 1);
});

test('the size of the weights does not matter, nor that rows of weight 0 came', () => {
  for (const name of streamMetricNames) {
    const values = [1, 1e-90, 1e90].map((unit) => {
      const metric = streamMetric(name, { window: name === 'rollingRocAuc' ? 9 : 0 });
      for (let row = 0; row < 9; row++) metric.update(row % 2, (row % 4) / 4, unit * (row % 3));
      return metric.value;
    });
    for (const value of values)
      assert.ok(Math.abs(value - values[0]!) < 1e-12, `${name}: ${values.join(', ')}`);
  }
});

test('what would leave float64 in a sum is refused, so that a state can always be restored', () => {
  const rmse = streamMetric('rmse');
  rmse.update(0, 1e100);
  assert.throws(() => rmse.update(0, 1.2e154), refused);
  assert.throws(() => rmse.update(0, 1, 1e200), refused);
  rmse.update(0, 1e100, 1e100);
  assert.ok(Math.abs(rmse.value / 1e100 - 1) < 1e-12);
  streamMetric('rmse').restore(rmse.save());
  const fading = streamMetric('rocAuc', { fading: 1e-150 });
  for (const [truth, score] of [
    [1, 0.9],
    [0, 0.1],
    [1, 0.8],
  ] as const)
    fading.update(truth, score);
  assert.equal(fading.value, 1);
});

test('names say which rows count, a clone begins again', () => {
  assert.equal(streamMetric('f1').name, 'f1');
  assert.equal(streamMetric('f1', { fading: 0.99 }).name, 'f1~0.99');
  assert.equal(streamMetric('rollingRocAuc').name, 'rollingRocAuc@1000');
  const metric = streamMetric('accuracy', { window: 5 });
  metric.update(1, 1);
  const clone = metric.clone();
  assert.deepEqual([clone.name, clone.value, metric.value], ['accuracy@5', NaN, 1]);
  metric.reset();
  assert.equal(metric.value, NaN);
});

test('a class number or all probabilities for several classes, a probability for two', () => {
  const accuracy = streamMetric('accuracy', { classes: 3 });
  accuracy.update(2, 2);
  accuracy.update(2, [0.1, 0.2, 0.7]);
  accuracy.update(0, Float32Array.of(0.1, 0.2, 0.7));
  assert.equal(accuracy.value, 2 / 3);
  const logLoss = streamMetric('logLoss');
  logLoss.update(1, [0.25, 0.75]);
  logLoss.update(1, 0.75);
  assert.equal(logLoss.value, -Math.log(0.75));
});

test('logits, NaN, unknown classes, wrong lengths and weights are refused, and change nothing', () => {
  for (const name of streamMetricNames.filter((one) => one !== 'rmse' && one !== 'mae')) {
    const metric = streamMetric(name);
    metric.update(1, 0.75);
    metric.update(0, 0.5);
    const before = metric.save();
    for (const [truth, prediction, weight] of [
      [1, 2.5],
      [1, -0.1],
      [1, NaN],
      [2, 0.5],
      [0.5, 0.5],
      [NaN, 0.5],
      [1, [0.2, 0.3, 0.5]],
      [1, [3, -1]],
      [1, [NaN, 1]],
      [1, 0.5, -1],
      [1, 0.5, NaN],
    ] as [number, number | number[], number?][])
      assert.throws(() => metric.update(truth, prediction, weight), refused, `${name} ${String(prediction)}`);
    assert.deepEqual(metric.save(), before);
  }
  const many = streamMetric('logLoss', { classes: 3 });
  assert.throws(() => many.update(1, 1), /the prediction is 1, not the probabilities of 3 classes/);
  assert.throws(() => streamMetric('accuracy', { classes: 3 }).update(1, 0.7), refused);
  assert.throws(() => streamMetric('rmse').update(NaN, 1), refused);
  assert.throws(() => streamMetric('mae').update(1, [1, 2]), refused);
});

test('metrics that cannot be are refused with the option and its value', () => {
  assert.throws(() => streamMetric('auc' as StreamMetricName), /no metric auc; known are accuracy, /);
  assert.throws(() => streamMetric('toString' as StreamMetricName), refused);
  assert.throws(() => streamMetric('accuracy', { window: 1.5 }), /option window is 1.5/);
  assert.throws(() => streamMetric('accuracy', { fading: 0 }), refusedOption);
  assert.throws(() => streamMetric('accuracy', { window: 5, fading: 0.9 }), /a window or fades, not both/);
  assert.throws(() => streamMetric('accuracy', { classes: 1 }), refusedOption);
  assert.throws(() => streamMetric('precision', { positive: 2 }), refusedOption);
  assert.throws(() => new StreamConfusionMatrix({ window: -1 }), refusedOption);
});
