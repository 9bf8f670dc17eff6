/**
 * The process room's public face: which process is which, locks, children, ports, signals, and waiting that can be
 * ended.
 */
export { abortable, unlessAborted, untilAborted } from './abort.ts';
export {
  descendants,
  endLeftovers,
  endForeignProcess,
  ended,
  endProcess,
  hasEnded,
  isRunning,
} from './children.ts';
export type { SeenProcess } from './children.ts';
export { LockError } from './errors.ts';
export { isAlive, livenessOf, ownIdentity } from './identity.ts';
export type { Liveness, ProcessIdentity } from './identity.ts';
export { acquireFileLock, DEFAULT_LEASE_MS, withLock } from './locks.ts';
export type { FileLock, HeldLock, LockOptions, LockOwner } from './locks.ts';
export { chooseFreePorts, describePortOwner, isPortFree, listenOnce, LOOPBACK } from './ports.ts';
export { closeOnSignal, Interruption, listenForInterrupts, stopOnSignals, stopSignal } from './signals.ts';
export type { Running, Shutdown, StopSignal } from './signals.ts';
export { backOffMs, deferred, firstAnswer, inTime, LONGEST_TIMER_MS, orAfter, pause } from './waiting.ts';
export { giveTurn, retrying, turnIsDue, until } from './waiting.ts';
export type { AskInTurn, BackOffRange, Deferred } from './waiting.ts';
