/**
 * Rows that come late, in one-minute windows with a watermark of 30 seconds: which of them Flink and Spark leave out, beside a few
 * lines of our own. docs/engines.md says where the two differ.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineParts, startFlink, startSpark, streamSql } from '../../src/engines/index.ts';
import { fromKafka, writeToKafka } from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomTopic } from '../helpers/topics.ts';

const missing = (await Promise.all([engineParts('flink'), engineParts('spark')])).filter(
  ({ isFetched }) => !isFetched,
);
const skip =
  missing.length > 0 &&
  `not run: not here: ${missing.map(({ engine }) => engine).join(', ')} (npx streamtrain engines fetch)`;

const BATCH = 10;
const MINUTE = 60_000;
const DELAY = 30_000;
const FIRST = Date.UTC(2026, 0, 1);

/** Seconds of event time in the order of arrival, a micro-batch of Spark's a line. */
const ARRIVALS = [
  [0, 10, 20, 30, 40, 50, 60, 70, 80, 90],
  // 5 is of the first minute, which is closed at second 90; 61 is late, and its window open.
  [5, 61, 95, 100, 110, 120, 130, 140, 150, 160],
  // 130 comes behind 215, which closes its window, and in the same batch.
  [7, 59.999, 119.999, 125, 170, 190, 215, 130, 220, 225],
  [100, 135, 230, 240, 245, 250, 255, 260, 265, 269.999],
  [135.5, 241, 242, 243, 244, 246, 247, 248, 249, 251],
  // The watermark stands at 239.999: 200 is of the minute to 240.
  [200, 280, 300, 310, 320, 330, 340, 350, 360, 400],
].flat();

/** Windows by their begin, with the offsets of their rows; and the offsets of those in none. */
interface Windows {
  readonly kept: ReadonlyMap<number, readonly number[]>;
  readonly late: readonly number[];
}

/** When a window is closed. */
interface Closing {
  /** Rows after which the watermark is moved on. */
  readonly rowsPerBatch: number;
  /** So many batches later it counts. */
  readonly lag: number;
  /** A window is closed when the watermark has come so near to its end, ms. */
  readonly before: number;
}

/** A row is late when its window is closed. */
function ourWindows({ rowsPerBatch, lag, before }: Closing): Windows {
  const kept = new Map<number, number[]>();
  const late: number[] = [];
  const watermarks: number[] = [];
  let newest = -Infinity;
  for (const [offset, second] of ARRIVALS.entries()) {
    const at = FIRST + second * 1000;
    const begin = at - (at % MINUTE);
    const watermark = watermarks.at(-1 - lag) ?? -Infinity;
    if (begin + MINUTE - before <= watermark) late.push(offset);
    else kept.set(begin, [...(kept.get(begin) ?? []), offset]);
    newest = Math.max(newest, at);
    if ((offset + 1) % rowsPerBatch === 0) watermarks.push(newest - DELAY);
  }
  return { kept, late };
}

async function windowsOfFlink(topic: string): Promise<Windows> {
  await using flink = await startFlink();
  await flink.sqlGateway.execute(`CREATE TABLE arrived (
      happened TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', place BIGINT METADATA FROM 'offset' VIRTUAL, x STRING,
      WATERMARK FOR happened AS happened - INTERVAL '30' SECOND
    ) WITH ('connector' = 'kafka', 'topic' = '${topic}', 'format' = 'raw',
      'scan.watermark.emit.strategy' = 'on-event', 'scan.bounded.mode' = 'latest-offset',
      'properties.bootstrap.servers' = '${(await testBrokers()).join(',')}',
      'properties.group.id' = '${topic}-flink', 'scan.startup.mode' = 'earliest-offset')`);
  const { rows } = await flink.sqlGateway.execute<{ window_start: string; places: string }>(`
    SELECT window_start, LISTAGG(CAST(place AS STRING)) AS places
    FROM TABLE(TUMBLE(TABLE arrived, DESCRIPTOR(happened), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end`);
  return windowsOf(rows.map(({ window_start, places }) => [Date.parse(`${window_start}Z`), places]));
}

async function windowsOfSpark(topic: string, to: string): Promise<Windows & { readonly remarks: string[] }> {
  const brokers = await testBrokers();
  await using spark = await startSpark();
  const remarks: string[] = [];
  const job = await streamSql({
    ...{ spark, from: topic, to, brokers, watermark: '30 seconds', rowsPerBatch: BATCH },
    sql: `SELECT CAST(unix_millis(window.start) AS STRING) AS key, array_join(collect_list(offset), ',') AS value
      FROM arrived GROUP BY window(timestamp, '1 minute')`,
    onRemark: (text) => void remarks.push(text),
  });
  await job.done;
  const written = await fromKafka(to, { brokers }).toArray();
  return {
    ...windowsOf(written.map(({ key, value }) => [Number(String(key)), String(value)])),
    remarks,
  };
}

function windowsOf(found: readonly (readonly [begin: number, offsets: string])[]): Windows {
  const lists = found.map(
    ([begin, text]) =>
      [
        begin,
        text
          .split(',')
          .map(Number)
          .sort((a, b) => a - b),
      ] as const,
  );
  const kept = new Map(lists.sort(([one], [other]) => one - other));
  const all = new Set([...kept.values()].flat());
  assert.equal(all.size, [...kept.values()].flat().length, 'no row is in two windows');
  return { kept, late: [...ARRIVALS.keys()].filter((offset) => !all.has(offset)) };
}

const secondsOf = (offsets: readonly number[]) => offsets.map((offset) => ARRIVALS[offset]);

test(
  'Flink and Spark leave out the late rows that a few lines of ours do; where they differ, it is by micro-batches and one millisecond',
  { skip },
  async (t) => {
    const topic = await randomTopic(t, { partitions: 1 });
    const to = await randomTopic(t, { partitions: 1 });
    const rows = ARRIVALS.map((second) => ({ key: 'k', value: 'x', timestamp: FIRST + second * 1000 }));
    await writeToKafka(topic, rows, { brokers: await testBrokers() });
    const flink = await windowsOfFlink(topic);
    const spark = await windowsOfSpark(topic, to);

    // Flink moves the watermark on with every row, and closes a window with its last millisecond.
    const byRow = ourWindows({ rowsPerBatch: 1, lag: 0, before: 1 });
    assert.deepEqual(flink, byRow);
    assert.deepEqual(secondsOf(flink.late), [5, 7, 59.999, 119.999, 130, 100, 135, 135.5, 200]);

    // Spark moves it on between batches, goes by it in the next but one, and closes a window with its end. What is open at the end
    // of the topic is not written.
    const byBatch = ourWindows({ rowsPerBatch: BATCH, lag: 1, before: 0 });
    const open = byBatch.kept.get(FIRST + 6 * MINUTE) ?? [];
    assert.deepEqual(secondsOf(open), [360, 400]);
    const { remarks, ...sparks } = spark;
    assert.deepEqual(sparks, {
      kept: new Map([...byBatch.kept].filter(([, offsets]) => offsets !== open)),
      late: [...byBatch.late, ...open],
    });
    // Late by two batches and more: in none of the three.
    assert.deepEqual(secondsOf(byBatch.late), [7, 59.999, 100, 135.5]);
    // Two of these are of one batch and one window, which Spark counts once.
    assert.match(remarks.join('\n'), /^3 rows \(or groups of them.*\n1 groups.*are not written/);
  },
);
