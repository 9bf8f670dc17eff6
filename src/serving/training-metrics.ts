/** What a training shows to those who watch it: Prometheus' metrics, and whether it is alive and ready. */
import { checkInteger, refuseUnknownOptions } from '../options.ts';
import type { OnlineProgress } from '../training/index.ts';
import { startHttpServer } from './http-server.ts';
import { watchMetrics } from './watch-metrics.ts';

/** Where {@link startTrainingMetrics} answers. */
export interface TrainingMetricsOptions {
  /** Default 0: a free one, which is in `url`. */
  port?: number;
  /** Default loopback: nobody else reaches it. */
  host?: string;
}

/** Metrics of one training, over HTTP. */
export interface TrainingMetrics extends AsyncDisposable {
  /** `http://host:port`. */
  readonly url: string;
  /** How the training stands: to be called after each mini dataset, as `onProgress`. */
  readonly report: (progress: OnlineProgress) => void;
  /** Answers no more. */
  close(): Promise<void>;
}

/**
 * Answers `/metrics` (Prometheus), `/healthz` and `/readyz` for a training. It is ready from its first mini dataset on.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`); HttpListenError
 *   (`ST_SERVING_HTTP_LISTEN`)
 * @example
 * ```ts
 * await using metrics = await startTrainingMetrics({ port: 9464 });
 * await trainOnline({
 *   source: { topics: 'cancer-train', groupId: 'cgonline' },
 *   model: compileTrainStep(buildClassifier({ inputs: 9 })),
 *   decode: csvCodec({ columns: 9 }),
 *   checkpoint: localCheckpoints('checkpoints/cancer'),
 *   onProgress: metrics.report,
 * });
 * ```
 */
export async function startTrainingMetrics(options: TrainingMetricsOptions = {}): Promise<TrainingMetrics> {
  refuseUnknownOptions('startTrainingMetrics', options, { port: true, host: true });
  const { port = 0, host } = options;
  checkInteger('port', port, { least: 0, most: 65_535 });
  const seen = new SeenTraining();
  const routes = await routesOf(seen);
  const server = await startHttpServer({ port, routes, ...(host !== undefined && { host }) });
  return {
    url: server.url,
    report: (progress) => seen.take(progress),
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** The last report, and what is not in it. */
class SeenTraining {
  last: OnlineProgress | undefined;
  /** When the last checkpoint was first heard of, by the monotonic clock, ms. */
  checkpointAt = NaN;

  take(progress: OnlineProgress): void {
    if (progress.checkpoints > (this.last?.checkpoints ?? 0)) this.checkpointAt = performance.now();
    this.last = progress;
  }
}

async function routesOf(seen: SeenTraining) {
  const metrics = await watchMetrics('streamtrain_training_');
  const counter = (name: string, help: string, of: (progress: OnlineProgress) => number): void =>
    metrics.counter(name, help, () => (seen.last === undefined ? 0 : of(seen.last)));
  const gauge = (name: string, help: string, of: (progress: OnlineProgress) => number): void =>
    metrics.gauge(name, help, () => (seen.last === undefined ? NaN : of(seen.last)));
  counter('rows_total', 'Rows learnt, over all runs on this checkpoint', ({ totalRows }) => totalRows);
  counter('run_rows_total', 'Rows learnt in this run', ({ rows }) => rows);
  counter('bad_records_total', 'Records left out, over all runs', ({ badRecords }) => badRecords);
  counter('deleted_rows_total', 'Rows deleted before this run read them', ({ deletedRows }) => deletedRows);
  counter('mini_datasets_total', 'Mini datasets, over all runs', ({ miniDatasets }) => miniDatasets);
  counter('steps_total', 'Steps of the model, over all runs', ({ steps }) => steps);
  counter('checkpoints_total', 'Checkpoints written in this run', ({ checkpoints }) => checkpoints);
  gauge('loss', 'Mean loss a row of the last mini dataset, before each update', ({ loss }) => loss);
  gauge('lag_rows', 'Rows that wait; NaN while not known', ({ lag }) => lag);
  gauge('waiting_share', 'Share of the time spent waiting for rows', ({ waitingShare }) => waitingShare);
  metrics.gauge(
    'checkpoint_age_seconds',
    'Since the last checkpoint of this run; NaN without one',
    () => (performance.now() - seen.checkpointAt) / 1000,
  );
  metrics.gauges('metric', 'Metrics, judged before each row was learnt', 'name', () =>
    Object.entries(seen.last?.metrics ?? {}),
  );
  metrics.gauges('checkpoint_info', 'The last checkpoint of this run, as a label', 'version', () =>
    seen.last?.checkpoint === undefined ? [] : [[seen.last.checkpoint, 1]],
  );
  return metrics.routes(() => (seen.last === undefined ? 'No mini dataset was learnt yet.' : undefined));
}
