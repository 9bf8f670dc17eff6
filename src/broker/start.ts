/** Starts an embedded Kafka broker and hands back its one owner. */
import {
  endProcess,
  hasEnded,
  LOOPBACK,
  makeTemporaryFolder,
  removeTemporaryFolder,
  withLock,
} from '../process/index.ts';
import { dataFolderAt, defaultDataFolder, forgetRunning, writeRunning } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import { BrokerRunningError } from './errors.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { launch } from './launch.ts';
import type { Launched } from './launch.ts';
import { findProcess, findRunning } from './running.ts';
import { prepareNames, preparedRuntime } from './runtime.ts';
import type { PrepareOptions, PreparedBroker } from './runtime.ts';
import { invalidOption, refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { BrokerSecurity } from './properties.ts';

/** How to start a broker; every setting has a default. */
export interface StartBrokerOptions extends PrepareOptions {
  /** Where its data lives; see {@link defaultDataFolder}. */
  dataFolder?: string;
  /** Keep the data in a temporary folder that {@link Broker.stop} removes: for tests. */
  temporary?: boolean;
  /** The port for clients; default: the one used last time on this data folder, else a free one. */
  port?: number;
  /** Java's heap, MB; default 512. */
  heapMb?: number;
  /** More settings in Kafka's own names; they win over ours. */
  config?: Record<string, string | number | boolean>;
  /** Opens a second listener with TLS, SASL or both; see {@link Broker.secureBrokers}. */
  security?: BrokerSecurity;
  /** Opens a further listener that is reached through this proxy (one for each); connect to `proxy.address`. */
  proxy?: FaultProxy | readonly FaultProxy[];
  /** Let the broker go on after this process ends; not with `temporary`. Default false: it ends with us, even if we are killed. */
  daemon?: boolean;
}

/** Every option of {@link StartBrokerOptions}. */
export const startBrokerNames: OptionNames<StartBrokerOptions> = {
  ...prepareNames,
  ...{ dataFolder: true, temporary: true, port: true, heapMb: true, config: true, security: true },
  ...{ proxy: true, daemon: true },
};

/** A running embedded broker. Whoever started it stops it. */
export interface Broker extends AsyncDisposable {
  /** Its addresses without encryption, `host:port`: what goes into `STREAMTRAIN_BROKERS`. */
  readonly brokers: string[];
  /** Its addresses with TLS or SASL; empty without `security`. */
  readonly secureBrokers: string[];
  /** Java's process id; of the last one while it is down. */
  readonly pid: number;
  /** Whether its process is there. */
  readonly isRunning: boolean;
  /** Absolute path. Its log is `kafka.log` in it. */
  readonly dataFolder: string;
  /** From starting Java to the first answer, ms. */
  readonly startedInMs: number;
  /** `4.1.1`. */
  readonly kafkaVersion: string;
  /** `17.0.15+6`. */
  readonly javaVersion: string;
  /** Ends it in order and waits until it has ended; the data stays (unless temporary). Again: does nothing. */
  stop(): Promise<void>;
  /** Ends it at once with SIGKILL, as a crash would; {@link restart} brings it back. */
  kill(): Promise<void>;
  /** Stops it if it runs and starts it again on the same data and ports. */
  restart(): Promise<void>;
}

/**
 * Starts a real Kafka (one KRaft node) on the loopback address, and resolves when it answers. On first use it finds or
 * fetches Java and Kafka, see {@link prepareBroker}. The data and the ports survive restarts. The broker never
 * outlives this process unless `daemon` is set, and does not keep it alive.
 *
 * @throws {@link JavaMissingError}, {@link KafkaJarsError} when there is nothing to start
 * @throws {@link PortTakenError} (`ST_BROKER_PORT_TAKEN`) when `port` belongs to another program
 * @throws {@link BrokerRunningError} (`ST_BROKER_RUNNING`) when a broker already runs on this data folder
 * @throws {@link BrokerStartError} (`ST_BROKER_START`) when it does not come up: with the end of its log and what to do
 * @throws `TemporaryFolderError` (`ST_PROCESS_TEMPORARY_FOLDER`) when there is no place for `temporary` data
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for a `daemon` with `temporary` data
 * @example
 * ```ts
 * await using broker = await startBroker({ temporary: true });
 * console.log(broker.brokers); // [ '127.0.0.1:40123' ]
 * ```
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<Broker> {
  refuseUnknownOptions('startBroker', options, startBrokerNames);
  if (options.daemon && options.temporary)
    throw invalidOption(
      'daemon',
      true,
      'false with temporary data, which is removed once this process has ended',
    );
  const prepared = await preparedRuntime(options);
  const folder = options.temporary ? makeTemporaryFolder('kafka') : defaultDataFolder(options.dataFolder);
  const broker = new EmbeddedBroker(prepared, dataFolderAt(folder), options);
  try {
    await broker.restart();
  } catch (error) {
    if (options.temporary) await removeTemporaryFolder(folder);
    throw error;
  }
  return broker;
}

class EmbeddedBroker implements Broker {
  readonly #runtime: PreparedBroker;
  readonly #data: DataFolder;
  readonly #options: StartBrokerOptions;
  #launched: Launched | undefined;

  constructor(runtime: PreparedBroker, data: DataFolder, options: StartBrokerOptions) {
    this.#runtime = runtime;
    this.#data = data;
    this.#options = options;
  }

  get brokers(): string[] {
    return [`${LOOPBACK}:${this.#last.ports.client}`];
  }
  get secureBrokers(): string[] {
    return this.#options.security ? [`${LOOPBACK}:${this.#last.ports.secure}`] : [];
  }
  get pid(): number {
    return this.#last.child.pid ?? 0;
  }
  get isRunning(): boolean {
    return this.#launched !== undefined && !hasEnded(this.#launched.child);
  }
  get startedInMs(): number {
    return this.#last.startedInMs;
  }
  get dataFolder(): string {
    return this.#data.folder;
  }
  get kafkaVersion(): string {
    return this.#runtime.jars.version;
  }
  get javaVersion(): string {
    return this.#runtime.java.version;
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    if (this.#options.temporary) await removeTemporaryFolder(this.#data.folder);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await withLock(this.#data.lockFile, async () => {
      await refuseSecond(this.#data);
      this.#launched = await launch(this.#runtime, this.#launchOptions());
      const { child, ports } = this.#launched;
      for (const [index, proxy] of this.#proxies.entries())
        proxy.target = { host: LOOPBACK, port: ports.proxied[index] ?? 0 };
      await writeRunning(this.#data, {
        pid: child.pid ?? 0,
        port: ports.client,
        brokers: this.brokers,
        startedAt: new Date().toISOString(),
        kafka: this.kafkaVersion,
        java: this.javaVersion,
        daemon: this.#options.daemon ?? false,
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #last(): Launched {
    if (!this.#launched) throw new Error('this broker was never up');
    return this.#launched;
  }

  get #proxies(): readonly FaultProxy[] {
    return [this.#options.proxy ?? []].flat();
  }

  #launchOptions() {
    const { heapMb = 512, daemon = false, log, security, config } = this.#options;
    const port = this.#options.port ?? this.#launched?.ports.client;
    return {
      data: this.#data,
      heapMb,
      daemon,
      ...(port === undefined ? {} : { port }),
      proxyPorts: this.#proxies.map((proxy) => proxy.port),
      ...(log ? { log } : {}),
      ...(security ? { security } : {}),
      ...(config ? { config } : {}),
    };
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#launched?.child;
    if (!child || hasEnded(child)) return;
    await endProcess(child, signal);
    await forgetRunning(this.#data, child.pid ?? 0);
  }
}

async function refuseSecond(data: DataFolder): Promise<void> {
  const running = await findRunning(data);
  const pid = running ? undefined : await findProcess(data);
  if (pid !== undefined)
    throw new BrokerRunningError({
      pid,
      brokers: [],
      what: `start a second Kafka on ${data.folder}`,
      tried: [data.folder],
      answered: `process ${pid} is a Kafka on this data, and does not answer`,
      toDo: 'Wait until it does, stop it ("npm run kafka -- stop"), or choose another data folder.',
    });
  if (!running) return;
  throw new BrokerRunningError({
    pid: running.pid,
    brokers: running.brokers,
    what: `start a second Kafka on ${data.folder}`,
    tried: [`${data.folder}/running.json`],
    answered: `process ${running.pid} is a broker on this data, at ${running.brokers.join(', ')}`,
    toDo: 'Use that one (ensureBroker does), stop it ("npm run kafka -- stop"), or choose another data folder.',
  });
}
