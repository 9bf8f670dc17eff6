/** The windows of Stream Analytics by Flink, and by our own sums: the same rows in each, those on the boundary included. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import {
  engineParts,
  readStreamAnalyticsProject,
  startFlink,
  streamAnalyticsWindowEnd,
} from '../../../src/engines/index.ts';
import { createTopic, deleteTopic, openKafka, writeToKafka } from '../../../src/kafka/index.ts';
import { mulberry32 } from '../../../src/random.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName } from '../../helpers/topics.ts';

const { isFetched, bytes } = await engineParts('flink');
const skip = isFetched
  ? false
  : `Flink was not fetched (${bytes} bytes): npx streamtrain engines fetch flink`;

interface Window {
  readonly window_end: string;
  readonly samples: number;
  readonly malignant: number;
  readonly clump: number;
}

test(
  '500 rows around full minutes are in the same windows by Flink as by our own sums',
  { skip },
  async () => {
    const brokers = await testBrokers();
    await using flink = await startFlink();
    const client = await openKafka({ brokers });
    const topic = randomName();
    await createTopic(topic, { client, partitions: 1 });
    // On the boundary, a millisecond beside it, and anywhere; not in order, but by less than the 30 s that are waited for.
    const random = mulberry32(1);
    const midnight = Date.UTC(2026, 0, 1);
    const rows = Array.from({ length: 500 }, (_, row) => {
      const nearly = Math.round((row * 4_000) / 60_000) * 60_000;
      const time = midnight + (row % 3 === 0 ? row * 4_000 : nearly + Math.floor(3 * random()) - 1);
      return { label: row % 2, clump: 1 + (row % 10), happened: new Date(time).toISOString() };
    });
    await writeToKafka(
      topic,
      rows.map((row) => ({ key: null, value: JSON.stringify(row) })),
      { client, log: false },
    );

    const folder = 'notebooks/stream-analytics';
    const { window } = await readStreamAnalyticsProject(folder);
    const ours = new Map<string, { samples: number; malignant: number; clump: number }>();
    for (const { label, clump, happened } of rows) {
      const end = new Date(streamAnalyticsWindowEnd(Date.parse(happened), window!))
        .toISOString()
        .slice(0, 19);
      const sums = ours.get(end) ?? { samples: 0, malignant: 0, clump: 0 };
      ours.set(end, {
        samples: sums.samples + 1,
        malignant: sums.malignant + label,
        clump: sums.clump + clump,
      });
    }
    const text = fs.readFileSync(`${folder}/cancer-windows.flink.sql`, 'utf8');
    const sql = text.replace('CANCER', topic).replace('BROKER', brokers.join(','));
    const [create = '', select = ''] = sql.split(/;\s*$/m);
    await flink.sqlGateway.execute(create);
    const theirs = await flink.sqlGateway.execute<Window>(select);
    const onBoundary = rows.filter(({ happened }) => happened.endsWith(':00.000Z'));
    assert.ok(onBoundary.length > 100, `${onBoundary.length} rows are on a boundary`);
    assert.deepEqual(
      theirs.rows
        .map(({ window_end, samples, malignant, clump }) => [
          window_end.slice(0, 19),
          samples,
          malignant,
          clump,
        ])
        .sort(),
      [...ours]
        .map(([end, { samples, malignant, clump }]) => [end, samples, malignant, clump / samples])
        .sort(),
    );
    await deleteTopic(topic, { client });
    await client.close();
  },
);
