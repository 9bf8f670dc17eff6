/** Only rows of a pass that came to its own end are kept for the next ones; closing a dataset ends the pass that is learnt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvCodec, Dataset, type KafkaRecord } from '../../../src/kafka/index.ts';
import type { PassEnds, Puller } from '../../../src/kafka/read/pull.ts';
import { KeptBlocks } from '../../../src/training/batch/kept-blocks.ts';
import { trainOnBatches } from '../../../src/training/index.ts';
import { PlainRegression } from '../online/helpers.ts';

const ROWS = 400;
const codec = csvCodec({ columns: 3 });
const records: readonly KafkaRecord[] = Array.from({ length: ROWS }, (_, offset) => ({
  ...{ topic: 't', partition: 0, offset, timestamp: 0, headers: {} },
  ...{ key: Buffer.from('1'), value: Buffer.from(`${offset % 7},1,2`) },
}));

/** A root that gives the same records on each pass, ten at once; `at` is called before each ten, with the pass's number. */
function sameEachTime(at: (pass: number, given: number) => { ends?: PassEnds } | void | Promise<void>) {
  const open = new Set<Puller<KafkaRecord>>();
  const found = { passes: 0, given: 0 };
  const dataset = new Dataset<KafkaRecord>({
    ...{ size: NaN, samePasses: true },
    open: () => {
      const stop = new AbortController();
      const number = ++found.passes;
      let given = 0;
      let ends: PassEnds = {};
      const pass: Puller<KafkaRecord> = {
        get ends() {
          return { closed: stop.signal, ...ends };
        },
        pull: async () => {
          ends = (await at(number, given))?.ends ?? ends;
          if (stop.signal.aborted || given >= ROWS) return undefined;
          const some = records.slice(given, given + 10);
          given += some.length;
          found.given += some.length;
          return some;
        },
        close: async () => {
          open.delete(pass);
          stop.abort();
        },
      };
      open.add(pass);
      return pass;
    },
    close: async () => void (await Promise.all([...open].map((pass) => pass.close()))),
  });
  return { dataset, found };
}

async function learn(data: Dataset<KafkaRecord>): Promise<number[]> {
  const model = new PlainRegression(3);
  const { epochs } = await trainOnBatches({
    ...{ model, data, decode: codec, epochs: 3, batchSize: 16, shuffle: 0, progress: false },
  });
  return epochs.map(({ rows }) => rows);
}

test('a pass that came to its own end is read once for all epochs, also where take() closes what is above it', async () => {
  for (const [chain, rows] of [
    [(root: Dataset<KafkaRecord>) => root, ROWS],
    [(root: Dataset<KafkaRecord>) => root.take(120), 120],
    [(root: Dataset<KafkaRecord>) => root.skip(50), ROWS - 50],
  ] as const) {
    const { dataset, found } = sameEachTime(() => {});
    assert.deepEqual(await learn(chain(dataset)), [rows, rows, rows]);
    assert.equal(found.passes, 1);
  }
});

test('a first pass that is closed meanwhile is not kept as the whole, whichever dataset is closed', async () => {
  for (const closed of ['root', 'what is read'] as const) {
    const { dataset, found } = sameEachTime(async (pass, given) => {
      if (pass === 1 && given === 110) await (closed === 'root' ? dataset : data).close();
    });
    const data = dataset.take(ROWS);
    assert.deepEqual(await learn(data), [110, ROWS, ROWS], closed);
    assert.equal(found.passes, 2);
  }
});

test('a pass during which a topic was created again is not kept', async () => {
  const { dataset, found } = sameEachTime((pass, given) => {
    if (pass === 1 && given === 110) return { ends: { restarted: true } };
  });
  assert.deepEqual(await learn(dataset.take(ROWS + 1)), [ROWS, ROWS, ROWS]);
  assert.equal(found.passes, 2);
});

test(
  'closing a derived dataset ends the pass that training, count() or toArray() reads of it',
  { timeout: 60_000 },
  async () => {
    for (const read of [
      async (data: Dataset<KafkaRecord>) => (await learn(data))[0],
      (data: Dataset<KafkaRecord>) => data.count(),
      async (data: Dataset<KafkaRecord>) => (await data.toArray()).length,
    ]) {
      const { dataset } = sameEachTime(async (pass, given) => {
        if (pass === 1 && given === 110) await data.close();
      });
      const data = dataset.filter(() => true);
      assert.equal(await read(data), 110);
    }
  },
);

test('closing chunks of a dataset leaves the other passes of it open', async () => {
  const { dataset } = sameEachTime(() => {});
  const other = dataset[Symbol.asyncIterator]();
  assert.equal((await other.next()).value?.offset, 0);
  const chunks = dataset.chunks(5);
  for await (const _ of chunks) await chunks.close();
  assert.equal((await other.next()).done, false);
  assert.equal(other.isWhole, false);
  await other.return();
  assert.equal(other.isWhole, false);
});

test('what was found too much is not gathered in later passes', () => {
  const block = { xs: new Float32Array(30), ys: new Float32Array(10), rows: 10 };
  const { dataset } = sameEachTime(() => {});
  const kept = new KeptBlocks({ data: dataset, decode: codec }, 200);
  kept.begin();
  for (const one of [block, block]) kept.add(one);
  kept.end();
  assert.equal(kept.whole, undefined);
  kept.begin();
  kept.add(block);
  kept.end();
  assert.equal(kept.whole, undefined);
});
