/** How much of a value is shown, so that no result floods the notebook. */
import { UnknownOptionError, checkInteger, checkOneOf } from '../../options.ts';
import { Number, Object } from '../primordials.ts';

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
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`); then nothing was changed
 */
export function setDisplayLimits(change: Partial<DisplayLimits>): DisplayLimits {
  current = withLimits(change);
  return current;
}

/** The bounds in force with some of them changed; `undefined` ones are left out. Throws as {@link setDisplayLimits}. */
export function withLimits(change: Partial<DisplayLimits> = {}): DisplayLimits {
  const merged: Record<string, number | boolean> = { ...current };
  for (const [name, value] of Object.entries(change)) {
    if (!Object.hasOwn(defaultLimits, name))
      throw new UnknownOptionError({ of: 'display', option: name, known: Object.keys(defaultLimits) });
    if (value === undefined) continue;
    // Looked at here first: the common functions use globals, which a cell may have replaced.
    const isSwitch = name === 'colors';
    const fits = isSwitch ? typeof value === 'boolean' : Number.isSafeInteger(value) && Number(value) >= 0;
    if (!fits && isSwitch) checkOneOf('display.colors', value, [true, false]);
    else if (!fits) checkInteger(`display.${name}`, value);
    merged[name] = value;
  }
  return merged as unknown as DisplayLimits;
}
