/** In a notebook, calls without a `signal` end with the cell that makes them; in any other program there is no such default. */
import assert from 'node:assert/strict';
import { afterEach, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { waitForLag } from '../../src/kafka/admin/lag.ts';
import { fromKafka } from '../../src/kafka/dataset/partition-dataset.ts';
import { writeToKafka } from '../../src/kafka/writer/run.ts';
import {
  LogisticRegression,
  prequentialScore,
  trainOnBatches,
  trainOnline,
} from '../../src/training/index.ts';
import { csvCodec } from '../../src/kafka/codec/csv.ts';
import { cellSignal, withCellSignal } from '../../src/process/index.ts';
import { sharedBench, type Bench } from './dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

const key = Symbol.for('streamtrain.cellSignal');
const global = globalThis as Record<symbol, unknown>;
afterEach(() => delete global[key]);

/** As the kernel does for a cell that runs. */
function runCell(): AbortController {
  const cell = new AbortController();
  global[key] = () => cell.signal;
  return cell;
}

const interrupted = new Error('interrupted');

test('there is none outside of a notebook; a signal that is given is taken instead', () => {
  assert.equal(cellSignal(), undefined);
  const none: { max: number; signal?: AbortSignal } = { max: 1 };
  assert.equal(withCellSignal(none), none);
  const { signal } = runCell();
  assert.deepEqual(withCellSignal(none), { max: 1, signal });
  const own = new AbortController();
  assert.equal(withCellSignal({ max: 1, signal: own.signal }).signal, own.signal);
});

test('writeToKafka ends with the cell that called it, not with a later one', async () => {
  const topic = await bench.topic();
  const rows = function* () {
    for (let i = 0; ; i++) yield { value: String(i) };
  };
  const cell = runCell();
  const writing = writeToKafka(topic, rows(), {
    ...{ brokers: bench.brokers, rowsPerSecond: 500, progress: false, log: false },
  });
  const later = runCell();
  later.abort(interrupted);
  assert.equal(await Promise.race([writing, pause(150, 'goes on')]), 'goes on');
  cell.abort(interrupted);
  await assert.rejects(writing, interrupted);
  const rowsOf = async () =>
    (await bench.admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  const written = await rowsOf();
  assert.ok(written > 0);
  await pause(100);
  assert.equal(await rowsOf(), written);
});

test('what waits for records or for a group ends: toArray, count, prequentialScore, waitForLag', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 3);
  const { brokers } = bench;
  const endless = () => fromKafka(topic, { brokers, stop: 'never' });
  const model = new LogisticRegression({ features: 1 });
  const rows = endless().map(({ offset }) => ({ xs: [offset], ys: 0 }));
  const cell = runCell();
  const calls = [
    endless().toArray(),
    endless().count(),
    endless().forEachAsync(() => {}),
    prequentialScore(rows, { model }),
    waitForLag(bench.group(), { brokers, topics: [topic], timeout: 60_000 }),
  ];
  await pause(200);
  cell.abort(interrupted);
  for (const call of calls) await assert.rejects(call, interrupted);
  await assert.rejects(fromKafka(topic, { brokers }).toArray(), interrupted, 'the signal stays aborted');
});

test('training ends in order: trainOnline with its group left, trainOnBatches with what it has', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 2);
  const { brokers } = bench;
  const decode = csvCodec({ columns: 1 });
  const cell = runCell();
  let learnt = (): void => {};
  const isLearnt = new Promise<void>((resolve) => (learnt = resolve));
  const training = trainOnline({
    source: { topics: topic, groupId, brokers, streamTimeout: -1, pauseTimeout: 20 },
    model: new LogisticRegression({ features: 1 }),
    decode,
    onProgress: () => learnt(),
  });
  await isLearnt;
  cell.abort(interrupted);
  const { ended, rows } = await training;
  assert.deepEqual([ended, rows], ['stopped', 2]);
  assert.equal((await bench.admin.describeGroups([groupId])).groups[0]?.members.length, 0);
  const model = new LogisticRegression({ features: 1 });
  const history = await trainOnBatches({ model, data: fromKafka(topic, { brokers }), decode, epochs: 2 });
  assert.equal(history.ended, 'stopped');
});
