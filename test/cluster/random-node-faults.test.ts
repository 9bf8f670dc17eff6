/** Random schedules of a cluster's faults: nodes killed, suspended, stopped; leaders and replicas moved; rebalances. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clusterFaults, drawFaults } from '../../src/broker/index.ts';
import type { Cluster } from '../../src/broker/index.ts';
import { mixSeeds, mulberry32 } from '../../src/random.ts';
import { checkSeeds, inTime, isLong, seedsToRun, underFaults } from '../helpers/schedules.ts';
import { benchOn, type Bench } from '../kafka/dataset-helpers.ts';
import { temporaryFolder } from '../training/checkpoint/helpers.ts';
import { Runs } from './runs.ts';
import { sharedCluster } from './shared-cluster.ts';

let cluster: Cluster;
let bench: Bench;
let runs: Runs;

before(async () => {
  cluster = await sharedCluster();
  bench = await benchOn(cluster.brokers);
  runs = await Runs.prepare(bench, { rows: 800, pauseMs: 100 });
});
after(() => bench?.close());

const seeds = seedsToRun(isLong ? 200 : 5);

test(`${seeds.length} schedules of node faults, every kind of run in each: exactly once, or an error`, async (t) => {
  await runs.unbroken();
  let begun = 0;
  await checkSeeds(t, seeds, [cluster], async (seed) => {
    const random = mulberry32(mixSeeds(seed, 1));
    const groups = Array.from({ length: 3 }, () => bench.group());
    const topic = random() < 0.5 ? runs.numbers : runs.examples;
    const makers = [...clusterFaults(cluster, topic, 2), runs.rebalance({ groupId: groups[2]! })];
    const schedule = drawFaults(seed, makers, { count: [1, 2], waitMs: [0, 800], lastMs: [200, 4000] });
    const way = { brokers: cluster.brokers, connectTimeout: 1000, requestTimeout: 3000 };
    // Now and then less patience than the cluster takes to choose other leaders.
    const patience = { ...way, retryForMs: random() < 0.25 ? 1500 : 60_000 };
    const folders = await Promise.all([temporaryFolder(t), temporaryFolder(t)]);
    const target = await runs.target();
    return underFaults(
      schedule,
      async (heal) => {
        const run = (index: number) => ({
          way: patience,
          heal,
          folder: folders[index % 2]!,
          groupId: groups[index]!,
          target,
        });
        const kinds = [runs.readGroup, runs.learn, runs.learnShared, runs.write, runs.readPartition];
        const names = ['readGroup', 'learn', 'learnShared', 'write', 'readPartition'];
        const outcomes = await Promise.all(
          kinds.map((kind, index) => inTime(names[index]!, 90_000, kind(run(index % 3)))),
        );
        return outcomes.join(' + ');
      },
      (count) => (begun += count),
    );
  });
  t.diagnostic(`${begun} faults`);
  assert.ok(begun >= seeds.length, `only ${begun} faults came before the streams ended`);
});
