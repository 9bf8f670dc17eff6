/** What the debugger asks of the main thread, also while that is paused: so all of it answers at once. */
import type { DisplayBundle } from '../contracts.ts';
import { mapPrefix, withoutMarks } from '../cell-names.ts';
import { formatResult, formatValue, previewText } from '../display/format.ts';
import { Atomics, encodeURIComponent, performance } from '../primordials.ts';
import { word, type Shared } from './shared-pipe.ts';
import { sourceMapOf } from './stack-maps.ts';

/** How much is shown of a value in a line of the variables' panel. */
const line = { text: 300, items: 6, depth: 1, rows: 3, columns: 8, string: 200 } as const;

/** How long the end of the process waits for the debugger to leave, in ms. */
const leaveWait = 500;

/** Reached by its hidden name, see `hooks.debug`. */
export const debugHook = {
  sourceMap: (fileName: string): string | undefined => sourceMapOf(fileName),
  /** A line for each value; runs no getters and no methods of the user's. */
  lines: (...values: unknown[]): string[] =>
    values.map((value) => withoutMarks(previewText(value, line)).replaceAll(/\s*\n\s*/g, ' ')),
  /** The display of a value, without waiting. */
  bundle: (value: unknown): DisplayBundle | undefined => formatValue(value),
  /** The display of a value. */
  bundleLater: (value: unknown): Promise<DisplayBundle | undefined> => formatResult(value),
  /** A part of an array, by index. */
  slice: (array: ArrayLike<unknown>, from: number, to: number): Record<number, unknown> => {
    const part: Record<number, unknown> = {};
    for (let index = from; index < to; index += 1) part[index] = array[index];
    return part;
  },
} as const;

/**
 * The map as a comment, while somebody debugs: what is loaded by `require` begins without a stop in which the map could be
 * asked for.
 */
export function mapCommentOf({ control }: Shared): (sourceMap: string) => string {
  return (sourceMap) =>
    Atomics.load(control, word.debugging) === 0
      ? ''
      : `\n//# sourceMappingURL=${mapPrefix}${encodeURIComponent(sourceMap)}`;
}

/** Node would say on stderr that it waits for a debugger that is still connected, and wait. */
export function leaveDebugger({ control }: Shared, ask: () => void): void {
  if (Atomics.load(control, word.debugging) === 0) return;
  ask();
  const begin = performance.now();
  while (Atomics.load(control, word.debugging) !== 0 && performance.now() - begin < leaveWait);
  // The engine notices only between instructions of running code.
  const left = performance.now();
  while (performance.now() - left < 20);
}
