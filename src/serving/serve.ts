/** Serving: predictions from topic to topic, exactly once, by a model that may change meanwhile. */
import { leaseClient } from '../kafka/client/open.ts';
import { createTopic, UnknownTopicError, type KafkaClient } from '../kafka/index.ts';
import { checkServeOptions, scalersOf, type CheckedServeOptions, type ServeOptions } from './options.ts';
import { RunningServer, type ModelServer } from './running-server.ts';
import { TrainedPredictor } from './trained-predictor.ts';

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
  let predictors: readonly TrainedPredictor[] = [];
  let running: RunningServer | undefined;
  try {
    await prepareTopics(lease.client, checked);
    predictors = await predictorsOf(checked);
    running = new RunningServer(checked, lease.client, predictors, lease.release);
    await running.begin();
    return running;
  } catch (error) {
    // What has been begun frees them itself.
    if (running === undefined) for (const predictor of predictors) predictor.dispose();
    await lease.release();
    throw error;
  }
}

/** Makes the topic of predictions where it is not there. */
async function prepareTopics(
  client: KafkaClient,
  { source, to, labels }: CheckedServeOptions,
): Promise<void> {
  if (labels !== undefined && (await client.topics.describe(labels.topic)) === undefined)
    throw new UnknownTopicError({ topic: labels.topic });
  let partitions = 1;
  for (const topic of [source.topics].flat()) {
    const found = await client.topics.describe(topic);
    if (found === undefined) throw new UnknownTopicError({ topic });
    partitions = Math.max(partitions, found.partitions.length);
  }
  if ((await client.topics.describe(to)) === undefined) await createTopic(to, { client, partitions });
}

/** Two of each architecture: one serves while the other takes the next weights. */
async function predictorsOf(options: CheckedServeOptions): Promise<TrainedPredictor[]> {
  const { model, threshold, models } = options;
  const made: TrainedPredictor[] = [];
  try {
    for (const make of [model].flat())
      for (let copy = 0; copy < (models === undefined ? 1 : 2); copy++)
        made.push(new TrainedPredictor(await make(), scalersOf(options), threshold));
    return made;
  } catch (error) {
    for (const predictor of made) predictor.dispose();
    throw error;
  }
}
