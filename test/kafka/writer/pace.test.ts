import assert from 'node:assert/strict';
import test from 'node:test';
import { rateLimited, replayed } from '../../../src/kafka/writer/pace.ts';

/** When each item came, in ms after the call. */
async function arrivals<Item>(items: AsyncIterable<Item>): Promise<{ item: Item; at: number }[]> {
  const start = performance.now();
  const seen: { item: Item; at: number }[] = [];
  for await (const item of items) seen.push({ item, at: performance.now() - start });
  return seen;
}

const stamped = (...times: (number | Date)[]) => times.map((timestamp) => ({ timestamp }));

test('replays in the rhythm of the timestamps, faster if asked', async () => {
  const rows = stamped(10_000, 12_000, new Date(12_000), 11_000, 16_000);
  const seen = await arrivals(replayed(rows, { by: 'timestamp', speed: 20 }));
  assert.deepEqual(
    seen.map(({ item }) => item),
    rows,
  );
  const wanted = [0, 100, 100, 100, 300];
  seen.forEach(({ at }, index) => {
    const due = wanted[index] ?? 0;
    assert.ok(at >= due - 5 && at < due + 150, `row ${index} came after ${at} ms instead of ${due}`);
  });
});

test('shortens long pauses', async () => {
  const seen = await arrivals(replayed(stamped(0, 3_600_000, 3_600_010), { by: 'timestamp', maxPause: 30 }));
  assert.ok((seen[2]?.at ?? Infinity) < 500);
  assert.ok((seen[1]?.at ?? 0) >= 25);
});

test('says which row has no timestamp', async () => {
  const rows = [{ timestamp: 1 }, {}];
  await assert.rejects(arrivals(replayed(rows, { by: 'timestamp' })), {
    code: 'ST_KAFKA_INVALID_ITEM',
    index: 1,
  });
});

test('a waiting replay ends at once when its signal is aborted', async () => {
  const signal = AbortSignal.timeout(30);
  const started = performance.now();
  await assert.rejects(arrivals(replayed(stamped(0, 60_000), { by: 'timestamp' }, signal)), {
    name: 'TimeoutError',
  });
  assert.ok(performance.now() - started < 1_000);
});

test('limits the rate evenly, and does not make up for a long stall in a burst', async () => {
  const start = performance.now();
  let count = 0;
  for await (const row of rateLimited(Array(31).keys(), 200)) {
    count += row === count ? 1 : 0;
    if (row === 10) await new Promise((resolve) => setTimeout(resolve, 600));
  }
  const took = performance.now() - start;
  assert.equal(count, 31);
  // 10 rows before the stall, 600 ms, then 20 more of which at most 250 ms worth come at once.
  assert.ok(took >= 640 && took < 1_500, `${took} ms`);
  const quick = await arrivals(rateLimited(Array(2_000).keys(), 20_000));
  assert.ok((quick.at(-1)?.at ?? 0) >= 90 && (quick.at(-1)?.at ?? Infinity) < 1_000);
});

test('refuses a rate or a speed that is no positive number', () => {
  assert.throws(() => rateLimited([], 0), { code: 'ST_KAFKA_SETTINGS', message: /rowsPerSecond/ });
  assert.throws(() => rateLimited([], NaN), { code: 'ST_KAFKA_SETTINGS' });
  assert.throws(() => replayed([], { by: 'timestamp', speed: -1 }), {
    code: 'ST_KAFKA_SETTINGS',
    message: /replay\.speed/,
  });
});
