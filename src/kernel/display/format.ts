/** The look of a cell's result: the richest form that fits the value, always with plain text. */
import { Promise } from '../primordials.ts';
import type { DisplayBundle } from '../contracts.ts';
import { figureBundle } from './figure.ts';
import { frameBundle } from './frame.ts';
import { foreignBundle } from './foreign.ts';
import { isHandle } from './handles.ts';
import { inspectText } from './inspect.ts';
import { withLimits, type DisplayLimits } from './limits.ts';
import { isMimeBundle, wireBundle } from './mime.ts';
import { modelBundle } from './model.ts';
import { ownDisplay } from './registry.ts';
import { classNameOf, clipText, isObject, read, thrownText } from './safe.ts';
import { tensorBundle } from './tensor.ts';

/** What is known at once, and what is worth waiting for. */
interface Formatted {
  readonly now: DisplayBundle;
  /** Never rejects. */
  readonly later?: Promise<DisplayBundle>;
}

/**
 * The display of a value, without waiting: types that show themselves asynchronously appear as text, figures without
 * their picture. Never throws, runs no getters, disposes nothing.
 *
 * @param limits bounds that differ from those in force
 * @returns `undefined` for `undefined`, which a notebook does not show
 * @example
 * ```ts
 * formatValue(new Map([['a', 1]]))?.data['text/plain']; // "Map(1) { 'a' => 1 }"
 * ```
 */
export function formatValue(value: unknown, limits: Partial<DisplayLimits> = {}): DisplayBundle | undefined {
  return value === undefined ? undefined : format(value, withLimits(limits)).now;
}

/**
 * Like {@link formatValue}, but waits for values that show themselves asynchronously and for figures' pictures. This
 * is what a cell's result goes through; a handle of `display` has been shown already. Never rejects.
 */
export async function formatResult(
  value: unknown,
  limits: Partial<DisplayLimits> = {},
): Promise<DisplayBundle | undefined> {
  if (value === undefined || isHandle(value)) return undefined;
  const { now, later } = format(value, withLimits(limits));
  return later ?? now;
}

/** Both at once, for `display`, which sends what it has without waiting when nothing is to be waited for. */
export function format(value: unknown, limits: DisplayLimits): Formatted {
  const show = ownDisplay(value);
  if (show) return custom(value, show, limits);
  return rich(value, limits) ?? plain(value, limits);
}

function rich(value: unknown, limits: DisplayLimits): Formatted | undefined {
  if (!isObject(value)) return undefined;
  try {
    const bundle = frameBundle(value, limits) ?? tensorBundle(value, limits) ?? modelBundle(value, limits);
    if (bundle) return { now: bundle };
    const figure = figureBundle(value, limits);
    if (figure) return figure;
    const foreign = foreignBundle(value, limits);
    return foreign && { now: foreign };
  } catch {
    return undefined; // it only looked like one
  }
}

function plain(value: unknown, limits: DisplayLimits, note = ''): Formatted {
  return { now: { data: { 'text/plain': note + inspectText(value, limits) } } };
}

/** A value's own way of being shown; when that fails, the user reads why, above the value. */
function custom(value: unknown, show: () => unknown, limits: DisplayLimits): Formatted {
  const failed = (error: unknown) =>
    plain(value, limits, `[The display of ${classNameOf(value)} failed: ${thrownText(error)}]\n`);
  const complete = (shown: unknown): Formatted => {
    if (typeof shown === 'string') return { now: { data: { 'text/plain': clipText(shown, limits.text) } } };
    if (!isMimeBundle(shown))
      return failed(`it gave no MIME bundle but ${inspectText(shown, { ...limits, text: 200 })}`);
    const data = wireBundle(shown);
    return { now: { data: 'text/plain' in data ? data : { ...data, ...plain(value, limits).now.data } } };
  };
  try {
    const shown = show();
    if (typeof read(shown, 'then') !== 'function') return complete(shown);
    const later = Promise.resolve(shown).then(complete).catch(failed);
    return { ...plain(value, limits), later: later.then(({ now }) => now) };
  } catch (error) {
    return failed(error);
  }
}
