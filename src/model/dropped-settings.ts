/** Settings of Keras' layers that TensorFlow.js leaves out without a word when it loads a model. */
import { ModelFormatError } from './errors.ts';

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
export function refuseDroppedSettings(folder: string, topology: unknown): void {
  if (typeof topology !== 'object' || topology === null) return;
  const { class_name, className = class_name, config } = topology as LayerRecord;
  const settings = typeof className === 'string' ? droppedSettings.get(className) : undefined;
  for (const [setting, harmless] of Object.entries(settings ?? {})) {
    const camel = setting.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const value = config?.[setting] ?? config?.[camel];
    if (value !== undefined && !harmless.includes(value))
      throw new ModelFormatError(
        folder,
        `its layer ${String(config?.['name'])} (${String(className)}) has ${setting} ${JSON.stringify(value)}, which ` +
          'TensorFlow.js does not know and would leave out',
        'Build that layer another way, and save the model again.',
      );
  }
  for (const part of Object.values(topology)) refuseDroppedSettings(folder, part);
}
