/** Checkpoints in a compacted topic. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { createTopic, csvCodec, fromKafka, openKafka, type KafkaClient } from '../../../src/kafka/index.ts';
import { writeToKafka } from '../../../src/kafka/index.ts';
import {
  CheckpointTakenOverError,
  kafkaCheckpoints,
  restoreNewest,
  trainOnline,
  type CheckpointStore,
} from '../../../src/training/index.ts';
import { deferred } from '../../../src/process/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { offsetsAreStable, randomName, randomTopic } from '../../helpers/topics.ts';
import { PlainRegression, RowLedger, rowOf } from '../online/helpers.ts';
import { until } from '../../kafka/dataset-helpers.ts';
import { contentOf, Memory } from './helpers.ts';

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

/** A store in a topic that is gone after the test. */
function storeOf(t: TestContext, keep = 3, topic = randomName('checkpoints')) {
  t.after(async () => void (await client.topics.delete(topic)));
  return { topic, store: kafkaCheckpoints({ topic, client, keep }) };
}

/** Others see a checkpoint a moment after it was saved: the brokers still mark its transaction as committed. */
async function seen(store: CheckpointStore, ids: readonly string[]): Promise<void> {
  await until(async () => (await store.list()).join() === ids.join());
}

async function recordsOf(topic: string): Promise<{ key: string; bytes: number | null }[]> {
  const records: { key: string; bytes: number | null }[] = [];
  for await (const { key, value } of fromKafka(topic, { client }))
    records.push({ key: String(key), bytes: value?.length ?? null });
  return records;
}

test('gives back what was saved, in any process; keeps the last ones and removes the others by tombstones', async (t) => {
  const { topic, store } = storeOf(t, 2);
  assert.deepEqual(await store.list(), []);
  const lock = await store.lock();
  for (let n = 1; n <= 4; n++) await store.save(contentOf(n));
  const ids = ['checkpoint-000000000004', 'checkpoint-000000000003'];
  assert.deepEqual(await store.list(), ids);
  const elsewhere = kafkaCheckpoints({ topic, client });
  await seen(elsewhere, ids);
  for (const one of [store, elsewhere]) {
    const { topics, position, parts } = await one.load(ids[0]!);
    assert.deepEqual({ topics, position, parts }, contentOf(4));
  }
  // Whoever reads on sees what came since.
  await store.save(contentOf(5));
  await seen(elsewhere, ['checkpoint-000000000005', ids[0]!]);
  await lock.release();
  const config = await client.topics.config(topic);
  assert.equal(config['cleanup.policy'], 'compact');
  const removed = (await recordsOf(topic)).filter(({ bytes }) => bytes === null).map(({ key }) => key);
  assert.deepEqual(
    removed,
    [1, 2, 3].flatMap((n) =>
      ['arrays.bin', 'manifest.json'].map((file) => `checkpoint-00000000000${n}/${file}/0`),
    ),
  );
});

test('who follows a topic that is deleted and made again sees what is in the new one, however far that has grown', async (t) => {
  const { topic, store } = storeOf(t, 5);
  for (let n = 1; n <= 5; n++) await store.save(contentOf(n));
  const server = kafkaCheckpoints({ topic, client });
  await until(async () => (await server.list()).length === 5);
  await client.topics.delete(topic);
  await until(async () => (await client.topics.describe(topic)) === undefined);
  assert.deepEqual(await server.list(), []);
  const follower = kafkaCheckpoints({ topic, client });
  const again = kafkaCheckpoints({ topic, client, keep: 2 });
  await again.save(contentOf(1));
  for (const one of [server, follower]) await seen(one, ['checkpoint-000000000001']);
  await client.topics.delete(topic);
  await until(async () => (await client.topics.describe(topic)) === undefined);
  const third = kafkaCheckpoints({ topic, client, keep: 2 });
  for (let n = 11; n <= 17; n++) await third.save(contentOf(n));
  for (const one of [server, follower]) {
    await seen(one, ['checkpoint-000000000007', 'checkpoint-000000000006']);
    assert.deepEqual((await one.load('checkpoint-000000000006')).position, contentOf(16).position);
  }
});

test('who follows a topic that is made again and gets as long as it was sees what is in the new one', async (t) => {
  const { topic, store } = storeOf(t, 5);
  await store.save(contentOf(1));
  const server = kafkaCheckpoints({ topic, client });
  await seen(server, ['checkpoint-000000000001']);
  await client.topics.delete(topic);
  await until(async () => (await client.topics.describe(topic)) === undefined);
  await kafkaCheckpoints({ topic, client }).save(contentOf(2));
  const { position } = contentOf(2);
  await until(async () => {
    const found = await server.load('checkpoint-000000000001').catch(() => undefined);
    return JSON.stringify(found?.position) === JSON.stringify(position);
  });
});

test('an earlier checkpoint that is saved once more is the newest, and what training goes on from', async (t) => {
  const { store } = storeOf(t, 5);
  for (let n = 1; n <= 3; n++) await store.save(contentOf(n));
  const earlier = await store.load('checkpoint-000000000001');
  assert.equal(await store.save(earlier), 'checkpoint-000000000004');
  const [model, metrics] = [new Memory(0), new Memory([])];
  const { checkpoint } = await restoreNewest(store, ['cancer'], { model, metrics });
  assert.equal(checkpoint?.id, 'checkpoint-000000000004');
  const { parts, position } = contentOf(1);
  assert.deepEqual(checkpoint?.position, position, 'the rows since then are learnt again');
  assert.deepEqual([model.state, metrics.state], [parts['model']!.state, parts['metrics']!.state]);
});

test('what was saved here is listed, and what it removed is not, also before the broker shows its transaction', async (t) => {
  const { topic, store } = storeOf(t, 1);
  await store.save(contentOf(1));
  await seen(kafkaCheckpoints({ topic, client }), ['checkpoint-000000000001']);
  // Nothing behind the beginning of an open transaction is shown.
  const other = await client.transactional(randomName('other'));
  const open = await other.begin();
  await open.send(topic, 0, [{ key: 'other', value: null }]);
  await store.save(contentOf(2));
  for (let n = 0; n < 2; n++) assert.deepEqual(await store.list(), ['checkpoint-000000000002']);
  await open.abort();
  await other.close();
  await seen(store, ['checkpoint-000000000002']);
});

test('saves at once get ids of their own; a store is locked once; only what was refused is not counted', async (t) => {
  const { topic, store } = storeOf(t, 5);
  const lock = await store.lock();
  await assert.rejects(store.lock(), { code: 'ST_TRAINING_CHECKPOINT_LOCKED' });
  const ids = await Promise.all([1, 2, 3].map((n) => store.save(contentOf(n))));
  assert.deepEqual(
    ids,
    [1, 2, 3].map((n) => `checkpoint-00000000000${n}`),
  );
  for (const [at, id] of ids.entries())
    assert.deepEqual((await store.load(id)).position, contentOf(at + 1).position);
  await lock.release();
  await (await store.lock()).release();
  // A closed connection is no fault of the checkpoint: it stays counted, and goes when its time has come.
  await using own = await openKafka({ brokers: client.settings.brokers.join() });
  const reader = kafkaCheckpoints({ topic, client: own, keep: 1 });
  await own.close();
  await assert.rejects(reader.load(ids[0]!), { code: 'ST_KAFKA_CLOSED' });
  await own.open();
  const last = await reader.save(contentOf(4));
  assert.deepEqual(await reader.list(), [last]);
});

test('a store that is asked while it takes the topic and saves takes no number twice, and shows no part of a checkpoint', async (t) => {
  const { topic } = storeOf(t, 5);
  let saved = 0;
  for (let round = 1; round <= 12; round++) {
    // One that has read before, as a server's, and then writes: a notebook that puts an earlier version on top.
    const store = kafkaCheckpoints({ topic, client, keep: 5 });
    let isOver = false;
    await store.list();
    const asking = (async () => {
      while (!isOver) {
        const [newest] = await store.list();
        if (newest !== undefined) assert.ok((await store.load(newest)).position, newest);
      }
    })();
    saved += 1;
    const saving = store.save(contentOf(round)).finally(() => (isOver = true));
    const [id] = await Promise.all([saving, asking]);
    assert.equal(id, `checkpoint-${String(saved).padStart(12, '0')}`);
    assert.equal((await store.list()).length, Math.min(saved, 5));
  }
});

/** A store whose readings stand still before they begin, once `hold()` was called, until `go`. */
function heldStore(topic: string) {
  const [asked, go] = [deferred(), deferred()];
  let isHeld = false;
  const around = <Real extends object>(real: Real, others: Partial<Real>): Real =>
    new Proxy(real, {
      get: (_, name) => {
        const value: unknown = Reflect.get(Object.hasOwn(others, name) ? others : real, name);
        return typeof value === 'function' ? (value.bind(real) as unknown) : value;
      },
    });
  const topics = around(client.topics, {
    watermarks: async (...given) => {
      if (isHeld) asked.resolve();
      if (isHeld) await go.promise;
      return client.topics.watermarks(...given);
    },
  });
  const store = kafkaCheckpoints({ topic, client: around(client, { topics }), keep: 2 });
  return { store, hold: () => (isHeld = true), asked: asked.promise, go: go.resolve };
}

test(
  'a reading that stands still holds up no save, and shows it once it goes on',
  { timeout: 60_000 },
  async (t) => {
    const { store, hold, asked, go } = heldStore(storeOf(t).topic);
    const ids = [await store.save(contentOf(1))];
    hold();
    const listing = store.list();
    await asked;
    for (const n of [2, 3]) ids.unshift(await store.save(contentOf(n)));
    go();
    assert.deepEqual(await listing, ids.slice(0, 2));
    assert.deepEqual(await store.list(), ids.slice(0, 2));
  },
);

test(
  'what another process removes while a reading stands still is not listed again because it was saved here',
  { timeout: 60_000 },
  async (t) => {
    const { topic } = storeOf(t);
    const { store, hold, asked, go } = heldStore(topic);
    await store.save(contentOf(1));
    hold();
    const listing = store.list();
    await asked;
    await store.save(contentOf(2));
    const other = kafkaCheckpoints({ topic, client, keep: 1 });
    const id = await other.save(contentOf(3));
    const end = async (isolationLevel: 'read_committed' | 'read_uncommitted') =>
      JSON.stringify(await client.topics.watermarks(topic, { isolationLevel }));
    await until(async () => (await end('read_committed')) === (await end('read_uncommitted')));
    go();
    assert.deepEqual(await listing, [id]);
    assert.deepEqual(await store.list(), [id]);
  },
);

test("what is larger than the topic's max.message.bytes travels in chunks, the manifest last, bit for bit", async (t) => {
  const { topic, store } = storeOf(t);
  await createTopic(topic, { client, config: { 'cleanup.policy': 'compact', 'max.message.bytes': 20_000 } });
  const weights = Float32Array.from({ length: 25_000 }, (_, i) => Math.sin(i) * 1e-3);
  const state = { weights, step: 7 };
  const id = await store.save({ ...contentOf(1), parts: { model: { kind: 'memory', state } } });
  assert.deepEqual((await store.load(id)).parts['model']?.state, state);
  await seen(kafkaCheckpoints({ topic, client }), [id]);
  const records = await recordsOf(topic);
  assert.ok(records.length >= 6);
  assert.ok(records.every(({ bytes }) => bytes !== null && bytes < 20_000));
  assert.equal(records.at(-1)?.key, `${id}/manifest.json/0`);
});

test('a chunk that changed or is gone is refused with its reason, and the one before is used', async (t) => {
  const { topic, store } = storeOf(t);
  for (let n = 1; n <= 3; n++) await store.save(contentOf(n));
  const outside = await client.producer();
  t.after(() => outside.close());
  const write = (n: number, file: string, value: Buffer | null) =>
    outside.send(topic, 0, [{ key: `checkpoint-00000000000${n}/${file}/0`, value }]);
  await write(3, 'arrays.bin', null);
  await write(2, 'arrays.bin', Buffer.alloc(16, 1));
  const memories = { model: new Memory(0), metrics: new Memory(0) };
  const reader = kafkaCheckpoints({ topic, client });
  await seen(
    reader,
    [3, 2, 1].map((n) => `checkpoint-00000000000${n}`),
  );
  const { checkpoint, refused } = await restoreNewest(reader, ['cancer'], memories);
  assert.equal(checkpoint?.id, 'checkpoint-000000000001');
  assert.deepEqual(
    refused.map(({ fault, checkpoint }) => [fault, checkpoint]),
    [
      ['torn', `kafka:${topic}/checkpoint-000000000003`],
      ['damaged', `kafka:${topic}/checkpoint-000000000002`],
    ],
  );
  assert.match(refused[0]!.message, /arrays\.bin is missing/);
  // Refused ones are not counted, so that the good one stays.
  const keeper = kafkaCheckpoints({ topic, client, keep: 2 });
  await restoreNewest(keeper, ['cancer'], memories);
  await keeper.save(contentOf(4));
  assert.ok((await keeper.list()).includes('checkpoint-000000000001'));
});

test('who takes the topic has it: the one before can save and commit nothing more, and says so', async (t) => {
  const { topic, store } = storeOf(t);
  const [source, groupId] = [await randomTopic(t, { client }), randomName('group')];
  const content = (n: number) => ({ ...contentOf(n), position: { [source]: { 0: n * 10 } } });
  const committed = async () => {
    await offsetsAreStable(client, groupId, source);
    return (await client.groups.offsets(groupId)).get(source)?.get(0);
  };
  const first = await store.lock();
  await store.save(content(1), groupId);
  await first.check?.(true);
  const second = kafkaCheckpoints({ topic, client });
  const lock = await second.lock();
  assert.deepEqual(await second.list(), ['checkpoint-000000000001']);
  await assert.rejects(async () => first.check?.(true), CheckpointTakenOverError);
  await assert.rejects(store.save(content(2), groupId), {
    code: 'ST_TRAINING_CHECKPOINT_TAKEN_OVER',
    message: /Another trainer has taken over the checkpoints in kafka:.* Nothing is learnt twice/,
  });
  assert.equal(await committed(), 10);
  assert.equal(await second.save(content(3), groupId), 'checkpoint-000000000002');
  assert.equal(await committed(), 30);
  await lock.release();
  await first.release();
});

test('two trainers on one topic: the second goes on, the first stops with a sentence, nothing is learnt twice', async (t) => {
  const { topic: checkpoints } = storeOf(t);
  const topic = await randomTopic(t, { client });
  const [rows, groupId] = [4000, randomName('group')];
  await writeToKafka(
    topic,
    Array.from({ length: rows }, (_, i) => rowOf(i, 3)),
    { client, log: false },
  );
  const told: string[] = [];
  const trainer = (name: string, store: CheckpointStore, onProgress: () => unknown) => {
    const ledger = new RowLedger();
    const training = trainOnline({
      source: { topics: topic, groupId, client, stop: 'end', maxRecords: 50 },
      model: new PlainRegression(3),
      decode: csvCodec({ columns: 3 }),
      extras: { ledger },
      onLearnt: (mini) => ledger.add(mini),
      checkpoint: store,
      onProgress,
      onRemark: (text) => told.push(`${name}: ${text}`),
    });
    return training.then(() => ledger.faults({ 0: rows }));
  };
  let second: Promise<string[]> | undefined;
  let minis = 0;
  const first = trainer('first', kafkaCheckpoints({ topic: checkpoints, client }), async () => {
    if (++minis === 5)
      second = trainer('second', kafkaCheckpoints({ topic: checkpoints, client }), () => undefined);
    // So slow that it would go on for long.
    await new Promise((resolve) => setTimeout(resolve, 40));
  });
  await assert.rejects(first, { code: 'ST_TRAINING_CHECKPOINT_TAKEN_OVER' });
  assert.ok(minis < rows / 50);
  assert.deepEqual(await second, []);
  assert.deepEqual(told, []);
  await offsetsAreStable(client, groupId, topic);
  assert.equal((await client.groups.offsets(groupId)).get(topic)?.get(0), rows);
});

test('trainers with a topic each in one group: what one has read of a partition meanwhile, the other leaves to it', async (t) => {
  const topic = await randomTopic(t, { client });
  const groupId = randomName('group');
  const [mine, theirs] = [storeOf(t).store, storeOf(t).store];
  const write = (from: number) => {
    const rows = Array.from({ length: 50 }, (_, i) => rowOf(from + i, 3));
    return writeToKafka(topic, rows, { client, log: false });
  };
  const life = async (checkpoint: CheckpointStore) => {
    const [offsets, remarks] = [[] as number[], [] as string[]];
    await trainOnline({
      source: { topics: topic, groupId, client, stop: 'end' },
      ...{ model: new PlainRegression(3), decode: csvCodec({ columns: 3 }), checkpoint },
      onLearnt: ({ records }) => offsets.push(...records.map(({ offset }) => offset)),
      onRemark: (text) => remarks.push(text),
    });
    return { from: offsets[0], rows: offsets.length, remarks };
  };
  await write(0);
  assert.deepEqual(await life(mine), { from: 0, rows: 50, remarks: [] });
  await write(50);
  const other = await life(theirs);
  assert.deepEqual([other.from, other.rows], [50, 50]);
  assert.match(other.remarks.join(), /goes on at offset 50 .* learns none of the 50 rows before/);
  await write(100);
  const { from, rows, remarks } = await life(mine);
  assert.deepEqual([from, rows], [100, 50]);
  assert.match(remarks.join(), /another member has committed .* up to 100, beyond the saved position 50/);
});

test('a topic that would lose checkpoints, and options that cannot be, are refused', async (t) => {
  const topic = await randomTopic(t, { client });
  await assert.rejects(kafkaCheckpoints({ topic, client }).lock(), {
    code: 'ST_TRAINING_CHECKPOINT_TOPIC',
    message: /its cleanup\.policy is delete/,
  });
  const wide = await randomTopic(t, { client, partitions: 2, config: { 'cleanup.policy': 'compact' } });
  await assert.rejects(kafkaCheckpoints({ topic: wide, client }).lock(), {
    code: 'ST_TRAINING_CHECKPOINT_TOPIC',
  });
  assert.throws(() => kafkaCheckpoints({ topic: '', client }), { code: 'ST_OPTION_INVALID' });
  assert.throws(() => kafkaCheckpoints({ topic, client, keep: 0 }), { code: 'ST_OPTION_INVALID' });
  assert.throws(() => kafkaCheckpoints({ topic } as never), { code: 'ST_OPTION_INVALID' });
});
