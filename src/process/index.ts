/** The process room's public face: which process is which, and locks between them. */
export { livenessOf, ownIdentity, type Liveness, type ProcessIdentity } from './identity.ts';
export { acquireFileLock, DEFAULT_LEASE_MS, FileLock, type HeldLock, type LockOwner } from './file-lock.ts';
