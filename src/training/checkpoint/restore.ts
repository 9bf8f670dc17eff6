/** Takes the newest good checkpoint of a store into the things it is of: all of them, or none. */
import { messageOf } from '../../errors.ts';
import { ModelNotFiniteError, type State, type Stateful, type OnlineModel } from '../../model/index.ts';
import {
  CheckpointForeignError,
  CheckpointNotFiniteError,
  CheckpointRefusedError,
  CheckpointUnusableError,
} from './errors.ts';
import type { Checkpoint, CheckpointPart, CheckpointStore } from './store.ts';
import { firstNonFinite } from '../../finite.ts';

/** What a checkpoint is of: the names and the things whose states are in it. */
export type Statefuls = Readonly<Record<string, Stateful>>;

/** What {@link restoreNewest} found. */
export interface Restored {
  /** The checkpoint that was used; none when there is none yet. */
  readonly checkpoint: Checkpoint | undefined;
  /** Newer ones that were refused, with their reasons. */
  readonly refused: readonly CheckpointRefusedError[];
}

/**
 * Restores from the newest checkpoint that is whole and fits. One that is damaged, torn, foreign, of a newer format or of
 * a model that had diverged (weights NaN or infinite) is refused with its reason, and the one before it is tried. Nothing
 * is ever half restored. Settings that the things were made with and that are others than the checkpoint's stand in
 * their `restoreRemarks` afterwards.
 *
 * @throws CheckpointUnusableError (`ST_TRAINING_CHECKPOINT_UNUSABLE`) when there are checkpoints but none can be used
 * @example
 * ```ts
 * const model = compileTrainStep(buildClassifier({ inputs: 9 }));
 * const scaler = new OnlineStandardScaler(9);
 * const store = localCheckpoints('checkpoints/cancer');
 * const { checkpoint, refused } = await restoreNewest(store, ['cancer-train'], { model, scaler });
 * for (const error of refused) console.warn(error.message);
 * console.log(checkpoint?.position); // { 'cancer-train': { '0': 4096 } }
 * ```
 */
export async function restoreNewest(
  store: CheckpointStore,
  topics: readonly string[],
  statefuls: Statefuls,
): Promise<Restored> {
  const refused: CheckpointRefusedError[] = [];
  for (const id of await store.list()) {
    try {
      const checkpoint = await store.load(id);
      checkTopics(checkpoint, topics);
      checkFinite(checkpoint, statefuls);
      restoreParts(checkpoint, statefuls);
      return { checkpoint, refused };
    } catch (error) {
      if (!(error instanceof CheckpointRefusedError)) throw error;
      refused.push(error);
    }
  }
  if (refused.length > 0)
    throw new CheckpointUnusableError({ store: store.place, refused, cause: refused[0] });
  return { checkpoint: undefined, refused };
}

/** The states of all of them now, for {@link CheckpointStore.save}. */
export function saveParts(statefuls: Statefuls): Readonly<Record<string, CheckpointPart>> {
  return Object.fromEntries(
    Object.entries(statefuls).map(([name, one]) => [name, { kind: one.kind, state: one.save() }]),
  );
}

/**
 * Restores every part, or none: when one refuses its state, those before it get back the state they had.
 *
 * @throws CheckpointForeignError (`ST_TRAINING_CHECKPOINT_FOREIGN`)
 */
export function restoreParts(checkpoint: Checkpoint, statefuls: Statefuls): void {
  const { place, parts } = checkpoint;
  for (const [name, { kind }] of Object.entries(statefuls)) {
    const found = parts[name]?.kind;
    if (found === undefined)
      throw new CheckpointForeignError({
        checkpoint: place,
        problem: `it has no state for ${name} (${kind})`,
      });
    if (found !== kind)
      throw new CheckpointForeignError({
        checkpoint: place,
        problem: `its ${name} is a ${found}, not a ${kind}`,
      });
  }
  for (const [name, { kind }] of Object.entries(parts)) {
    if (!Object.hasOwn(statefuls, name))
      throw new CheckpointForeignError({
        checkpoint: place,
        problem: `it has a state for ${name} (${kind}), which this training has not`,
      });
  }
  const before = statesBefore(statefuls);
  const done: string[] = [];
  try {
    for (const [name, one] of Object.entries(statefuls)) {
      // Noted first: whoever fails may have begun.
      done.push(name);
      one.restore(parts[name]!.state);
    }
  } catch (error) {
    for (const name of done) {
      const state = before.get(name);
      if (state !== undefined) statefuls[name]!.restore(state);
    }
    throw new CheckpointForeignError({
      checkpoint: place,
      problem: `its ${done.at(-1)} does not fit: ${messageOf(error)}`,
      cause: error,
    });
  }
}

/** @throws CheckpointNotFiniteError (`ST_TRAINING_CHECKPOINT_NOT_FINITE`) for a model whose weights are not finite */
export function checkFinite({ place, parts }: Checkpoint, statefuls: Statefuls): void {
  for (const [name, one] of Object.entries(statefuls)) {
    const part = parts[name];
    const found = part && isModel(one) ? nonFinitePlace(part.state, name) : undefined;
    if (found)
      throw new CheckpointNotFiniteError({ checkpoint: place, path: found.path, value: found.value });
  }
}

/** The states all have now; none of a model that has diverged, which the checkpoint replaces. */
function statesBefore(statefuls: Statefuls): ReadonlyMap<string, State> {
  const states = new Map<string, State>();
  for (const [name, one] of Object.entries(statefuls)) {
    try {
      states.set(name, one.save());
    } catch (error) {
      if (!(error instanceof ModelNotFiniteError)) throw error;
    }
  }
  return states;
}

function checkTopics({ place, topics: found }: Checkpoint, topics: readonly string[]): void {
  if ([...found].sort().join('\n') === [...topics].sort().join('\n')) return;
  throw new CheckpointForeignError({
    checkpoint: place,
    problem: `it is of topic ${found.join(', ')}, not of ${topics.join(', ')}`,
  });
}

/** A number that is NaN or infinite, and where it stands. */
interface NonFinitePlace {
  /** Such as `model.arrays.weights[12]`. */
  readonly path: string;
  readonly value: number;
}

/** Whether it is a model: what it holds in arrays are weights, and what an optimizer keeps of them. */
export function isModel(one: Stateful): one is OnlineModel {
  return 'learn' in one && 'predict' in one && 'step' in one;
}

/**
 * The first value in the state's arrays of floats that is NaN or infinite. One pass without a branch, half a nanosecond a
 * value. A scaler within a model (`withScaler`) is left out: before its first row it holds infinities.
 *
 * @param path how the state is called
 */
export function nonFinitePlace(state: State, path: string): NonFinitePlace | undefined {
  if (typeof state !== 'object' || state === null) return undefined;
  if (state instanceof Float32Array || state instanceof Float64Array) {
    const found = firstNonFinite(state, 1);
    return found && { path: `${path}[${found.row}]`, value: found.value };
  }
  if (ArrayBuffer.isView(state)) return undefined;
  for (const [name, part] of Object.entries(state as Readonly<Record<string, State>>)) {
    if (name === 'scaler') continue;
    const found = nonFinitePlace(part, Array.isArray(state) ? `${path}[${name}]` : `${path}.${name}`);
    if (found) return found;
  }
  return undefined;
}
