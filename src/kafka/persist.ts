/** Asks again, through a broker's restart if need be. */
import { StreamTrainError } from '../errors.ts';
import { pause } from './pause.ts';

/** How long to go on. */
export interface Patience {
  /** How long failures that may pass are retried, in ms; 0: one attempt. */
  readonly retryForMs: number;
  /** Ends the waiting, because the stream is closed: the last failure is thrown. */
  readonly closed: AbortSignal;
}

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;

/**
 * Runs `attempt` until it succeeds. It may be made any number of times.
 *
 * @throws what the last attempt failed with: a refusal at once, a lost connection after `retryForMs`
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  { retryForMs, closed }: Patience,
  mayRetry: (error: unknown) => boolean = mayPass,
): Promise<T> {
  const since = performance.now();
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    try {
      return await attempt();
    } catch (error) {
      if (closed.aborted || !mayRetry(error) || performance.now() - since + wait > retryForMs) throw error;
      await pause(wait, closed).catch(() => {});
      if (closed.aborted) throw error;
    }
  }
}

/** Whether the same request may succeed a moment later. */
export function mayPass(error: unknown): boolean {
  return error instanceof StreamTrainError && error.canRetry;
}
