/** Random schedules of connection faults: every row exactly once in the final state, or an error. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { drawFaults, proxyFaults, startBroker, startFaultProxy } from '../../src/broker/index.ts';
import type { Broker, FaultProxy } from '../../src/broker/index.ts';
import { mixSeeds, mulberry32 } from '../../src/random.ts';
import { checkSeeds, isLong, seedsToRun, underFaults } from '../helpers/schedules.ts';
import { benchOn, type Bench } from '../kafka/dataset-helpers.ts';
import { temporaryFolder } from '../training/checkpoint/helpers.ts';
import { Runs } from './runs.ts';

/** So many schedules run at once, each through a proxy of its own. */
const LANES = 5;

let broker: Broker;
let proxies: FaultProxy[];
let bench: Bench;
let runs: Runs;

before(async () => {
  proxies = await Promise.all(Array.from({ length: LANES }, () => startFaultProxy()));
  broker = await startBroker({ temporary: true, proxy: proxies, heapMb: 256 });
  bench = await benchOn(broker.brokers);
  runs = await Runs.prepare(bench, { rows: 800, pauseMs: 15 });
});
after(async () => {
  await bench?.close();
  await broker?.stop();
  for (const proxy of proxies) await proxy.close();
});

const seeds = seedsToRun(isLong ? 200 : 50);

test(`${seeds.length} schedules of connection faults: read, written and learnt exactly once, or an error`, async (t) => {
  let begun = 0;
  const outcomes = await checkSeeds(t, seeds, proxies, async (seed, proxy) => {
    const random = mulberry32(mixSeeds(seed, 1));
    const kinds = [runs.readPartition, runs.readGroup, runs.write, runs.learn, runs.learnShared];
    const kind = kinds[Math.floor(random() * kinds.length)]!;
    const groupId = bench.group();
    const makers = proxyFaults(proxy);
    if (kind === runs.learnShared) makers.push(runs.rebalance({ groupId }), runs.rebalance({ groupId }));
    const schedule = drawFaults(seed, makers, { count: [2, 5], lastMs: [20, 400] });
    // Quick to give a connection up, and now and then with less patience than a fault lasts.
    const way = {
      brokers: [proxy.address],
      connectTimeout: 400,
      requestTimeout: 500,
      retryForMs: random() < 0.25 ? 150 : 10_000,
    };
    const folder = await temporaryFolder(t);
    const target = await runs.target();
    return underFaults(
      schedule,
      async (heal) => kind({ way, heal, folder, groupId, target }),
      (count) => (begun += count),
    );
  });
  t.diagnostic(`${begun} faults`);
  if (seeds.length === 1) return;
  assert.ok(begun > seeds.length, `only ${begun} faults came before the streams ended`);
  assert.ok(
    [...outcomes.keys()].filter((one) => one.endsWith('exact')).length >= 5,
    'a kind of run never went well',
  );
});
