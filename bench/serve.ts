/** What serving costs, beside plain kafkajs: `node --import tsx bench/serve.ts --rows 300000`. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { Kafka, logLevel } from 'kafkajs';
import { startBroker } from '../src/broker/index.ts';
import { wholeNumber } from '../src/cli/values.ts';
import {
  createTopic,
  csvCodec,
  fromKafkaGroup,
  KafkaWriter,
  openKafka,
  openTransactions,
  writeToKafka,
  type KafkaClient,
} from '../src/kafka/index.ts';
import { buildClassifier, compileTrainStep, type OnlineModel } from '../src/model/index.ts';
import { readPrediction, serve } from '../src/serving/index.ts';
import { tensorflow } from '../src/tensorflow.ts';
import { localCheckpoints, LogisticRegression, saveParts } from '../src/training/index.ts';
import { makeRows } from './kafka-tasks/task.ts';
import { machine, report, type Row } from './report.ts';

const COLUMNS = 9;
const flags = new Command('bench/serve.ts')
  .description(
    'Rows a second from a full topic to committed predictions, and how late they are when rows trickle in.',
  )
  .option('-n, --rows <count>', 'rows of the full topic', wholeNumber(1), 300_000)
  .option('--kafkajs-rows <count>', 'rows for plain kafkajs, which is slower', wholeNumber(1), 30_000)
  .option('--seconds <count>', 'for so long 1,000 rows a second arrive', wholeNumber(1), 15)
  .option('--json', 'one line of JSON for each measurement')
  .parse()
  .opts<{ rows: number; kafkajsRows: number; seconds: number; json?: boolean }>();

const classifier = () => {
  const layers = buildClassifier({ inputs: COLUMNS, seed: 1 });
  const step = compileTrainStep(layers);
  layers.dispose();
  return step;
};
const models = {
  'the classifier (128-256-128)': classifier,
  'logistic regression': () => new LogisticRegression({ features: COLUMNS }),
} as const;

async function fullTopic(client: KafkaClient, rows: number): Promise<string> {
  const topic = `bench-${randomUUID()}`;
  await createTopic(topic, { client, partitions: 1 });
  const pool = makeRows(COLUMNS);
  await writeToKafka(
    topic,
    Array.from({ length: rows }, (_, i) => pool[i % pool.length]!),
    { client, onProgress: () => {} },
  );
  return topic;
}

const codec = csvCodec({ columns: COLUMNS, label: 'none' });
const names = () => ({ to: `bench-${randomUUID()}`, groupId: `bench-${randomUUID()}` });

/** From the first commit to the last one: the group is joined by then. */
async function ours(client: KafkaClient, topic: string, model: keyof typeof models) {
  const { to, groupId } = names();
  let first: { readonly rows: number; readonly at: number; readonly cpu: NodeJS.CpuUsage } | undefined;
  const server = await serve({
    source: { topics: topic, groupId, client, stop: 'end' },
    ...{ to, model: models[model], decode: codec },
    onProgress: ({ rows }) => void (first ??= { rows, at: performance.now(), cpu: process.cpuUsage() }),
  });
  const { rows, transactions } = await server.done;
  const { user, system } = process.cpuUsage(first!.cpu);
  const own = rows - first!.rows;
  return {
    ...{ what: model, by: 'streamtrain', rows, transactions },
    rowsPerSecond: Math.round((own / (performance.now() - first!.at)) * 1000),
    cpuMicrosPerRow: (user + system) / own,
  };
}

/** `eachBatch` with `model.predict` and one transaction a batch, as kafkajs' documentation has it. */
async function kafkajs(client: KafkaClient, topic: string, wanted: number) {
  const { to, groupId } = names();
  await createTopic(to, { client, partitions: 1 });
  const tf = tensorflow();
  const model = buildClassifier({ inputs: COLUMNS, seed: 1 });
  const kafka = new Kafka({ brokers: [...client.settings.brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: groupId, idempotent: true, maxInFlightRequests: 1 });
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topic, fromBeginning: true });
  let [rows, transactions, since] = [0, 0, 0];
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        autoCommit: false,
        eachBatch: async (payload) => {
          const { batch } = payload;
          since ||= performance.now();
          for (let at = 0; at < batch.messages.length && rows < wanted; at += 1024) {
            const some = batch.messages.slice(at, at + 1024);
            const xs = tf.tensor2d(some.map(({ value }) => String(value).split(',').map(Number)));
            const scores = (model.predict(xs) as typeof xs).dataSync();
            tf.dispose(xs);
            const transaction = await producer.transaction();
            const messages = some.map(({ key, offset, timestamp }, row) => {
              const score = scores[row]!;
              const one = {
                score,
                class: score > 0.5 ? 1 : 0,
                topic,
                partition: batch.partition,
                offset,
                timestamp,
              };
              return { key, value: JSON.stringify(one) };
            });
            await transaction.send({ topic: to, messages });
            const last = some.at(-1)!.offset;
            const offset = String(BigInt(last) + 1n);
            const partitions = [{ partition: batch.partition, offset }];
            await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic, partitions }] });
            await transaction.commit();
            payload.resolveOffset(last);
            await payload.heartbeat();
            rows += some.length;
            transactions++;
          }
          if (rows >= wanted) resolve();
        },
      })
      .catch(reject);
  });
  const rowsPerSecond = Math.round((rows / (performance.now() - since)) * 1000);
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
  model.dispose();
  return { what: Object.keys(models)[0]!, by: 'kafkajs', rows, rowsPerSecond, transactions };
}

/** A classifier with other hidden layers than the one that serves. */
function otherLayers() {
  const tf = tensorflow();
  const model = tf.sequential();
  for (const [at, units] of [128, 64, 1].entries())
    model.add(
      tf.layers.dense({
        units,
        activation: units === 1 ? 'sigmoid' : 'relu',
        ...(at === 0 && { inputShape: [COLUMNS] }),
      }),
    );
  const step = compileTrainStep(model, { optimizer: 'adam', loss: 'binaryCrossentropy' });
  model.dispose();
  return step;
}

/** What takes over while rows arrive, every second. */
const swapping = {
  one: undefined,
  'new weights': classifier,
  'other layers': otherLayers,
} as const;

/** From a row's time to the reader with read_committed, while 1,000 rows a second arrive. */
async function latency(client: KafkaClient, versions: keyof typeof swapping) {
  const { to, groupId } = names();
  const folder = await mkdtemp(join(tmpdir(), 'streamtrain-bench-'));
  const store = localCheckpoints(folder, { keep: 3 });
  const lock = await store.lock();
  using next = swapping[versions]?.();
  using start = classifier();
  const save = (model: OnlineModel): Promise<string> =>
    store.save({ topics: ['rows'], position: { rows: { 0: 1 } }, parts: saveParts({ model }) });
  await save(start);
  const topic = `bench-${randomUUID()}`;
  await createTopic(topic, { client, partitions: 1 });
  const server = await serve({
    source: { topics: topic, groupId, client },
    ...{ to, model: classifier, decode: codec, models: store, modelsEvery: 100 },
  });
  const late: number[] = [];
  const reader = fromKafkaGroup({ topics: to, groupId: `${groupId}-reader`, client, streamTimeout: 5_000 });
  const reading = (async () => {
    for await (const record of reader) late.push(Date.now() - readPrediction(record).timestamp);
  })();
  const pool = makeRows(COLUMNS);
  const writer = await KafkaWriter.open(topic, { client, linger: 0 });
  const since = performance.now();
  let [written, saved] = [0, 0];
  while (performance.now() - since < flags.seconds * 1000) {
    if (next !== undefined && performance.now() - since > (saved + 1) * 1000) {
      saved++;
      await save(next);
    }
    const due = performance.now() - since;
    for (; written < due; written++)
      void writer.write({ ...pool[written % pool.length]!, timestamp: Date.now() });
    await sleep(1);
  }
  await writer.close();
  await reading;
  const { swaps } = await server.stop();
  await lock.release();
  await rm(folder, { recursive: true, force: true });
  // The first second is joining groups and warming up.
  const steady = late.slice(1000).sort((a, b) => a - b);
  const at = (share: number): number => steady[Math.floor(steady.length * share)] ?? NaN;
  return { versions, rows: late.length, swaps, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(0.9999) };
}

/** ms of each request of a transaction of 1,000 rows, one after another. */
async function requests(client: KafkaClient) {
  const { to, groupId } = names();
  await createTopic(to, { client, partitions: 1 });
  await using producer = await openTransactions({ transactionalId: groupId, client });
  const items = makeRows(COLUMNS).slice(0, 1000);
  const total = { send: 0, sendOffsets: 0, commit: 0 };
  const timed = async (name: keyof typeof total, work: () => Promise<void>): Promise<void> => {
    const before = performance.now();
    await work();
    total[name] += performance.now() - before;
  };
  const times = 100;
  for (let n = 0; n < times; n++) {
    await using transaction = await producer.begin();
    await timed('send', () => transaction.send(to, items));
    await timed('sendOffsets', () => transaction.sendOffsets({ [to]: { 0: n } }, groupId));
    await timed('commit', () => transaction.commit());
  }
  return Object.entries(total).map(([request, ms]) => ({ request, ms: ms / times }));
}

const named = process.env['STREAMTRAIN_TEST_BROKERS'];
const embedded = named ? undefined : await startBroker({ temporary: true });
const client = await openKafka({ brokers: embedded?.brokers ?? named! });
try {
  if (!flags.json) console.log(`${machine()}; broker on the same machine\n`);
  const topic = await fullTopic(client, flags.rows);
  const rows: Row[] = [];
  for (const model of Object.keys(models) as (keyof typeof models)[])
    rows.push(await ours(client, topic, model));
  rows.push(await kafkajs(client, topic, Math.min(flags.rows, flags.kafkajsRows)));
  report('serve', rows, flags.json);
  report('serve-requests', await requests(client), flags.json);
  const lines: Row[] = [];
  for (const versions of Object.keys(swapping) as (keyof typeof swapping)[])
    lines.push(await latency(client, versions));
  report('serve-latency', lines, flags.json);
} finally {
  await client.close();
  await embedded?.stop();
}
