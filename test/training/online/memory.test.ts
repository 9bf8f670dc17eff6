/** Memory in online training stays flat, however long the stream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KafkaRecord } from '../../../src/kafka/index.ts';
import { buildClassifier, compileTrainStep } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { trainOnline, type MiniRecords, type TrainOnlineOptions } from '../../../src/training/index.ts';
import { PlainAccuracy, PlainRegression } from './helpers.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A stream of `count` mini datasets of 10 rows. */
function source(count: number, onMini: (mini: MiniRecords) => void = () => {}): TrainOnlineOptions['source'] {
  return {
    topics: 'memory',
    open: () => ({
      async *[Symbol.asyncIterator]() {
        for (let i = 1; i <= count; i++) {
          const records = Array.from({ length: 10 }, (_, at) => ({ offset: i * 10 + at }) as KafkaRecord);
          const mini = { records, end: { memory: { 0: i * 10 } } };
          onMini(mini);
          yield mini;
        }
      },
    }),
  };
}

const decode = ({ offset }: KafkaRecord) => ({
  xs: Float32Array.of(offset % 3, 1, offset % 2),
  ys: offset % 2,
});

test('a mini dataset that was learnt is let go: none is held until the end of the stream', async () => {
  const minis: WeakRef<MiniRecords>[] = [];
  await trainOnline({
    source: source(200, (mini) => minis.push(new WeakRef(mini))),
    model: new PlainRegression(3),
    decode,
    signal: new AbortController().signal,
    onLearnt: () => {},
    onProgress: ({ miniDatasets }) => {
      if (miniDatasets !== 190) return;
      collectGarbage();
      const held = minis.filter((ref) => ref.deref() !== undefined).length;
      // WeakRefs that were made or read in this turn of the event loop still hold.
      assert.ok(held < 50, `${held} of ${minis.length} are held`);
    },
  });
  await nextTurn();
  assert.equal(minis.length, 200);
});

test('the compiled network leaves no tensor behind', async () => {
  const tf = tensorflow();
  const layers = buildClassifier({ inputs: 3, seed: 1 });
  const model = compileTrainStep(layers, { seed: 1 });
  layers.dispose();
  const counts = new Set<number>();
  await trainOnline({
    source: source(20),
    model,
    decode,
    epochsPerBatch: 2,
    evaluate: [new PlainAccuracy()],
    onProgress: () => counts.add(tf.memory().numTensors),
  });
  assert.equal(counts.size, 1, [...counts].join());
  model.dispose();
});
