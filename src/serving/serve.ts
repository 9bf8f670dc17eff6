/** Serving: predictions from topic to topic, exactly once, by a model that may change meanwhile. */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors.ts';
import { pause, stopSignal } from '../process/index.ts';
import { Callbacks } from '../kafka/callbacks.ts';
import { leaseClient } from '../kafka/client/open.ts';
import { createTopic, UnknownTopicError, type KafkaClient } from '../kafka/index.ts';
import { Guard, type VersionQuality } from './guard.ts';
import { startHttpServer, type HttpServer } from './http-server.ts';
import { mayGoOn, ServingLife, type LifeParts } from './life.ts';
import { servingMetrics, type ServingMetrics } from './metrics.ts';
import { ModelVersions } from './model-versions.ts';
import { checkServeOptions, type CheckedServeOptions, type ServeOptions } from './options.ts';
import { Predictor, rowReader } from './predictor.ts';
import { ServingMeter, type ServingProgress } from './progress.ts';

/** A server at work. Disposing of it stops it. */
export interface ModelServer extends AsyncDisposable {
  /** How it stands now. */
  readonly progress: ServingProgress;
  /** Versions that were refused, with their reasons. */
  readonly refused: ReadonlyMap<string, string>;
  /** What each version was worth on the labelled rows it served, each judged when its prediction was committed; with `shadow`. */
  readonly quality: ReadonlyMap<string | null, VersionQuality>;
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

/**
 * Reads rows as a member of a consumer group, predicts them, and writes one prediction a row to another topic, with the row's
 * key. Several servers of one group share the partitions.
 *
 * **Exactly once** for readers with `read_committed`: predictions, dead letters and the group's offsets are committed in one
 * transaction a batch, in the name of this member of the group. Whatever happens to server, connection or brokers, a row has
 * one prediction; a transaction that fails is aborted, and its rows are read again.
 *
 * **Batches** hold what is there, up to `batchRows`; no row waits longer than `linger` for others. The next batch is predicted
 * while the one before is committed.
 *
 * **New versions** in `models` are loaded beside the one that serves, and take over between two batches; one that is damaged,
 * foreign, not finite or of another shape is refused with its reason (`onRemark`), and the old one goes on. With `shadow`, so is
 * one that is worse on labelled rows. Before there is a
 * first version, rows wait.
 *
 * @returns when the store of versions was looked at and the brokers have answered; the work goes on until `stop()`
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`); UnknownTopicError
 *   (`ST_KAFKA_UNKNOWN_TOPIC`); ModelVersionError (`ST_SERVING_MODEL_VERSION`) or the reason why `pin` cannot be used; and as
 *   `openKafka`. What ends it later, `done` rejects with
 * @example
 * ```ts
 * await using server = await serve({
 *   source: { topics: 'cancer-live', groupId: 'scorers', client },
 *   to: 'cancer-predictions',
 *   model: () => compileTrainStep(buildClassifier({ inputs: 9 })),
 *   scaler: () => new OnlineStandardScaler(9),
 *   decode: csvCodec({ columns: 9, label: 'none' }),
 *   models: kafkaCheckpoints({ topic: 'cancer-model', client }),
 *   onProgress: ({ rows, version, lag }) => console.log(rows, version, lag),
 * });
 * await server.done;
 * ```
 */
export async function serve(options: ServeOptions): Promise<ModelServer> {
  const checked = checkServeOptions(options);
  const lease = await leaseClient(checked.source);
  let predictors: readonly Predictor[] = [];
  try {
    await prepareTopics(lease.client, checked);
    predictors = await predictorsOf(checked);
    const running = new RunningServer(checked, lease.client, predictors, lease.release);
    await running.begin();
    return running;
  } catch (error) {
    for (const predictor of predictors) predictor.dispose();
    await lease.release();
    throw error;
  }
}

/** Makes the topic of predictions where it is not there. */
async function prepareTopics(client: KafkaClient, { source, to }: CheckedServeOptions): Promise<void> {
  let partitions = 1;
  for (const topic of [source.topics].flat()) {
    const found = await client.topics.describe(topic);
    if (found === undefined) throw new UnknownTopicError({ topic });
    partitions = Math.max(partitions, found.partitions.length);
  }
  if ((await client.topics.describe(to)) === undefined) await createTopic(to, { client, partitions });
}

class RunningServer implements ModelServer {
  readonly #done: Promise<ServingProgress>;
  /** Somebody hears how it ends. */
  #isAwaited = false;
  readonly #options: CheckedServeOptions;
  readonly #parts: Omit<LifeParts, 'onOpened' | 'onCommitted'>;
  readonly #versions: ModelVersions;
  readonly #meter: ServingMeter;
  readonly #guard: Guard | undefined;
  readonly #callbacks = new Callbacks();
  readonly #stopping = new AbortController();
  readonly #release: () => Promise<void>;
  #metrics: ServingMetrics | undefined;
  #http: HttpServer | undefined;
  /** What went wrong since the last commit. */
  #trouble: string | undefined;
  #start = (): void => {};
  /** Since when there has been nothing but trouble. */
  #troubleSince: number | undefined;

  constructor(
    options: CheckedServeOptions,
    client: KafkaClient,
    predictors: readonly Predictor[],
    release: () => Promise<void>,
  ) {
    this.#options = options;
    this.#release = release;
    const { decode, models, modelsEvery, source, instance } = options;
    const shadow = options.shadow === true ? {} : options.shadow;
    this.#guard = shadow ? new Guard(shadow, predictors[0]!.model, (text) => this.#remark(text)) : undefined;
    this.#versions = new ModelVersions({
      ...{ predictors, store: models, every: modelsEvery, trial: this.#guard },
      onRemark: (text) => this.#remark(text),
      onSwap: (swap) => {
        if (swap.from !== undefined) this.#meter.swaps++;
        this.#callbacks.call(() => options.onSwap?.(swap));
      },
    });
    this.#meter = new ServingMeter(this.#versions);
    const name = instance ?? randomUUID();
    this.#parts = {
      ...{ options, client, versions: this.#versions, signal: this.#stopping.signal },
      transactionalId: `streamtrain-serve-${source.groupId ?? client.settings.consumer.groupId}-${name}`,
      ...{ reader: rowReader(decode, predictors), guard: this.#guard },
    };
    const started = new Promise<void>((resolve) => (this.#start = resolve));
    this.#done = started.then(() => this.#run());
  }

  /** Looks for a first version, and begins to serve. */
  async begin(): Promise<void> {
    const { pin } = this.#options;
    if (pin === undefined) await this.#versions.look();
    else await this.#versions.pin(pin);
    await this.#listen();
    this.#start();
  }

  async #listen(): Promise<void> {
    const { http } = this.#options;
    if (http === undefined || http === false) return;
    this.#metrics = await servingMetrics({
      progress: () => this.progress,
      refused: () => this.refused.size,
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

  /** Rejects with what ended it only where nobody has asked for `done`: the same failure is not told twice. */
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
    try {
      await this.#versions.first(signal);
      if (!signal.aborted) await this.#live();
      this.#callbacks.rethrow();
      return this.progress;
    } finally {
      given.dispose();
      this.#stopping.abort();
      await this.#http?.close();
      await watching;
      this.#versions.dispose();
      await this.#callbacks.settled();
      this.#callbacks.end();
      await this.#release();
    }
  }

  /** One life after the other, until one ends as it should. */
  async #live(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; ;) {
      try {
        return await ServingLife.run({
          ...this.#parts,
          onOpened: (stream) => (this.#meter.lag = () => stream.lag()),
          onCommitted: async (batch) => {
            [failures, this.#troubleSince, this.#trouble] = [0, undefined, undefined];
            this.#meter.committed(batch);
            this.#metrics?.observe(batch);
            await this.#options.onProgress?.(this.progress);
            this.#callbacks.rethrow();
          },
        });
      } catch (error) {
        this.#troubleSince ??= performance.now();
        const isOver = performance.now() - this.#troubleSince > this.#options.retryForMs;
        if (!mayGoOn(error) || isOver || signal.aborted) throw error;
        failures++;
        this.#meter.restarts++;
        this.#trouble = `Serving has failed and begins again: ${messageOf(error)}`;
        this.#remark(`Serving goes on from the last committed offsets: ${messageOf(error)}`);
        const wait = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
        await pause(wait, signal).catch(() => {});
      }
    }
  }

  #remark(text: string): void {
    const { onRemark = (remark: string) => console.warn(remark) } = this.#options;
    this.#callbacks.call(() => onRemark(text));
  }
}

/** Pauses before another life, ms. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Two of each architecture: one serves while the other takes the next weights. */
async function predictorsOf(options: CheckedServeOptions): Promise<Predictor[]> {
  const { model, scaler, threshold, models } = options;
  const made: Predictor[] = [];
  try {
    for (const make of [model].flat())
      for (let copy = 0; copy < (models === undefined ? 1 : 2); copy++)
        made.push(new Predictor(await make(), [scaler?.() ?? []].flat(), threshold));
    return made;
  } catch (error) {
    for (const predictor of made) predictor.dispose();
    throw error;
  }
}
