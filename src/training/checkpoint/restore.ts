/** Takes the newest good checkpoint of a store into the things it is of: all of them, or none. */
import { messageOf } from '../../errors.ts';
import { ModelNotFiniteError, type State, type Stateful } from '../../model/index.ts';
import {
  CheckpointForeignError,
  CheckpointNotFiniteError,
  CheckpointRefusedError,
  CheckpointUnusableError,
} from './errors.ts';
import { isModel, nonFinitePlace } from './finite-state.ts';
import type { Checkpoint, CheckpointPart, CheckpointStore } from './store.ts';

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
  if (refused.length > 0) throw new CheckpointUnusableError(store.place, refused);
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
    if (found === undefined) throw new CheckpointForeignError(place, `it has no state for ${name} (${kind})`);
    if (found !== kind) throw new CheckpointForeignError(place, `its ${name} is a ${found}, not a ${kind}`);
  }
  for (const [name, { kind }] of Object.entries(parts)) {
    if (!Object.hasOwn(statefuls, name))
      throw new CheckpointForeignError(
        place,
        `it has a state for ${name} (${kind}), which this training has not`,
      );
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
    throw new CheckpointForeignError(place, `its ${done.at(-1)} does not fit: ${messageOf(error)}`, error);
  }
}

function checkFinite({ place, parts }: Checkpoint, statefuls: Statefuls): void {
  for (const [name, one] of Object.entries(statefuls)) {
    const part = parts[name];
    const found = part && isModel(one) ? nonFinitePlace(part.state, name) : undefined;
    if (found) throw new CheckpointNotFiniteError(place, found.path, found.value);
  }
}

/** The states all have now; none of a model that has diverged, for which the checkpoint is the cure. */
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
  throw new CheckpointForeignError(place, `it is of topic ${found.join(', ')}, not of ${topics.join(', ')}`);
}
