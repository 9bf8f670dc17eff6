/**
 * Exported models, opened by other programs: TensorFlow and Keras (STREAMTRAIN_KERAS_PYTHON names a Python that has them) and
 * onnxruntime (STREAMTRAIN_ONNX_PYTHON). Where these are not named, files and predictions are compared with what was proven
 * there: test/export/fixtures/readers.json, written with STREAMTRAIN_UPDATE_SNAPSHOTS=1.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { exportModel, type ExportFormat } from '../../src/export/index.ts';
import { loadModel } from '../../src/model/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';
import {
  FEATURES,
  predictedHere,
  ROWS,
  testRows,
  trainedModels,
  valueModels,
  wholeRows,
  type TrainedModel,
} from './models.ts';
import { outlineOf } from './outline.ts';

type Proven = 'saved-model' | 'keras' | 'onnx';
interface Proof {
  readonly outline: string;
  readonly predictions: readonly number[];
}
interface Fixture {
  readonly versions: Readonly<Record<string, string>>;
  readonly proofs: Readonly<Record<string, Proof>>;
}

const TOLERANCE = 1e-6;
const file = new URL('fixtures/readers.json', import.meta.url);
const pythons: Readonly<Record<Proven, string | undefined>> = {
  'saved-model': process.env['STREAMTRAIN_KERAS_PYTHON'],
  keras: process.env['STREAMTRAIN_KERAS_PYTHON'],
  onnx: process.env['STREAMTRAIN_ONNX_PYTHON'],
};

const isLayers = (format: ExportFormat): boolean => format === 'keras' || format === 'tfjs';
const rowsFor = ({ rows }: TrainedModel, format: ExportFormat): Float64Array =>
  rows === testRows && isLayers(format) ? wholeRows : rows;
/** The layers of TensorFlow.js take no float64; and a scaler of such rows is refused in Keras, too, which may round them. */
const modelsFor = (format: ExportFormat): readonly TrainedModel[] =>
  models.filter(
    ({ name }) => !(name === 'clock' && isLayers(format)) && !(name === 'differences' && format === 'tfjs'),
  );

let folder: string;
let models: readonly TrainedModel[];
before(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'streamtrain-export-'));
  models = [...trainedModels(), ...valueModels()];
});
after(() => {
  for (const { model } of models) model.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function exported({ name, model, scalers }: TrainedModel, format: ExportFormat): Promise<string> {
  const to = path.join(folder, `${name}-${format}`);
  const { files } = await exportModel(model, {
    ...{ format, to, scaler: scalers },
    withoutImputer: isLayers(format),
  });
  assert.ok(files.length > 0);
  return to;
}

function assertEqual(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(found.length, expected.length, what);
  for (let i = 0; i < found.length; i++)
    assert.ok(
      Math.abs(found[i]! - expected[i]!) <= TOLERANCE * Math.max(1, Math.abs(expected[i]!)),
      `${what}: row ${i}: ${found[i]} ${expected[i]}`,
    );
}

/** A linear model computes in float64 everywhere: what it predicts is the same number in float32, whatever its size. */
function assertSame(found: ArrayLike<number>, expected: Float32Array, what: string): void {
  assert.deepEqual(Float32Array.from(found), expected, what);
}

const isRegression = (name: string): boolean => /^(regression|differences)-/.test(name);

/** What the reader of a format predicts for the models in the folder. */
async function readElsewhere(format: Proven, python: string) {
  const cases = modelsFor(format).map((one) => ({
    ...{ format, folder: `${one.name}-${format}`, features: FEATURES },
    rows: [...rowsFor(one, format)].map((value) => (Number.isNaN(value) ? null : value)),
  }));
  fs.writeFileSync(path.join(folder, 'cases.json'), JSON.stringify(cases));
  const script = fileURLToPath(new URL('../../scripts/read-exported.py', import.meta.url));
  const { stdout } = await promisify(execFile)(python, [script, folder, format], { maxBuffer: 2 ** 27 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    versions: Record<string, string>;
    predictions: Record<string, number[]>;
  };
}

describe('an exported model', () => {
  for (const format of ['saved-model', 'keras', 'onnx'] as const)
    it(`predicts elsewhere what it predicts here: ${format}`, async () => {
      const proofs: Record<string, { outline: string; expected: Float32Array }> = {};
      for (const one of modelsFor(format)) {
        const isWide = one.model.takesFloat64 === true;
        const { outline, weights } = await outlineOf(format, await exported(one, format), isWide);
        for (const [name, values] of weights)
          assert.ok(weights.size > 0 && values.every(Number.isFinite), name);
        proofs[`${one.name}-${format}`] = { outline, expected: predictedHere(one, rowsFor(one, format)) };
      }
      const python = pythons[format];
      const read = python === undefined ? undefined : await readElsewhere(format, python);
      const fixture = JSON.parse(fs.readFileSync(file, 'utf8')) as Fixture;
      if (read && process.env['STREAMTRAIN_UPDATE_SNAPSHOTS'])
        fs.writeFileSync(file, JSON.stringify(updated(fixture, read, proofs)));
      for (const [name, { outline, expected }] of Object.entries(proofs)) {
        const compare = isRegression(name) ? assertSame : assertEqual;
        if (read) compare(read.predictions[name]!, expected, `${name} now`);
        else {
          assert.equal(
            outline,
            fixture.proofs[name]?.outline,
            `${name}: the files are others than those proven`,
          );
          compare(fixture.proofs[name]!.predictions, expected, `${name} as proven`);
        }
      }
    });

  it('is read by TensorFlow.js, with the same predictions, in its browser format', async () => {
    const tf = tensorflow();
    for (const one of modelsFor('tfjs')) {
      const to = await exported(one, 'tfjs');
      const { numTensors } = tf.memory();
      const read: LayersModel = await loadModel(to);
      const found = tf.tidy(() =>
        (read.predict(tf.tensor(Float32Array.from(wholeRows), [ROWS, FEATURES])) as Tensor).dataSync(),
      );
      read.dispose();
      assert.equal(tf.memory().numTensors, numTensors);
      assertEqual(found, predictedHere(one, wholeRows), one.name);
    }
  });

  it('is opened by the native TensorFlow as any SavedModel is, from its variables', async () => {
    const tf = tensorflow();
    const { model } = models[0]!;
    const to = path.join(folder, 'plain');
    const { rows } = await exportModel(model, { format: 'saved-model', to });
    assert.equal(rows, 'float32');
    const read = await tf.node.loadSavedModel(to, ['serve'], 'serving_default');
    const xs = Float32Array.from({ length: ROWS * FEATURES }, (_, i) => Math.sin(i));
    const found = tf.tidy(() => {
      const outputs = read.predict({ rows: tf.tensor(xs, [ROWS, FEATURES]) }) as Record<string, Tensor>;
      return outputs['predictions']!.dataSync();
    });
    read.dispose();
    assertEqual(found, model.predict(xs, ROWS), 'native');
  });
});

function updated(
  { versions, proofs }: Fixture,
  read: Awaited<ReturnType<typeof readElsewhere>>,
  now: Readonly<Record<string, { outline: string }>>,
): Fixture {
  const added = Object.entries(now).map(([name, { outline }]) => [
    name,
    { outline, predictions: read.predictions[name]!.map((value) => Number(value.toPrecision(9))) },
  ]);
  return {
    versions: { ...versions, ...read.versions },
    proofs: { ...proofs, ...(Object.fromEntries(added) as Record<string, Proof>) },
  };
}
