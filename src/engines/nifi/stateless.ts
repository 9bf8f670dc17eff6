/** NiFi Stateless: a flow is run once from its sources to its ends, in a process of its own, without a server. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { findJava, type Java } from '../../broker/java.ts';
import { cacheFolder } from '../../install/folders.ts';
import { checkMs } from '../../options.ts';
import {
  ended,
  endProcess,
  makeTemporaryFolder,
  pause,
  removeTemporaryFolder,
  spawnWithParent,
  Turns,
  withLock,
} from '../../process/index.ts';
import type { StartEngineOptions } from '../engine.ts';
import { NifiFlowError, NifiRunError } from '../errors.ts';
import { causesIn } from '../java-output.ts';
import { requireParts } from '../parts.ts';
import type { RunOnceOptions } from './deploy.ts';
import { classOf, type NifiFlow } from './flow.ts';
import { jarsIn, NIFI } from './parts.ts';
import { logSettings, sensitiveKey } from './server-settings.ts';
import { flowSnapshot, statelessSettings } from './stateless-files.ts';

/** What a run of {@link StatelessNifi} needs. */
interface StatelessPlace {
  readonly java: Java;
  readonly parts: string;
  readonly folder: string;
  readonly isTemporary: boolean;
  readonly heapMb: number;
}

/** NiFi without a server. Nothing runs between two runs; the first one unpacks its parts (12 s on two idle cores, then 4). */
export class StatelessNifi implements AsyncDisposable {
  readonly #place: StatelessPlace;
  readonly #turns = new Turns();

  /** @param place what `prepareStateless` found */
  constructor(place: StatelessPlace) {
    this.#place = place;
  }

  /** Where it works. Absolute path. */
  get folder(): string {
    return this.#place.folder;
  }

  /**
   * Runs a flow once: its sources give what there is (a `GetFile` all files, unless its `Batch Size` says how many), and all of it
   * goes through, or none counts. What a step would try again (a connection with itself) makes the run fail instead. Runs wait for
   * each other, also those of other processes in this folder.
   *
   * What a source has taken it must be able to give again, so a `GetFile` has to keep its files (`Keep Source File`): otherwise
   * it would remove them, and a run that fails would lose them. Remove them yourself when the run has ended.
   *
   * @throws {@link NifiRunError} (`ST_ENGINES_NIFI_RUN`) when it fails, with the reason of its log; what steps have sent before is
   *   sent
   * @throws {@link NifiFlowError} (`ST_ENGINES_NIFI_FLOW`) for a flow that could lose files
   * @example
   * ```ts
   * await using nifi = await startNifi({ stateless: true });
   * await nifi.runOnce(flow);
   * ```
   */
  async runOnce(flow: NifiFlow, options: RunOnceOptions = {}): Promise<void> {
    refuseLosers(flow);
    await this.#turns.take(() => this.#inTurn(flow, options));
  }

  /** Waits for the run that is under way, and removes a temporary folder. */
  async stop(): Promise<void> {
    await this.#turns.allTaken();
    if (this.#place.isTemporary) await removeTemporaryFolder(this.folder);
  }

  /** {@link stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Its files of settings and its log have the same names in each run. */
  async #inTurn(flow: NifiFlow, options: RunOnceOptions): Promise<void> {
    options.signal?.throwIfAborted();
    const { signal } = options;
    await withLock(path.join(this.folder, 'run.lock'), () => this.#run(flow, options), { signal });
  }

  async #run(flow: NifiFlow, { timeoutMs = 120_000, signal }: RunOnceOptions): Promise<void> {
    checkMs('timeoutMs', timeoutMs, { most: Infinity });
    signal?.throwIfAborted();
    const { java, folder, parts, heapMb } = this.#place;
    const at = (name: string) => path.join(folder, name);
    const settings = statelessSettings(flow, { folder, parts, sensitiveKey: await sensitiveKey(folder) });
    const files = {
      'flow.json': JSON.stringify(flowSnapshot(flow)),
      'engine.properties': settings.engine,
      'flow.properties': settings.flow,
      'logback.xml': LOG,
    };
    for (const [name, text] of Object.entries(files)) await fs.writeFile(at(name), text, { mode: 0o600 });
    const log = await fs.open(at('run.log'), 'w');
    const child = spawnWithParent(
      java.program,
      [
        ...[`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'],
        ...['-cp', [folder, ...jarsIn(parts)].join(path.delimiter)],
        'org.apache.nifi.stateless.bootstrap.RunStatelessFlow',
        ...['-e', at('engine.properties'), '-f', at('flow.properties')],
      ],
      { title: 'streamtrain-nifi-stateless', cwd: folder, log: log.fd, daemon: false },
    );
    await log.close();
    const late = new AbortController();
    try {
      const waited = pause(timeoutMs, AbortSignal.any([late.signal, ...(signal ? [signal] : [])]));
      await Promise.race([ended(child), waited.catch(() => undefined)]);
      signal?.throwIfAborted();
    } finally {
      late.abort();
      await endProcess(child, 'SIGKILL');
    }
    await this.#judge(flow, child.signalCode, child.exitCode);
  }

  /** Its exit code is 0 also when the run has failed: the log says which. */
  async #judge(flow: NifiFlow, signalCode: string | null, exitCode: number | null): Promise<void> {
    const log = await fs.readFile(path.join(this.folder, 'run.log'), 'utf8');
    const refuse = (problem: string) => new NifiRunError({ flow: flow.name, problem });
    if (signalCode !== null) throw refuse('it took too long, and was ended');
    // Behind an error in the log stands the exception, whose first line says more.
    const errors = log
      .split('\n')
      .flatMap((line, at, lines) =>
        / ERROR /.test(line) ? [`${line.replace(/^\S+ ERROR \S+ /, '')} ${lines[at + 1] ?? ''}`.trim()] : [],
      );
    const [first] = errors;
    if (first !== undefined) throw refuse(first.replace(/\.$/, ''));
    if (exitCode !== 0) {
      const [, thrown] = log.split(/^Exception in thread "[^"]*" /m);
      const why = thrown === undefined ? log.slice(-500) : causesIn(thrown).join('; caused by ');
      throw refuse(`it ended with exit code ${exitCode}: ${why.replace(/\.$/, '')}`);
    }
    if (!log.includes('Initialized Stateless NiFi')) throw refuse(`it never began: ${log.slice(-500)}`);
  }
}

/** Finds what Stateless needs; starts nothing. */
export async function prepareStateless(options: StartEngineOptions): Promise<StatelessNifi> {
  const { env = process.env, log, heapMb = 256 } = options;
  const parts = await requireParts(NIFI, options);
  const cache = options.cache ?? cacheFolder().folder;
  const java = await findJava({ env, cache, neededBy: NIFI.title, ...(log ? { log } : {}) });
  const isTemporary = options.folder === undefined;
  const folder = isTemporary ? makeTemporaryFolder('nifi') : path.resolve(options.folder ?? '');
  await fs.mkdir(folder, { recursive: true });
  return new StatelessNifi({ java, parts, folder, isTemporary, heapMb });
}

/** `GetFile` removes its files as it takes them, and Stateless does not bring them back when the run fails (tried on 1.18.0). */
function refuseLosers(flow: NifiFlow): void {
  const issues = Object.entries(flow.processors)
    .filter(([, processor]) => classOf(processor).endsWith('.GetFile'))
    .filter(([, { properties }]) => String(properties?.['Keep Source File']) !== 'true')
    .map(
      ([name]) =>
        `"${name}" would lose its files when a run fails: set 'Keep Source File' to true for Stateless`,
    );
  if (issues.length > 0) throw new NifiFlowError({ flow: flow.name, issues });
}

const LOG = logSettings({ 'org.apache.nifi.stateless.bootstrap': 'INFO' });
