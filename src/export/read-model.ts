/** Reads what there is, a checkpoint, a model that learns, or layers of TensorFlow.js, as a portable model. */
import type { LayersModel } from '@tensorflow/tfjs-node';
import type { OnlineModel } from '../model/online-model.ts';
import type { OnlineTransformer, RowTransformation } from '../scaling/online-transformer.ts';
import { OnlineMedianImputer } from '../scaling/median-imputer.ts';
import { OnlineMinMaxScaler, OnlineStandardScaler } from '../scaling/scalers.ts';
import type { State } from '../state.ts';
import type { Checkpoint, CheckpointPart } from '../training/checkpoint/store.ts';
import { ExportUnsupportedError } from './errors.ts';
import {
  layersOfDense,
  layersOfModel,
  layersOfState,
  NEVER,
  type PortableLayers,
  type PortableModel,
} from './portable-model.ts';

/** What can be exported, and predicted with. */
export type ExportSource = Checkpoint | OnlineModel | LayersModel;

export const isCheckpoint = (source: ExportSource): source is Checkpoint => 'parts' in source;
export const isOnlineModel = (source: ExportSource): source is OnlineModel =>
  'learn' in source && 'save' in source && 'kind' in source;

/**
 * The portable model.
 *
 * @param scalers what is before a model that is no checkpoint, in order
 * @throws ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`)
 */
export function readModel(source: ExportSource, scalers: readonly OnlineTransformer[]): PortableModel {
  if (!isCheckpoint(source)) {
    const before = scalers.map(transformationOf);
    if (!isOnlineModel(source)) return { ...layersOfModel(source), before };
    const read = readState({ kind: source.kind, state: source.save() });
    return { ...read, before: [...before, ...read.before] };
  }
  const read = readState(modelPart(source));
  return { ...read, before: [...transformersOf(source).map(transformationOf), ...read.before] };
}

/** The model's part of a checkpoint. */
export function modelPart({ parts, place }: Checkpoint): CheckpointPart {
  const model = parts['model'];
  if (!model) throw unsupported(`the checkpoint ${place} holds no model`);
  return model;
}

/** The scalers and imputers of a checkpoint, in the order in which rows pass through them. */
export function transformersOf({ parts }: Checkpoint): readonly OnlineTransformer[] {
  return Object.entries(parts)
    .filter(([name]) => /^scaler\.\d+$/.test(name))
    .sort(([a], [b]) => Number(a.slice(7)) - Number(b.slice(7)))
    .map(([, part]) => restoredTransformer(part));
}

/** A model's state; a scaler within it (`withScaler`) is taken apart. */
function readState({ kind, state }: CheckpointPart): PortableLayers & Pick<PortableModel, 'before'> {
  const bar = kind.indexOf('|');
  if (bar >= 0) {
    const { scaler = null, model = null } = recordOf(state);
    const first = transformationOf(restoredTransformer({ kind: kind.slice(0, bar), state: scaler }));
    const { before, ...layers } = readState({ kind: kind.slice(bar + 1), state: model });
    return { ...layers, before: [first, ...before] };
  }
  return { ...layersOf(kind, state), before: [] };
}

function layersOf(kind: string, state: State): PortableLayers {
  const { options = null, memory = null } = recordOf(state);
  const { weights, intercept, seen } = recordOf(memory);
  switch (kind) {
    case 'network':
      return layersOfState(state);
    case 'linearRegression':
    case 'logisticRegression':
      return layersOfDense(
        weights as Float64Array,
        [intercept as number],
        kind === 'linearRegression' ? 'linear' : 'sigmoid',
      );
    case 'softmaxRegression': {
      const { features, classes } = recordOf(options) as Record<'features' | 'classes', number>;
      return softmaxLayers(weights as Float64Array, seen as Uint8Array, features, classes);
    }
    default:
      throw unsupported(`the model is a ${kind}, which has no counterpart elsewhere`);
  }
}

function softmaxLayers(
  weights: Float64Array,
  seen: Uint8Array,
  features: number,
  classes: number,
): PortableLayers {
  const none = !seen.includes(1);
  const kernel = Float64Array.from(weights, (_, at) => {
    const label = at % classes;
    return none || seen[label] === 0 ? 0 : weights[label * features + Math.floor(at / classes)]!;
  });
  const bias = Array.from(seen, (one) => (none || one === 1 ? 0 : NEVER));
  return layersOfDense(kernel, bias, 'softmax');
}

/** What a transformer does to a row now. */
function transformationOf({ kind, transformation }: OnlineTransformer): RowTransformation {
  if (transformation) return transformation;
  throw unsupported(`the scaler ${kind} does not say what it does to a row (its "transformation")`);
}

/** A scaler or imputer made from its state alone. */
export function restoredTransformer({ kind, state }: CheckpointPart): OnlineTransformer {
  const fields = recordOf(state);
  const restored = <T extends OnlineTransformer>(transformer: T): T => {
    transformer.restore(state);
    return transformer;
  };
  switch (kind) {
    case 'standardScaler':
      return restored(new OnlineStandardScaler((fields['means'] as Float64Array).length));
    case 'minMaxScaler':
      return restored(new OnlineMinMaxScaler((fields['least'] as Float64Array).length));
    case 'medianImputer': {
      const { exactValues, counts } = fields as { exactValues: number; counts: readonly State[] };
      const imputer = restored(new OnlineMedianImputer(counts.length, { exactValues }));
      const empty = imputer.medians.findIndex((median) => Number.isNaN(median));
      if (empty >= 0)
        throw unsupported(
          `the imputer has never seen a value of feature ${empty} (from 0), so there is none to fill it with`,
        );
      return imputer;
    }
    default:
      throw unsupported(`its scaler ${kind} has no counterpart elsewhere`);
  }
}

function recordOf(state: State): Readonly<Record<string, State>> {
  return typeof state === 'object' && state !== null ? (state as Readonly<Record<string, State>>) : {};
}

function unsupported(problem: string): ExportUnsupportedError {
  return new ExportUnsupportedError({ format: '', problem });
}
