/** Asks again, through a broker's restart if need be. */
import { StreamTrainError } from '../errors.ts';
import { retrying } from '../process/index.ts';

/** How long to go on. */
interface Patience {
  /** How long failures that may pass are retried, in ms; 0: one attempt. */
  readonly retryForMs: number;
  /** Ends the waiting, because the stream is closed: the last failure is thrown. */
  readonly closed: AbortSignal;
}

const WAITS = { first: 50, longest: 1000 };

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
  const giveUp = (error: unknown, ms: number): Error | undefined =>
    closed.aborted || !mayRetry(error) || ms > retryForMs ? (error as Error) : undefined;
  return retrying(attempt, WAITS, giveUp, closed);
}

/** Whether the same request may succeed a moment later. */
export function mayPass(error: unknown): boolean {
  return error instanceof StreamTrainError && error.canRetry;
}
