/** A server at work: one life after the other, versions that change, and what others may ask of it. */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors.ts';
import { pause, stopSignal } from '../process/index.ts';
import { Callbacks } from '../kafka/callbacks.ts';
import { ReadFailedError, type KafkaClient } from '../kafka/index.ts';
import { Guard, type VersionQuality } from './guard.ts';
import { startHttpServer, type HttpServer } from './http-server.ts';
import type { LabelCounts } from './label-join.ts';
import { mayGoOn, ServingLife, type LifeParts } from './life.ts';
import { servingMetrics, type ServingMetrics } from './metrics.ts';
import { ModelVersions } from './model-versions.ts';
import { scalersOf, type CheckedServeOptions } from './options.ts';
import { rowReader } from './predictor.ts';
import { ServingMeter, type ServingProgress } from './progress.ts';
import { adoptModels, type TrainedPredictor } from './trained-predictor.ts';

/** A server at work. Disposing of it stops it. */
export interface ModelServer extends AsyncDisposable {
  /** How it stands now. */
  readonly progress: ServingProgress;
  /** Versions that were refused, with their reasons. */
  readonly refused: ReadonlyMap<string, string>;
  /** What each version was worth on the labelled rows it served, each judged when its prediction was committed; with `shadow`. */
  readonly quality: ReadonlyMap<string | null, VersionQuality>;
  /** What became of labels that come later than their rows; undefined without `labels`. */
  readonly labels: LabelCounts | undefined;
  /** Where it answers over HTTP; undefined without `http`. */
  readonly url: string | undefined;
  /** Resolves when the stream has ended or the server was stopped; rejects with what ended it. */
  readonly done: Promise<ServingProgress>;
  /**
   * Serves this version from the next batch on, also an earlier one, and no newer one until {@link follow}.
   *
   * @throws ModelVersionError (`ST_SERVING_MODEL_VERSION`) when the store has it not; CheckpointRefusedError when it cannot be
   *   used. What was served goes on.
   */
  pin(version: string): Promise<void>;
  /** Serves the newest version again, now and whenever one comes. */
  follow(): Promise<void>;
  /** Finishes the batch at hand, leaves the group, and frees all. */
  stop(): Promise<ServingProgress>;
}

/** What `serve` gives. */
export class RunningServer implements ModelServer {
  readonly #done: Promise<ServingProgress>;
  /** Somebody hears how it ends. */
  #isAwaited = false;
  readonly #options: CheckedServeOptions;
  readonly #parts: Omit<LifeParts, 'patienceMs' | 'onOpened' | 'onAsking' | 'onCommitted'>;
  readonly #versions: ModelVersions;
  readonly #meter: ServingMeter;
  readonly #guard: Guard | undefined;
  readonly #callbacks = new Callbacks();
  readonly #stopping = new AbortController();
  readonly #release: () => Promise<void>;
  #metrics: ServingMetrics | undefined;
  #http: HttpServer | undefined;
  /** What went wrong, until a commit or a life that has nothing to do shows that it is over. */
  #trouble: string | undefined;
  /** The one that is at work. */
  #life: Pick<ServingLife, 'lag' | 'isIdle'> | undefined;
  #start = (): void => {};
  /** Lives that have failed since. */
  #failures = 0;
  /** Since when there has been nothing but trouble. */
  #troubleSince: number | undefined;
  /** When the brokers were last asked to open or commit a transaction, if that is not done. */
  #askedAt: number | undefined;

  constructor(
    options: CheckedServeOptions,
    client: KafkaClient,
    predictors: readonly TrainedPredictor[],
    release: () => Promise<void>,
  ) {
    this.#options = options;
    this.#release = release;
    const { decode, models, modelsEvery, source, instance } = options;
    const shadow = options.shadow === true ? {} : options.shadow;
    const later = options.labels && { labels: options.labels, client };
    this.#guard = shadow
      ? new Guard(shadow, predictors[0]!.model, options.threshold, (text) => this.#remark(text), later)
      : undefined;
    this.#versions = new ModelVersions({
      ...{ predictors, store: models, every: modelsEvery, trial: this.#guard },
      adopt: adoptModels(predictors, () => scalersOf(options), options.threshold),
      onRemark: (text) => this.#remark(text),
      onSwap: (swap) => {
        if (swap.from !== undefined) this.#meter.swaps++;
        this.#callbacks.call(() => options.onSwap?.(swap));
      },
    });
    this.#meter = new ServingMeter(this.#versions, () => this.#life?.lag ?? NaN);
    const name = instance ?? randomUUID();
    this.#parts = {
      ...{ options, client, versions: this.#versions, signal: this.#stopping.signal },
      transactionalId: `streamtrain-serve-${source.groupId ?? client.settings.consumer.groupId}-${name}`,
      ...{ reader: rowReader(decode, predictors), guard: this.#guard },
    };
    const started = new Promise<void>((resolve) => (this.#start = resolve));
    this.#done = started.then(() => this.#run());
  }

  /** Looks for a first version, and begins to serve; where that fails, all predictors are freed. */
  async begin(): Promise<void> {
    const { pin } = this.#options;
    try {
      if (pin === undefined) await this.#versions.look();
      else await this.#versions.pin(pin);
      await this.#listen();
    } catch (error) {
      await this.#versions.dispose();
      throw error;
    }
    this.#start();
  }

  async #listen(): Promise<void> {
    const { http } = this.#options;
    if (http === undefined || http === false) return;
    this.#metrics = await servingMetrics({
      progress: () => this.progress,
      refused: () => this.refused.size,
      labels: () => this.labels,
      notReady: () =>
        this.progress.version === undefined
          ? 'There is no version of the model yet: rows wait for one.'
          : this.#trouble,
    });
    this.#http = await startHttpServer({ ...(http === true ? {} : http), routes: this.#metrics.routes });
  }

  get url(): string | undefined {
    return this.#http?.url;
  }

  get progress(): ServingProgress {
    return this.#meter.progress;
  }

  get refused(): ReadonlyMap<string, string> {
    return this.#versions.refused;
  }

  get quality(): ReadonlyMap<string | null, VersionQuality> {
    return this.#guard?.quality ?? new Map();
  }

  get labels(): LabelCounts | undefined {
    return this.#guard?.labels?.counts;
  }

  pin(version: string): Promise<void> {
    return this.#versions.pin(version);
  }

  follow(): Promise<void> {
    return this.#versions.follow();
  }

  get done(): Promise<ServingProgress> {
    this.#isAwaited = true;
    return this.#done;
  }

  stop(): Promise<ServingProgress> {
    this.#stopping.abort();
    return this.done;
  }

  /** Rejects with what ended it only where nobody has asked for `done`: the same failure is not said twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#done.catch((error: unknown) => {
      if (!this.#isAwaited) throw error;
    });
  }

  async #run(): Promise<ServingProgress> {
    const { signal } = this.#stopping;
    const given = stopSignal(this.#options.signal, false);
    const onAbort = (): void => this.#stopping.abort();
    if (given.signal.aborted) onAbort();
    given.signal.addEventListener('abort', onAbort);
    const watching = this.#versions.watch(signal);
    const looking = setInterval(() => this.#life?.isIdle && this.#recover(), LOOK_MS);
    try {
      await this.#versions.first(signal);
      if (!signal.aborted) await this.#live();
      this.#callbacks.rethrow();
      return this.progress;
    } finally {
      clearInterval(looking);
      given.dispose();
      this.#stopping.abort();
      await this.#http?.close();
      await watching;
      await this.#guard?.labels?.close();
      await this.#versions.dispose();
      await this.#callbacks.settled();
      this.#callbacks.end();
      await this.#release();
    }
  }

  /** One life after the other, until one ends as it should. */
  async #live(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      const since = performance.now();
      try {
        return await ServingLife.run({
          ...this.#parts,
          patienceMs: this.#patienceLeft,
          onOpened: (life) => {
            this.#life = life;
            this.#askedAt = undefined;
          },
          onAsking: () => (this.#askedAt = performance.now()),
          onCommitted: async (batch) => {
            this.#askedAt = undefined;
            this.#recover();
            this.#meter.committed(batch);
            this.#metrics?.observe(batch);
            await this.#options.onProgress?.(this.progress);
            this.#callbacks.rethrow();
          },
        });
      } catch (error) {
        this.#life = undefined;
        if (performance.now() - since > this.#options.retryForMs) this.#recover();
        this.#troubleSince ??= this.#beganBefore(error);
        if (!mayGoOn(error) || this.#patienceLeft <= 0 || signal.aborted) throw error;
        this.#failures++;
        this.#meter.restarts++;
        this.#trouble = `Serving has failed and begins again: ${messageOf(error)}`;
        this.#remark(`Serving goes on from the last committed offsets: ${messageOf(error)}`);
        const wait = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1));
        await pause(wait, signal).catch(() => {});
      }
    }
  }

  /** Trouble is over. */
  #recover(): void {
    [this.#failures, this.#troubleSince, this.#trouble] = [0, undefined, undefined];
  }

  /** When the trouble began that has just ended a life, which had been trying for a while itself. */
  #beganBefore(error: unknown): number {
    const now = performance.now();
    return error instanceof ReadFailedError ? now - error.failedForMs : (this.#askedAt ?? now);
  }

  /** How long trouble may last from now on, ms: one patience for reading, writing, and all lives in a row. */
  get #patienceLeft(): number {
    const { retryForMs } = this.#options;
    return this.#troubleSince === undefined
      ? retryForMs
      : retryForMs - (performance.now() - this.#troubleSince);
  }

  #remark(text: string): void {
    const { onRemark = (remark: string) => console.warn(remark) } = this.#options;
    this.#callbacks.call(() => onRemark(text));
  }
}

/** So often it is looked whether a life has got to its end of the rows, ms. */
const LOOK_MS = 250;
/** Pauses before another life, ms. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
