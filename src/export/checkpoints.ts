/** Finds the checkpoint to export or to predict with. */
import { CheckpointRefusedError } from '../training/checkpoint/errors.ts';
import type { Checkpoint, CheckpointStore } from '../training/checkpoint/store.ts';
import { NoCheckpointError } from './errors.ts';

/**
 * The newest checkpoint that can be used, or that of an id. Nothing is locked: a training that writes there goes on.
 *
 * @param options.id one of `store.list()`
 * @param options.onRefused called with newer ones that cannot be used
 * @throws NoCheckpointError (`ST_EXPORT_NO_CHECKPOINT`); CheckpointRefusedError where that of the id cannot be used
 * @example
 * ```ts
 * const checkpoint = await newestCheckpoint(localCheckpoints('checkpoints/cancer'));
 * console.log(checkpoint.id, checkpoint.created);
 * ```
 */
export async function newestCheckpoint(
  store: CheckpointStore,
  options: { id?: string; onRefused?: (error: CheckpointRefusedError) => void } = {},
): Promise<Checkpoint> {
  const { id, onRefused } = options;
  if (id !== undefined) return store.load(id);
  let refused = 0;
  for (const each of await store.list()) {
    try {
      return await store.load(each);
    } catch (error) {
      if (!(error instanceof CheckpointRefusedError)) throw error;
      refused++;
      onRefused?.(error);
    }
  }
  throw new NoCheckpointError({ place: store.place, refused });
}
