/** Hands items on in a rhythm: no faster than so many a second, or as their timestamps say. */

import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { anySignal, endable, endedBy, pause } from '../../process/index.ts';
import { InvalidItemError, KafkaSettingsError } from '../errors.ts';
import { msOf } from '../record.ts';

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
 * for await (const row of rateLimited(items, 50)) console.log(row); // 50 rows a second
 * ```
 */
export function rateLimited<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  rowsPerSecond: number,
  signal?: AbortSignal,
): AsyncIterable<Item> {
  if (!(rowsPerSecond > 0)) {
    throw new KafkaSettingsError({
      issues: [{ path: 'rowsPerSecond', problem: `must be above 0, not ${rowsPerSecond}` }],
    });
  }
  return endable((ended) => atRate(endedBy(items, ended), 1000 / rowsPerSecond, anySignal(signal, ended)));
}

async function* atRate<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  interval: number,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  let due = performance.now();
  for await (const item of items) {
    const now = performance.now();
    if (due - now >= TIMER_MS) await pause(due - now, signal);
    due = Math.max(due, now - MAKE_UP_MS) + interval;
    yield item;
  }
}

/** How to replay. */
export interface ReplayOptions {
  by: 'timestamp';
  /** 1 (default) is as it happened, 60 turns an hour into a minute. */
  speed?: number;
  /** No pause is longer than this, in ms: nights and gaps are shortened. Default: no limit. */
  maxPause?: number;
}

const optionNames: OptionNames<ReplayOptions> = { by: true, speed: true, maxPause: true };

/**
 * The same items, each as long after the first one as its timestamp says. Items that are out of order are handed on
 * at once.
 *
 * @throws {KafkaSettingsError} if `speed` or `maxPause` is not a positive number.
 * @throws {InvalidItemError} at an item without a timestamp.
 *
 * @example
 * ```ts
 * for await (const item of replayed(items, { by: 'timestamp', speed: 60 })) console.log(item);
 * ```
 */
export function replayed<Item extends { readonly timestamp?: number | Date | undefined }>(
  items: Iterable<Item> | AsyncIterable<Item>,
  options: ReplayOptions,
  signal?: AbortSignal,
): AsyncIterable<Item> {
  refuseUnknownOptions('replayed', options, optionNames);
  if (options.by !== 'timestamp')
    throw new KafkaSettingsError({
      issues: [{ path: 'replay.by', problem: `must be "timestamp", not ${JSON.stringify(options.by)}` }],
    });
  const { speed = 1, maxPause = Infinity } = options;
  for (const [path, value] of Object.entries({ 'replay.speed': speed, 'replay.maxPause': maxPause })) {
    if (!(value > 0))
      throw new KafkaSettingsError({ issues: [{ path, problem: `must be above 0, not ${value}` }] });
  }
  return endable((ended) => played(endedBy(items, ended), speed, maxPause, anySignal(signal, ended)));
}

async function* played<Item extends { readonly timestamp?: number | Date | undefined }>(
  items: Iterable<Item> | AsyncIterable<Item>,
  speed: number,
  maxPause: number,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  let index = 0;
  let last: number | undefined;
  let due = performance.now();
  for await (const item of items) {
    const timestamp = msOf(item.timestamp);
    if (!Number.isFinite(timestamp))
      throw new InvalidItemError({ index, problem: 'replay by timestamp needs a timestamp' });
    due += Math.min(Math.max(0, timestamp - (last ?? timestamp)) / speed, maxPause);
    last = Math.max(timestamp, last ?? timestamp);
    const wait = due - performance.now();
    if (wait >= TIMER_MS) await pause(wait, signal);
    index++;
    yield item;
  }
}
