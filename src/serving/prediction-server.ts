/** Predictions over HTTP, in the words of TensorFlow Serving. */
import type { ExportSource } from '../export/index.ts';
import { checkInteger, checkMs, invalidOption, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { pause } from '../process/index.ts';
import type { CheckpointStore } from '../training/index.ts';
import { AskedModel } from './asked-model.ts';
import { HttpRefusedError } from './errors.ts';
import { startHttpServer, type HttpRoute } from './http-server.ts';
import { predictAnswer, readPredictRequest } from './predict-request.ts';

/** Options of {@link startPredictionServer}. */
export interface PredictionServerOptions {
  /**
   * Models by the name they are asked by: a store of checkpoints, whose newest is served, or a checkpoint or model that stays
   * (version 1).
   */
  models: Readonly<Record<string, CheckpointStore | ExportSource>>;
  /** Where it listens; default loopback: nobody else reaches it. */
  host?: string;
  /** Default 8501, TensorFlow Serving's; 0: a free one. */
  port?: number;
  /** The most bytes of a request (default 1 MiB). */
  maxBodyBytes?: number;
  /** The most rows of a request (default 4096). */
  maxRows?: number;
  /** How often stores are looked at for a newer checkpoint, ms (default 1000). */
  modelsEvery?: number;
  /** Told of checkpoints that cannot be used, and of stores that do not answer; default `console.warn`. */
  onRemark?: (text: string) => void;
}

const optionNames: OptionNames<PredictionServerOptions> = {
  ...{ models: true, host: true, port: true, maxBodyBytes: true, maxRows: true },
  ...{ modelsEvery: true, onRemark: true },
};

/** A server that answers. */
export interface PredictionServer extends AsyncDisposable {
  /** `http://host:port`. */
  readonly url: string;
  readonly port: number;
  /** The checkpoint that answers now, by the model's name; undefined: there is none yet. */
  readonly versions: ReadonlyMap<string, string | undefined>;
  close(): Promise<void>;
}

/**
 * Answers predictions over HTTP as TensorFlow Serving does, so that its clients work:
 *
 * - `POST /v1/models/NAME:predict` with `{"instances": [[5, 1, ...], ...]}` is answered by `{"predictions": [[0.97], ...]}`;
 *   with `{"inputs": ...}` (column format) by `{"outputs": ...}`. The rows are raw: scalers and imputer are those of the
 *   checkpoint. Where there is an imputer, `null` is a missing value.
 * - `POST /v1/models/NAME/versions/42:predict` asks the checkpoint 42 (`checkpoint-000000000042`).
 * - `GET /v1/models/NAME`, with or without `/versions/N`, has the version and its state.
 *
 * Errors are `{"error": "..."}`: 400 for a request that cannot be, 404 for a model or version that is not there, 413 for a
 * body that is too long, 503 while there is no checkpoint yet. Requests that arrive together are predicted in one call.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`); HttpListenError
 *   (`ST_SERVING_HTTP_LISTEN`); ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`) for a model that cannot be read
 * @example
 * ```ts
 * await using server = await startPredictionServer({ models: { cancer: localCheckpoints('checkpoints/cancer') } });
 * const body = JSON.stringify({ instances: [[5, 1, 1, 1, 2, 1, 3, 1, 1]] });
 * const answer = await fetch(`${server.url}/v1/models/cancer:predict`, { method: 'POST', body });
 * console.log(await answer.json()); // { predictions: [ [ 0.0123... ] ] }
 * ```
 */
export async function startPredictionServer(options: PredictionServerOptions): Promise<PredictionServer> {
  refuseUnknownOptions('startPredictionServer', options, optionNames);
  const { models: given, host, port = 8501, maxBodyBytes = 1024 * 1024, maxRows = 4096 } = options;
  const { modelsEvery = 1_000, onRemark = (text: string) => console.warn(text) } = options;
  checkInteger('port', port, { most: 65_535 });
  checkInteger('maxBodyBytes', maxBodyBytes, { least: 1 });
  checkInteger('maxRows', maxRows, { least: 1 });
  checkMs('modelsEvery', modelsEvery, { least: 1 });
  const entries = Object.entries(given ?? {});
  if (entries.length === 0 || entries.some(([name]) => !/^[^/:]+$/.test(name)))
    throw invalidOption('models', given, 'at least one model, whose name has no / and no :');
  const models = new Map<string, AskedModel>();
  const stopping = new AbortController();
  const free = (): void => {
    stopping.abort();
    for (const model of models.values()) model[Symbol.dispose]();
  };
  try {
    for (const [name, one] of entries) models.set(name, new AskedModel(name, one, onRemark));
    await Promise.all([...models.values()].map((model) => model.look()));
    const routes = predictionRoutes(models, { maxBodyBytes, maxRows });
    const server = await startHttpServer({ routes, port, maxBodyBytes, ...(host !== undefined && { host }) });
    const watching = watch(models, modelsEvery, stopping.signal);
    const close = async (): Promise<void> => {
      await server.close();
      stopping.abort();
      await watching;
      free();
    };
    return {
      ...{ url: server.url, port: server.port, close },
      get versions() {
        return new Map([...models].map(([name, model]) => [name, model.version]));
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    free();
    throw error;
  }
}

async function watch(
  models: ReadonlyMap<string, AskedModel>,
  every: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(every, signal).catch(() => {});
    if (!signal.aborted) for (const model of models.values()) await model.look();
  }
}

const name = '(?<name>[^/:]+)(?:/versions/(?<version>[^/:]+))?';

/** The routes of all models. */
function predictionRoutes(
  models: ReadonlyMap<string, AskedModel>,
  { maxBodyBytes, maxRows }: { readonly maxBodyBytes: number; readonly maxRows: number },
): readonly HttpRoute[] {
  const modelOf = (wanted = ''): AskedModel => {
    const model = models.get(wanted);
    if (model) return model;
    const known = [...models.keys()].join(', ');
    throw new HttpRefusedError({ status: 404, problem: `There is no model "${wanted}"; there is ${known}.` });
  };
  return [
    {
      method: 'POST',
      path: new RegExp(`^/v1/models/${name}:predict$`),
      maxBodyBytes,
      handle: async ({ params, body }) => {
        const { batcher } = await modelOf(params['name']).at(params['version'] || undefined);
        const request = readPredictRequest(body, batcher.predictor, maxRows);
        const scores = await batcher.predict(request.xs, request.rows);
        return { body: predictAnswer(request, scores) };
      },
    },
    {
      method: 'GET',
      path: new RegExp(`^/v1/models/${name}$`),
      handle: async ({ params }) => ({
        body: await modelOf(params['name']).status(params['version'] || undefined),
      }),
    },
  ];
}
