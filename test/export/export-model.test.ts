/** What is refused, and what is left behind: nothing half written. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import {
  exportFormats,
  exportModel,
  ExportFolderError,
  ExportUnsupportedError,
  ExportWriteError,
  newestCheckpoint,
  NoCheckpointError,
  type ExportFormat,
  type ExportOptions,
} from '../../src/export/index.ts';
import type { LayersModel } from '@tensorflow/tfjs-node';
import { loadModel, saveModel, type OnlineModel } from '../../src/model/index.ts';
import { InvalidOptionError, UnknownOptionError } from '../../src/options.ts';
import { tensorflow } from '../../src/tensorflow.ts';
import {
  CheckpointDamagedError,
  localCheckpoints,
  LogisticRegression,
  OnlineMedianImputer,
  OnlineMinMaxScaler,
  OnlineStandardScaler,
  saveParts,
  type OnlineTransformer,
} from '../../src/training/index.ts';
import { FEATURES, testRows } from './models.ts';

let folder: string;
before(() => void (folder = fs.mkdtempSync(path.join(tmpdir(), 'streamtrain-export-'))));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);

const linear = (features = 2): LogisticRegression => new LogisticRegression({ features });
const refused = (problem: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ExportUnsupportedError, String(error));
  assert.match(error.message, problem);
  return true;
};

async function savedCheckpoint(store: string, model: OnlineModel, scalers: readonly OnlineTransformer[]) {
  const checkpoints = localCheckpoints(at(store));
  const statefuls = { model, ...Object.fromEntries(scalers.map((one, i) => [`scaler.${i}`, one])) };
  await checkpoints.save({ topics: ['t'], position: { t: { 0: 1 } }, parts: saveParts(statefuls) });
  return checkpoints;
}

describe('exportModel', () => {
  it('takes a checkpoint with its scalers, and layers of TensorFlow.js, and keeps the names of classes', async () => {
    const tf = tensorflow();
    const scaler = new OnlineStandardScaler(FEATURES);
    const imputer = new OnlineMedianImputer(FEATURES);
    imputer.learn(testRows, 280);
    scaler.learn(imputer.transform(testRows, 280), 280);
    const checkpoints = await savedCheckpoint('store', linear(FEATURES), [imputer, scaler]);
    const checkpoint = await newestCheckpoint(checkpoints);
    const classes = ['benign', 'malignant'];
    const written = await exportModel(checkpoint, { format: 'onnx', to: at('onnx'), classes });
    assert.deepEqual(written, {
      ...{ format: 'onnx', folder: at('onnx'), files: ['model.onnx'], features: FEATURES, outputs: 1 },
      rows: 'float64',
    });
    assert.match(fs.readFileSync(at('onnx/model.onnx'), 'latin1'), /classes.*\["benign","malignant"\]/s);

    const { numTensors } = tf.memory();
    const layers = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    const files = ['checksums.sha256', 'model.json', 'weights.bin'];
    assert.deepEqual((await exportModel(layers, { format: 'tfjs', to: at('tfjs'), classes })).files, files);
    assert.match(fs.readFileSync(at('tfjs/model.json'), 'utf8'), /"classes":\["benign","malignant"\]/);
    const saved = await exportModel(layers, { format: 'saved-model', to: at('tf'), classes });
    assert.deepEqual(saved.files, [
      path.join('assets.extra', 'classes.json'),
      'saved_model.pb',
      ...['data-00000-of-00001', 'index'].map((end) => path.join('variables', `variables.${end}`)),
    ]);
    layers.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  });

  it('refuses what a format has no counterpart for, by its name, and writes nothing', async () => {
    const tf = tensorflow();
    const { numTensors } = tf.memory();
    class Own extends tf.layers.Layer {
      static className = 'OwnLayer';
    }
    const custom = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    custom.add(new Own({ name: 'mine' }));
    const noisy = tf.sequential({
      layers: [tf.layers.gaussianNoise({ stddev: 1, inputShape: [2], name: 'noise' })],
    });
    const weightless = tf.sequential({
      layers: [tf.layers.activation({ activation: 'softmax', inputShape: [2] })],
    });
    await assert.rejects(
      exportModel(weightless, { format: 'saved-model', to: at('no') }),
      refused(/it has no weights/),
    );
    weightless.dispose();
    for (const format of exportFormats) {
      await assert.rejects(exportModel(custom, { format, to: at('no') }), refused(/mine \(OwnLayer\)/));
      await assert.rejects(exportModel(noisy, { format, to: at('no') }), refused(/noise \(GaussianNoise\)/));
    }
    custom.dispose();
    noisy.dispose();
    assert.equal(tf.memory().numTensors, numTensors);

    const imputer = new OnlineMedianImputer(2);
    const own = Object.create(imputer, {
      ...{ kind: { value: 'ownScaler' }, transformation: { value: undefined } },
    }) as OnlineTransformer;
    for (const format of ['keras', 'tfjs'] as const) {
      const options = { format, to: at('no'), scaler: imputer };
      await assert.rejects(
        exportModel(linear(), options),
        refused(/its imputer fills missing values.*withoutImputer/s),
      );
      const scaler = new OnlineStandardScaler(2);
      scaler.learn(Float64Array.of(1.7e9, 1, 1.7e9 + 60, 2), 2);
      await assert.rejects(
        exportModel(linear(), { ...options, scaler }),
        refused(/feature 0 .* lies around 17000000/),
      );
      for (const values of [
        [1, 1e-40, 2, 3e-40],
        [1, 1e40, 2, 1e40],
        [1, -1e38, 2, 3e38],
      ]) {
        const beyond = new OnlineStandardScaler(2);
        beyond.learn(Float64Array.from(values), 2);
        await assert.rejects(
          exportModel(linear(), { ...options, scaler: beyond }),
          refused(/feature 1 .* beyond the float32 of its rows/),
        );
      }
    }
    await assert.rejects(
      exportModel(linear(), { format: 'onnx', to: at('no'), scaler: own }),
      refused(/the scaler ownScaler does not say/),
    );
    const save = () => ({});
    const other = Object.create(linear(), {
      kind: { value: 'forest' },
      save: { value: save },
    }) as OnlineModel;
    await assert.rejects(
      exportModel(other, { format: 'onnx', to: at('no') }),
      refused(/the model is a forest/),
    );
    assert.equal(fs.existsSync(at('no')), false);
  });

  it('takes float64 rows where the model here does, and refuses weights beyond the float32 of a format', async () => {
    const rows = async (format: ExportFormat, source: OnlineModel | LayersModel) => {
      const to = at(`wide-${format}-${'kind' in source ? source.kind : 'layers'}`);
      return (await exportModel(source, { format, to })).rows;
    };
    const tf = tensorflow();
    const layers = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    for (const format of exportFormats) {
      assert.equal(await rows(format, linear()), format === 'tfjs' ? 'float32' : 'float64');
      assert.equal(await rows(format, layers), 'float32');
    }
    layers.dispose();

    const model = linear();
    const state = model.save() as { memory: { weights: Float64Array } };
    state.memory.weights.set([1e39, 0]);
    model.restore(state);
    await assert.rejects(
      exportModel(model, { format: 'tfjs', to: at('no') }),
      refused(/a weight of dense_1 is 1e\+39, beyond the float32/),
    );
    assert.deepEqual((await exportModel(model, { format: 'keras', to: at('large') })).files, ['model.h5']);
  });

  it('refuses a checkpoint that does not tell all: an imputer without a value, layers trained by plain tfjs', async () => {
    const [minMax, imputer] = [new OnlineMinMaxScaler(2), new OnlineMedianImputer(2)];
    imputer.learn(Float64Array.of(1, NaN), 1);
    minMax.learn(Float64Array.of(1, 2, 3, 4), 2);
    const checkpoint = await newestCheckpoint(await savedCheckpoint('gaps', linear(), [minMax, imputer]));
    const options: ExportOptions = { format: 'saved-model', to: at('no') };
    await assert.rejects(exportModel(checkpoint, options), refused(/never seen a value of feature 1/));
    const { parts } = checkpoint;
    const fallback = { kind: 'network', state: { model: '{"fallback":true}', arrays: {} } };
    await assert.rejects(
      exportModel({ ...checkpoint, parts: { model: fallback } }, options),
      refused(/plain TensorFlow\.js.*saveModel/s),
    );
    const { model: _, ...without } = parts;
    await assert.rejects(exportModel({ ...checkpoint, parts: without }, options), refused(/holds no model/));
  });

  it('refuses a folder that holds something, options that cannot be, and a place that cannot be written', async () => {
    fs.mkdirSync(at('full'));
    fs.writeFileSync(at('full/kept'), '');
    const on = (options: object) => exportModel(linear(), { format: 'onnx', to: at('no'), ...options });
    await assert.rejects(on({ to: at('full') }), ExportFolderError);
    await assert.rejects(on({ to: at('full/kept') }), ExportFolderError);
    await assert.rejects(on({ to: at('full/kept/deeper') }), ExportWriteError);
    assert.deepEqual(fs.readdirSync(at('full')), ['kept']);
    await assert.rejects(on({ format: 'pickle' }), InvalidOptionError);
    await assert.rejects(on({ classes: ['one'] }), InvalidOptionError);
    await assert.rejects(on({ classes: ['a', 'a'] }), InvalidOptionError);
    await assert.rejects(on({ labels: [] }), UnknownOptionError);
    fs.mkdirSync(at('empty'));
    assert.deepEqual((await on({ to: at('empty') })).files, ['model.onnx']);
  });
});

describe('newestCheckpoint', () => {
  it('passes over a damaged one, and says where there is none', async () => {
    const store = await savedCheckpoint('damaged', linear(), []);
    await savedCheckpoint('damaged', linear(), []);
    const [newest, before] = await store.list();
    fs.appendFileSync(path.join(at('damaged'), newest!, 'manifest.json'), ' ');
    const seen: string[] = [];
    const { id } = await newestCheckpoint(store, { onRefused: ({ checkpoint }) => seen.push(checkpoint) });
    assert.deepEqual([id, seen.length], [before, 1]);
    await assert.rejects(newestCheckpoint(store, { id: newest! }), CheckpointDamagedError);
    await assert.rejects(newestCheckpoint(localCheckpoints(at('nowhere'))), NoCheckpointError);
  });

  it('a model that was exported for TensorFlow.js is one that loadModel reads', async () => {
    const to = at('again');
    await exportModel(linear(), { format: 'tfjs', to, scaler: new OnlineMinMaxScaler(2) });
    const model = await loadModel(to);
    await saveModel(model, at('again-2'));
    assert.equal(model.layers.length, 4);
    model.dispose();
  });
});
