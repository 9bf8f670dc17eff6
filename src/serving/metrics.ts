/** What a server shows to those who watch it: Prometheus' metrics, and whether it is alive and ready. */
import type { Counter as PromCounter, Registry } from 'prom-client';
import type { HttpRoute } from './http-server.ts';
import type { LabelCounts } from './label-join.ts';
import type { CommittedBatch, ServingProgress } from './progress.ts';

/** How a server stands, for those who ask over HTTP. */
export interface Watched {
  readonly progress: () => ServingProgress;
  /** How many versions are refused just now. */
  readonly refused: () => number;
  /** What became of labels that come later than their rows; undefined where none do. */
  readonly labels: () => LabelCounts | undefined;
  /** Why it is not ready; undefined when it is. */
  readonly notReady: () => string | undefined;
}

/** Seconds from a row's time to its commit. */
const LATENCY_BUCKETS = [0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
const BATCH_BUCKETS = [1, 4, 16, 64, 256, 1024, 4096, 16_384];
const PREFIX = 'streamtrain_serving_';

/** Metrics with their routes. */
export interface ServingMetrics {
  readonly routes: readonly HttpRoute[];
  observe(batch: CommittedBatch): void;
}

/** Loads the library of metrics and makes those of one server, in a registry of its own. */
export async function servingMetrics(watched: Watched): Promise<ServingMetrics> {
  const { Counter, Gauge, Histogram, Registry } = (await import('prom-client')).default;
  const registry = new Registry();
  const registers = [registry];
  const counts = {
    rows_total: ['Rows whose predictions were committed', ({ rows }) => rows],
    dead_letters_total: ['Records that could not be predicted', ({ deadLetters }) => deadLetters],
    transactions_total: ['Transactions that were committed', ({ transactions }) => transactions],
    errors_total: ['Failures after which serving began again at the last commit', ({ restarts }) => restarts],
    version_swaps_total: ['Times that another version of the model took over', ({ swaps }) => swaps],
  } as const satisfies Record<string, readonly [string, (progress: ServingProgress) => number]>;
  for (const [name, [help, of]] of Object.entries(counts))
    new Counter({
      ...{ name: `${PREFIX}${name}`, help, registers },
      collect() {
        this.reset();
        this.inc(of(watched.progress()));
      },
    });
  const gauge = (name: string, help: string, of: () => number): void => {
    new Gauge({
      ...{ name: `${PREFIX}${name}`, help, registers },
      collect() {
        this.set(of());
      },
    });
  };
  gauge('lag_rows', 'Rows of its partitions that wait; NaN while not known', () => watched.progress().lag);
  gauge('versions_refused', 'Versions of the model that are refused', watched.refused);
  gauge('model_age_seconds', 'Since the version that serves was written; NaN without one', () => {
    const { versionCreated } = watched.progress();
    return versionCreated === undefined ? NaN : (Date.now() - versionCreated.getTime()) / 1000;
  });
  new Gauge({
    ...{ name: `${PREFIX}model_info`, help: 'The version that serves, as a label', registers },
    labelNames: ['version'],
    collect() {
      this.reset();
      const { version } = watched.progress();
      if (version !== undefined) this.set({ version: version ?? '' }, 1);
    },
  });
  if (watched.labels() !== undefined) labelMetrics(watched, { Counter, registers });
  const batches = new Histogram({
    ...{ name: `${PREFIX}batch_rows`, help: 'Records of a transaction', registers },
    buckets: BATCH_BUCKETS,
  });
  const latency = new Histogram({
    ...{ name: `${PREFIX}latency_seconds`, help: "From a row's time to its commit", registers },
    buckets: LATENCY_BUCKETS,
  });
  return {
    routes: routesOf(registry, watched),
    observe: ({ timestamps }) => {
      batches.observe(timestamps.length);
      const now = Date.now();
      for (const timestamp of timestamps) latency.observe(Math.max(0, now - timestamp) / 1000);
    },
  };
}

function labelMetrics(
  { labels }: Watched,
  { Counter, registers }: { Counter: typeof PromCounter; registers: Registry[] },
): void {
  new Counter({
    ...{
      name: `${PREFIX}labels_total`,
      help: 'Rows and labels that were to be joined, by outcome',
      registers,
    },
    labelNames: ['outcome'],
    collect() {
      this.reset();
      const { waiting: _, ...counts } = labels()!;
      for (const [outcome, count] of Object.entries(counts)) this.inc({ outcome }, count);
    },
  });
}

function routesOf(registry: Registry, { notReady }: Watched): readonly HttpRoute[] {
  const get = (path: RegExp, handle: HttpRoute['handle']): HttpRoute => ({ method: 'GET', path, handle });
  return [
    get(/^\/metrics$/, async () => ({ type: registry.contentType, body: await registry.metrics() })),
    get(/^\/healthz$/, () => ({ body: { status: 'ok' } })),
    get(/^\/readyz$/, () => {
      const problem = notReady();
      return problem === undefined
        ? { body: { status: 'ready' } }
        : { status: 503, body: { error: problem } };
    }),
  ];
}
