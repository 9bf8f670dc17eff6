/** Saves a model in a folder and loads it back, in the tfjs format. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-node';
import { messageOf } from '../errors.ts';
import { allFinite } from '../finite.ts';
import { tensorflow } from '../tensorflow.ts';
import { renewDropoutMasks, everyWeight, setSwitches, switchesOf, type Switches } from './tfjs-layers.ts';
import { ModelDamagedError, ModelFormatError, ModelNotFoundError, ModelSaveError } from './errors.ts';
import { invalidOption } from '../options.ts';

const TOPOLOGY = 'model.json';
const WEIGHTS = 'weights.bin';
/** One line a file, as `sha256sum --check` reads it; written last, so a save that broke off is seen. */
const CHECKSUMS = 'checksums.sha256';

/**
 * Saves layers and weights in `folder`, made if missing: `model.json` and `weights.bin` in the format of TensorFlow.js
 * (any tfjs program can load them), and `checksums.sha256`. What is frozen (`trainable = false`), also a model within the
 * model, is kept. A model that is there is replaced. The optimizer's state is not saved: what goes on training after
 * {@link loadModel} starts with a new Adam.
 *
 * @throws {@link ModelSaveError} (`ST_MODEL_SAVE`) when the folder cannot be written; InvalidOptionError
 *   (`ST_OPTION_INVALID`) for a model whose weights are NaN or infinite
 * @example
 * ```ts
 * await saveModel(model, 'cancer-classifier');
 * ```
 */
export async function saveModel(model: LayersModel, folder: string): Promise<void> {
  const path = resolve(folder);
  const broken = brokenWeight(model);
  if (broken !== undefined) throw invalidOption('model', model.name, `finite weights (it has ${broken})`);
  try {
    await mkdir(path, { recursive: true });
    await rm(join(path, CHECKSUMS), { force: true });
    await model.save(`file://${path}`);
    await keepSwitches(join(path, TOPOLOGY), switchesOf(model));
    const lines = await Promise.all(
      [TOPOLOGY, WEIGHTS].map(async (file) => `${sha256(await readFile(join(path, file)))}  ${file}\n`),
    );
    await writeFile(join(path, CHECKSUMS), lines.join(''));
  } catch (error) {
    throw new ModelSaveError({ folder: path, cause: error });
  }
}

/**
 * Loads the model that {@link saveModel}, or any tfjs program, saved in `folder`; the path of its `model.json` will do,
 * too. Compile it before training or `evaluate`; `predict` works at once. `model.dispose()` frees it.
 *
 * @throws {@link ModelNotFoundError} (`ST_MODEL_NOT_FOUND`) when there is no `model.json` in the folder;
 *   {@link ModelDamagedError} (`ST_MODEL_DAMAGED`) when a file is missing, cut short, changed since it was saved or
 *   outside the folder
 *   (a model of another program has no checksums: then only the weights' size is checked);
 *   {@link ModelFormatError} (`ST_MODEL_FORMAT`) when it is whole but no layers model of TensorFlow.js: a graph model, one
 *   of Keras 3, a layer that TensorFlow.js does not know, or one with a setting that it would leave out
 * @example
 * ```ts
 * const model = await loadModel('cancer-classifier');
 * ```
 */
export async function loadModel(folder: string): Promise<LayersModel> {
  const path = basename(folder) === TOPOLOGY ? dirname(resolve(folder)) : resolve(folder);
  const { streamtrain } = await checkFiles(path);
  const tf = tensorflow();
  const before = new Set(Object.keys(tf.engine().registeredVariables));
  try {
    const model = await tf.loadLayersModel(`file://${join(path, TOPOLOGY)}`);
    const broken = brokenWeight(model);
    if (broken !== undefined)
      throw new ModelDamagedError({ folder: path, file: WEIGHTS, problem: `holds ${broken}` });
    if (streamtrain) setSwitches(model, streamtrain.switches);
    renewDropoutMasks(model);
    return model;
  } catch (error) {
    for (const [name, variable] of Object.entries(tf.engine().registeredVariables)) {
      if (!before.has(name)) variable.dispose();
    }
    if (error instanceof ModelDamagedError) throw error;
    const toDo =
      'Its files are as they were saved: load it with the program that made it, and save it as a layers model of ' +
      'TensorFlow.js, with layers that TensorFlow.js knows.';
    throw new ModelFormatError({
      folder: path,
      problem: `TensorFlow.js says "${messageOf(error)}"`,
      toDo,
      cause: error,
    });
  }
}

/** Writes into the topology what is frozen, which tfjs leaves out for models within the model. */
async function keepSwitches(file: string, switches: Switches): Promise<void> {
  if (switches.every(({ layer, weights }) => layer && weights.every(Boolean))) return;
  const topology = JSON.parse(await readFile(file, 'utf8')) as Topology;
  await writeFile(file, JSON.stringify({ ...topology, streamtrain: { switches } }));
}

/** The first weight that is not finite. */
function brokenWeight(model: LayersModel): string | undefined {
  const broken = everyWeight(model).find(({ val }) => !allFinite(val.dataSync()));
  return broken && `NaN or infinite numbers in ${broken.originalName}`;
}

interface Topology {
  /** Ours: what is frozen, if anything is. */
  streamtrain?: { switches: Switches };
  /** `layers-model` or `graph-model`; programs of other versions leave it out. */
  format?: string;
  modelTopology?: { keras_version?: string; node?: unknown; model_config?: unknown; class_name?: unknown };
  weightsManifest?: {
    paths: string[];
    weights: { shape: number[]; dtype: string; quantization?: unknown }[];
  }[];
}

async function checkFiles(folder: string): Promise<Topology> {
  const text = await readPart(folder, TOPOLOGY).catch((error: ModelDamagedError) => {
    if (error.cause === undefined) throw error;
    throw new ModelNotFoundError({ folder, cause: error.cause });
  });
  const checksums = await readFile(join(folder, CHECKSUMS), 'utf8').catch(() => undefined);
  if (checksums !== undefined) await compareChecksums(folder, checksums);
  let topology: Topology;
  try {
    topology = (JSON.parse(text.toString()) as Topology | null) ?? {};
  } catch (error) {
    throw new ModelDamagedError({
      folder,
      file: TOPOLOGY,
      problem: `is not JSON: ${messageOf(error)}`,
      cause: error,
    });
  }
  checkFormat(folder, topology);
  for (const { paths, weights } of topology.weightsManifest ?? []) {
    let bytes = 0;
    for (const file of paths) bytes += (await readPart(folder, file)).length;
    // Only float32 has a size we can tell here; quantized or text weights are left to tfjs.
    if (!weights.every(({ dtype, quantization }) => dtype === 'float32' && !quantization)) continue;
    const expected = weights.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
    if (bytes !== expected) {
      throw new ModelDamagedError({
        folder,
        file: paths.join(', '),
        problem: `has ${bytes} bytes, expected ${expected}`,
      });
    }
  }
  refuseDroppedSettings(folder, topology.modelTopology);
  return topology;
}

/** Refuses what is no layers model, with the way to one. */
function checkFormat(folder: string, { format, modelTopology }: Topology): void {
  if (typeof modelTopology !== 'object' || modelTopology === null)
    throw new ModelDamagedError({ folder, file: TOPOLOGY, problem: 'has no "modelTopology"' });
  if (format === 'graph-model' || modelTopology.node !== undefined) {
    throw new ModelFormatError({
      folder,
      problem: 'it is a graph model, which has no layers and cannot be trained',
      toDo:
        'Predict with it by tf.loadGraphModel, or save the model it was made from as a layers model ' +
        '(tensorflowjs_converter --output_format=tfjs_layers_model).',
    });
  }
  const { keras_version: version = '' } = modelTopology;
  if (version.startsWith('3') || JSON.stringify(modelTopology).includes('"batch_shape":')) {
    throw new ModelFormatError({
      folder,
      problem: `it was saved by Keras ${version.startsWith('3') ? version : '3'}, whose description of layers TensorFlow.js 4 does not read`,
      toDo: 'Save it with Keras 2 (the Python package tf_keras, or TF_USE_LEGACY_KERAS=1) and convert it again.',
    });
  }
}

async function compareChecksums(folder: string, checksums: string): Promise<void> {
  for (const [, expected, file] of checksums.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)) {
    const found = sha256(await readPart(folder, file!));
    if (found !== expected)
      throw new ModelDamagedError({
        folder,
        file: file!,
        problem: `has the SHA-256 ${found}, saved as ${expected}`,
      });
  }
}

/** Reads a file of the model. What a file of the model names lies in its folder: nothing leads out of it, no link either. */
async function readPart(folder: string, file: string): Promise<Buffer> {
  const path = resolve(folder, file);
  const [home, real] = await Promise.all([folder, path].map((place) => realpath(place).catch(() => place)));
  if (!path.startsWith(folder + sep) || (real !== path && !real!.startsWith(home! + sep)))
    throw new ModelDamagedError({
      folder,
      file,
      problem: 'leads out of the folder, and nothing is read there',
    });
  return readFile(path).catch((error: unknown) => {
    throw new ModelDamagedError({
      folder,
      file,
      problem: `cannot be read: ${messageOf(error)}`,
      cause: error,
    });
  });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** By class of layer and setting: the values that mean the same as leaving it out. */
const droppedSettings = new Map<string, Readonly<Record<string, readonly unknown[]>>>([
  ['ReLU', { negative_slope: [0, null], threshold: [0, null] }],
  // Keras 3's name for alpha.
  ['LeakyReLU', { negative_slope: [] }],
  ['BatchNormalization', { renorm: [false, null] }],
  ...['Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'SeparableConv2D', 'DepthwiseConv2D'].map(
    (name) => [name, { groups: [1, null] }] as const,
  ),
  ...['GlobalAveragePooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D'].map(
    (name) => [name, { keepdims: [false, null] }] as const,
  ),
  ...['SimpleRNN', 'LSTM', 'GRU'].map((name) => [name, { time_major: [false, null] }] as const),
]);

interface LayerRecord {
  class_name?: unknown;
  className?: unknown;
  config?: Readonly<Record<string, unknown>>;
}

/**
 * Looks through a model's topology, models and wrappers within it included.
 *
 * @throws ModelFormatError (`ST_MODEL_FORMAT`)
 */
function refuseDroppedSettings(folder: string, topology: unknown): void {
  if (typeof topology !== 'object' || topology === null) return;
  const { class_name, className = class_name, config } = topology as LayerRecord;
  const settings = typeof className === 'string' ? droppedSettings.get(className) : undefined;
  for (const [setting, harmless] of Object.entries(settings ?? {})) {
    const camel = setting.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const value = config?.[setting] ?? config?.[camel];
    if (value !== undefined && !harmless.includes(value))
      throw new ModelFormatError({
        folder,
        problem:
          `its layer ${String(config?.['name'])} (${String(className)}) has ${setting} ${JSON.stringify(value)}, which ` +
          'TensorFlow.js does not know and would leave out',
        toDo: 'Build that layer another way, and save the model again.',
      });
  }
  for (const part of Object.values(topology)) refuseDroppedSettings(folder, part);
}
