/** Starts a small Kafka cluster on this machine, to see what a stream does when nodes fail and leaders move. */
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidOptionError, checkInteger, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { EmbeddedNode } from './cluster-node.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { ClusterMetadata } from '../kafka/protocol/metadata.ts';
import { ClusterRequests } from './cluster-requests.ts';
import { addressesOf } from './wire.ts';
import type { ClientQuota } from './cluster-requests.ts';
import { dataFolderAt } from './data-folder.ts';
import { BrokerStartError } from './errors.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { formatNodes } from './launch.ts';
import { LOOPBACK, chooseFreePorts, makeTemporaryFolder, removeTemporaryFolder } from '../process/index.ts';
import { prepareNames, preparedRuntime } from './runtime.ts';
import type { PrepareOptions, PreparedBroker } from './runtime.ts';

/** How to start a cluster; every setting has a default. */
export interface StartClusterOptions extends PrepareOptions {
  /** How many nodes, 1 to 9, each broker and controller; default 3. An even number survives no more than one less. */
  brokers?: number;
  /** Java's heap of each node, MB; default 256. */
  heapMb?: number;
  /** More settings for every node, in Kafka's own names; they win over ours. */
  config?: Record<string, string | number | boolean>;
  /** Puts a fault proxy in front of a second listener of every node; see {@link Cluster.proxiedBrokers}. */
  proxies?: boolean;
}

const clusterNames: OptionNames<StartClusterOptions> = {
  ...prepareNames,
  ...{ brokers: true, heapMb: true, config: true, proxies: true },
};

/** A running embedded cluster. Whoever started it stops it. */
export interface Cluster extends AsyncDisposable {
  /** The nodes' addresses, `host:port`: what goes into `STREAMTRAIN_BROKERS`. */
  readonly brokers: string[];
  /** The nodes' proxies: clients that begin here stay behind them. Empty without `proxies`. */
  readonly proxiedBrokers: string[];
  readonly nodes: readonly ClusterNode[];
  /** From formatting the folders to the moment at which every node knew all of them, ms. */
  readonly startedInMs: number;
  /**
   * A node by its id, from 1.
   *
   * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) when there is none of this id
   */
  node(id: number): ClusterNode;
  /** The node that leads a partition now; waits up to 30 s while none does. */
  leaderOf(topic: string, partition?: number): Promise<ClusterNode>;
  /** The node that coordinates a consumer group now; waits up to 30 s while none does. */
  coordinatorOf(groupId: string): Promise<ClusterNode>;
  /** Makes a node that holds the partition its leader, and waits until it is. */
  moveLeader(topic: string, partition: number, to: number): Promise<void>;
  /** Moves a partition to these nodes, the first the preferred leader, and waits until all of them have everything. */
  reassign(topic: string, partition: number, replicas: readonly number[]): Promise<void>;
  /** Limits how many bytes a second clients may read or write on each node. */
  setQuota(quota: ClientQuota): Promise<void>;
  /** Ends every fault: resumes what is suspended, starts what is stopped, clears the proxies; waits for one cluster. */
  heal(): Promise<void>;
  /** Ends all nodes, suspended ones too, closes the proxies and removes the data. Again: does nothing. */
  stop(): Promise<void>;
}

const MOST_NODES = 9;
/** How long a node may take to hand over, close its files and end once all have been asked to, ms. */
const STOP_PATIENCE_MS = 1000;
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Starts a real Kafka cluster of KRaft nodes on the loopback address, each a Java process of about 240 MB with its data in
 * a temporary folder, and resolves when every node knows all the others. Topics are kept on three nodes by default, and a
 * write that asks for all of them needs two (`min.insync.replicas`), so that one node may fail. The nodes never outlive
 * this process and do not keep it alive.
 *
 * @throws {@link JavaMissingError}, {@link KafkaJarsError} when there is nothing to start
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for a number of nodes that is not from 1 to 9
 * @throws {@link BrokerStartError} (`ST_BROKER_START`) when a node does not come up; the others are ended
 * @throws `TemporaryFolderError` (`ST_PROCESS_TEMPORARY_FOLDER`) when there is no place for its data
 * @example
 * ```ts
 * await using cluster = await startCluster({ brokers: 3 });
 * const leader = await cluster.leaderOf('rows', 0);
 * await leader.kill(); // and see whether the reader goes on at the next leader
 * await leader.start();
 * ```
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<Cluster> {
  refuseUnknownOptions('startCluster', options, clusterNames);
  const brokers = checkInteger('brokers', options.brokers ?? 3, { least: 1, most: MOST_NODES });
  const runtime = await preparedRuntime(options);
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(runtime, options, brokers);
    } catch (error) {
      // Between the choice of a port and Kafka's use of it lies a second.
      if (attempt === 3 || !(error instanceof BrokerStartError && error.isPortTaken)) throw error;
      options.log?.('another program took a port in the meantime; starting again with others');
    }
  }
}

async function startOnce(
  runtime: PreparedBroker,
  options: StartClusterOptions,
  count: number,
): Promise<EmbeddedCluster> {
  const folder = makeTemporaryFolder('cluster');
  const proxies: FaultProxy[] = [];
  try {
    if (options.proxies) for (let node = 0; node < count; node++) proxies.push(await startFaultProxy());
  } catch (error) {
    await release(folder, proxies);
    throw error;
  }
  const cluster = new EmbeddedCluster(
    folder,
    proxies,
    nodesOf(runtime, options, folder, proxies, await chooseFreePorts(4 * count)),
  );
  try {
    await cluster.start(runtime);
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** One node for every four ports. */
function nodesOf(
  runtime: PreparedBroker,
  { heapMb = 256, config, log }: StartClusterOptions,
  folder: string,
  proxies: readonly FaultProxy[],
  ports: readonly number[],
): EmbeddedNode[] {
  const ids = Array.from({ length: ports.length / 4 }, (_, index) => index + 1);
  const port = (id: number, which: number) => ports[(id - 1) * 4 + which] ?? 0;
  const controllers = new Map(ids.map((id) => [id, port(id, 1)]));
  return ids.map((id) => {
    const proxy = proxies[id - 1];
    const address = `${LOOPBACK}:${port(id, 0)}`;
    const launchOptions = {
      data: dataFolderAt(path.join(folder, `node-${id}`)),
      heapMb,
      daemon: false,
      node: {
        ports: { client: port(id, 0), controller: port(id, 1), secure: port(id, 2), proxied: [port(id, 3)] },
        place: { id, controllers },
      },
      isReady: (metadata: ClusterMetadata) => addressesOf(metadata).includes(address),
      proxyPorts: proxy ? [proxy.port] : [],
      ...(config ? { config } : {}),
      ...(log ? { log } : {}),
    };
    return new EmbeddedNode(runtime, launchOptions, proxy);
  });
}

class EmbeddedCluster implements Cluster {
  readonly nodes: readonly EmbeddedNode[];
  readonly #folder: string;
  readonly #proxies: readonly FaultProxy[];
  readonly #requests: ClusterRequests;
  #startedInMs = 0;

  constructor(folder: string, proxies: readonly FaultProxy[], nodes: readonly EmbeddedNode[]) {
    this.#folder = folder;
    this.#proxies = proxies;
    this.nodes = nodes;
    const running = () => nodes.filter(({ state }) => state === 'running').map(({ port }) => port);
    this.#requests = new ClusterRequests(running, REQUEST_TIMEOUT_MS);
  }

  get brokers(): string[] {
    return this.nodes.map(({ address }) => address);
  }
  get proxiedBrokers(): string[] {
    return this.#proxies.map(({ address }) => address);
  }
  get startedInMs(): number {
    return this.#startedInMs;
  }

  /** Formats all folders and starts all nodes side by side: one alone waits for the others. */
  async start(runtime: PreparedBroker): Promise<void> {
    const began = performance.now();
    await formatNodes(
      runtime,
      this.nodes.map(({ options }) => options),
    );
    await Promise.all(this.nodes.map((node) => node.start()));
    await this.#requests.everyNodeKnows(this.brokers);
    this.#startedInMs = Math.round(performance.now() - began);
  }

  node(id: number): EmbeddedNode {
    const found = this.nodes.find((node) => node.id === id);
    if (!found)
      throw new InvalidOptionError({
        option: 'node',
        value: id,
        expected: `one that the cluster has. The nodes are ${this.nodes.map((node) => node.id).join(', ')}`,
      });
    return found;
  }

  async leaderOf(topic: string, partition = 0): Promise<ClusterNode> {
    return this.node((await this.#requests.partition(topic, partition)).leader);
  }

  async coordinatorOf(groupId: string): Promise<ClusterNode> {
    return this.node(await this.#requests.coordinator(groupId));
  }

  async moveLeader(topic: string, partition: number, to: number): Promise<void> {
    this.node(to);
    const { leader, replicas } = await this.#requests.partition(topic, partition);
    if (leader === to) return;
    if (!replicas.includes(to))
      throw new InvalidOptionError({
        option: 'to',
        value: to,
        expected: `one of ${replicas.join(', ')}, which hold ${topic}/${partition}; reassign() moves it to others`,
      });
    await this.reassign(topic, partition, [to, ...replicas.filter((id) => id !== to)]);
    await this.#requests.electPreferred(topic, partition);
    await this.#requests.settled(
      `make node ${to} the leader of ${topic}/${partition}`,
      topic,
      partition,
      (now) => now.leader === to,
    );
  }

  async reassign(topic: string, partition: number, replicas: readonly number[]): Promise<void> {
    for (const id of replicas) this.node(id);
    await this.#requests.reassign(topic, partition, replicas);
    await this.#requests.settled(
      `move ${topic}/${partition} to the nodes ${replicas.join(', ')}`,
      topic,
      partition,
      (now) => String(now.replicas) === String(replicas) && replicas.every((id) => now.inSync.includes(id)),
    );
  }

  async setQuota(quota: ClientQuota): Promise<void> {
    await this.#requests.setQuota(quota);
  }

  async heal(): Promise<void> {
    for (const proxy of this.#proxies) proxy.resume();
    await Promise.all(this.nodes.map((node) => node.heal()));
    await this.#requests.everyNodeKnows(this.brokers);
  }

  async stop(): Promise<void> {
    // Once half of them have ended the rest cannot hand over any more, and the data goes anyway: they get a moment only.
    const ends = this.nodes.map((node) => node.stop());
    const all = Promise.all(ends);
    const isOver = await Promise.race([all.then(() => true), sleep(STOP_PATIENCE_MS, false, { ref: false })]);
    if (!isOver) await Promise.all(this.nodes.map((node) => node.kill()));
    await all;
    await release(this.#folder, this.#proxies);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function release(folder: string, proxies: readonly FaultProxy[]): Promise<void> {
  for (const proxy of proxies) await proxy.close();
  await removeTemporaryFolder(folder);
}
