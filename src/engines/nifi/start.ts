/** Starts NiFi: its server with the web page, or, without a server, NiFi Stateless for single runs. */
import path from 'node:path';
import { invalidOption, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { LOOPBACK } from '../../process/index.ts';
import { Engine, startEngine, type StartEngineOptions, type StartedEngine } from '../engine.ts';
import { isWellAt } from '../running.ts';
import { DeployedFlow, type NifiFlowStatus, type RunOnceOptions } from './deploy.ts';
import type { NifiFlow } from './flow.ts';
import { SMALL_JAVA } from '../../broker/jvm.ts';
import { jarsIn, NIFI } from './parts.ts';
import { nifiCalls, type NifiCall } from './rest.ts';
import { writeServerSettings } from './server-settings.ts';
import { prepareStateless, type StatelessNifi } from './stateless.ts';

/** How to start NiFi; every setting has a default. */
export interface StartNifiOptions extends StartEngineOptions {
  /** Java's heap, MB; default 512, of Stateless 256. */
  heapMb?: number;
  /** No server and no page: flows are run one by one, in a process each. Default false. */
  stateless?: boolean;
}

const startNifiOptions: OptionNames<StartNifiOptions> = {
  ...{ env: true, cache: true, folder: true, heapMb: true, log: true, daemon: true },
  ...{ timeoutMs: true, signal: true, stateless: true },
};

/** A running NiFi with its web page. Whoever started it stops it. */
export class Nifi extends Engine {
  readonly #call: NifiCall;

  /** @param started what `startEngine` gave */
  constructor(started: StartedEngine) {
    super(started);
    this.#call = nifiCalls(this.url, (what) => started.process.endedError(what));
  }

  /** Its page. It has no login: whoever reaches it may run programs as this user, so nobody outside this machine does. */
  get pageUrl(): string {
    return `${this.url}/nifi/`;
  }

  /**
   * Puts a flow there, stopped, and has NiFi check it.
   *
   * @throws {@link NifiFlowError} (`ST_ENGINES_NIFI_FLOW`) with what NiFi says against it, and where one of its name is there
   * @example
   * ```ts
   * await using nifi = await startNifi();
   * await using deployed = await nifi.deploy(flow);
   * await deployed.start();
   * ```
   */
  async deploy(flow: NifiFlow): Promise<DeployedFlow> {
    return DeployedFlow.put(this.#call, this.url, flow);
  }

  /**
   * Takes away the flow of a name that another program left in this folder, or an earlier cell: does nothing where there is none.
   *
   * @returns how many files waited in its queues: they are gone
   * @example
   * ```ts
   * await using nifi = await startNifi({ folder: 'nifi' });
   * const lost = await nifi.removeFlow('files');
   * ```
   */
  async removeFlow(name: string): Promise<number> {
    return DeployedFlow.removeNamed(this.#call, this.url, name);
  }

  /**
   * Puts a flow there, runs its sources once and everything behind them until nothing waits, and takes it away.
   *
   * @returns what each step has done
   * @throws {@link NifiRunError} (`ST_ENGINES_NIFI_RUN`) when it does not come to its end
   */
  async runOnce(flow: NifiFlow, options: RunOnceOptions = {}): Promise<NifiFlowStatus> {
    await using deployed = await this.deploy(flow);
    await deployed.runOnce(options);
    return deployed.status();
  }
}

/**
 * Starts a real NiFi on the loopback address, and resolves when it answers (12 s on two idle cores). Its parts must have been
 * fetched, see {@link fetchEngine}. It never outlives this process unless `daemon` is set, and does not keep it alive. **Its page
 * has no login**: whoever reaches the port may run programs as this user. So only programs of this machine reach it, and it runs
 * on request only.
 *
 * In a folder that is used again the flows stand that were left there, stopped: with `daemon` those that ran run on.
 *
 * With `stateless: true` there is no server: {@link StatelessNifi.runOnce} starts a process for each run.
 *
 * @throws {@link EnginePartsError} (`ST_ENGINES_PARTS_MISSING`) where it was not fetched: it says how big it is, and how to
 * @throws {@link EngineStartError} (`ST_ENGINES_START`) when it does not come up: with the end of its log
 * @throws {@link EngineRunningError} (`ST_ENGINES_RUNNING`) when one runs in this folder already; `InvalidOptionError`
 *   (`ST_OPTION_INVALID`) for a folder with a comma or semicolon in its path, which the server does not take
 * @example
 * ```ts
 * await using nifi = await startNifi();
 * console.log(nifi.pageUrl); // http://127.0.0.1:23456/nifi/
 * ```
 */
export async function startNifi(options: StartNifiOptions & { stateless: true }): Promise<StatelessNifi>;
export async function startNifi(options?: StartNifiOptions & { stateless?: false }): Promise<Nifi>;
export async function startNifi(options: StartNifiOptions = {}): Promise<Nifi | StatelessNifi> {
  refuseUnknownOptions('startNifi', options, startNifiOptions);
  const { stateless = false, ...others } = options;
  if (stateless) return prepareStateless(others);
  const started = await startEngine(NIFI, others, 1, async ({ folder, parts, ports }) => {
    const [port = 0] = ports;
    const url = `http://${LOOPBACK}:${port}`;
    // Jetty takes them for the border between two folders.
    if (/[,;]/.test(folder)) throw invalidOption('folder', folder, 'a path without a comma or semicolon');
    await writeServerSettings({ folder, parts, port, resumes: options.daemon ?? false });
    return {
      args: serverArguments(parts, options.heapMb ?? 512),
      url,
      isReady: () => isWellAt(`${url}/nifi-api/flow/about`),
    };
  });
  return new Nifi(started);
}

/** What NiFi reaches into, which Java keeps closed since version 17. */
const OPENED = ['java.lang', 'java.util', 'java.net'];

function serverArguments(parts: string, heapMb: number): string[] {
  return [
    `-Xmx${heapMb}m`,
    ...SMALL_JAVA,
    '-Dnifi.properties.file.path=conf/nifi.properties',
    ...OPENED.flatMap((name) => ['--add-opens', `java.base/${name}=ALL-UNNAMED`]),
    '-cp',
    ['conf', ...jarsIn(parts)].join(path.delimiter),
    'org.apache.nifi.NiFi',
  ];
}
