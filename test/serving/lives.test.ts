/** Lives of a server: when the brokers are asked, and what is forgotten once trouble is over. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  avroCodec,
  createTopic,
  csvCodec,
  describeGroup,
  openKafka,
  schemaRegistry,
  writeToKafka,
  type KafkaClient,
} from '../../src/kafka/index.ts';
import { until } from '../../src/process/index.ts';
import { ServingLife } from '../../src/serving/life.ts';
import { ModelVersions } from '../../src/serving/model-versions.ts';
import { checkServeOptions } from '../../src/serving/options.ts';
import { rowReader } from '../../src/serving/predictor.ts';
import { TrainedPredictor } from '../../src/serving/trained-predictor.ts';
import { LogisticRegression } from '../../src/training/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { startProxiedBroker } from '../helpers/proxy.ts';
import { randomName } from '../helpers/topics.ts';
import { says, served } from '../kafka/registry/helpers.ts';
import { runCli } from '../cli/run-cli.ts';
import {
  eventually,
  FEATURES,
  modelOf,
  predictionsIn,
  saveVersion,
  serveRows,
  topicsOf,
  versionsOf,
  writeRows,
} from './helpers.ts';

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

test('a commit is asked for once the one before is through: patience is counted from there', async (t) => {
  const topics = await topicsOf(t, client, 1);
  await writeRows(topics.rows, client, 0, 100);
  await createTopic(topics.to, { client, partitions: 1 });
  const options = checkServeOptions({
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'end' },
    ...{ to: topics.to, model: () => modelOf(0), batchRows: 10 },
    decode: csvCodec({ columns: FEATURES, label: 'none' }),
  });
  const predictors = [new TrainedPredictor(modelOf(0), [], 0.5)];
  const versions = new ModelVersions({
    ...{ predictors, store: undefined, every: 1000, trial: undefined, adopt: async () => undefined },
    ...{ onRemark: assert.fail, onSwap: () => {} },
  });
  const events: string[] = [];
  await ServingLife.run({
    ...{ options, client, versions, guard: undefined, patienceMs: 60_000 },
    transactionalId: randomName('life'),
    reader: rowReader(options.decode, predictors),
    signal: new AbortController().signal,
    onOpened: () => events.push('opened'),
    onAsking: () => events.push('asking'),
    onCommitted: () => events.push('committed'),
  });
  const batches = (events.length - 2) / 2;
  assert.ok(batches >= 10, `${batches} batches`);
  const expected = [
    'asking',
    'opened',
    ...Array.from({ length: batches }, () => ['asking', 'committed']).flat(),
  ];
  assert.deepEqual(events, expected);
  await versions.dispose();
});

test('trouble is over when all is read again, also where no row comes; the command gives up after --retry-for', async (t) => {
  await using place = await startProxiedBroker();
  const { proxy } = place;
  await using own = await openKafka({ brokers: place.brokers });
  const topics = { rows: 'rows', to: 'predictions', groupId: 'servers' };
  await createTopic(topics.rows, { client: own, partitions: 1 });
  await using server = await serveRows(own, topics, {
    source: {
      ...{ topics: topics.rows, groupId: topics.groupId, client: own, stop: 'never', retryForMs: 300 },
      // So long the group waits for the life that was cut off.
      consumer: { sessionTimeout: 6_000 },
    },
    http: true,
  });
  const ready = async () => (await fetch(`${server.url}/readyz`)).status;
  const untilReady = () =>
    until(
      async () => (await ready()) === 200 || undefined,
      { first: 50, longest: 250 },
      60_000,
      () => new Error('it did not become ready'),
    );
  await untilReady();
  await eventually(() => server.progress.lag === 0, server);
  proxy.cut();
  await eventually(() => server.progress.restarts > 0, server);
  assert.equal(await ready(), 503);
  proxy.resume();
  await untilReady();
  assert.equal(server.progress.rows, 0);
  await server.stop();
  const { store, folder } = await versionsOf(t);
  await saveVersion(store, { model: modelOf(0) });
  await writeRows(topics.rows, own, 0, 20);
  const names = [topics.rows, '--to', topics.to, '-g', 'others', '--models', folder, '--retry-for', '4000'];
  const reading = ['--columns', String(FEATURES), '--linear', '--scaler', 'none'];
  const ended = runCli('serve', ...names, ...reading, '--brokers', place.brokers.join());
  await until(
    async () => (await predictionsIn(topics.to, own)).length === 20 || undefined,
    { first: 50, longest: 250 },
    60_000,
    () => new Error('not 20 predictions'),
  );
  proxy.cut();
  const { exitCode, stderr } = await ended;
  assert.deepEqual([exitCode, /No Kafka broker .* raise --retry-for/.test(stderr)], [1, true], stderr);

  // A commit that fails while it stops: it ends with that failure, and what was not committed is no prediction.
  proxy.resume();
  const stopping = new AbortController();
  const cutOff = await serveRows(
    own,
    { ...topics, to: 'cut-off', groupId: 'cut-off' },
    {
      source: { topics: topics.rows, groupId: 'cut-off', client: own, stop: 'never' },
      ...{ batchRows: 5, retryForMs: 500, transactionTimeout: 1_000, signal: stopping.signal },
      onProgress: () => {
        proxy.cut();
        stopping.abort();
      },
    },
  );
  await assert.rejects(cutOff.done, { code: 'ST_KAFKA_TRANSACTION_ABORTED' });
  proxy.resume();
  assert.equal(cutOff.progress.rows, 5);
  assert.equal((await predictionsIn('cut-off', own)).length, 5);
});

test('a server that begins at the end of a topic leaves no row out in its next life, also where it served none before', async (t) => {
  const topics = await topicsOf(t, client, 1);
  await writeRows(topics.rows, client, 0, 5);
  const configuration = { 'auto.offset.reset': 'latest' };
  const source = { topics: topics.rows, groupId: topics.groupId, client, configuration };
  const first = await serveRows(client, topics, { source });
  await first.done;
  assert.equal(first.progress.rows, 0);
  await writeRows(topics.rows, client, 5, 12);
  const next = await serveRows(client, topics, { source });
  await next.done;
  assert.equal(next.progress.rows, 7);
});

test('a stop while a schema is waited for waits for the commit under way, and for what hears of it', async (t) => {
  const schema = { type: 'record', name: 'Row', fields: [{ name: 'a', type: 'double' }] };
  const asked = new Set<string>();
  // One schema is known, the other one is never answered.
  const url = await served(t, (request, response) => {
    asked.add(request.url!);
    if (request.url!.startsWith('/schemas/ids/7')) says(200, { schema: JSON.stringify(schema) })(response);
  });
  const decode = avroCodec({ registry: schemaRegistry({ url, timeoutMs: 300_000 }), schema, label: 'none' });
  const topics = await topicsOf(t, client, 1);
  const write = (id: number) => {
    const value = Buffer.from([0, 0, 0, 0, id, ...new Array<number>(8).fill(0)]);
    return writeToKafka(topics.rows, [{ key: 'k', value }], { client });
  };
  const heard = new AbortController();
  let isHearing = false;
  const server = await serveRows(client, topics, {
    ...{ decode, model: () => new LogisticRegression({ features: 1 }) },
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    onProgress: async () => {
      isHearing = true;
      await once(heard.signal, 'abort');
      throw new RangeError('what hears of it fails');
    },
  });
  await write(7);
  await eventually(() => isHearing, server);
  await write(8);
  await eventually(() => [...asked].some((path) => path.startsWith('/schemas/ids/8')), server);
  let hasEnded = false;
  const stopped = server.stop().finally(() => (hasEnded = true));
  stopped.catch(() => {});
  await sleep(500);
  assert.equal(hasEnded, false);
  heard.abort();
  await assert.rejects(stopped, new RangeError('what hears of it fails'));
  const group = await describeGroup(topics.groupId, { client });
  assert.deepEqual([group.members.length, group.partitions[0]?.currentOffset], [0, 1]);
});
