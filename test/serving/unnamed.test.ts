/** Models that nobody named, such as networks of other layers: served by their checkpoints alone, where these fit; else refused with the reason. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { rowPredictor } from '../../src/export/index.ts';
import { fromKafka, openKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { compileTrainStep, type State } from '../../src/model/index.ts';
import { ModelVersions, type ModelVersionsOptions } from '../../src/serving/model-versions.ts';
import { Predictor } from '../../src/serving/predictor.ts';
import { adoptModels, TrainedPredictor } from '../../src/serving/trained-predictor.ts';
import { tensorflow } from '../../src/tensorflow.ts';
import { AdaptiveRandomForest, type CheckpointStore } from '../../src/training/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import {
  assertOnePerRow,
  endsOf,
  eventually,
  FEATURES,
  flowing,
  predictionsIn,
  saveVersion,
  scalerOf,
  serveRows,
  topicsOf,
  versionsOf,
} from './helpers.ts';

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

/** A network with hidden layers of these units. */
function network(units: readonly number[], { inputs = FEATURES, outputs = 1, seed = 1 } = {}) {
  const tf = tensorflow();
  const model = tf.sequential();
  for (const [at, size] of [...units, outputs].entries())
    model.add(
      tf.layers.dense({
        units: size,
        activation: at < units.length ? 'relu' : outputs === 1 ? 'sigmoid' : 'softmax',
        kernelInitializer: tf.initializers.glorotUniform({ seed: seed + at }),
        ...(at === 0 && { inputShape: [inputs] }),
      }),
    );
  const loss = outputs === 1 ? 'binaryCrossentropy' : 'categoricalCrossentropy';
  const step = compileTrainStep(model, { optimizer: 'sgd', loss });
  model.dispose();
  return step;
}

test('other hidden layers take over while rows flow: no row is lost or doubled, each predicted by its version', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store } = await versionsOf(t);
  const remarks: string[] = [];
  const save = async (units: readonly number[], seed: number) => {
    using model = network(units, { seed });
    return saveVersion(store, { model, 'scaler.0': scalerOf(seed) });
  };
  const ids = [await save([8], 1)];
  const server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    model: () => network([8]),
    scaler: () => scalerOf(0),
    ...{ models: store, modelsEvery: 20, onRemark: (text) => remarks.push(text) },
  });
  const rows = flowing(topics.rows, client);
  await eventually(() => server.progress.version === ids[0] && server.progress.rows > 0);
  const before = tensorflow().memory().numTensors;
  // Other layers, again other ones, those that were named, and one of the others again.
  for (const [n, units] of [[16, 4], [5], [8], [16, 4]].entries()) {
    const id = await save(units, 2 + n);
    ids.push(id);
    await eventually(() => server.progress.version === id);
    const seen = server.progress.rows;
    await eventually(() => server.progress.rows > seen + 20);
  }
  await server.pin(ids[1]!);
  await eventually(() => server.progress.version === ids[1]);
  const written = await rows.stop();
  await eventually(() => server.progress.rows === written);
  assert.equal(tensorflow().memory().numTensors, before);
  await server.stop();
  assert.deepEqual(remarks, []);
  const predictions = await predictionsIn(topics.to, client);
  assertOnePerRow(predictions, await endsOf(topics.rows, client));
  assert.deepEqual(new Set(predictions.map(({ version }) => version)), new Set(ids));
  const values = new Map<number, string>();
  for await (const { offset, value } of fromKafka(topics.rows, { client })) values.set(offset, String(value));
  for (const id of ids) {
    using expected = rowPredictor(await store.load(id));
    for (const { version, offset, score } of predictions) {
      if (version !== id) continue;
      const row = Float64Array.from(values.get(offset)!.split(','), Number);
      const [wanted] = expected.predict(row, 1);
      assert.ok(Math.abs(score - wanted!) < 1e-6, `${version}: ${score} for ${wanted}`);
    }
  }
});

test('a network of another shape, or of other scalers, is refused', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store } = await versionsOf(t);
  using first = network([8]);
  const good = await saveVersion(store, { model: first });
  await using server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    model: () => network([8]),
    ...{ models: store, modelsEvery: 20 },
  });
  const refusal = async (model: ReturnType<typeof network>, reason: RegExp, parts = {}) => {
    const id = await saveVersion(store, { model, ...parts });
    model.dispose();
    await eventually(() => server.refused.has(id));
    assert.match(server.refused.get(id)!, reason);
    assert.equal(server.progress.version, good);
  };
  await refusal(network([4], { inputs: 5 }), /model is of 5 features, 1 outputs .* not of 3 features/);
  await refusal(network([4], { outputs: 3 }), /of 3 features, 3 outputs .* not of 3 features, 1 outputs/);
  await refusal(network([4]), /a state for scaler\.0 \(standardScaler\), which this training has not/, {
    'scaler.0': scalerOf(1),
  });
});

test('a forest of other options is served by its checkpoint alone; of other classes, or damaged, it is refused', async (t) => {
  const { store } = await versionsOf(t);
  const forest = (options: { seed?: number; models?: number; classes?: number } = {}) => {
    const made = new AdaptiveRandomForest({ features: FEATURES, models: 3, ...options });
    for (let row = 0; row < 60; row++) made.learnRow([row % 5, row % 7, row % 3], Number(row % 5 > 2));
    return made;
  };
  const predictors = [1, 2].map(() => new TrainedPredictor(forest(), [], 0.5));
  const versions = new ModelVersions({
    ...{ predictors, store, every: 1000, trial: undefined, onRemark: () => {}, onSwap: () => {} },
    adopt: adoptModels(predictors, () => [], 0.5),
  });
  const rows = Float64Array.of(4, 1, 0, 1, 4, 2);
  const fields = forest({ seed: 9 }).save() as Record<string, State>;
  for (const options of [{ seed: 7 }, { seed: 8, models: 5 }]) {
    const model = forest(options);
    const id = await saveVersion(store, { model });
    await versions.look();
    const served = versions.next();
    assert.equal(served?.version, id);
    assert.deepEqual([...served.predictor.model.predict(rows, 2)], [...model.predict(rows, 2)]);
  }
  const three = await saveVersion(store, { model: forest({ classes: 3 }) });
  await versions.look();
  assert.match(versions.refused.get(three)!, /3 outputs .* not of 3 features, 1 outputs/);
  const damaged = await saveVersion(store, {
    model: { kind: 'adaptiveRandomForest', save: () => ({ ...fields, members: [] }), restore: () => {} },
  });
  await versions.look();
  assert.match(versions.refused.get(damaged)!, /does not hold 3 trees/);
  await versions.dispose();
});

/** Saves a network with these hidden layers. */
async function saveNetwork(store: CheckpointStore, units: readonly number[]): Promise<string> {
  using model = network(units);
  return saveVersion(store, { model });
}

/** Versions without a server, beside networks of eight units; `alive` are those that were adopted and not freed. */
function versionsAlone(store: CheckpointStore, trial?: ModelVersionsOptions['trial']) {
  const predictors = [1, 2].map((seed) => new TrainedPredictor(network([8], { seed }), [], 0.5));
  const adopt = adoptModels(predictors, () => [], 0.5);
  const alive = new Set<Predictor>();
  const versions = new ModelVersions({
    ...{ predictors, store, every: 1000, trial, onRemark: () => {}, onSwap: () => {} },
    adopt: async (checkpoint) => {
      const predictor = await adopt(checkpoint);
      if (predictor === undefined) return undefined;
      alive.add(predictor);
      const free = predictor.dispose.bind(predictor);
      predictor.dispose = () => {
        assert.ok(alive.delete(predictor), 'freed twice');
        free();
      };
      return predictor;
    },
  });
  return { versions, alive };
}

test('a network that is replaced before it has served is freed, also while no row comes', async (t) => {
  const { store } = await versionsOf(t);
  const { versions, alive } = versionsAlone(store);
  await saveNetwork(store, [8]);
  await versions.look();
  versions.next();
  const four = await saveNetwork(store, [4]);
  await versions.look();
  assert.equal(alive.size, 1);
  for (const units of [5, 6]) {
    await saveNetwork(store, [units]);
    await versions.look();
    assert.equal(alive.size, 1);
  }
  await versions.pin(four);
  assert.equal(alive.size, 1);
  assert.equal(versions.next()?.version, four);
  await versions.follow();
  assert.equal(alive.size, 2, 'one serves, another is ready');
  versions.next();
  assert.equal(alive.size, 1);
  await versions.dispose();
  assert.equal(alive.size, 0);
});

test('a network that is not taken after its trial is freed with the next batch', async (t) => {
  const { store } = await versionsOf(t);
  const verdict = () => ({ isTaken: false, reason: 'it is worse.' });
  const { versions, alive } = versionsAlone(store, { begin: () => {}, end: () => {}, verdict });
  const good = await saveNetwork(store, [8]);
  await versions.look();
  versions.next();
  const worse = await saveNetwork(store, [4]);
  await versions.look();
  assert.deepEqual([versions.candidate?.version, alive.size], [worse, 1]);
  assert.equal(versions.next()?.version, good);
  assert.deepEqual([[...versions.refused.keys()], alive.size], [[worse], 0]);
  await versions.dispose();
});

test('a server that cannot listen frees what it has loaded', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store } = await versionsOf(t);
  await saveNetwork(store, [4]);
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  const freed = t.mock.method(Predictor.prototype, 'dispose');
  await assert.rejects(
    serveRows(client, topics, { models: store, model: () => network([8]), http: { port } }),
    { code: 'ST_SERVING_HTTP_LISTEN' },
  );
  const which = freed.mock.calls.map((call) => call.this);
  assert.deepEqual([which.length, new Set(which).size], [3, 3], 'two that were named, one that was adopted');
});
