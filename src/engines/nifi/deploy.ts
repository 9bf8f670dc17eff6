/** A flow in a running NiFi, by its REST interface: put there, started, watched, stopped, taken away. */
import { checkMs } from '../../options.ts';
import { pause } from '../../process/index.ts';
import { NifiFlowError, NifiRequestError, NifiRunError } from '../errors.ts';
import { picturePage, type PagePictureOptions } from '../page-picture.ts';
import { ALL_FILES, classOf, takersOfSome, textsOf, type NifiFlow } from './flow.ts';
import { bendsOf, pictureSizeOf, placesOf } from './layout.ts';
import { ROOT, type Entity, type NifiCall, type RootEntity, type StatusEntity } from './rest.ts';

/** How a step has fared in the last five minutes: NiFi counts no longer. */
export interface NifiStepStatus {
  /** Files it took, and files it gave. A file may hold many rows. */
  readonly taken: number;
  readonly given: number;
  /** `RUNNING`, `STOPPED`. */
  readonly state: string;
}

/** What waits between two steps. */
export interface NifiQueueStatus {
  readonly from: string;
  readonly to: string;
  readonly files: number;
  readonly bytes: number;
  /** As many files as may wait: the step before it is not run. */
  readonly isFull: boolean;
}

/** Where a flow is. */
export interface NifiFlowStatus {
  /** Files that wait, in all queues together. */
  readonly queued: number;
  /** Steps that are at work this moment. */
  readonly atWork: number;
  readonly steps: Readonly<Record<string, NifiStepStatus>>;
  readonly queues: readonly NifiQueueStatus[];
}

/** How a flow is run once. */
export interface RunOnceOptions {
  /** Give up when something still waits after this long, ms; default 60,000. */
  timeoutMs?: number;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

/** A flow in a running NiFi. It stands there, stopped, until {@link start}. */
export class DeployedFlow implements AsyncDisposable {
  readonly flow: NifiFlow;
  /** Its page: no login, on this machine only. */
  readonly url: string;
  readonly #call: NifiCall;
  readonly #group: string;
  readonly #names: ReadonlyMap<string, string>;

  private constructor(
    call: NifiCall,
    url: string,
    flow: NifiFlow,
    group: string,
    names: Map<string, string>,
  ) {
    this.flow = flow;
    this.url = `${url}/nifi/?processGroupId=${group}`;
    this.#call = call;
    this.#group = group;
    this.#names = names;
  }

  /** Puts a flow into a NiFi, and has NiFi check it. @throws {@link NifiFlowError} with what NiFi says; then nothing stays */
  static async put(call: NifiCall, url: string, flow: NifiFlow): Promise<DeployedFlow> {
    const { processGroupFlow } = await call<RootEntity>('GET', ROOT);
    // Both would take the same files.
    if (processGroupFlow.flow.processGroups.some(({ component }) => component.name === flow.name)) {
      const issues = ['a flow of that name is in this NiFi already: removeFlow takes it away'];
      throw new NifiFlowError({ flow: flow.name, issues });
    }
    const group = await call<Entity>('POST', `/process-groups/${processGroupFlow.id}/process-groups`, {
      revision: { version: 0 },
      component: { name: flow.name, position: { x: 0, y: 0 } },
    });
    const ids = new Map<string, string>();
    const deployed = new DeployedFlow(call, url, flow, group.id, ids);
    try {
      for (const [name, position] of placesOf(flow)) {
        const processor = flow.processors[name];
        if (processor === undefined) continue;
        const config = {
          properties: textsOf(processor),
          autoTerminatedRelationships: processor.drops ?? [],
          schedulingPeriod: processor.every ?? '0 sec',
          // What failed is tried again after a second, not after the 30 s of NiFi's own.
          penaltyDuration: '1 sec',
        };
        const component = { type: classOf(processor), name, position, config };
        const path = `/process-groups/${group.id}/processors`;
        const { id } = await call<Entity>('POST', path, { revision: { version: 0 }, component });
        ids.set(id, name);
      }
      await deployed.#connect();
      await deployed.#check();
    } catch (error) {
      await deployed.remove().catch(() => undefined); // what went wrong first is what counts
      throw error instanceof NifiRequestError
        ? new NifiFlowError({ flow: flow.name, issues: [error.answer], cause: error })
        : error;
    }
    return deployed;
  }

  /** Takes the flows of a name away. @returns how many files waited in them, which are gone */
  static async removeNamed(call: NifiCall, url: string, name: string): Promise<number> {
    const { processGroupFlow } = await call<RootEntity>('GET', ROOT);
    let files = 0;
    for (const { id, component } of processGroupFlow.flow.processGroups) {
      if (component.name !== name) continue;
      const none = { name, processors: {}, connections: [], sources: [] };
      const found = new DeployedFlow(call, url, none, id, new Map());
      await found.stop();
      files += (await found.status()).queued;
      await found.remove();
    }
    return files;
  }

  /** Sets all steps going. Again: does nothing. */
  async start(): Promise<void> {
    await this.#state('RUNNING');
  }

  /** Stops all steps, and waits until none is at work. What waits in queues stays. Again: does nothing. */
  async stop(): Promise<void> {
    await this.#state('STOPPED');
    while ((await this.status()).atWork > 0) await pause(100);
  }

  /** Where it is: what waits, and what each step has done in the last five minutes. */
  async status(): Promise<NifiFlowStatus> {
    const path = `/flow/process-groups/${this.#group}/status?recursive=true`;
    const { processGroupStatus } = await this.#call<StatusEntity>('GET', path);
    const { aggregateSnapshot: all } = processGroupStatus;
    const nameOf = (id: string) => this.#names.get(id) ?? id;
    const steps = all.processorStatusSnapshots.map(({ id, processorStatusSnapshot: one }) => [
      nameOf(id),
      { taken: one.flowFilesIn, given: one.flowFilesOut, state: one.runStatus.toUpperCase() },
    ]);
    const queues = all.connectionStatusSnapshots.map(({ connectionStatusSnapshot: one }) => ({
      from: one.sourceName,
      to: one.destinationName,
      files: one.flowFilesQueued,
      bytes: one.bytesQueued,
      isFull: one.percentUseCount >= 100,
    }));
    return {
      queued: all.flowFilesQueued,
      atWork: all.activeThreadCount,
      steps: Object.fromEntries(steps) as Record<string, NifiStepStatus>,
      queues,
    };
  }

  /**
   * Runs each source once and everything behind it until nothing waits any more, then stops, as it does when `signal` is aborted.
   * A `GetFile` takes all files there are, unless its `Batch Size` says how many.
   *
   * @throws {@link NifiRunError} (`ST_ENGINES_NIFI_RUN`) when something still waits after `timeoutMs` (default 60,000)
   */
  async runOnce({ timeoutMs = 60_000, signal }: RunOnceOptions = {}): Promise<void> {
    checkMs('timeoutMs', timeoutMs, { most: Infinity });
    const began = performance.now();
    const settle = async () => {
      await this.stop();
      await this.#takeFiles({ 'Batch Size': null });
    };
    await this.#takeFiles(ALL_FILES);
    for (const [id, name] of this.#names)
      await this.#runStatus(id, this.flow.sources.includes(name) ? 'RUN_ONCE' : 'RUNNING');
    for (let quiet = 0; quiet < 2;) {
      await pause(150, signal).catch(async (reason: unknown) => {
        await settle();
        throw reason;
      });
      const haveRun = await this.#sourcesHaveRun();
      const { queued, atWork, steps } = await this.status();
      const isOver =
        haveRun &&
        queued === 0 &&
        atWork === 0 &&
        this.flow.sources.every((name) => steps[name]?.state === 'STOPPED');
      quiet = isOver ? quiet + 1 : 0;
      if (!isOver && performance.now() - began > timeoutMs) {
        await settle();
        const { queues } = await this.status();
        const full = queues
          .filter(({ files }) => files > 0)
          .map(({ from, to, files }) => `${files} from "${from}" to "${to}"`);
        const waits =
          full.length === 0 ? 'a step is at work, or has not begun' : `files wait: ${full.join(', ')}`;
        throw new NifiRunError({ flow: this.flow.name, problem: `after ${timeoutMs / 1000} s ${waits}` });
      }
    }
    await settle();
  }

  /**
   * A picture of its page, by default as large as the flow, by a headless Chromium: see {@link picturePage}.
   *
   * @returns a PNG
   * @throws {@link PagePictureError} (`ST_ENGINES_PAGE_PICTURE`) where there is no Chromium
   */
  async picture(options: Omit<PagePictureOptions, 'ready' | 'prepare'> = {}): Promise<Buffer> {
    const steps = Object.keys(this.flow.processors).length;
    const ready =
      `document.querySelectorAll("g.processor").length === ${steps} && ` +
      'getComputedStyle(document.querySelector("#splash")).display === "none"';
    // NiFi's two boxes of tools lie above the flow, and cover it.
    const prepare = 'document.querySelector("#graph-controls").style.display = "none"';
    return picturePage(this.url, { ...pictureSizeOf(this.flow), ...options, ready, prepare });
  }

  /** Stops it, empties its queues, and takes it away. */
  async remove(): Promise<void> {
    await this.stop();
    type Request = { readonly dropRequest: { readonly id: string; readonly finished: boolean } };
    const path = `/process-groups/${this.#group}/empty-all-connections-requests`;
    let { dropRequest } = await this.#call<Request>('POST', path);
    while (!dropRequest.finished) {
      await pause(100);
      ({ dropRequest } = await this.#call<Request>('GET', `${path}/${dropRequest.id}`));
    }
    await this.#call('DELETE', `${path}/${dropRequest.id}`);
    const { revision } = await this.#call<Entity>('GET', `/process-groups/${this.#group}`);
    await this.#call('DELETE', `/process-groups/${this.#group}?version=${revision.version}`);
  }

  /** {@link remove}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  async #connect(): Promise<void> {
    const idOf = new Map([...this.#names].map(([id, name]) => [name, id]));
    const end = (name: string) => ({ id: idOf.get(name), groupId: this.#group, type: 'PROCESSOR' });
    const places = placesOf(this.flow);
    for (const { from, to, relationships, mostFiles = 10_000 } of this.flow.connections)
      await this.#call('POST', `/process-groups/${this.#group}/connections`, {
        revision: { version: 0 },
        component: {
          ...{ source: end(from), destination: end(to), selectedRelationships: relationships },
          ...{ backPressureObjectThreshold: mostFiles, bends: bendsOf(places.get(from), from, to) },
          labelIndex: 0,
        },
      });
  }

  /** NiFi checks properties and relationships in its own time. */
  async #check(): Promise<void> {
    const issues: string[] = [];
    for (const [id, name] of this.#names)
      for (;;) {
        const { component } = await this.#call<Entity>('GET', `/processors/${id}`);
        if (component.validationStatus !== 'VALIDATING') {
          issues.push(...(component.validationErrors ?? []).map((error) => `"${name}": ${error}`));
          break;
        }
        await pause(100);
      }
    if (issues.length > 0) throw new NifiFlowError({ flow: this.flow.name, issues });
  }

  /** A source that is to run once is stopped for NiFi's status from its first moment on, also before it has run. */
  async #sourcesHaveRun(): Promise<boolean> {
    for (const [id, name] of this.#names) {
      if (!this.flow.sources.includes(name)) continue;
      const { component } = await this.#call<Entity>('GET', `/processors/${id}`);
      if (component.state === 'RUN_ONCE') return false;
    }
    return true;
  }

  async #state(state: string): Promise<void> {
    await this.#call('PUT', `/flow/process-groups/${this.#group}`, { id: this.#group, state });
  }

  /** Sets how many files are taken at a time, where the flow does not say it; null: NiFi's own ten. */
  async #takeFiles(properties: Readonly<Record<string, number | null>>): Promise<void> {
    const takers = takersOfSome(this.flow);
    for (const [id, name] of this.#names) {
      if (!takers.includes(name)) continue;
      const { revision } = await this.#call<Entity>('GET', `/processors/${id}`);
      await this.#call('PUT', `/processors/${id}`, { revision, component: { id, config: { properties } } });
    }
  }

  async #runStatus(id: string, state: string): Promise<void> {
    const { revision } = await this.#call<Entity>('GET', `/processors/${id}`);
    await this.#call('PUT', `/processors/${id}/run-status`, { revision, state });
  }
}
