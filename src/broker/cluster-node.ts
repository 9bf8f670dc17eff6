/** One node of an embedded cluster: a Kafka process that can be killed, suspended, ended and started again. */
import { ClusterNodeError } from './errors.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { launch } from './launch.ts';
import type { LaunchOptions, Launched } from './launch.ts';
import type { Runtime } from './jvm.ts';
import { platform } from '../platform.ts';
import { LOOPBACK, endProcess, hasEnded } from '../process/index.ts';

/** Whether a node's process runs, is suspended, or is not there. */
export type NodeState = 'running' | 'paused' | 'stopped';

/** A node of a cluster, broker and controller in one process. All its faults are real ones, by signals. */
export interface ClusterNode {
  /** Kafka's node id, from 1. */
  readonly id: number;
  /** Its address for clients, `host:port`; the same all its life. */
  readonly address: string;
  /** In front of its second listener; undefined without the cluster's option `proxies`. */
  readonly proxy: FaultProxy | undefined;
  /** Java's process id; of the last one while it is stopped. */
  readonly pid: number;
  readonly state: NodeState;
  /** Absolute path. Its log is `kafka.log` in it. */
  readonly dataFolder: string;
  /** Ends it at once with SIGKILL, as a crash would. A node that does not run stays as it is. */
  kill(): Promise<void>;
  /**
   * Suspends its process with SIGSTOP: connections stay open and nothing answers, as on a machine that hangs. The other
   * nodes take over what it led after three seconds (Kafka's `broker.session.timeout.ms`). Resolves when it stands.
   *
   * @throws {@link ClusterNodeError} (`ST_BROKER_NODE`) when it does not run, or on Windows, which cannot do it
   */
  pause(): Promise<void>;
  /**
   * Lets a suspended process go on where it was.
   *
   * @throws {@link ClusterNodeError} (`ST_BROKER_NODE`) when it is not suspended
   */
  resume(): Promise<void>;
  /** Ends it in order: it hands over what it leads, closes its files and goes; after 30 s it is killed. */
  stop(): Promise<void>;
  /**
   * Starts it again on the same data and ports, and resolves when it takes part in the cluster again. For that more than
   * half of the nodes must run: after an outage of all, start them side by side (`Promise.all`).
   *
   * @throws {@link ClusterNodeError} (`ST_BROKER_NODE`) when it is there already
   * @throws {@link BrokerStartError} (`ST_BROKER_START`) when it does not come up
   */
  start(): Promise<void>;
}

/** The node as the cluster itself uses it. */
export class EmbeddedNode implements ClusterNode {
  readonly id: number;
  readonly proxy: FaultProxy | undefined;
  readonly options: LaunchOptions & Required<Pick<LaunchOptions, 'node'>>;
  readonly #runtime: Runtime;
  #launched: Launched | undefined;
  #isPaused = false;

  constructor(runtime: Runtime, options: EmbeddedNode['options'], proxy: FaultProxy | undefined) {
    this.#runtime = runtime;
    this.options = options;
    this.id = options.node.place.id;
    this.proxy = proxy;
    if (proxy) proxy.target = { host: LOOPBACK, port: options.node.ports.proxied[0] ?? 0 };
  }

  get address(): string {
    return `${LOOPBACK}:${this.port}`;
  }
  get port(): number {
    return this.options.node.ports.client;
  }
  get pid(): number {
    return this.#launched?.child.pid ?? 0;
  }
  get dataFolder(): string {
    return this.options.data.folder;
  }
  get state(): NodeState {
    if (!this.#launched || hasEnded(this.#launched.child)) return 'stopped';
    return this.#isPaused ? 'paused' : 'running';
  }

  async start(): Promise<void> {
    if (this.state !== 'stopped') throw this.#wrong('start', 'Stop or kill it first, or resume() it.');
    this.#launched = await launch(this.#runtime, this.options);
    this.#isPaused = false;
  }

  async kill(): Promise<void> {
    if (this.#launched) await endProcess(this.#launched.child, 'SIGKILL');
  }

  async stop(): Promise<void> {
    if (this.state === 'paused') await this.resume();
    if (this.#launched) await endProcess(this.#launched.child);
  }

  async pause(): Promise<void> {
    if (!platform.hasSignals) throw this.#wrong('suspend', 'Windows cannot suspend a process: kill it.');
    if (this.state !== 'running') throw this.#wrong('suspend', 'Start it first.');
    this.#launched?.child.kill('SIGSTOP');
    this.#isPaused = true;
  }

  async resume(): Promise<void> {
    if (this.state !== 'paused') throw this.#wrong('resume', 'Only a node after pause() can be resumed.');
    this.#launched?.child.kill('SIGCONT');
    this.#isPaused = false;
  }

  /** Makes it run, whatever was done to it. */
  async heal(): Promise<void> {
    if (this.state === 'paused') await this.resume();
    if (this.state === 'stopped') await this.start();
  }

  #wrong(verb: string, toDo: string): ClusterNodeError {
    return new ClusterNodeError({
      what: `${verb} node ${this.id} of the cluster`,
      tried: [`process ${this.pid} at ${this.address}`],
      answered: `the node is ${this.state}`,
      toDo,
    });
  }
}
