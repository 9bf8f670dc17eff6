/** What a step waits for by items that it has goes on, though the pass above is used up and closed by then. */
import assert from 'node:assert/strict';
import type http from 'node:http';
import { test, type TestContext } from 'node:test';
import { avroCodec } from '../../../src/kafka/codec/avro.ts';
import type { SchemaCodec } from '../../../src/kafka/codec/framing.ts';
import { MiniDataset } from '../../../src/kafka/dataset/batch-dataset.ts';
import { Dataset } from '../../../src/kafka/dataset/dataset.ts';
import { OwnItems, type Puller } from '../../../src/kafka/read/pull.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';
import { schemaRegistry } from '../../../src/kafka/registry/registry.ts';
import { says, served } from './helpers.ts';

const schema = { type: 'record', name: 'Cell', fields: [{ name: 'a', type: 'double' }] };
const ROWS = 7;

const records: readonly KafkaRecord[] = Array.from({ length: ROWS + 3 }, (_, offset) => ({
  ...{ topic: 't', partition: 0, offset, timestamp: 0, headers: {} },
  ...{ key: Buffer.from('1'), value: Buffer.from([0, 0, 0, 0, 7, ...new Array<number>(8).fill(0)]) },
}));

/** A codec of a registry that answers when `answer` is called. */
async function slowCodec(t: TestContext) {
  const waiting: http.ServerResponse[] = [];
  const url = await served(t, (_request, response) => void waiting.push(response));
  const codec = avroCodec({ registry: schemaRegistry({ url, timeoutMs: 300_000 }), schema });
  const isAsked = () => waiting.length > 0;
  const answer = () => waiting.forEach(says(200, { schema: JSON.stringify(schema) }));
  return { codec, isAsked, answer };
}

/** A dataset whose passes are closed as those over a partition: `closed` is how many are, `close()` closes those open. */
function passes(count: number) {
  const open = new Set<Puller<KafkaRecord>>();
  const found = { closed: 0 };
  const dataset = new Dataset<KafkaRecord>({
    size: count,
    open: () => {
      const stop = new AbortController();
      const items = new OwnItems(records.slice(0, count)).open();
      const pass: Puller<KafkaRecord> = {
        ends: { closed: stop.signal },
        pull: async (max) => items.pull(max),
        close: async () => {
          if (!open.delete(pass)) return;
          found.closed++;
          stop.abort();
          await items.close();
        },
      };
      open.add(pass);
      return pass;
    },
    close: async () => void (await Promise.all([...open].map((pass) => pass.close()))),
  });
  return { dataset, found };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

type Chain = (root: Dataset<KafkaRecord>) => Dataset<KafkaRecord>;
/** Steps that close a pass that is used up, and how many passes are when all is read ahead. */
const closing: Readonly<Record<string, { chain: Chain; rows: number; used: number }>> = {
  take: { chain: (root) => root.take(ROWS), rows: ROWS, used: 1 },
  concatenate: { chain: (root) => root.take(ROWS).concatenate(root), rows: 2 * ROWS + 3, used: 2 },
  repeat: { chain: (root) => root.take(ROWS).repeat(2), rows: 2 * ROWS, used: 2 },
  'take of repeat': { chain: (root) => root.repeat().take(ROWS + 10), rows: ROWS + 10, used: 2 },
};
const decoding: Readonly<Record<string, (ds: Dataset<KafkaRecord>, codec: SchemaCodec) => Promise<number>>> =
  {
    map: (ds, codec) => ds.map(codec.decode).count(),
    'chunks and map': async (ds, codec) => {
      const chunks = ds.chunks(5).map((some) => some.map(codec.decode));
      return (await chunks.toArray()).flat().length;
    },
    decodeBatch: async (ds, codec) => {
      let rows = 0;
      for await (const { xs, ys } of ds.decodeBatch(codec, 4)) {
        rows += xs.shape[0];
        xs.dispose();
        ys.dispose();
      }
      return rows;
    },
  };

for (const [step, { chain, rows, used }] of Object.entries(closing))
  test(`${step}: no row is lost where a schema is waited for while all is read ahead`, async (t) => {
    for (const [way, count] of Object.entries(decoding))
      for (const ahead of [0, 16, 64]) {
        const { dataset, found } = passes(ROWS + 3);
        const { codec, isAsked, answer } = await slowCodec(t);
        const read = chain(dataset);
        const counted = count(ahead > 0 ? read.prefetch(ahead) : read, codec);
        while (!isAsked() || (ahead === 64 && found.closed < used)) await turn();
        answer();
        assert.equal(await counted, rows, `${way}, ${ahead} ahead`);
      }
  });

test('closing the root while its pass is open ends the wait of every step below: no row comes, and no error', async (t) => {
  for (const { chain } of Object.values(closing))
    for (const decode of Object.values(decoding)) {
      const { dataset, found } = passes(ROWS + 3);
      const { codec, isAsked } = await slowCodec(t);
      // One item ahead: the pass at hand is not used up when the wait begins.
      const counted = decode(chain(dataset).prefetch(1), codec);
      while (!isAsked()) await turn();
      assert.equal(found.closed, 0);
      await dataset.close();
      assert.equal(await counted, 0);
    }
});

type Join = (one: Dataset<KafkaRecord>, other: Dataset<KafkaRecord>) => Dataset<KafkaRecord>;
const joins: Readonly<Record<string, Join>> = {
  concatenate: (one, other) => one.concatenate(other),
  'concatenate of takes': (one, other) => one.take(ROWS).concatenate(other.take(ROWS)),
  'repeat of concatenate': (one, other) => one.concatenate(other).repeat(2),
  'concatenate of concatenates': (one, other) =>
    one
      .take(2)
      .concatenate(one.skip(2))
      .concatenate(other.take(2).concatenate(other.skip(2))),
};
/** Steps that hold items back, so that a wait may be for one of a pass that is used up. */
const holding: Readonly<Record<string, Chain>> = {
  prefetch: (ds) => ds.prefetch(64),
  shuffle: (ds) => ds.shuffle(64, 1),
  'shuffle of another order': (ds) => ds.shuffle(64, 3),
  'shuffle and prefetch': (ds) => ds.prefetch(5).shuffle(64, 2).prefetch(64),
  'prefetch behind the rows of the first': (ds) => ds.prefetch(64).skip(ROWS),
};

/** Two datasets of records in memory, the second one's from offset {@link ROWS} on, each with a signal of its own. */
function withSignals() {
  const reasons = [new Error('enough of the first'), new Error('enough of the second')] as const;
  const stops = [new AbortController(), new AbortController()] as const;
  const [one, other] = stops.map(({ signal }, which) => {
    const its = records.slice(0, ROWS).map((record) => ({ ...record, offset: which * ROWS + record.offset }));
    return new MiniDataset(which, its, {}, async () => {}, { signal });
  });
  return { stop: (which: number) => stops[which]!.abort(reasons[which]), reasons, one: one!, other: other! };
}

for (const [joined, join] of Object.entries(joins))
  test(`${joined}: a wait ends by the signal of the dataset its item is of, and by no other one`, async (t) => {
    const seen = new Set<number>();
    for (const [held, hold] of Object.entries(holding)) {
      const { codec, isAsked } = await slowCodec(t);
      const { stop, reasons, one, other } = withSignals();
      let at = -1;
      const decode = (record: KafkaRecord) => {
        at = record.offset;
        return codec.decode(record);
      };
      let ended = false;
      const reading = hold(join(one, other))
        .map(decode)
        .forEachAsync(() => {});
      reading.catch(() => (ended = true));
      while (!isAsked()) await turn();
      const which = Math.floor(at / ROWS);
      seen.add(which);
      stop(1 - which);
      await turn();
      assert.equal(ended, false, `${held}: the other one's`);
      stop(which);
      await assert.rejects(reading, (error) => error === reasons[which], held);
    }
    assert.equal(seen.size, 2);
  });

test('a wait for what is in one mini-batch ends by the signal of any dataset in it', async (t) => {
  for (const which of [0, 1]) {
    const { codec, isAsked } = await slowCodec(t);
    const { stop, reasons, one, other } = withSignals();
    const offsets = one.concatenate(other).map(({ offset }) => String(offset));
    const decoded = offsets.batch(2 * ROWS).map((all) => all.map(() => codec.decode(records[0]!)));
    const counted = decoded.count();
    while (!isAsked()) await turn();
    stop(which);
    await assert.rejects(counted, (error) => error === reasons[which]);
  }
});
