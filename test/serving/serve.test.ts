/** Serving: one prediction a row, whatever the row; formats; dead letters; refusals at the edge. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  avroCodec,
  csvCodec,
  describeGroup,
  fromKafka,
  jsonCodec,
  openKafka,
  readDeadLetters,
  schemaRegistry,
  startSchemaRegistry,
  writeToKafka,
  type KafkaClient,
} from '../../src/kafka/index.ts';
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import { readPrediction } from '../../src/serving/index.ts';
import { LinearRegression, SoftmaxRegression } from '../../src/training/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomName, readOutside } from '../helpers/topics.ts';
import {
  assertOnePerRow,
  endsOf,
  eventually,
  FEATURES,
  modelOf,
  predictionsIn,
  rowOf,
  saveVersion,
  scalerOf,
  serveRows,
  topicsOf,
  versionsOf,
  writeRows,
} from './helpers.ts';

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

test('every row has one prediction with its key, made by the version it names; the group has read all', async (t) => {
  const topics = await topicsOf(t, client, 3);
  await writeRows(topics.rows, client, 0, 2500);
  const { store } = await versionsOf(t);
  const [model, scaler] = [modelOf(3), scalerOf(1)];
  const version = await saveVersion(store, { model, 'scaler.0': scaler });
  const reports: number[] = [];
  const server = await serveRows(client, topics, {
    models: store,
    scaler: () => scalerOf(0),
    batchRows: 500,
    onProgress: ({ rows }) => reports.push(rows),
  });
  const result = await server.done;
  assert.equal(result.rows, 2500);
  assert.equal(result.version, version);
  assert.ok(result.transactions >= 5 && reports.at(-1) === 2500, `${result.transactions} transactions`);
  const predictions = await predictionsIn(topics.to, client);
  assertOnePerRow(predictions, await endsOf(topics.rows, client));
  // As the model itself predicts.
  for await (const record of fromKafka(topics.rows, { client, maxRecords: 50 })) {
    const xs = Float64Array.from(String(record.value).split(','), Number);
    const scaled = scaler.transform<Float64Array>(xs, 1, new Float64Array(FEATURES));
    const [expected] = model.predict(scaled, 1);
    const found = predictions.find(
      ({ partition, offset }) => partition === record.partition && offset === record.offset,
    )!;
    assert.ok(Math.abs(found.score - expected!) < 1e-6, `${found.score} for ${expected}`);
    assert.deepEqual(
      [found.key, found.class, found.version, found.topic, found.timestamp],
      [String(record.key), expected! > 0.5 ? 1 : 0, version, topics.rows, record.timestamp],
    );
  }
  const group = await describeGroup(topics.groupId, { client, topics: [topics.rows] });
  assert.equal(group.totalLag, 0);
  // A second server has nothing left to do, and does nothing again.
  const again = await serveRows(client, topics, { models: store, scaler: () => scalerOf(0) });
  assert.equal((await again.done).rows, 0);
  assert.equal((await predictionsIn(topics.to, client)).length, 2500);
});

test('records that cannot be predicted are dead letters in the same transaction, with their reason', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const bad = ['1,2', 'x,1,1', null, '1e39,0,0'];
  const items = [
    rowOf(0),
    ...bad.map((value) => ({ key: 'b', value })),
    rowOf(1),
    { key: 'w', value: '3e38,3e38,3e38' },
  ];
  await writeToKafka(topics.rows, items, { client });
  const server = await serveRows(client, topics, {
    // Weights that make an infinity of the last row.
    model: () => {
      const model = new LinearRegression({ features: FEATURES, learningRate: 1 });
      model.learn({ rows: 1, xs: Float64Array.of(1, 1, 1), ys: Float32Array.of(100) });
      return model;
    },
  });
  const { rows, deadLetters } = await server.done;
  const letters = [];
  for await (const { reason, source, value } of readDeadLetters(`${topics.to}.dead`, { client }))
    letters.push([reason, source.topic, source.offset, value === null ? null : String(value)]);
  const place = (offset: number) => [topics.rows, offset, items[offset]!.value];
  const expected = [
    ['column-count', ...place(1)],
    ['not-a-number', ...place(2)],
    ['null-value', ...place(3)],
    ['not-finite', ...place(4)],
    ['not-finite', ...place(6)],
  ];
  assert.deepEqual(letters, expected);
  assert.deepEqual([rows, deadLetters], [2, 5]);
  assert.deepEqual(
    (await predictionsIn(topics.to, client)).map(({ offset }) => offset),
    [0, 5],
  );
});

test('a server that waits for a registry stops at once; its rows are left to the next one', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const local = await startSchemaRegistry();
  const fields = ['a', 'b', 'c'].map((name) => ({ name, type: 'float' }));
  const schema = { type: 'record', name: 'Row', fields };
  const writer = avroCodec({ registry: schemaRegistry({ url: local.url }), schema });
  await writer.register(topics.rows);
  const values = [1, 2].map((n) => ({ key: 'k', value: writer.encode({ xs: [n, n, n] }) }));
  await writeToKafka(topics.rows, values, { client });
  await local.close();
  let asked = 0;
  const registry = schemaRegistry({ url: local.url, retryForMs: 300_000 });
  const decode = (one: typeof registry) => {
    const codec = avroCodec({ registry: one, schema, label: 'none' });
    const decodeInto = (...row: Parameters<typeof codec.decodeInto>): void => {
      asked++;
      codec.decodeInto(...row);
    };
    return { ...codec, decodeInto };
  };
  const server = await serveRows(client, topics, {
    decode: decode(registry),
    source: { stop: 'never' } as never,
  });
  await eventually(() => asked > 0, server);
  assert.equal((await server.stop()).rows, 0);

  await using back = await startSchemaRegistry({ port: Number(new URL(local.url).port) });
  const again = schemaRegistry({ url: back.url });
  await again.register('rows', { schema });
  const next = await serveRows(client, topics, { decode: decode(again) });
  assert.equal((await next.done).rows, 2);
  assert.equal((await predictionsIn(topics.to, client)).length, 2);
});

test('CSV, several classes, values of a regression, and a form of your own', async (t) => {
  const topics = await topicsOf(t, client, 1);
  await writeToKafka(
    topics.rows,
    [{ key: 'a', value: '{"a": 1, "b": 2, "c": 3}', timestamp: 1_700_000_000_000 }],
    {
      client,
    },
  );
  const source = { groupId: '' };
  const written = async (options: Parameters<typeof serveRows>[2]) => {
    source.groupId = randomName('servers');
    const to = randomName('predictions');
    t.after(() => client.topics.delete(to));
    const decode = jsonCodec({ fields: ['a', 'b', 'c'], label: 'none' });
    await (
      await serveRows(client, { ...topics, to, ...source }, { decode, ...options })
    ).done;
    return (await readOutside(to)).map(({ value, key }) => `${key}: ${value}`);
  };
  const place = `${topics.rows},0,0,1700000000000`;
  assert.deepEqual(await written({ encode: 'csv' }), [`a: 0.5,0,,${place}`]);
  assert.deepEqual(await written({ encode: 'csv', threshold: 0.4 }), [`a: 0.5,1,,${place}`]);
  const softmax = () => new SoftmaxRegression({ features: FEATURES, classes: 4 });
  assert.deepEqual(await written({ model: softmax, encode: 'csv' }), [`a: 0.25,0.25,0.25,0.25,0,,${place}`]);
  const [json] = await written({ model: softmax });
  assert.deepEqual(JSON.parse(json!.slice(3)), {
    ...{ score: 0.25, scores: [0.25, 0.25, 0.25, 0.25], class: 0, version: null, topic: topics.rows },
    ...{ partition: 0, offset: 0, timestamp: 1_700_000_000_000 },
  });
  const regression = () => new LinearRegression({ features: FEATURES });
  assert.deepEqual(await written({ model: regression, encode: 'csv' }), [`a: 0,,,${place}`]);
  assert.deepEqual(await written({ encode: ({ score, offset }) => `${offset}=${score}` }), ['a: 0=0.5']);
});

test('the compiled network serves without leaving a tensor behind', async (t) => {
  const topics = await topicsOf(t, client, 1);
  await writeRows(topics.rows, client, 0, 300);
  const { store } = await versionsOf(t);
  const make = (seed: number) => {
    const layers = buildClassifier({ inputs: FEATURES, seed });
    const step = compileTrainStep(layers);
    layers.dispose();
    return step;
  };
  using model = make(5);
  await saveVersion(store, { model });
  const before = tensorflow().memory().numTensors;
  await (
    await serveRows(client, topics, { model: () => make(1), models: store })
  ).done;
  assert.equal(tensorflow().memory().numTensors, before);
  const predictions = await predictionsIn(topics.to, client);
  assertOnePerRow(predictions, await endsOf(topics.rows, client));
  const one = rowOf(0);
  const xs = Float32Array.from(String(one.value).split(','), Number);
  assert.ok(
    Math.abs(predictions.find(({ offset }) => offset === 0)!.score - model.predict(xs, 1)[0]!) < 1e-6,
  );
});

test('what cannot be is refused at the edge', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store } = await versionsOf(t);
  await assert.rejects(serveRows(client, { ...topics, rows: 'not-there' }), {
    code: 'ST_KAFKA_UNKNOWN_TOPIC',
  });
  await assert.rejects(serveRows(client, { ...topics, to: topics.rows }), { code: 'ST_OPTION_INVALID' });
  const refused: [Parameters<typeof serveRows>[2], string][] = [
    [{ linger: -1 }, 'ST_OPTION_INVALID'],
    [{ model: modelOf(1) as never }, 'ST_OPTION_INVALID'],
    [{ encode: 'xml' as never }, 'ST_OPTION_INVALID'],
    [{ pin: 'checkpoint-000000000001' }, 'ST_OPTION_INVALID'],
    [{ pin: 'checkpoint-000000000009', models: store }, 'ST_SERVING_MODEL_VERSION'],
    [{ decode: csvCodec({ columns: 5, label: 'none' }) }, 'ST_OPTION_INVALID'],
    [{ lingr: 1 } as never, 'ST_OPTION_UNKNOWN'],
    [{ source: { position: {} } } as never, 'ST_OPTION_UNKNOWN'],
  ];
  for (const [options, code] of refused)
    await assert.rejects(serveRows(client, topics, options), { code }, JSON.stringify(options));
  const record = { topic: 't', partition: 0, offset: 1 };
  const large = '{"score":1,"partition":0,"offset":9007199254740993,"timestamp":0}';
  for (const value of ['{', '{"score": "1"}', 'null', large])
    assert.throws(() => readPrediction({ ...record, value: Buffer.from(value) }), {
      code: 'ST_SERVING_PREDICTION_FORMAT',
    });
});

test('a failure behind the last row ends serving without another row, and is said once', async (t) => {
  const topics = await topicsOf(t, client, 1);
  await writeRows(topics.rows, client, 0, 20);
  const options: Parameters<typeof serveRows>[2] = {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    onProgress: () => {
      throw new RangeError('enough');
    },
  };
  await assert.rejects(async () => {
    await using server = await serveRows(client, topics, options);
    await server.done;
  }, new RangeError('enough'));
  assertOnePerRow(await predictionsIn(topics.to, client), await endsOf(topics.rows, client));
});

test('options that cannot be are refused before anything is opened', async () => {
  const topics = { rows: 'rows', to: 'predictions', groupId: 'servers' };
  await assert.rejects(serveRows(client, topics, { deadLetters: 'predictions' }), {
    code: 'ST_OPTION_INVALID',
  });
  const http = { prot: 9000 } as object;
  await assert.rejects(serveRows(client, topics, { http }), { code: 'ST_OPTION_UNKNOWN' });
  await assert.rejects(serveRows(client, topics, { http: { port: 70_000 } }), { code: 'ST_OPTION_INVALID' });
});
