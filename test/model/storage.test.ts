/** Saving and loading: the same predictions after, and no damaged model taken for a good one. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { LayersModel, Tensor2D } from '@tensorflow/tfjs-node';
import { buildClassifier, compileTrainStep, loadModel, saveModel } from '../../src/model/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';

const tf = tensorflow();
let root: string;
let saved: string;
let model: LayersModel;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'streamtrain model '));
  saved = join(root, 'deep', 'classifier');
  model = buildClassifier({ seed: 1 });
  await saveModel(model, saved);
});
after(async () => {
  model.dispose();
  await rm(root, { recursive: true });
});

async function copy(): Promise<string> {
  const folder = await mkdtemp(join(root, 'copy-'));
  for (const file of await readdir(saved)) await copyFile(join(saved, file), join(folder, file));
  return folder;
}

function predictions(of: LayersModel): number[] {
  return tf.tidy(() => Array.from((of.predict(tf.range(0, 18).reshape([2, 9])) as Tensor2D).dataSync()));
}

async function refused(folder: string, expected: Record<string, unknown>): Promise<void> {
  const tensors = tf.memory().numTensors;
  await assert.rejects(loadModel(folder), expected);
  assert.equal(tf.memory().numTensors, tensors, 'a refused model leaves no tensor');
}

describe('a saved model', () => {
  it('predicts the same after loading, and leaves no tensor after dispose', async () => {
    const tensors = tf.memory().numTensors;
    const loaded = await loadModel(saved);
    assert.deepEqual(predictions(loaded), predictions(model));
    loaded.dispose();
    assert.equal(tf.memory().numTensors, tensors);
  });

  it('goes on training with new dropout masks at each step', async () => {
    const loaded = await loadModel(saved);
    const [first, second] = tf.tidy(() =>
      [1, 2].map(() =>
        (loaded.layers[1]!.apply(tf.ones([4, 128]), { training: true }) as Tensor2D).dataSync(),
      ),
    );
    assert.notDeepEqual(first, second);
    loaded.dispose();
  });

  it('can be saved over, and the last one counts', async () => {
    const folder = await copy();
    const other = buildClassifier({ seed: 2 });
    await saveModel(other, folder);
    const loaded = await loadModel(folder);
    assert.deepEqual(predictions(loaded), predictions(other));
    other.dispose();
    loaded.dispose();
  });

  it('is refused with its reason when there is none, and told from a damaged one', async () => {
    await refused(join(root, 'none'), { code: 'ST_MODEL_NOT_FOUND', message: /none: ENOENT.*saveModel/ });
    await refused(root, { code: 'ST_MODEL_NOT_FOUND' });
  });

  it('is refused when its weights are cut short, changed by one bit, or gone', async () => {
    const weights = join(await copy(), 'weights.bin');
    const folder = join(weights, '..');
    const damaged = { code: 'ST_MODEL_DAMAGED', file: 'weights.bin' };
    const bytes = await readFile(weights);
    bytes[1000]! ^= 1;
    await writeFile(weights, bytes);
    await refused(folder, { ...damaged, message: /SHA-256/ });
    await truncate(weights, 1000);
    await refused(folder, damaged);
    await rm(join(folder, 'checksums.sha256'));
    await refused(folder, { ...damaged, message: /1000 bytes, expected 269316/ });
    await rm(weights);
    await refused(folder, { ...damaged, message: /ENOENT/ });
  });

  it('is refused when a file of it leads out of its folder, by its name or as a link', async () => {
    const folder = await copy();
    await rm(join(folder, 'checksums.sha256'));
    const elsewhere = join(await copy(), 'weights.bin');
    const text = await readFile(join(folder, 'model.json'), 'utf8');
    const damaged = { code: 'ST_MODEL_DAMAGED', message: /leads out of the folder/ };
    for (const name of [elsewhere, relative(folder, elsewhere)]) {
      await writeFile(
        join(folder, 'model.json'),
        text.replaceAll('./weights.bin', name).replaceAll('"weights.bin"', `"${name}"`),
      );
      await refused(folder, { ...damaged, file: name });
      await writeFile(join(folder, 'checksums.sha256'), `${'0'.repeat(64)}  ${name}\n`);
      await refused(folder, { ...damaged, file: name });
      await rm(join(folder, 'checksums.sha256'));
    }
    await writeFile(join(folder, 'model.json'), text);
    for (const file of ['weights.bin', 'model.json']) {
      await rm(join(folder, file));
      await symlink(join(elsewhere, '..', file), join(folder, file));
      await refused(folder, damaged);
      await rm(join(folder, file));
      await copyFile(join(elsewhere, '..', file), join(folder, file));
    }
    // Within the folder, and with the folder itself behind a link, links are fine.
    await copyFile(elsewhere, join(folder, 'kept.bin'));
    await rm(join(folder, 'weights.bin'));
    await symlink('kept.bin', join(folder, 'weights.bin'));
    const link = `${folder}-link`;
    await symlink(folder, link);
    const loaded = await loadModel(link);
    assert.deepEqual(predictions(loaded), predictions(model));
    loaded.dispose();
  });

  it('is refused when its topology is not JSON or no model', async () => {
    const folder = await copy();
    await rm(join(folder, 'checksums.sha256'));
    await writeFile(join(folder, 'model.json'), '{"modelTopology": ');
    await refused(folder, { code: 'ST_MODEL_DAMAGED', file: 'model.json', message: /not JSON/ });
    await writeFile(join(folder, 'model.json'), '{}');
    await refused(folder, { code: 'ST_MODEL_DAMAGED', file: 'model.json' });
    for (const text of ['[1]', 'null']) {
      await writeFile(join(folder, 'model.json'), text);
      await refused(folder, { code: 'ST_MODEL_DAMAGED', file: 'model.json' });
    }
  });

  it('that is whole but no layers model is not called damaged: the reason and a way are said', async () => {
    const folder = await copy();
    await rm(join(folder, 'checksums.sha256'));
    const topology = await readFile(join(folder, 'model.json'), 'utf8');
    const cases: [text: string, message: RegExp][] = [
      [topology.replaceAll('"batch_input_shape"', '"batch_shape"'), /saved by Keras .*tf_keras/],
      [
        JSON.stringify({ format: 'graph-model', modelTopology: { node: [] } }),
        /graph model.*tf\.loadGraphModel/,
      ],
      [topology.replaceAll('"Dropout"', '"MyOwnLayer"'), /TensorFlow\.js says "Unknown layer: MyOwnLayer/],
    ];
    for (const [text, message] of cases) {
      await writeFile(join(folder, 'model.json'), text);
      await refused(folder, { code: 'ST_MODEL_FORMAT', folder, message });
    }
  });

  it('is found by the path of its model.json, too', async () => {
    const loaded = await loadModel(join(saved, 'model.json'));
    assert.deepEqual(predictions(loaded), predictions(model));
    loaded.dispose();
  });

  it('of another tfjs program loads without our checksums', async () => {
    const folder = await copy();
    await rm(join(folder, 'checksums.sha256'));
    const loaded = await loadModel(folder);
    assert.deepEqual(predictions(loaded), predictions(model));
    loaded.dispose();
  });

  it('says where it could not be written', async () => {
    const file = join(root, 'a-file');
    await writeFile(file, '');
    await assert.rejects(saveModel(model, file), { code: 'ST_MODEL_SAVE', folder: file });
  });

  it('keeps what is frozen, also a model within the model, so that training goes on with the head alone', async () => {
    const base = tf.sequential({
      layers: [tf.layers.dense({ units: 4, inputShape: [3] }), tf.layers.batchNormalization()],
    });
    base.trainable = false;
    const whole = tf.sequential();
    whole.add(base);
    whole.add(tf.layers.dense({ units: 1, activation: 'sigmoid' }));
    const folder = join(root, 'frozen');
    await saveModel(whole, folder);
    const loaded = await loadModel(folder);
    using step = compileTrainStep(loaded);
    step.learn({ rows: 2, xs: Float32Array.of(1, 2, 3, 6, 5, 4), ys: Float32Array.of(0, 1) });
    const after = step.toLayersModel();
    const weights = (of: LayersModel) => of.getWeights().map((w) => [...w.dataSync()]);
    const [was, is] = [weights(whole), weights(after)];
    // The head's two weights come first: they are those that are trained.
    assert.deepEqual(is.slice(2), was.slice(2));
    assert.notDeepEqual(is.slice(0, 2), was.slice(0, 2));
    for (const each of [whole, loaded, after]) each.dispose();
  });

  it('is refused with weights that are NaN, when it is saved and when it is loaded', async () => {
    const broken = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    broken.setWeights([tf.tensor2d([[NaN]]), tf.zeros([1])]);
    const folder = join(root, 'broken');
    await assert.rejects(saveModel(broken, folder), { code: 'ST_OPTION_INVALID', message: /NaN.*kernel/ });
    await broken.save(`file://${folder}`);
    broken.dispose();
    await refused(folder, { code: 'ST_MODEL_DAMAGED', message: /NaN.*kernel/ });
  });

  it('is refused where a layer has a setting of Keras that TensorFlow.js would leave out', async () => {
    const relu = tf.sequential({
      layers: [tf.layers.reLU({ inputShape: [2] }), tf.layers.dense({ units: 1 })],
    });
    const folder = join(root, 'leaky');
    await relu.save(`file://${folder}`);
    relu.dispose();
    const file = join(folder, 'model.json');
    const text = await readFile(file, 'utf8');
    const withSetting = (value: number) =>
      text.replace(
        '"class_name":"ReLU","config":{',
        `"class_name":"ReLU","config":{"negative_slope":${value},`,
      );
    await writeFile(file, withSetting(0));
    (await loadModel(folder)).dispose();
    await writeFile(file, withSetting(0.1));
    await refused(folder, { code: 'ST_MODEL_FORMAT', message: /ReLU.*negative_slope 0\.1/ });
  });
});
