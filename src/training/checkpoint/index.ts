/** Checkpoints: the whole state of a training as one unit. */

export * from './errors.ts';
export { localCheckpoints, type LocalCheckpointsOptions } from './local-checkpoints.ts';
export { restoreNewest, restoreParts, saveParts, type Restored, type Statefuls } from './restore.ts';
export type {
  Checkpoint,
  CheckpointContent,
  CheckpointLock,
  CheckpointPart,
  CheckpointStore,
} from './store.ts';
