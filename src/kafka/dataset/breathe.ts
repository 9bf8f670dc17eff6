/** Lets sockets and timers have their turn while a loop runs on data that is already in memory. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long a loop may go on without giving the event loop a turn, in ms. */
const LONGEST_HOLD_MS = 15;

let lastTurn = 0;

/**
 * Whether a turn of the event loop is due. Awaiting settled promises never gives one, so a training loop over rows
 * in memory would starve the heartbeats that keep its group membership.
 */
export function turnIsDue(): boolean {
  return performance.now() - lastTurn > LONGEST_HOLD_MS;
}

/** Gives the event loop one turn. */
export async function giveTurn(): Promise<void> {
  await nextTurn();
  lastTurn = performance.now();
}
