/** What a server shows to those who watch it: Prometheus' metrics, and whether it is alive and ready. */
import type { HttpRoute } from './http-server.ts';
import type { LabelCounts } from './label-join.ts';
import type { CommittedBatch, ServingProgress } from './progress.ts';
import { watchMetrics } from './watch-metrics.ts';

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

/** Loads the library of metrics and makes those of one server. */
export async function servingMetrics(watched: Watched): Promise<ServingMetrics> {
  const metrics = await watchMetrics(PREFIX);
  const counter = (name: string, help: string, of: (progress: ServingProgress) => number): void =>
    metrics.counter(name, help, () => of(watched.progress()));
  counter('rows_total', 'Rows whose predictions were committed', ({ rows }) => rows);
  counter('dead_letters_total', 'Records that could not be predicted', ({ deadLetters }) => deadLetters);
  counter('transactions_total', 'Transactions that were committed', ({ transactions }) => transactions);
  counter(
    'errors_total',
    'Failures after which serving began again at the last commit',
    ({ restarts }) => restarts,
  );
  counter('version_swaps_total', 'Times that another version of the model took over', ({ swaps }) => swaps);
  metrics.gauge(
    'lag_rows',
    'Rows of its partitions that wait; NaN while not known',
    () => watched.progress().lag,
  );
  metrics.gauge('versions_refused', 'Versions of the model that are refused', watched.refused);
  metrics.gauge('model_age_seconds', 'Since the version that serves was written; NaN without one', () => {
    const { versionCreated } = watched.progress();
    return versionCreated === undefined ? NaN : (Date.now() - versionCreated.getTime()) / 1000;
  });
  metrics.gauges('model_info', 'The version that serves, as a label', 'version', () => {
    const { version } = watched.progress();
    return version === undefined ? [] : [[version ?? '', 1]];
  });
  if (watched.labels() !== undefined)
    metrics.counters('labels_total', 'Rows and labels that were to be joined', 'outcome', () => {
      const { waiting: _, ...counts } = watched.labels()!;
      return Object.entries(counts);
    });
  const batches = metrics.histogram('batch_rows', 'Records of a transaction', BATCH_BUCKETS);
  const latency = metrics.histogram('latency_seconds', "From a row's time to its commit", LATENCY_BUCKETS);
  return {
    routes: metrics.routes(watched.notReady),
    observe: ({ timestamps }) => {
      batches.observe(timestamps.length);
      const now = Date.now();
      for (const timestamp of timestamps) latency.observe(Math.max(0, now - timestamp) / 1000);
    },
  };
}
