/** Predictions over HTTP: TensorFlow Serving's requests and answers, limits, versions, batches. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { InvalidOptionError, UnknownOptionError } from '../../src/options.ts';
import { rowPredictor } from '../../src/export/index.ts';
import {
  HttpListenError,
  startPredictionServer,
  type PredictionServerOptions,
} from '../../src/serving/index.ts';
import { RequestBatcher } from '../../src/serving/request-batcher.ts';
import { LinearRegression, localCheckpoints, saveParts, type Statefuls } from '../../src/training/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';
import { FEATURES, predictedHere, testRows, trainedModels, type TrainedModel } from '../export/models.ts';

let folder: string;
let models: readonly TrainedModel[];
let article: TrainedModel;
before(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'streamtrain-http-'));
  models = trainedModels();
  article = models[0]!;
});
after(() => {
  for (const { model } of models) model.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

let stores = 0;
const newStore = () => localCheckpoints(path.join(folder, String(++stores)), { keep: 10 });
const partsOf = ({ model, scalers }: Pick<TrainedModel, 'model' | 'scalers'>): Statefuls => ({
  model,
  ...Object.fromEntries(scalers.map((one, i) => [`scaler.${i}`, one])),
});
async function keep(store: ReturnType<typeof newStore>, statefuls: Statefuls): Promise<void> {
  await store.save({ topics: ['t'], position: { t: { 0: 1 } }, parts: saveParts(statefuls) });
}
/** A model that gives this number, whatever the row. */
const constant = (value: number): Statefuls => ({
  model: new LinearRegression({ features: 1, intercept: value }),
});

async function started(t: TestContext, options: PredictionServerOptions) {
  const server = await startPredictionServer({ port: 0, modelsEvery: 20, onRemark: () => {}, ...options });
  t.after(() => server.close());
  const ask = async (at: string, body?: unknown) => {
    const init =
      body === undefined
        ? {}
        : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) };
    const answer = await fetch(`${server.url}/v1/models/${at}`, init);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { server, ask };
}

const rowAt = (row: number): (number | null)[] =>
  [...testRows.subarray(row * FEATURES, (row + 1) * FEATURES)].map((value) =>
    Number.isNaN(value) ? null : value,
  );

describe('startPredictionServer', () => {
  it('answers what the training would predict: rows as instances, or as inputs, gaps as null', async (t) => {
    const store = newStore();
    await keep(store, partsOf(article));
    const { ask } = await started(t, { models: { cancer: store } });
    const expected = predictedHere(article, testRows);
    const gap = testRows.findIndex((value) => Number.isNaN(value));
    const rows = [0, 1, Math.floor(gap / FEATURES)];
    const instances = rows.map(rowAt);
    assert.ok(instances[2]!.includes(null));
    for (const [body, found] of [
      [{ instances }, 'predictions'],
      [
        { signature_name: 'serving_default', instances: instances.map((one) => ({ rows: one })) },
        'predictions',
      ],
      [{ inputs: instances }, 'outputs'],
      [{ inputs: { rows: instances } }, 'outputs'],
    ] as const) {
      const answer = await ask('cancer:predict', body);
      assert.equal(answer.status, 200);
      const scores = answer.body[found] as number[][];
      assert.deepEqual(Object.keys(answer.body), [found]);
      for (const [i, row] of rows.entries()) assert.ok(Math.abs(scores[i]![0]! - expected[row]!) < 1e-6);
    }
  });

  it('gives one value a class, and answers as TensorFlow Serving documents it', async (t) => {
    const softmax = models.find(({ name }) => name === 'softmax')!;
    // Serving's half_plus_two: x / 2 + 2.
    const halfPlusTwo = new LinearRegression({ features: 1, intercept: 2 });
    const state = halfPlusTwo.save() as { memory: object };
    halfPlusTwo.restore({ ...state, memory: { ...state.memory, weights: Float64Array.of(0.5) } });
    const { ask } = await started(t, { models: { softmax: softmax.model, half_plus_two: halfPlusTwo } });
    assert.deepEqual(await ask('half_plus_two:predict', { instances: [[1], [2], [5]] }), {
      status: 200,
      body: { predictions: [[2.5], [3], [4.5]] },
    });
    assert.deepEqual(await ask('half_plus_two'), {
      status: 200,
      body: {
        model_version_status: [
          { version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
        ],
      },
    });
    const { body } = await ask('softmax:predict', { instances: [Array(FEATURES).fill(0.5)] });
    assert.equal((body['predictions'] as number[][])[0]!.length, 3);
  });

  it('says in a sentence what is wrong with a request', async (t) => {
    const { ask } = await started(t, {
      models: { one: constant(1)['model'] as never },
      maxRows: 2,
      maxBodyBytes: 200,
    });
    for (const [body, problem] of [
      ['{"instances": [[NaN]]}', /no JSON/],
      ['[[1]]', /must be a JSON object/],
      [{}, /either "instances" or "inputs"/],
      [{ instances: [[1]], inputs: [[1]] }, /either/],
      [{ instances: [] }, /at least one/],
      ['{"instances": [[1]], "instances": [[2]]}', /a name twice/],
      ['{"instances": [[1], {"rows": [1], "rows": [2]}]}', /a name twice/],
      ['{"inputs": {"\\u0072ows": [[1]], "rows": [[2]]}}', /a name twice/],
      ['{"instances": [[1e400]]}', /column 0 \(both from 0\) is 1e309 or beyond/],
      [{ instances: 7 }, /list of rows/],
      [{ instances: [[1, 2]] }, /Row 0 \(from 0\) is 2 values; expected a list of 1/],
      [{ instances: [[1], 5] }, /Row 1 \(from 0\) is 5/],
      [{ instances: [['1']] }, /Row 0, column 0 .* is "1", not a finite number/],
      [{ instances: [[null]] }, /is null, not a finite number, and the model has nothing that fills gaps/],
      ['{"instances": [[1e999]]}', /not a finite number/],
      ['{"instances": [[9007199254740993]]}', /holds 9007199254740993, a whole number beyond 2\^53/],
      [{ instances: [[1], [1], [1]] }, /3 rows; a request may have 2 at most/],
      [{ instances: [{ x: [1] }] }, /names "x"; the one input is "rows"/],
      [{ instances: [[1]], signature_name: 'other' }, /no signature "other"/],
      [{ instances: [[1]], rows: 3 }, /"rows", which is not known/],
    ] as const) {
      const answer = await ask('one:predict', body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(String(answer.body['error']), problem);
      assert.deepEqual(Object.keys(answer.body), ['error']);
    }
    assert.equal((await ask('one:predict', { instances: [Array(200).fill(1)] })).status, 413);
    for (const [at, problem] of [
      ['two:predict', /no model "two"; there is one/],
      ['one/versions/9:predict', /no version 9/],
    ] as const) {
      const answer = await ask(at, { instances: [[1]] });
      assert.deepEqual([answer.status, problem.test(String(answer.body['error']))], [404, true]);
    }
    assert.equal((await ask('one:classify', {})).status, 404);
    assert.equal((await ask('one:predict')).status, 405);
  });

  it('refuses a prediction that no float32 holds, which JSON would write as null', async (t) => {
    const huge = new LinearRegression({ features: 1 });
    const state = huge.save() as { memory: object };
    huge.restore({ ...state, memory: { ...state.memory, weights: Float64Array.of(1e30) } });
    const { ask } = await started(t, { models: { huge } });
    const { status, body } = await ask('huge:predict', { instances: [[1], [1e30]] });
    assert.equal(status, 400);
    assert.match(
      String(body['error']),
      /the prediction of row 1 is 1\S+e\+60; expected one that float32 holds/,
    );
  });

  it('takes a newer checkpoint, answers by an earlier one that is asked for, and passes over a damaged one', async (t) => {
    const store = newStore();
    const remarks: string[] = [];
    const { ask, server } = await started(t, {
      models: { m: store },
      onRemark: (text) => remarks.push(text),
    });
    const instances = [[0]];
    const empty = await ask('m:predict', { instances });
    assert.deepEqual([empty.status, /no checkpoint yet/.test(String(empty.body['error']))], [503, true]);
    await keep(store, constant(1));
    await keep(store, constant(2));
    await until(() => server.versions.get('m') === 'checkpoint-000000000002');
    assert.deepEqual((await ask('m:predict', { instances })).body, { predictions: [[2]] });
    assert.deepEqual((await ask('m/versions/1:predict', { instances })).body, { predictions: [[1]] });
    for (let value = 3; value <= 8; value++) await keep(store, constant(value));
    await until(() => server.versions.get('m') === 'checkpoint-000000000008');
    for (let value = 1; value <= 8; value++)
      assert.deepEqual((await ask(`m/versions/${value}:predict`, { instances })).body, {
        predictions: [[value]],
      });
    const { body } = await ask('m/versions/checkpoint-000000000003');
    assert.match(JSON.stringify(body), /"version":"3","state":"AVAILABLE"/);
    await keep(store, constant(9));
    await until(() => server.versions.get('m') === 'checkpoint-000000000009');
    const draft = path.join(store.place, '.damaged');
    fs.cpSync(path.join(store.place, 'checkpoint-000000000009'), draft, { recursive: true });
    fs.appendFileSync(path.join(draft, 'manifest.json'), ' ');
    fs.renameSync(draft, path.join(store.place, 'checkpoint-000000000010'));
    await until(() => remarks.length > 0);
    assert.match(remarks.join(), /^Model m: The checkpoint .*checkpoint-000000000010 was refused/);
    assert.deepEqual((await ask('m:predict', { instances })).body, { predictions: [[9]] });
    const damaged = await ask('m/versions/10:predict', { instances });
    assert.deepEqual([damaged.status, /was refused/.test(String(damaged.body['error']))], [404, true]);
    const whole = (id: string) => path.join(store.place, id, 'manifest.json');
    fs.copyFileSync(whole('checkpoint-000000000009'), whole('checkpoint-000000000010'));
    await until(() => server.versions.get('m') === 'checkpoint-000000000010');
    assert.equal(remarks.length, 1, 'what is refused is said once');
  });

  it('a training that starts over under the same names is followed, and what was removed answers no more', async (t) => {
    const store = newStore();
    const { ask, server } = await started(t, { models: { m: store } });
    const is = (version?: string) => until(() => server.versions.get('m') === version);
    const instances = [[0]];
    await keep(store, constant(1));
    await is('checkpoint-000000000001');
    await keep(store, constant(2));
    await is('checkpoint-000000000002');
    const remove = (id: number) => {
      fs.rmSync(path.join(store.place, `checkpoint-00000000000${id}`), { recursive: true });
    };
    remove(1);
    await until(async () => (await ask('m/versions/1')).status === 404);
    remove(2);
    // Looked at meanwhile: it is gone.
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual((await ask('m:predict', { instances })).body, { predictions: [[2]] });
    await keep(store, constant(10));
    await is('checkpoint-000000000001');
    await keep(store, constant(20));
    await is('checkpoint-000000000002');
    assert.deepEqual((await ask('m:predict', { instances })).body, { predictions: [[20]] });
    assert.deepEqual((await ask('m/versions/1:predict', { instances })).body, { predictions: [[10]] });
  });

  it('predicts requests that arrive together in one call; one that cannot be predicted fails alone', async () => {
    const tf = tensorflow();
    const { numTensors } = tf.memory();
    {
      using batcher = new RequestBatcher(rowPredictor(article.model));
      const row = (value: number) => new Float64Array(FEATURES).fill(value);
      const asked = [1, 2, 1e300, 3].map((value) => batcher.predict(row(value), 1));
      const [one, two, bad, three] = await Promise.allSettled(asked);
      assert.deepEqual(
        [one!.status, two!.status, bad!.status, three!.status],
        ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
      );
      assert.match(String((bad as PromiseRejectedResult).reason), /beyond float32/);
      assert.deepEqual(batcher.counts, { requests: 4, calls: 5 });
      const good = await Promise.all([1, 2, 3].map((value) => batcher.predict(row(value), 1)));
      assert.deepEqual(batcher.counts, { requests: 7, calls: 6 });
      // Products of one row and of three may differ in their last bit.
      const alone = (two as PromiseFulfilledResult<Float32Array>).value;
      assert.ok(Math.abs(good[1]![0]! - alone[0]!) < 1e-6, `${good[1]![0]} ${alone[0]}`);
    }
    assert.equal(tf.memory().numTensors, numTensors);
  });

  it('serves many connections at once, each answer to whom it belongs', async (t) => {
    const halves = new LinearRegression({ features: 1 });
    const state = halves.save() as { memory: object };
    halves.restore({ ...state, memory: { ...state.memory, weights: Float64Array.of(0.5) } });
    const { server } = await started(t, { models: { halves } });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
    t.after(() => agent.destroy());
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        posted(agent, `${server.url}/v1/models/halves:predict`, `{"instances":[[${i}]]}`),
      ),
    );
    assert.deepEqual(
      answers,
      Array.from({ length: 200 }, (_, i) => `{"predictions":[[${i / 2}]]}`),
    );
  });

  it('refuses options that cannot be, and a port that is taken', async (t) => {
    const models = { m: constant(1)['model'] as never };
    const start = (options: object) => startPredictionServer({ models, port: 0, ...options });
    await assert.rejects(start({ models: {} }), InvalidOptionError);
    await assert.rejects(start({ models: { 'a/b': models.m } }), InvalidOptionError);
    await assert.rejects(start({ port: 70_000 }), InvalidOptionError);
    await assert.rejects(start({ maxRows: 0 }), InvalidOptionError);
    await assert.rejects(start({ model: models.m }), UnknownOptionError);
    const { server } = await started(t, { models });
    await assert.rejects(start({ port: server.port }), HttpListenError);
  });
});

/** Waits for a state, looking every few ms. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

function posted(agent: http.Agent, url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method: 'POST' }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (part: string) => (text += part))
        .on('end', () => resolve(text));
    });
    request.on('error', reject).end(body);
  });
}
