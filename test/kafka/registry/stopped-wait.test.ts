/** Whoever waits for a registry that is away may be stopped at once, and nothing of the wait keeps the process alive. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type http from 'node:http';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { avroCodec } from '../../../src/kafka/codec/avro.ts';
import { decodeBatches, decodeRecords } from '../../../src/kafka/codec/batches.ts';
import type { SchemaCodec } from '../../../src/kafka/codec/framing.ts';
import { datasetOf, type Dataset } from '../../../src/kafka/dataset/dataset.ts';
import { MiniDataset } from '../../../src/kafka/dataset/batch-dataset.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';
import { SchemaPendingError, whenReady } from '../../../src/kafka/registry/errors.ts';
import { schemaRegistry } from '../../../src/kafka/registry/registry.ts';
import { LogisticRegression, trainOnBatches, trainOnline } from '../../../src/training/index.ts';
import { typescriptFlags } from '../../helpers/typescript.ts';
import { says, scripted, served } from './helpers.ts';

const schema = { type: 'record', name: 'Cell', fields: [{ name: 'a', type: 'double' }] };

/** A registry that is away, with a codec of it: connections are taken and answered by 503, or never answered. */
async function away(t: TestContext, { silent = false } = {}) {
  const open = new Set<http.ServerResponse>();
  let requests = 0;
  const url = await served(t, (_request, response) => {
    requests++;
    if (!silent) return says(503, {})(response);
    open.add(response);
    response.on('close', () => open.delete(response));
  });
  const codec = avroCodec({
    registry: schemaRegistry({ url, timeoutMs: 300_000, retryForMs: 300_000 }),
    schema,
  });
  return { codec, url, requests: () => requests, open: () => open.size };
}

const record: KafkaRecord = {
  ...{ topic: 't', partition: 0, offset: 0, timestamp: 0, headers: {} },
  ...{ key: Buffer.from('1'), value: Buffer.from([0, 0, 0, 0, 7, ...new Array<number>(8).fill(0)]) },
};

/** Resolves when the registry has been asked. */
async function asked(requests: () => number): Promise<void> {
  while (requests() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Resolves when the registry has lost its last connection. */
async function letGo(open: () => number): Promise<void> {
  while (open() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

const reason = new Error('enough');
const isReason = (error: unknown): boolean => error === reason;

test('a signal ends every way to wait for a schema with its reason, in a pause and in a try', async (t) => {
  const ways: Readonly<Record<string, (codec: SchemaCodec, signal: AbortSignal) => Promise<unknown>>> = {
    ready: (codec, signal) => codec.ready(record, signal),
    decodeBatches: (codec, signal) => decodeBatches([record], codec, { size: 1, signal }).next(),
    decodeRecords: (codec, signal) => decodeRecords([record], codec, { signal }).next(),
    'a mini dataset': (codec, signal) =>
      new MiniDataset(0, [record], {}, async () => {}, { signal }).shuffle(2, 1).map(codec.decode).toArray(),
    decodeBatch: (codec, signal) =>
      new MiniDataset(0, [record], {}, async () => {}, { signal }).decodeBatch(codec, 1).count(),
  };
  for (const [way, wait] of Object.entries(ways))
    for (const silent of [false, true]) {
      const { codec, requests, open } = await away(t, { silent });
      const stop = new AbortController();
      const waiting = wait(codec, stop.signal);
      await asked(requests);
      stop.abort(reason);
      await assert.rejects(waiting, isReason, `${way}, silent: ${silent}`);
      await letGo(open);
    }
});

test('closing a dataset ends what its steps wait for: no row comes, and no error', async (t) => {
  const chains: readonly ((codec: SchemaCodec) => Dataset<unknown>)[] = [
    (codec) => datasetOf([record]).map(codec.decode),
    (codec) => datasetOf([record]).take(1).map(codec.decode).batch(1),
    (codec) => datasetOf([record]).repeat(2).decodeBatch(codec, 2),
    (codec) => datasetOf([record]).prefetch(1).map(codec.decode).prefetch(1),
  ];
  for (const chain of chains) {
    const { codec, requests, open } = await away(t, { silent: true });
    const dataset = chain(codec);
    const rows: unknown[] = [];
    const reading = dataset.forEachAsync((row) => rows.push(row));
    await asked(requests);
    await dataset.close();
    await reading;
    assert.deepEqual(rows, []);
    await letGo(open);
  }
});

test('closing a dataset in memory ends what the steps of datasets derived from it wait for; it can be gone over again', async (t) => {
  const roots: readonly (() => Dataset<KafkaRecord>)[] = [
    () => datasetOf([record]),
    () => datasetOf(new Set([record])),
    () => new MiniDataset(0, [record], {}, async () => {}),
  ];
  const chains: readonly ((root: Dataset<KafkaRecord>, codec: SchemaCodec) => Dataset<unknown>)[] = [
    (root, codec) => root.map(codec.decode),
    (root, codec) => root.concatenate(root).prefetch(1).map(codec.decode).batch(1),
    (root, codec) => root.shuffle(4, 1).decodeBatch(codec, 2),
  ];
  for (const make of roots)
    for (const chain of chains) {
      const { codec, requests, open } = await away(t, { silent: true });
      const root = make();
      const reading = chain(root, codec).toArray();
      await asked(requests);
      await root.close();
      assert.deepEqual(await reading, []);
      await letGo(open);
      assert.equal(await root.count(), 1);
    }
});

test('leaving a loop ends what is read ahead of it', async (t) => {
  const { codec, requests, open } = await away(t, { silent: true });
  const plain = { ...record, value: Buffer.from('5') };
  const mini = new MiniDataset(0, [plain, record], {}, async () => {});
  const rows = mini.map((one) => (one === plain ? { xs: [], ys: 5 } : codec.decode(one))).prefetch(2);
  for await (const { ys } of rows) {
    assert.equal(ys, 5);
    await asked(requests);
    break;
  }
  await letGo(open);
});

test('one of two that wait may go; the other one gets the schema, and whoever comes after both asks again', async (t) => {
  const { codec, requests, open } = await away(t, { silent: true });
  const [one, two] = [new AbortController(), new AbortController()];
  const [first, second] = [codec.ready(record, one.signal), codec.ready(record, two.signal)];
  await asked(requests);
  one.abort(reason);
  await assert.rejects(first, isReason);
  assert.deepEqual([requests(), open()], [1, 1]);
  two.abort(reason);
  await assert.rejects(second, isReason);
  await letGo(open);
  assert.throws(() => codec.decode(record), SchemaPendingError);
  while (requests() < 2) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('who met the schema before another one gave up waits for it all the same, and asks no more than needed', async (t) => {
  const silent = (): void => {};
  const { url, seen } = await scripted(t, silent, says(200, { schema: JSON.stringify(schema) }));
  const registry = schemaRegistry({ url });
  const pending = (): SchemaPendingError => {
    try {
      registry.known(7);
    } catch (error) {
      if (error instanceof SchemaPendingError) return error;
    }
    throw new Error('it is here already');
  };
  const [early, late] = [pending(), pending()];
  const stop = new AbortController();
  const waiting = whenReady(pending(), [stop.signal]);
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(reason);
  await assert.rejects(waiting, isReason);
  await early.ready;
  assert.ok(registry.known(7));
  await late.ready;
  assert.equal(seen.length, 2);
});

test('training that is stopped meanwhile ends as stopped and counts nothing', async (t) => {
  for (const kind of ['batches', 'online'] as const) {
    const { codec, requests, open } = await away(t, { silent: true });
    const stop = new AbortController();
    const model = new LogisticRegression({ features: 1 });
    const more = { model, decode: codec, signal: stop.signal };
    const training =
      kind === 'batches'
        ? trainOnBatches({ ...more, data: datasetOf([record]) })
        : trainOnline({ ...more, source: { topics: 't', open: () => mini() } });
    await asked(requests);
    stop.abort(reason);
    assert.equal((await training).ended, 'stopped');
    assert.equal(model.step, 0);
    await letGo(open);
  }
});

async function* mini() {
  yield { records: [record], end: { t: { 0: 1 } } };
}

test('a process that has closed its dataset ends by itself, however long the registry would be asked', async (t) => {
  const { url } = await away(t);
  const kafka = fileURLToPath(new URL('../../../src/kafka/index.ts', import.meta.url));
  const code = `
    const { avroCodec, datasetOf, schemaRegistry } = await import(${JSON.stringify(kafka)});
    const registry = schemaRegistry({ url: ${JSON.stringify(url)}, retryForMs: 300_000 });
    const codec = avroCodec({ registry, schema: ${JSON.stringify(schema)} });
    const value = Buffer.from([0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
    const dataset = datasetOf([{ topic: 't', partition: 0, offset: 0, key: Buffer.from('1'), value }]).map(codec.decode);
    const reading = dataset.forEachAsync(() => {});
    setTimeout(() => dataset.close(), 300);
    await reading;
    console.log('closed');`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...typescriptFlags(), '--input-type=module', '--eval', code],
    { timeout: 60_000 },
  );
  assert.equal(stdout, 'closed\n');
});
