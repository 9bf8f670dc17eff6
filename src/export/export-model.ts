/** Takes a model elsewhere: to TensorFlow, Keras, TensorFlow.js or any reader of ONNX. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { StreamTrainError } from '../errors.ts';
import { saveModel } from '../model/storage.ts';
import { checkOneOf, invalidOption, refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { OnlineTransformer } from '../scaling/online-transformer.ts';
import { ExportFolderError, ExportWriteError } from './errors.ts';
import { writeKerasModel } from './keras.ts';
import { layersModelOf } from './layers-model.ts';
import { onnxBytes } from './onnx.ts';
import { rowsOf, type PortableModel } from './portable-model.ts';
import { isCheckpoint, readModel, type ExportSource } from './read-model.ts';
import { writeTensorFlowModel } from './saved-model.ts';

/** The formats there are. */
export const exportFormats = ['saved-model', 'keras', 'tfjs', 'onnx'] as const;
/** One of {@link exportFormats}. */
export type ExportFormat = (typeof exportFormats)[number];

/** Options of {@link exportModel}. */
export interface ExportOptions {
  /** `saved-model` (TensorFlow), `keras` (one HDF5 file), `tfjs` (layers of TensorFlow.js), or `onnx`. */
  format: ExportFormat;
  /** The folder to write to; it is made, and holds nothing yet. */
  to: string;
  /** What is before the model, as `trainOnline` was given it. A checkpoint has its own. */
  scaler?: OnlineTransformer | readonly OnlineTransformer[];
  /** What the classes are called, in the order of the outputs (of a single probability: class 0, class 1). Kept beside the model. */
  classes?: readonly string[];
  /** Leaves an imputer out, which `keras` and `tfjs` cannot hold: the rows must then have no gaps. Default false. */
  withoutImputer?: boolean;
}

const optionNames: OptionNames<ExportOptions> = {
  ...{ format: true, to: true, scaler: true, classes: true, withoutImputer: true },
};

/** What was written. */
export interface ExportedModel {
  readonly format: ExportFormat;
  /** Where. */
  readonly folder: string;
  /** Its files, relative to the folder. */
  readonly files: readonly string[];
  /** Values in a row. */
  readonly features: number;
  /** Values in a prediction. */
  readonly outputs: number;
  /** What rows are given as: raw ones in float64 where there are scalers or a linear model, but for `tfjs`. */
  readonly rows: 'float32' | 'float64';
}

/**
 * Writes a model, with the scalers before it, in a format that other programs open. Raw rows go in, predictions come out: the
 * same as here to within 1e-6, of its size where one is above 1. Linear models compute in float64 here and there: `saved-model`
 * and `onnx` give the same number in float32. `tfjs` computes in float32 only. docs/export.md says what that costs.
 *
 * - `saved-model`: a SavedModel of TensorFlow, with the signature `serving_default`: `rows` to `predictions`; weights in
 *   `variables/`. For Python, TensorFlow Serving, C and Java.
 * - `keras`: `model.h5`, which Keras 2 and 3 open by `load_model`.
 * - `tfjs`: `model.json` and `weights.bin`, for `tf.loadLayersModel` and `loadModel`.
 * - `onnx`: `model.onnx`, operation set 17, `rows` to `predictions`.
 *
 * Rows are float64 where there is a scaler or imputer, and for linear models; else, and in `tfjs` always, float32. Known are the layers that
 * `compileTrainStep` compiles, and the linear models; anything else, an imputer in `keras` and `tfjs` among it, is refused by
 * its name. Nothing is there until all of it is.
 *
 * @param source a checkpoint (with its scalers), a model that learns, or layers of TensorFlow.js
 * @throws ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`); ExportFolderError (`ST_EXPORT_FOLDER`) when there is something in
 *   the folder; ExportPackageError (`ST_EXPORT_PACKAGE`): `keras` needs the package h5wasm, `onnx` protobufjs;
 *   ExportWriteError (`ST_EXPORT_WRITE`); InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const checkpoint = await newestCheckpoint(localCheckpoints('checkpoints/cancer'));
 * await exportModel(checkpoint, { format: 'onnx', to: 'elsewhere/cancer', classes: ['benign', 'malignant'] });
 * ```
 */
export async function exportModel(source: ExportSource, options: ExportOptions): Promise<ExportedModel> {
  refuseUnknownOptions('exportModel', options, optionNames);
  const { format, to, scaler = [], classes, withoutImputer = false } = options;
  checkOneOf('format', format, exportFormats);
  if (typeof to !== 'string' || to === '') throw invalidOption('to', to, "a folder's path");
  const scalers = 'kind' in scaler ? [scaler] : scaler;
  if (isCheckpoint(source) && scalers.length > 0)
    throw invalidOption('scaler', scaler, 'none beside a checkpoint, which has its own');
  const read = readModel(source, scalers);
  const { features, outputs } = read.plan;
  if (classes) checkClasses(classes, outputs);
  const before = read.before.filter(({ kind }) => !(withoutImputer && kind === 'fill'));
  const model: PortableModel = { ...read, before, ...(classes && { classes }) };
  const folder = path.resolve(to);
  const files = await writeWhole(folder, (draft) => writers[format](draft, model));
  return { format, folder, files, features, outputs, rows: format === 'tfjs' ? 'float32' : rowsOf(model) };
}

const writers: Readonly<Record<ExportFormat, (folder: string, model: PortableModel) => Promise<void>>> = {
  'saved-model': async (folder, model) => {
    writeTensorFlowModel(folder, model);
    if (!model.classes) return;
    await fs.mkdir(path.join(folder, 'assets.extra'));
    await fs.writeFile(path.join(folder, 'assets.extra', 'classes.json'), JSON.stringify(model.classes));
  },
  keras: async (folder, model) => {
    const layers = layersModelOf('keras', model);
    try {
      await writeKerasModel(path.join(folder, 'model.h5'), layers, model.classes);
    } finally {
      layers.model.dispose();
    }
  },
  tfjs: async (folder, model) => {
    const { model: layers } = layersModelOf('tfjs', model);
    try {
      if (model.classes) layers.setUserDefinedMetadata({ classes: [...model.classes] });
      await saveModel(layers, folder);
    } finally {
      layers.dispose();
    }
  },
  onnx: async (folder, model) => fs.writeFile(path.join(folder, 'model.onnx'), await onnxBytes(model)),
};

function checkClasses(classes: readonly string[], outputs: number): void {
  const count = outputs === 1 ? 2 : outputs;
  const fits =
    Array.isArray(classes) &&
    classes.length === count &&
    classes.every((name) => typeof name === 'string' && name !== '') &&
    new Set(classes).size === count;
  if (!fits) throw invalidOption('classes', classes, `${count} different names, one a class`);
}

/** Writes into a folder beside it, which is then given its name. */
async function writeWhole(
  folder: string,
  write: (draft: string) => Promise<void>,
): Promise<readonly string[]> {
  const draft = `${folder}.writing-${randomUUID()}`;
  try {
    if (await holdsSomething(folder)) throw new ExportFolderError({ folder });
    await fs.mkdir(draft, { recursive: true });
    await write(draft);
    await removeEmpty(folder);
    await fs.rename(draft, folder);
  } catch (error) {
    await fs.rm(draft, { recursive: true, force: true }).catch(() => {});
    throw error instanceof StreamTrainError ? error : new ExportWriteError({ folder, cause: error });
  }
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Somebody else may have filled it meanwhile. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    await fs.rmdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw code === 'ENOTEMPTY' || code === 'EEXIST' ? new ExportFolderError({ folder }) : error;
  }
}

/** A file, or a folder that is not empty; what is empty is put in its place. */
async function holdsSomething(folder: string): Promise<boolean> {
  try {
    return (await fs.readdir(folder)).length > 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code !== 'ENOTDIR') throw error;
    // A file; or one stands where a folder above it should, which writing will say.
    return fs.stat(folder).then(
      () => true,
      () => false,
    );
  }
}
