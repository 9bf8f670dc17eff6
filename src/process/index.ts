/**
 * The process room's public face: which process is which, locks, children, ports, signals, and waiting that can be
 * ended.
 */
export {
  abortable,
  anySignal,
  cellSignal,
  endable,
  endedBy,
  onAbort,
  unlessAborted,
  unlessStopped,
  untilAborted,
  withCellSignal,
} from './abort.ts';
export { descendants, endForeignProcess, endLeftovers, endProcess, endTree } from './children.ts';
export { ended, hasEnded, isRunning } from './children.ts';
export { linesOf, withoutMark } from './lines.ts';
export { isAlive, livenessOf, ownIdentity } from './identity.ts';
export type { ProcessIdentity } from './identity.ts';
export { placeFile } from './lock-file.ts';
export type { LockOwner } from './lock-file.ts';
export { acquireFileLock, DEFAULT_LEASE_MS, LOCK_LOOKS, LockError, withLock } from './locks.ts';
export type { FileLock } from './locks.ts';
export {
  chooseFreePorts,
  connectOnce,
  describePortOwner,
  fetchDirectly,
  isPortFree,
  listenOnce,
  LOOPBACK,
} from './ports.ts';
export { closeOnSignal, Interruption, listenForInterrupts, stopOnSignals, stopSignal } from './signals.ts';
export type { StopSignal } from './signals.ts';
export { backOffMs, deferred, firstAnswer, inTime, orAfter, pause } from './waiting.ts';
export { giveTurn, retrying, turnIsDue, Turns, until } from './waiting.ts';
export { makeTemporaryFolder, removeTemporaryFolder, TemporaryFolderError } from './temporary-folder.ts';
export { spawnWithParent } from './with-parent.ts';
