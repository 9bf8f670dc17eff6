/** Online training from Kafka, in one process. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { csvCodec, describeGroup, resetOffsets, type KafkaRecord } from '../../../src/kafka/index.ts';
import { localCheckpoints } from '../../../src/training/index.ts';
import {
  trainOnline,
  type DriftEvent,
  type OnlineProgress,
  type StreamDetector,
  type TrainOnlineOptions,
} from '../../../src/training/index.ts';
import { OnlineMedianImputer, OnlineStandardScaler } from '../../../src/scaling/index.ts';
import { sharedBench, until, type Bench } from '../../kafka/dataset-helpers.ts';
import { temporaryFolder } from '../checkpoint/helpers.ts';
import { PlainAccuracy, PlainRegression, RowLedger, writeRows } from './helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

/** A training of small parts, and what it is made of. */
function training(topic: string, groupId: string, options: Partial<TrainOnlineOptions> = {}) {
  const model = new PlainRegression(3);
  const ledger = new RowLedger();
  const accuracy = new PlainAccuracy();
  const scaler = new OnlineStandardScaler(3);
  const steps: OnlineProgress[] = [];
  const remarks: string[] = [];
  const start = (more: Partial<TrainOnlineOptions> = {}) =>
    trainOnline({
      source: { topics: topic, groupId, brokers: bench.brokers, stop: 'end', maxRecords: 100 },
      model,
      decode: csvCodec({ columns: 3 }),
      epochsPerBatch: 2,
      scaler,
      evaluate: [accuracy],
      extras: { ledger },
      onLearnt: (mini) => ledger.add(mini),
      onProgress: (progress) => steps.push(progress),
      onRemark: (text) => remarks.push(text),
      ...options,
      ...more,
    });
  const states = () => ({
    model: model.save(),
    scaler: scaler.save(),
    metric: accuracy.save(),
    ledger: ledger.save(),
  });
  return { model, ledger, accuracy, scaler, steps, remarks, start, states };
}

test('learns every row of the stream, tells how it goes, and the group knows how far it got', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 1050);
  const { start, steps, ledger, model } = training(topic, group);
  const result = await start();
  assert.deepEqual(ledger.faults({ 0: 1050 }), []);
  assert.deepEqual(
    { ...result, metrics: {}, seconds: 0, rowsPerSecond: 0, waitingShare: 0, loss: 0 },
    {
      rows: 1050,
      totalRows: 1050,
      badRecords: 0,
      deletedRows: 0,
      miniDatasets: 11,
      steps: (10 * 4 + 2) * 2,
      rowsPerSecond: 0,
      loss: 0,
      metrics: {},
      lag: 0,
      waitingShare: 0,
      position: { [topic]: { 0: 1050 } },
      checkpoint: undefined,
      checkpoints: 0,
      seconds: 0,
      ended: 'source',
      resumedFrom: undefined,
      refused: [],
    },
  );
  assert.equal(steps.length, 11);
  assert.equal(model.step, result.steps);
  assert.ok(steps.at(-1)!.loss < steps[0]!.loss * 0.8, 'it learnt');
  assert.ok(result.metrics['accuracy']! > 0.75, String(result.metrics['accuracy']));
  assert.ok(result.waitingShare >= 0 && result.waitingShare < 1);
  assert.ok(result.rowsPerSecond > 0 && result.seconds > 0);
  assert.equal((await describeGroup(group, { brokers: bench.brokers })).totalLag, 0);
});

test('a training in pieces ends byte-identical to one in one piece, wherever the cuts are', async (t) => {
  const topic = await bench.topic();
  await writeRows(bench, topic, 1050);
  const whole = training(topic, bench.group());
  await whole.start();
  for (const [checkpointEvery, pieces] of [
    [1, [100, 300, 1, 9000]],
    [3, [500, 250, 9000]],
  ] as const) {
    const store = localCheckpoints(await temporaryFolder(t), { keep: 2 });
    const groupId = bench.group();
    let last: ReturnType<typeof training> | undefined;
    for (const maxRows of pieces) {
      last = training(topic, groupId, { checkpoint: store, checkpointEvery, maxRows });
      const { ended, resumedFrom } = await last.start();
      assert.equal(ended, maxRows === 9000 ? 'source' : 'maxRows');
      assert.equal(resumedFrom !== undefined, maxRows !== pieces[0]);
    }
    assert.deepEqual(last?.states(), whole.states());
    // The last commit follows the last checkpoint, also where the stream had ended before it.
    assert.equal((await describeGroup(groupId, { brokers: bench.brokers })).totalLag, 0);
    assert.deepEqual(last?.remarks, []);
  }
});

test('the checkpoint decides where to go on, not what the group has committed', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 600);
  const store = localCheckpoints(await temporaryFolder(t));
  await training(topic, group, { checkpoint: store, maxRows: 300 }).start();
  // A commit that ran ahead, as by another program.
  await resetOffsets(group, { topic, to: { offset: 550 }, brokers: bench.brokers });
  const second = training(topic, group, { checkpoint: store });
  const { rows, totalRows } = await second.start();
  assert.deepEqual([rows, totalRows], [300, 600]);
  assert.deepEqual(second.ledger.faults({ 0: 600 }), []);
});

test('a damaged newest checkpoint is reported and the one before it used; the rows since are learnt again', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 500);
  const folder = await temporaryFolder(t);
  const store = localCheckpoints(folder);
  const { checkpoint } = await training(topic, group, { checkpoint: store, maxRows: 300 }).start();
  const file = path.join(folder, checkpoint!, 'arrays.bin');
  const bytes = await fs.readFile(file);
  bytes[40]! ^= 1;
  await fs.writeFile(file, bytes);
  const second = training(topic, group, { checkpoint: localCheckpoints(folder) });
  const { rows, refused, resumedFrom } = await second.start();
  assert.deepEqual([rows, refused.length, resumedFrom], [300, 1, 'checkpoint-000000000002']);
  assert.match(second.remarks.join(), /checkpoint-000000000003 was refused: .* has changed/);
  assert.deepEqual(second.ledger.faults({ 0: 500 }), []);
  const unbroken = training(topic, bench.group());
  await unbroken.start();
  assert.deepEqual(second.states(), unbroken.states());
});

test('when no checkpoint can be used, training refuses to start over, and nothing is locked afterwards', async (t) => {
  const [topic, other, group] = [await bench.topic(), await bench.topic(), bench.group()];
  await writeRows(bench, topic, 100);
  const store = localCheckpoints(await temporaryFolder(t));
  await training(topic, group, { checkpoint: store }).start();
  const elsewhere = training(other, group, { checkpoint: store });
  await assert.rejects(elsewhere.start(), { code: 'ST_TRAINING_CHECKPOINT_UNUSABLE' });
  assert.equal(elsewhere.model.step, 0);
  await (await store.lock()).release();
});

test('two trainers on one checkpoint folder: the second is refused, the first goes on undisturbed', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 300);
  const store = localCheckpoints(await temporaryFolder(t));
  const refusals: unknown[] = [];
  const first = training(topic, group, { checkpoint: store });
  await first.start({
    onLearnt: (mini) => {
      first.ledger.add(mini);
      void training(topic, group, { checkpoint: store })
        .start()
        .catch((error: unknown) => refusals.push(error));
    },
  });
  await until(() => refusals.length === 3);
  for (const error of refusals)
    assert.equal((error as { code: string }).code, 'ST_TRAINING_CHECKPOINT_LOCKED');
  assert.deepEqual(first.ledger.faults({ 0: 300 }), []);
});

test('told to stop: finishes the mini dataset, keeps the state, leaves the group; also while it waits', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 550);
  const store = localCheckpoints(await temporaryFolder(t));
  const source = {
    topics: topic,
    groupId: group,
    brokers: bench.brokers,
    maxRecords: 100,
    streamTimeout: -1,
  };
  const stopping = new AbortController();
  const first = training(topic, group, { source, checkpoint: store, checkpointEvery: 50 });
  const result = await first.start({
    signal: stopping.signal,
    onProgress: ({ rows }) => {
      if (rows === 200) stopping.abort();
    },
  });
  assert.deepEqual(
    [result.ended, result.rows, result.checkpoint],
    ['stopped', 200, 'checkpoint-000000000001'],
  );
  // The rest: three full mini datasets, then it waits for the fourth to fill up.
  const waiting = new AbortController();
  const second = training(topic, group, {
    source,
    checkpoint: store,
    checkpointEvery: 50,
    signal: waiting.signal,
  });
  const running = second.start();
  await until(() => second.steps.length === 3);
  setTimeout(() => waiting.abort(), 100);
  const { ended, rows, checkpoint } = await running;
  assert.deepEqual([ended, rows, checkpoint], ['stopped', 300, 'checkpoint-000000000002']);
  const description = await describeGroup(group, { brokers: bench.brokers });
  assert.deepEqual([description.totalLag, description.members.length], [50, 0]);
  const early = await training(topic, group, {
    source,
    checkpoint: store,
    signal: AbortSignal.abort(),
  }).start();
  assert.deepEqual([early.ended, early.rows], ['stopped', 0]);
});

test('a failing checkpoint ends training with its reason, nothing committed beyond it; later it goes on', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 500);
  const store = localCheckpoints(await temporaryFolder(t));
  let saves = 0;
  const full = {
    ...store,
    place: store.place,
    lock: () => store.lock(),
    list: () => store.list(),
    load: (id: string) => store.load(id),
    save: (content: Parameters<typeof store.save>[0]) =>
      ++saves > 2 ? Promise.reject(new Error('no space left')) : store.save(content),
  };
  await assert.rejects(training(topic, group, { checkpoint: full }).start(), /no space left/);
  assert.equal((await describeGroup(group, { brokers: bench.brokers })).partitions[0]?.currentOffset, 200);
  const again = training(topic, group, { checkpoint: store });
  assert.equal((await again.start()).rows, 300);
  assert.deepEqual(again.ledger.faults({ 0: 500 }), []);
});

test('records that cannot be decoded: counted and passed over, or the end, as one wishes', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 150);
  await bench.producer.send({
    topic,
    messages: Array.from({ length: 120 }, () => ({ key: '1', value: 'x' })),
  });
  await writeRows(bench, topic, 30);
  await assert.rejects(training(topic, group).start(), { code: 'ST_KAFKA_BAD_RECORD' });
  const { rows, badRecords, miniDatasets } = await training(topic, bench.group(), { onBad: 'skip' }).start();
  assert.deepEqual([rows, badRecords, miniDatasets], [180, 120, 3]);
});

test('a decoder of your own, no shuffle, an imputer before the scaler, a source of your own', async () => {
  const records = Array.from(
    { length: 25 },
    (_, i) => ({ topic: 'mine', partition: 0, offset: i }) as KafkaRecord,
  );
  let closed = 0;
  const commits: unknown[] = [];
  const imputer = new OnlineMedianImputer(3);
  const scaler = new OnlineStandardScaler(3);
  const model = new PlainRegression(3);
  const result = await trainOnline({
    source: {
      topics: 'mine',
      open: (position) => ({
        async *[Symbol.asyncIterator]() {
          assert.equal(position, undefined);
          for (let at = 0; at < records.length; at += 10) {
            const part = records.slice(at, at + 10);
            yield { records: part, end: { mine: { 0: at + part.length } } };
          }
        },
        commit: async (done) => void commits.push(done),
        close: async () => void closed++,
      }),
    },
    model,
    decode: ({ offset }) => ({ xs: Float32Array.of(offset, offset % 2 ? NaN : 7, 1), ys: offset % 2 }),
    shuffle: false,
    scaler: [imputer, scaler],
  });
  assert.deepEqual([result.rows, result.lag, closed], [25, NaN, 1]);
  assert.deepEqual(commits.at(-1), { mine: { 0: 25 } });
  assert.equal(imputer.medians[1], 7);
  assert.deepEqual([...scaler.means], [12, 7, 1]);
  assert.ok(model.weights.every(Number.isFinite));
});

test('the drift detector sees every row before it is learnt, and its report can change the learning', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 300);
  const seen: number[] = [];
  const detector: StreamDetector = {
    kind: 'every200th',
    update: (value) => seen.push(value) % 200 === 0,
    save: () => seen.length,
    restore: () => {},
  };
  const events: DriftEvent[] = [];
  const { start, model, accuracy } = training(topic, group, {
    drift: detector,
    onDrift: (event) => {
      events.push(event);
      event.model.learningRate *= 2;
    },
  });
  await start();
  assert.equal(seen.length, 300);
  assert.equal(
    300 - seen.reduce((a, b) => a + b),
    accuracy.right,
    'judged the same rows by the same predictions',
  );
  assert.deepEqual(
    events.map(({ totalRows, reports }) => [totalRows, reports]),
    [[100, 1]],
  );
  assert.equal(model.learningRate, 0.1);
});

test('a loss or weights that are no numbers end training before they get into a checkpoint', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 100);
  const store = localCheckpoints(await temporaryFolder(t));
  const { start, model } = training(topic, group, {
    checkpoint: store,
    scaler: [],
    decode: ({ offset }) => ({ xs: Float32Array.of(offset % 2 ? 3e38 : -3e38, 1, 1), ys: offset % 2 }),
  });
  model.learningRate = 1e300;
  await assert.rejects(start(), {
    code: 'ST_TRAINING_STATE_NOT_FINITE',
    message: /model\.weights\[0\] is -?Infinity after step 8/,
  });
  const lossy = new (class extends PlainRegression {
    override learn(batch: Parameters<PlainRegression['learn']>[0]) {
      return { ...super.learn(batch), loss: NaN };
    }
  })(3);
  const { start: again } = training(topic, bench.group(), { checkpoint: store, model: lossy });
  await assert.rejects(again(), { code: 'ST_TRAINING_LOSS_NOT_FINITE' });
  assert.deepEqual(await store.list(), []);
});

test('options that cannot be are refused before anything is opened or locked', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'none');
  const cases: [Partial<TrainOnlineOptions>, string][] = [
    [{ batchSize: 0 }, 'batchSize'],
    [{ epochsPerBatch: 1.5 }, 'epochsPerBatch'],
    [{ seed: -1 }, 'seed'],
    [{ checkpointEvery: 0 }, 'checkpointEvery'],
    [{ checkpointEvery: { milliseconds: 0 } }, 'checkpointEvery.milliseconds'],
    [{ scaler: new OnlineStandardScaler(4) }, 'scaler'],
    [{ decode: csvCodec({ columns: 4 }) }, 'decode'],
    [{ source: { topics: [] } }, 'source.topics'],
    [{ evaluate: [new PlainAccuracy(), new PlainAccuracy()] }, 'evaluate'],
  ];
  for (const [options, option] of cases) {
    const { start } = training('t', 'g', { checkpoint: localCheckpoints(folder), ...options });
    await assert.rejects(start(), { code: 'ST_OPTION_INVALID', option });
  }
  await assert.rejects(fs.stat(folder), { code: 'ENOENT' });
});

test('a new model without a checkpoint is said to miss the rows that its group has read; one that resumes is not', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 300);
  const first = training(topic, group);
  await first.start({ maxRows: 200 });
  assert.deepEqual(first.remarks, []);
  const missed = (offset: number) =>
    `Group "${group}" goes on at offset ${offset} of ${topic}[0], and there is no checkpoint: this model learns none of ` +
    `the ${offset} rows before. To learn them, delete the group (deleteGroup), or give another groupId.`;
  const second = training(topic, group);
  assert.equal((await second.start()).rows, 100);
  assert.deepEqual(second.remarks, [missed(200)]);
  const third = training(topic, group);
  assert.equal((await third.start()).rows, 0);
  assert.deepEqual(third.remarks, [missed(300)]);
  await resetOffsets(group, { topic, to: 'earliest', brokers: bench.brokers });
  const checkpoint = localCheckpoints(await temporaryFolder(t));
  await training(topic, group).start({ checkpoint, maxRows: 200 });
  const resumed = training(topic, group, { checkpoint });
  assert.equal((await resumed.start()).rows, 100);
  assert.deepEqual(resumed.remarks, []);
});

test('so it is with each partition, also one without a row in the first mini dataset; not where the end is the beginning by wish', async () => {
  const [topic, group] = [await bench.topic({ partitions: 2 }), bench.group()];
  await writeRows(bench, topic, 30);
  await writeRows(bench, topic, 20, { partition: 1 });
  await training(topic, group).start();
  await writeRows(bench, topic, 10, { partition: 1, from: 20 });
  const second = training(topic, group);
  assert.equal((await second.start()).rows, 10);
  const places = second.remarks.map((text) => /offset (\d+) of \S+(\[\d\]),/.exec(text)?.slice(1).join(' '));
  assert.deepEqual(places, ['30 [0]', '20 [1]']);
  const source = { topics: topic, groupId: bench.group(), brokers: bench.brokers, stop: 'end' as const };
  const late = training(topic, '', { source: { ...source, configuration: ['auto.offset.reset=latest'] } });
  assert.equal((await late.start()).rows, 0);
  assert.deepEqual(late.remarks, []);
});
