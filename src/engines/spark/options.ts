/** The options of training on Spark, checked once. */
import { accessNames } from '../../kafka/client/open.ts';
import type { CsvCodecOptions, KafkaAccess } from '../../kafka/index.ts';
import type { TrainStep } from '../../model/index.ts';
import {
  checkInteger,
  checkOneOf,
  checkSeed,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import type { CheckpointStore } from '../../training/index.ts';
import type { SparkProgress } from './progress.ts';
import type { Spark } from './start.ts';

/** Options of {@link trainOnSpark}. */
export interface TrainOnSparkOptions extends KafkaAccess {
  /** Whose rows are learnt, from the first one (or from the checkpoint) to its end as it is when training begins. */
  topic: string;
  /** What learns, a compiled step: afterwards it has the mean of the last round. It stays yours. */
  model: TrainStep;
  /** Rows of a round, about: Spark cuts the partitions in proportion (default 15,000). */
  rowsPerRound?: number;
  /**
   * In its place: so many rounds, as near as Spark's cuts come. Called again after a kill it is the same cut; where the topic has
   * grown meanwhile, so many rounds of what is left.
   */
  rounds?: number;
  /** How often a worker goes over its rows before the mean is taken (default 1). */
  epochsPerRound?: number;
  /** Rows in a mini-batch (default 32). */
  batchSize?: number;
  /** A new order of a part's rows at each epoch (default true). */
  shuffle?: boolean;
  /** What orders and masks of dropout are drawn from, with the round and the partition (default 0). */
  seed?: number;
  /** How records are read (default: as many columns as the model has features, the label in the key). */
  csv?: CsvCodecOptions;
  /** What becomes of records that cannot be read: an error (default), or left out and counted. */
  onBad?: 'throw' | 'skip';
  /** Parts that learn at a time (default 2). Changes how long it takes, not what comes out. */
  workers?: number;
  /** A Spark that was started; else one is, `local[workers]`, and stopped at the end. */
  spark?: Spark;
  /** Where model and offsets are kept, and where training goes on from. Of the same form as elsewhere: it can be served. */
  checkpoint?: CheckpointStore;
  /** Where Spark keeps the log of its cuts (default: `spark` in a checkpoint's folder; else a temporary one). */
  queryFolder?: string;
  /** The command of a worker where executors run (default: this Node and this package's own). */
  worker?: readonly string[];
  /** Options of Spark's own reader of Kafka besides, such as `kafka.security.protocol`: it asks where the topic ends. */
  sparkKafka?: Readonly<Record<string, string>>;
  /** Settings of Spark by their names. */
  conf?: Readonly<Record<string, string>>;
  /** Called after each round, its checkpoint included; `model` has its mean. Awaited. */
  onProgress?: (progress: SparkProgress) => unknown;
  /** Called with what is worth a person's attention. Default: the log. */
  onRemark?: (text: string) => unknown;
  /** When aborted: the round at hand is finished and kept, everything is closed; no error. */
  signal?: AbortSignal;
}

const known: OptionNames<TrainOnSparkOptions> = {
  ...{ topic: true, model: true, rowsPerRound: true, rounds: true, epochsPerRound: true, batchSize: true },
  ...{ shuffle: true, seed: true, csv: true, onBad: true, workers: true, spark: true, checkpoint: true },
  ...{
    queryFolder: true,
    worker: true,
    sparkKafka: true,
    conf: true,
    onProgress: true,
    onRemark: true,
    signal: true,
  },
  ...accessNames,
};

/**
 * Refuses options that cannot be, or that are not known.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 */
export function checkSparkOptions(options: TrainOnSparkOptions): void {
  refuseUnknownOptions('trainOnSpark', options, known);
  const {
    topic,
    model,
    rowsPerRound = 1,
    rounds = 1,
    epochsPerRound = 1,
    batchSize = 32,
    workers = 2,
  } = options;
  if (typeof topic !== 'string' || topic === '') throw invalidOption('topic', topic, "a topic's name");
  if (typeof model !== 'object' || model === null || !('learnEpochs' in model))
    throw invalidOption(
      'model',
      model,
      'what compileTrainStep gave: linear models, and models with a scaler of their own, learn in one process',
    );
  for (const [name, value] of Object.entries({ rowsPerRound, rounds, epochsPerRound, batchSize, workers }))
    checkInteger(name, value, { least: 1 });
  if (options.rowsPerRound !== undefined && options.rounds !== undefined)
    throw invalidOption('rounds', rounds, 'nothing, as rowsPerRound is given too');
  if (options.spark !== undefined && options.workers !== undefined)
    throw invalidOption('workers', workers, 'nothing, as spark is given too, which was started with its own');
  checkSeed('seed', options.seed ?? 0);
  checkOneOf('shuffle', options.shuffle ?? true, [true, false]);
  checkOneOf('onBad', options.onBad ?? 'throw', ['throw', 'skip']);
}
