/** One cluster for all files of a process whose tests heal what they hurt: its three nodes are dear to start. */
import { after } from 'node:test';
import { startCluster } from '../../src/broker/index.ts';
import type { Cluster } from '../../src/broker/index.ts';

let started: Promise<Cluster> | undefined;

after(async () => (await started)?.stop());

/** The cluster, whole: started at the first call, healed at every other, stopped when the process ends. */
export async function sharedCluster(): Promise<Cluster> {
  started ??= startCluster({ proxies: true });
  const cluster = await started;
  await cluster.heal();
  return cluster;
}
