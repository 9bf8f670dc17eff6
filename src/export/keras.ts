/** Layers of TensorFlow.js as one HDF5 file that Keras 2 and Keras 3 open with `load_model`. */
import type { Group } from 'h5wasm/node';
import { ExportPackageError } from './errors.ts';
import type { FilledLayers, LayerContent } from './layers-model.ts';

/** The version whose way of describing layers tfjs writes, and both Keras 2 and 3 read. */
const KERAS = '2.15.0';

/**
 * Writes a model with its weights, and the names of its classes if it has any.
 *
 * @throws ExportPackageError (`ST_EXPORT_PACKAGE`) where h5wasm is not installed
 */
export async function writeKerasModel(
  file: string,
  { model, contents }: FilledLayers,
  classes: readonly string[] | undefined,
): Promise<void> {
  const { default: h5wasm } = await import('h5wasm/node').catch((cause: unknown) => {
    throw new ExportPackageError({ format: 'keras', name: 'h5wasm', cause });
  });
  await h5wasm.ready;
  const h5 = new h5wasm.File(file, 'w');
  try {
    const versions = { keras_version: KERAS, backend: 'tensorflow' };
    text(h5, 'model_config', JSON.stringify(configOf({ model, contents })));
    for (const [name, value] of Object.entries(versions)) text(h5, name, value);
    if (classes) text(h5, 'streamtrain_classes', JSON.stringify(classes));
    const weights = h5.create_group('model_weights');
    for (const [name, value] of Object.entries(versions)) text(weights, name, value);
    texts(
      weights,
      'layer_names',
      model.layers.map(({ name }) => name),
    );
    for (const layer of model.layers) writeLayer(weights, layer, contents.get(layer.name)!);
  } finally {
    h5.close();
  }
}

/** What tfjs writes of the layers, and which of them compute in float64, which it does not know. */
function configOf({ model, contents }: FilledLayers): object {
  const found = model.toJSON(null, false) as {
    config: { layers: { config: { name: string; dtype?: string } }[] };
  };
  for (const { config } of found.config.layers)
    if (contents.get(config.name)?.precision === 'float64') config.dtype = 'float64';
  return found;
}

function writeLayer(
  parent: Group,
  layer: FilledLayers['model']['layers'][number],
  { precision, weights }: LayerContent,
): void {
  const group = parent.create_group(layer.name);
  const names = layer.weights.map(({ originalName }) => `${layer.name}/${originalName.split('/').at(-1)!}:0`);
  texts(group, 'weight_names', names);
  if (names.length === 0) return;
  const inner = group.create_group(layer.name);
  for (const [i, { shape }] of layer.weights.entries())
    inner.create_dataset({
      name: names[i]!.split('/')[1]!,
      data: weights[i]!,
      shape: shape as number[],
      dtype: precision === 'float64' ? '<d' : '<f',
    });
}

const text = (at: Group, name: string, value: string): void => at.create_attribute(name, value, null, 'S');

/** A list of texts of the same length, as h5py writes them. */
function texts(at: Group, name: string, values: readonly string[]): void {
  const longest = Math.max(1, ...values.map(({ length }) => length));
  at.create_attribute(name, [...values], [values.length], `S${longest}`);
}
