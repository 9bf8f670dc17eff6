/** How much of a value is shown, so that no result floods the notebook. */
import { Number, Object, RangeError, String } from '../primordials.ts';

/** Bounds of one display; each has a default. */
export interface DisplayLimits {
  /** Characters of a text form, all in all. Default 100,000. */
  readonly text: number;
  /** Elements shown of an array, map, set or typed array. Default 100. */
  readonly items: number;
  /** Characters shown of one string inside a value. Default 10,000. */
  readonly string: number;
  /** How deep nested objects are opened. Default 4. */
  readonly depth: number;
  /** Rows shown of a table. Default 20. */
  readonly rows: number;
  /** Columns shown of a table. Default 20. */
  readonly columns: number;
  /** Bytes of an interactive figure, beyond which only its picture is sent. Default 20,000,000. */
  readonly figureBytes: number;
  /** Colours (ANSI) in text forms. Default false. */
  readonly colors: boolean;
}

/** The bounds used when none are given. */
export const defaultLimits: DisplayLimits = {
  text: 100_000,
  items: 100,
  string: 10_000,
  depth: 4,
  rows: 20,
  columns: 20,
  figureBytes: 20_000_000,
  colors: false,
};

let current: DisplayLimits = defaultLimits;

/** The bounds in force in this kernel. */
export function displayLimits(): DisplayLimits {
  return current;
}

/**
 * Changes bounds for all later displays; `setDisplayLimits(defaultLimits)` takes everything back.
 *
 * @throws RangeError when a bound is no whole number from 0 up
 */
export function setDisplayLimits(change: Partial<DisplayLimits>): DisplayLimits {
  current = withLimits(change);
  return current;
}

/** The bounds in force with some of them changed; unknown and `undefined` ones are left out. */
export function withLimits(change: Partial<DisplayLimits> = {}): DisplayLimits {
  const merged: Record<string, number | boolean> = { ...current };
  for (const [name, value] of Object.entries(change)) {
    if (!(name in defaultLimits)) {
      throw new RangeError(
        `There is no display limit "${name}"; there are ${Object.keys(defaultLimits).join(', ')}.`,
      );
    }
    if (value === undefined) continue;
    const fits =
      name === 'colors' ? typeof value === 'boolean' : Number.isInteger(value) && Number(value) >= 0;
    if (!fits)
      throw new RangeError(
        `The display limit "${name}" is ${String(value)}; it takes ${name === 'colors' ? 'true or false' : 'a whole number from 0 up'}.`,
      );
    merged[name] = value;
  }
  return merged as unknown as DisplayLimits;
}
