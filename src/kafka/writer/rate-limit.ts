/** Hands items on no faster than so many a second, to simulate a live stream. */

import { pause } from '../../process/index.ts';
import { KafkaSettingsError } from '../errors.ts';

/** Timers are good to about this many ms; below it, waiting is not worth it. */
const TIMER_MS = 2;
/** After a stall of the reader the lost time is not made up for by a burst, but for this much. */
const MAKE_UP_MS = 250;

/**
 * The same items, at most `rowsPerSecond` of them a second, evenly. A reader that is slower is not hurried.
 *
 * @throws {KafkaSettingsError} if the rate is not a positive number.
 *
 * @example
 * ```ts
 * for await (const row of rateLimited(rows, 50)) console.log(row); // 50 rows a second
 * ```
 */
export function rateLimited<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  rowsPerSecond: number,
  signal?: AbortSignal,
): AsyncIterable<Item> {
  if (!(rowsPerSecond > 0)) {
    throw new KafkaSettingsError([
      { path: 'rowsPerSecond', problem: `must be above 0, not ${rowsPerSecond}` },
    ]);
  }
  return limited(items, 1000 / rowsPerSecond, signal);
}

async function* limited<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  interval: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item, void, undefined> {
  let due = performance.now();
  for await (const item of items) {
    const now = performance.now();
    if (due - now >= TIMER_MS) await pause(due - now, signal);
    due = Math.max(due, now - MAKE_UP_MS) + interval;
    yield item;
  }
}
