/** The options of serving, checked once at the start. */
import {
  LONGEST_TIMER_MS,
  checkInteger,
  checkMs,
  checkNumber,
  checkOneOf,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../options.ts';
import type { BatchStreamOptions, KafkaAccess } from '../kafka/index.ts';
import { groupNames } from '../kafka/dataset/group-dataset.ts';
import type { OnlineModel } from '../model/index.ts';
import type { OnlineTransformer } from '../scaling/index.ts';
import type { CheckpointStore, RowDecoder } from '../training/index.ts';
import type { ShadowOptions } from './guard.ts';
import { checkLabels, type LabelsOptions } from './labels.ts';
import type { PredictionEncoder } from './prediction.ts';
import type { ModelSwap } from './predictor.ts';
import type { ServingProgress } from './progress.ts';

/**
 * The options of `fromKafkaBatches`, but for those that serving decides itself. `streamTimeout` is -1 here unless set
 * otherwise: a server waits for rows for as long as it lives.
 */
export type ServingSource = Omit<
  BatchStreamOptions,
  | 'position'
  | 'topicIds'
  | 'leaderEpochs'
  | 'savedBy'
  | 'commit'
  | 'signal'
  | 'leaveAtEnd'
  | 'maxRecords'
  | 'pauseTimeout'
  | 'order'
  | 'groupInstanceId'
  | 'onAssigned'
  | 'onRevoked'
  | 'client'
> &
  Pick<KafkaAccess, 'client'>;

/** Makes a model, such as `() => compileTrainStep(buildClassifier({ inputs: 9 }))`. */
export type ModelMaker = () => OnlineModel | Promise<OnlineModel>;

/** Options of `serve`. Times in ms. */
export interface ServeOptions {
  /** Which rows, as a member of which group, from which brokers. */
  source: ServingSource;
  /** The topic of the predictions; created, with as many partitions as the source has, where it is missing. */
  to: string;
  /**
   * Makes a model of the architecture that was trained; called twice, so that new weights are taken by one while the other
   * serves. Several functions: versions may be of any of these architectures. All are compiled before serving begins.
   * Versions of a kind among them that were made otherwise (networks of other layers, forests of another seed) are served by
   * their checkpoints alone.
   */
  model: ModelMaker | readonly ModelMaker[];
  /** Makes the scalers (and imputers) that stood before the model in training, in their order. */
  scaler?: () => OnlineTransformer | readonly OnlineTransformer[];
  /** How records become rows: the codec of the training, or a function. A label is not needed: `ys` may be NaN. */
  decode: RowDecoder;
  /** How a prediction is written (default `'json'`). */
  encode?: PredictionEncoder;
  /** Where the trained versions are: `localCheckpoints` or `kafkaCheckpoints`. Left out: the model serves as it was made. */
  models?: CheckpointStore;
  /** How often `models` is looked at for a newer version (default 1000). */
  modelsEvery?: number;
  /** Serve this version and no newer one, until `follow()`. */
  pin?: string;
  /**
   * A new version takes over only if it is not worse than the one that serves, on labelled rows: those whose `ys` is a number.
   * `true`: by the defaults.
   */
  shadow?: boolean | ShadowOptions;
  /**
   * Labels that come later than their rows, in a topic of their own, joined by key: with `shadow`, versions are compared on
   * these rows as well.
   */
  labels?: LabelsOptions;
  /** How long a row may wait for others, to be predicted in one batch (default 5). */
  linger?: number;
  /** The most rows of a batch, which are one transaction (default 8192). */
  batchRows?: number;
  /** The topic of records that cannot be predicted (default: `to` with `.dead` behind it); created at the first of them. */
  deadLetters?: string;
  /** From above which probability of class 1 the class is 1 (default 0.5); for models with one output. */
  threshold?: number;
  /**
   * A lasting name of this server within its group, such as `server-1`. Started again under it after a crash, it goes on at
   * once: the group need not miss it first, and what it left open is aborted. Left out: a new one each time.
   */
  instance?: string;
  /** After so long the broker aborts a transaction of a server that is gone (default 10,000). */
  transactionTimeout?: number;
  /** How long trouble (an outage, say) may last before serving ends with it (default 120,000). */
  retryForMs?: number;
  /**
   * Answers `/metrics` (Prometheus), `/healthz` and `/readyz` over HTTP, on loopback unless `host` says otherwise; `true`: on a
   * free port, which is in the server's `url`. Default: no HTTP.
   */
  http?: boolean | { port?: number; host?: string };
  /** Ends serving, after the batch at hand. */
  signal?: AbortSignal;
  /** Called after each transaction. */
  onProgress?: (progress: ServingProgress) => unknown;
  /** Called when another version has taken over. */
  onSwap?: (swap: ModelSwap) => unknown;
  /** Called with a sentence: a version that was refused, trouble that was overcome. Default `console.warn`. */
  onRemark?: (text: string) => unknown;
}

const known: OptionNames<ServeOptions> = {
  ...{ source: true, to: true, model: true, scaler: true, decode: true, encode: true, models: true },
  ...{
    modelsEvery: true,
    pin: true,
    shadow: true,
    labels: true,
    linger: true,
    batchRows: true,
    deadLetters: true,
    threshold: true,
  },
  ...{ instance: true, transactionTimeout: true, retryForMs: true, http: true, signal: true },
  ...{ onProgress: true, onSwap: true, onRemark: true },
};

const {
  position: _position,
  topicIds: _topicIds,
  leaderEpochs: _leaderEpochs,
  savedBy: _savedBy,
  commit: _commit,
  signal: _signal,
  groupInstanceId: _instance,
  onAssigned: _assigned,
  onRevoked: _revoked,
  ...sourceNames
} = groupNames;

/** Options with their defaults. */
export type CheckedServeOptions = Omit<ServeOptions, 'labels'> & {
  readonly labels: Required<LabelsOptions> | undefined;
} & Required<
    Pick<
      ServeOptions,
      | 'encode'
      | 'modelsEvery'
      | 'linger'
      | 'batchRows'
      | 'deadLetters'
      | 'threshold'
      | 'transactionTimeout'
      | 'retryForMs'
    >
  >;

/**
 * Refuses what cannot be, and fills in the defaults.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function checkServeOptions(options: ServeOptions): CheckedServeOptions {
  refuseUnknownOptions('serve', options, known);
  const { source, to, model, models, pin, encode = 'json', instance } = options;
  if (typeof source !== 'object' || source === null)
    throw invalidOption('source', source, 'the options of fromKafkaBatches');
  refuseUnknownOptions('the source of serve', source, sourceNames satisfies OptionNames<ServingSource>);
  if (typeof to !== 'string' || to === '') throw invalidOption('to', to, "a topic's name");
  const deadLetters = options.deadLetters ?? `${to}.dead`;
  if (typeof deadLetters !== 'string' || deadLetters === '')
    throw invalidOption('deadLetters', deadLetters, "a topic's name");
  if (deadLetters === to) throw invalidOption('deadLetters', deadLetters, 'another topic than `to`');
  if (typeof options.http === 'object') {
    refuseUnknownOptions('http', options.http, { port: true, host: true });
    checkInteger('http.port', options.http.port ?? 0, { least: 0, most: 65_535 });
  }
  if ([source.topics].flat().some((topic) => topic === to || topic === deadLetters))
    throw invalidOption('to', to, 'another topic than the one that is read');
  const makers: readonly unknown[] = [model].flat();
  if (makers.length === 0 || !makers.every((make) => typeof make === 'function'))
    throw invalidOption('model', model, 'a function that makes the model, or several');
  if (options.scaler !== undefined && typeof options.scaler !== 'function')
    throw invalidOption('scaler', options.scaler, 'a function that makes the scalers');
  if (typeof encode !== 'function') checkOneOf('encode', encode, ['json', 'csv']);
  if (pin !== undefined && models === undefined)
    throw invalidOption('pin', pin, 'nothing without models, which has the versions');
  if (options.shadow !== undefined && options.shadow !== false && models === undefined)
    throw invalidOption('shadow', options.shadow, 'nothing without models, which has the versions');
  const labels = options.labels && checkLabels(options.labels);
  if (labels !== undefined && (options.shadow ?? false) === false)
    throw invalidOption('labels', labels.topic, 'nothing without shadow, which compares versions by them');
  if (labels?.topic === to || labels?.topic === deadLetters)
    throw invalidOption('labels.topic', labels.topic, 'another topic than those that are written');
  if (instance !== undefined && !/^[A-Za-z0-9._-]+$/.test(instance))
    throw invalidOption('instance', instance, 'a name of letters, digits, ".", "_" and "-"');
  return {
    ...options,
    encode,
    labels,
    deadLetters,
    modelsEvery: checkMs('modelsEvery', options.modelsEvery ?? 1000, { least: 1 }),
    linger: checkMs('linger', options.linger ?? 5),
    batchRows: checkInteger('batchRows', options.batchRows ?? 8192, { least: 1 }),
    threshold: checkNumber('threshold', options.threshold ?? 0.5, { least: 0, most: 1 }),
    transactionTimeout: checkInteger('transactionTimeout', options.transactionTimeout ?? 10_000, {
      ...{ least: 1, most: LONGEST_TIMER_MS },
    }),
    retryForMs: checkMs('retryForMs', options.retryForMs ?? 120_000, { most: Infinity }),
  };
}

/** Scalers as they stood in training, new ones each time. */
export function scalersOf({ scaler }: Pick<ServeOptions, 'scaler'>): readonly OnlineTransformer[] {
  return [scaler?.() ?? []].flat();
}
