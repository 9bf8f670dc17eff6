/** A checkpoint is written while the next mini dataset is learnt, and what that may not change. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test, type TestContext } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { KafkaRecord } from '../../../src/kafka/index.ts';
import { deferred } from '../../../src/process/index.ts';
import {
  localCheckpoints,
  trainOnline,
  type CheckpointStore,
  type OnlineProgress,
  type TrainOnlineOptions,
} from '../../../src/training/index.ts';
import { packState } from '../../../src/training/checkpoint/state-codec.ts';
import { temporaryFolder } from '../checkpoint/helpers.ts';
import { memorySource, PlainRegression } from './helpers.ts';

const ROWS = 100;

/** Five mini datasets of 20 rows, of which the source says how many wait still. */
function source(committed: unknown[] = []): TrainOnlineOptions['source'] {
  const plain = memorySource(ROWS);
  return {
    topics: 't',
    open: (position) => {
      let left = ROWS - (position?.['t']?.['0'] ?? 0);
      return {
        async *[Symbol.asyncIterator]() {
          for await (const mini of plain.open(position)) {
            left -= mini.records.length;
            yield mini;
          }
        },
        lag: () => left,
        commit: async (upTo) => void committed.push(upTo['t']?.['0']),
      };
    },
  };
}

const decode = ({ offset }: KafkaRecord) => ({ xs: Float32Array.of(offset % 7, 1), ys: offset % 2 });

/** A folder whose checkpoints are written when `gate` says so. */
async function gated(t: TestContext, gate: (count: number) => Promise<void>) {
  const store = localCheckpoints(await temporaryFolder(t));
  const events: string[] = [];
  let count = 0;
  const slow: CheckpointStore = {
    place: store.place,
    lock: async () => {
      const lock = await store.lock();
      return { ...lock, release: () => (events.push('released'), lock.release()) };
    },
    list: () => store.list(),
    load: (id) => store.load(id),
    save: async (content) => {
      const own = ++count;
      events.push(`begun ${own}`);
      // Taken before anything is waited for, as both stores of the library do.
      const parts = structuredClone(content.parts);
      await gate(own);
      const id = await store.save({ ...content, parts });
      events.push(`safe ${own}`);
      return id;
    },
  };
  return { store, slow, events };
}

const numbers = (steps: readonly OnlineProgress[]) =>
  steps.map(({ checkpoint, checkpoints }) => [Number(checkpoint?.slice(-12) ?? 0), checkpoints]);

test('where the source has more, the next mini dataset is learnt meanwhile, and no further one; what is kept is the same', async (t) => {
  const model = new PlainRegression(2);
  const { store, slow, events } = await gated(t, async (count) => {
    const before = model.step;
    // It is not safe before the next mini dataset is learnt, as far as there is one; then there is time for more.
    for (const until = performance.now() + 10_000; count < 5 && !events.includes(`learnt ${count + 1}`);) {
      assert.ok(performance.now() < until, 'the next mini dataset waits for the checkpoint');
      await nextTurn();
    }
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    assert.equal(model.step - before, count < 5 ? 4 : 0);
  });
  const [steps, committed]: [OnlineProgress[], unknown[]] = [[], []];
  const options = { source: source(committed), decode, batchSize: 5, onRemark: () => {} };
  const result = await trainOnline({
    ...{ ...options, model, checkpoint: slow },
    onLearnt: ({ end }) => events.push(`learnt ${end['t']!['0']! / 20}`),
    onProgress: (progress) => steps.push(progress),
  });
  assert.deepEqual(events, [
    ...['learnt 1', 'begun 1', 'learnt 2', 'safe 1', 'begun 2', 'learnt 3', 'safe 2', 'begun 3', 'learnt 4'],
    ...['safe 3', 'begun 4', 'learnt 5', 'safe 4', 'begun 5', 'safe 5', 'released'],
  ]);
  // Progress tells of what is safe: the last one of itself, as nothing waits any more.
  const expected = [0, 1, 2, 3, 5].map((count) => [count, count]);
  assert.deepEqual(numbers(steps), expected);
  assert.deepEqual([result.checkpoint, result.checkpoints], [(await store.list())[0], 5]);
  assert.equal(committed.at(-1), ROWS);

  // Each holds the state of its own moment: that of a training that ends there.
  for (const [i, id] of (await store.list()).entries()) {
    const maxRows = ROWS - 20 * i;
    const other = new PlainRegression(2);
    await trainOnline({ ...options, source: source(), model: other, maxRows });
    const { parts, position } = await store.load(id);
    assert.deepEqual(position, { t: { 0: maxRows } });
    assert.deepEqual(packState(parts['model']!.state), packState(other.save()));
  }
});

test('where nothing waits, or nobody knows, progress comes when its checkpoint is safe', async (t) => {
  for (const lag of [0, 19, NaN]) {
    const steps: OnlineProgress[] = [];
    const { slow } = await gated(t, () => Promise.resolve());
    await trainOnline({
      source: { topics: 't', open: (position) => ({ ...memorySource(ROWS).open(position), lag: () => lag }) },
      ...{ model: new PlainRegression(2), decode, checkpoint: slow },
      onProgress: (progress) => steps.push(progress),
    });
    assert.deepEqual(
      numbers(steps),
      [1, 2, 3, 4, 5].map((count) => [count, count]),
    );
  }
});

test('stopped meanwhile: the checkpoints are safe before it returns, and before the lock is given back', async (t) => {
  const { store, slow, events } = await gated(t, async () => {
    for (let turn = 0; turn < 20; turn++) await nextTurn();
  });
  const stop = new AbortController();
  const { ended, rows, checkpoint } = await trainOnline({
    ...{ source: source(), model: new PlainRegression(2), decode, checkpoint: slow, signal: stop.signal },
    onProgress: ({ rows: now }) => now === 40 && stop.abort(),
  });
  assert.deepEqual([ended, rows, checkpoint], ['stopped', 40, (await store.list())[0]]);
  assert.deepEqual(events.slice(-2), ['safe 2', 'released']);
});

test('one that fails meanwhile ends training with its reason, also where the next mini dataset fails, too', async (t) => {
  const failing = async (count: number) => {
    if (count < 2) return;
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    throw new Error('no space left');
  };
  for (const bad of [false, true]) {
    const { store, slow, events } = await gated(t, failing);
    const committed: unknown[] = [];
    const learnt: number[] = [];
    const odd = { ...{ source: source(committed), model: new PlainRegression(2), checkpoint: slow } };
    const running = trainOnline({
      ...odd,
      decode: (record) => {
        if (bad && record.offset === 45) throw new Error('a row of another kind');
        return decode(record);
      },
      onLearnt: ({ end }) => learnt.push(end['t']!['0']!),
    });
    await assert.rejects(running, /no space left/);
    assert.deepEqual(learnt, bad ? [20, 40] : [20, 40, 60]);
    assert.deepEqual([committed.at(-1), (await store.list()).length], [20, 1]);
    assert.equal(events.at(-1), 'released');
    // Nothing holds the folder, and training goes on where the last safe one stands.
    const again = await trainOnline({ ...odd, decode, source: source(), checkpoint: store });
    assert.deepEqual([again.rows, again.totalRows], [80, 100]);
  }
});

test('one that fails while no further row comes ends training at once', async (t) => {
  const full = deferred();
  const { slow, events } = await gated(t, async (count) => {
    if (count < 5) return;
    await full.promise;
    throw new Error('no space left');
  });
  const plain = memorySource(ROWS);
  const silence = deferred();
  const running = trainOnline({
    ...{ model: new PlainRegression(2), decode, checkpoint: slow },
    source: {
      topics: 't',
      open: (position) => ({
        async *[Symbol.asyncIterator]() {
          yield* plain.open(position);
          // All of it is learnt, and the last checkpoint is being written.
          setImmediate(full.resolve);
          await silence.promise;
        },
        // Of a transaction, say: they never come.
        lag: () => 1_000,
        close: async () => silence.resolve(),
      }),
    },
  });
  await assert.rejects(running, /no space left/);
  assert.deepEqual(events.slice(-2), ['begun 5', 'released']);
});

test('a checkpoint after a time comes when that is over, also while no further row comes, and once', async (t) => {
  const store = localCheckpoints(await temporaryFolder(t), { keep: 9 });
  const plain = memorySource(60);
  const steps: OnlineProgress[] = [];
  const milliseconds = 400;
  const since = performance.now();
  /** One, unless the machine is so slow that learning takes longer than that. */
  let untilAll = 0;
  const isAllSafe = async () => {
    const ids = await store.list();
    if (ids.length > 0) assert.ok(performance.now() - since >= milliseconds);
    untilAll = ids.length;
    return ids[0] !== undefined && (await store.load(ids[0])).position['t']?.['0'] === 60;
  };
  const { checkpoints, rows } = await trainOnline({
    ...{ model: new PlainRegression(2), decode, checkpoint: store, checkpointEvery: { milliseconds } },
    source: {
      topics: 't',
      open: (position) => ({
        async *[Symbol.asyncIterator]() {
          yield* plain.open(position);
          // Waits for rows; what is learnt becomes safe meanwhile, and nothing more is written after that.
          while (!(await isAllSafe())) await sleep(5);
          await sleep(1.5 * milliseconds);
          assert.equal((await store.list()).length, untilAll);
        },
      }),
    },
    onProgress: (progress) => steps.push(progress),
  });
  assert.deepEqual([rows, checkpoints], [60, untilAll]);
  assert.equal(steps.length, 3);
  const [id] = await store.list();
  assert.deepEqual((await store.load(id!)).position, { t: { 0: 60 } });
});

test('however many mini datasets are waited for, nobody stays to listen for a failed checkpoint or a stop', async (t) => {
  const { slow } = await gated(t, () => Promise.resolve());
  const { mock: listening } = t.mock.method(EventTarget.prototype, 'addEventListener');
  const most: number[] = [];
  await trainOnline({
    ...{ source: memorySource(30, 1), model: new PlainRegression(2), decode, checkpoint: slow },
    signal: new AbortController().signal,
    onProgress: () => {
      const signals = new Set(listening.calls.map((call) => call.this as EventTarget));
      most.push(Math.max(...[...signals].map((signal) => getEventListeners(signal, 'abort').length)));
    },
  });
  assert.ok(listening.callCount() > 30, 'each wait listens');
  assert.ok(most.length === 30 && Math.max(...most) <= 2, most.join());
});

test('where the next mini dataset fails, the checkpoint that is being written is finished and kept', async (t) => {
  const gate = deferred();
  const { store, slow } = await gated(t, (count) => (count === 1 ? gate.promise : Promise.resolve()));
  const own = new Error('a row of another kind');
  const running = trainOnline({
    ...{ source: source(), model: new PlainRegression(2), checkpoint: slow },
    decode: (record) => {
      if (record.offset < 25) return decode(record);
      // The checkpoint of the first mini dataset is still being written.
      setImmediate(gate.resolve);
      throw own;
    },
  });
  await assert.rejects(running, own);
  const [id] = await store.list();
  assert.deepEqual((await store.load(id!)).position, { t: { 0: 20 } });
});
