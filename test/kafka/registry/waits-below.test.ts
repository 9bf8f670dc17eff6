/** What a step waits for by items that it has goes on, though the pass above is used up and closed by then. */
import assert from 'node:assert/strict';
import type http from 'node:http';
import { test, type TestContext } from 'node:test';
import { avroCodec } from '../../../src/kafka/codec/avro.ts';
import type { SchemaCodec } from '../../../src/kafka/codec/framing.ts';
import { Dataset } from '../../../src/kafka/dataset/dataset.ts';
import { pullFrom, type Puller } from '../../../src/kafka/read/pull.ts';
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
      const items = pullFrom(records.slice(0, count));
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
