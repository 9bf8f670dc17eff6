/** What a query of Stream Analytics says about itself: its inputs and outputs, and the window it groups by. */
import { checkInteger, invalidOption } from '../../options.ts';

/** Windows one behind the other, each (start, end]: what happened exactly at the end is in it, what happened at the start is not. */
export interface StreamAnalyticsWindow {
  /** How long one is, ms: so that a day holds a whole number of them: Microsoft documents no other start than that of a day. */
  readonly sizeMs: number;
  /** By how much all are moved, ms, in either direction; -1 makes them [start, end), for times in whole milliseconds. */
  readonly offsetMs: number;
}

/**
 * The end of the window that a time belongs to, as `System.Timestamp()` gives it.
 *
 * @param time ms since 1970, whole
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for a time or a window that is none, or one that does not divide a day
 * @example
 * ```ts run
 * const minutes = { sizeMs: 60_000, offsetMs: 0 };
 * streamAnalyticsWindowEnd(60_000, minutes); // 60000
 * streamAnalyticsWindowEnd(60_001, minutes); // 120000
 * ```
 */
export function streamAnalyticsWindowEnd(time: number, { sizeMs, offsetMs }: StreamAnalyticsWindow): number {
  checkInteger('time', time, { least: -Number.MAX_SAFE_INTEGER });
  checkInteger('window.sizeMs', sizeMs, { least: 1 });
  checkInteger('window.offsetMs', offsetMs, { least: -Number.MAX_SAFE_INTEGER });
  if (!alignsWithDays(sizeMs)) throw invalidOption('window.sizeMs', sizeMs, 'a size that divides a day');
  // Moved by whole windows they are the same ones; so no sum grows beyond what a number holds exactly. From 0 up: no -0 comes out.
  const moved = ((offsetMs % sizeMs) + sizeMs) % sizeMs;
  return Math.ceil((time - moved) / sizeMs) * sizeMs + moved;
}

const DAY_MS = 86_400_000;

/**
 * Whether windows of this size begin at the same moments on each day. Stream Analytics aligns windows with "the zeroth hour" and does
 * not say of which day, so that where others (of 7 minutes, say) begin is not known.
 */
export function alignsWithDays(sizeMs: number): boolean {
  return DAY_MS % sizeMs === 0;
}

/** What a query reads and writes, each name once, and how many tumbling windows and windows of other kinds stand in it. */
export function namesIn(query: string): {
  read: string[];
  written: string[];
  windows: number;
  otherWindows: number;
} {
  const code = withoutComments(query);
  const names = (pattern: RegExp) =>
    [...code.matchAll(pattern)].map(([, name = '']) => name.replace(/^\[(.*)\]$/, '$1'));
  const steps = names(/\b(\w+)\s+AS\s*\(/gi).map((name) => name.toLowerCase());
  const read = names(/\b(?:FROM|JOIN)\s+(\[[^\]]+\]|[A-Za-z_]\w*)/gi);
  return {
    read: [...new Set(read)].filter((name) => !steps.includes(name.toLowerCase())),
    written: [...new Set(names(/\bINTO\s+(\[[^\]]+\]|[A-Za-z_]\w*)/gi))],
    windows: names(/\b(Tumbling(?:Window)?)\s*\(/gi).length,
    otherWindows: names(/\b((?:Hopping|Sliding|Session|Snapshot)Window|Hopping|Sliding)\s*\(/gi).length,
  };
}

/** Milliseconds of each unit that a window may be given in, by all its names. */
const UNITS: Readonly<Record<string, number>> = {
  ...{ day: DAY_MS, dd: DAY_MS, d: DAY_MS, hour: 3_600_000, hh: 3_600_000 },
  ...{ minute: 60_000, mi: 60_000, n: 60_000, second: 1_000, ss: 1_000, s: 1_000 },
  ...{ millisecond: 1, ms: 1 },
};

const WINDOW =
  /\bTumbling(?:Window)?\s*\(\s*Duration\s*\(\s*(\w+)\s*,\s*(\d+)\s*\)\s*(?:,\s*Offset\s*\(\s*(\w+)\s*,\s*(-?\d+)\s*\)\s*)?\)/i;

/** The tumbling window of a query; `undefined` where there is none that is understood. */
export function tumblingWindowOf(query: string): StreamAnalyticsWindow | undefined {
  const [, unit = '', size = '', offsetUnit = 'ms', offset = '0'] = WINDOW.exec(withoutComments(query)) ?? [];
  const [ms, offsetMs] = [UNITS[unit.toLowerCase()], UNITS[offsetUnit.toLowerCase()]];
  if (ms === undefined || offsetMs === undefined || Number(size) === 0) return undefined;
  return { sizeMs: Number(size) * ms, offsetMs: Number(offset) * offsetMs };
}

/** Comments and texts hold words that are no names. */
function withoutComments(query: string): string {
  return query.replace(/--.*$|\/\*[^]*?\*\/|'(?:[^']|'')*'/gm, ' ');
}
