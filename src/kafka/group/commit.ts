/** Commits offsets, through a broker's restart if need be. */
import { StreamTrainError } from '../../errors.ts';
import type { GroupSpeaker, LogClient } from '../client/reader.ts';
import { pause } from '../pause.ts';

/** What a commit needs to know beside the offsets. */
export interface CommitTerms {
  /** Who speaks, asked before each attempt: the name may have changed meanwhile. */
  readonly speaker: () => GroupSpeaker;
  /** How long failures that may pass are retried, in ms; 0: one attempt. */
  readonly retryForMs: number;
  /** Whether there is no point in trying again, because the stream is closed. */
  readonly over: () => boolean;
}

/**
 * Sends the commit until the coordinator has taken it. The same offsets may be committed any number of times.
 *
 * @throws what the last attempt failed with: a refusal at once, a lost connection after `retryForMs`
 */
export async function commitOffsets(
  client: LogClient,
  offsets: Readonly<Record<string, Readonly<Record<string, number>>>>,
  { speaker, retryForMs, over }: CommitTerms,
): Promise<void> {
  const since = Date.now();
  for (let wait = 50; ; wait = Math.min(1000, wait * 2)) {
    try {
      return await client.commit(speaker(), offsets);
    } catch (error) {
      const mayPass = error instanceof StreamTrainError && error.canRetry && !over();
      if (!mayPass || Date.now() - since + wait > retryForMs) throw error;
      await pause(wait);
    }
  }
}
