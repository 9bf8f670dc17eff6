/** What `batch` makes of items: tensors, with nothing left behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dataset, datasetOf } from '../../../src/kafka/dataset/dataset.ts';
import { tensorflow } from '../../../src/tensorflow.ts';

const tf = tensorflow();

test('{xs: numbers, ys: number} becomes two float32 matrices, the last batch short', async () => {
  const before = tf.memory().numTensors;
  const rows = [1, 2, 3].map((i) => ({ xs: Float32Array.of(i, i * 10), ys: i }));
  const batches = await datasetOf(rows).batch(2).toArray();
  assert.deepEqual(
    batches.map(({ xs, ys }) => [xs.shape, ys.shape, xs.dtype, ys.dtype]),
    [
      [[2, 2], [2, 1], 'float32', 'float32'],
      [[1, 2], [1, 1], 'float32', 'float32'],
    ],
  );
  assert.deepEqual(batches[0]?.xs.arraySync(), [
    [1, 10],
    [2, 20],
  ]);
  assert.deepEqual(batches[1]?.ys.arraySync(), [[3]]);
  tf.dispose(batches.map(({ xs, ys }) => [xs, ys]));
  assert.equal(tf.memory().numTensors, before);
});

test('structures of any shape keep their shape; what is no number becomes a plain array', async () => {
  const items = [0, 1].map((i) => ({
    pixels: [
      [i, 1],
      [2, 3],
    ],
    label: i === 1,
    name: `n${i}`,
    pair: [i, [i, i]] as [number, number[]],
    ids: Int32Array.of(i, i),
    raw: Buffer.from([i]),
  }));
  const [batch] = await datasetOf(items).batch(2).toArray();
  assert.ok(batch);
  assert.deepEqual(batch.pixels.shape, [2, 2, 2]);
  assert.equal(batch.label.dtype, 'bool');
  assert.deepEqual(batch.name, ['n0', 'n1']);
  assert.deepEqual(batch.pair[0].shape, [2, 1]);
  assert.deepEqual(batch.pair[1].shape, [2, 2]);
  assert.equal(batch.ids.dtype, 'int32');
  assert.deepEqual(batch.raw, [Buffer.from([0]), Buffer.from([1])]);
  tf.dispose([batch.pixels, batch.label, batch.pair[0], batch.pair[1], batch.ids]);
});

test('tensors made in map are stacked and freed; those dropped by map and filter are freed too', async () => {
  const before = tf.memory().numTensors;
  const scaled = datasetOf([1, 2, 3, 4])
    .map((x) => ({ xs: tf.tensor1d([x, x]), ys: x }))
    .filter(({ ys }) => ys !== 3)
    .batch(2)
    .map(({ xs, ys }) => ({ xs: tf.tidy(() => xs.div(10)), ys }));
  const shapes: number[][] = [];
  for await (const { xs, ys } of scaled) {
    shapes.push(xs.shape);
    xs.dispose();
    ys.dispose();
  }
  assert.deepEqual(shapes, [
    [2, 2],
    [1, 2],
  ]);
  assert.equal(tf.memory().numTensors, before);
});

test('a prefetched batch that nobody took is freed on break', async () => {
  const before = tf.memory().numTensors;
  for await (const { xs } of datasetOf([1, 2, 3, 4])
    .map((x) => ({ xs: [x] }))
    .batch(1)
    .prefetch(3)) {
    xs.dispose();
    break;
  }
  assert.equal(tf.memory().numTensors, before);
});

test('rows of different length are refused with the place and both shapes, and nothing leaks', async () => {
  const before = tf.memory().numTensors;
  const ragged = datasetOf([
    { ys: 1, xs: [1, 2] },
    { ys: 0, xs: [1, 2, 3] },
  ]).batch(2);
  await assert.rejects(ragged.toArray(), (error: Error) => {
    assert.match(error.message, /item 1 has shape \[3\] at "xs", but the first item has shape \[2\]/);
    return true;
  });
  await assert.rejects(
    datasetOf([{ a: 1 }, {}])
      .batch(2)
      .toArray(),
    { code: 'ST_KAFKA_BATCH_SHAPE', item: 1 },
  );
  assert.equal(tf.memory().numTensors, before);
});

test('fitDataset trains on it as it is and leaves no tensor behind', async () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [2], useBias: false, kernelInitializer: 'zeros' })],
  });
  model.compile({ optimizer: tf.train.sgd(0.4), loss: 'meanSquaredError' });
  const ds = datasetOf([1, 2, 3, 4])
    .map((x) => ({ xs: [x / 4, 1], ys: x / 2 }))
    .shuffle(4, 1)
    .batch(2);
  await model.fitDataset(ds, { epochs: 1, verbose: 0 });
  const before = tf.memory().numTensors;
  const { history } = await model.fitDataset(ds, { epochs: 20, verbose: 0 });
  assert.equal(tf.memory().numTensors, before);
  const losses = history['loss'] as number[];
  assert.ok((losses.at(-1) ?? 1) < (losses[0] ?? 0) / 2, `no learning: ${losses.join(' ')}`);
  model.dispose();
});

test('a source that has ended is not asked again, so a short last batch waits out a silence once only', async () => {
  let asked = 0;
  let left = 3;
  const open = () => ({
    pull: async (max: number) => {
      asked++;
      const given = Math.min(max, left);
      left -= given;
      return given > 0 ? Array.from({ length: given }, () => 'row') : undefined;
    },
    close: async () => undefined,
  });
  const batches = await new Dataset<string>({ open, size: NaN }).batch(2).toArray();
  assert.deepEqual(batches, [['row', 'row'], ['row']]);
  assert.equal(asked, 3, 'two rows, one row, the end');
});
