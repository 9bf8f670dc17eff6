/** What can go wrong between processes. */
import { failure } from '../errors.ts';

/** Another living process held a lock for longer than was to be waited. */
export class LockError extends failure({
  code: 'ST_PROCESS_LOCK',
  canRetry: true,
  says: ({ file, pid, host, waitedMs }: { file: string; pid: number; host: string; waitedMs: number }) =>
    `Could not get the lock ${file} in ${Math.round(waitedMs / 1000)} s: process ${pid} on ${host} holds it and is alive.`,
  cure: 'Wait for that process or end it, then run again.',
}) {}
