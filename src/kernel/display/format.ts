/** How a cell's result is shown: the richest form that fits the value, always with plain text. */
import type { DisplayBundle } from '../contracts.ts';
import { Promise, WeakSet } from '../primordials.ts';
import { withLimits, type DisplayLimits } from './limits.ts';
import { isMimeBundle, wireBundle } from './mime.ts';
import { figureBundle, foreignBundle } from './pictures.ts';
import { ownDisplay } from './registry.ts';
import { frameBundle } from './table.ts';
import { modelBundle, tensorBundle } from './tensorflow.ts';
import { classNameOf, clipText, inspectText, isObject, read, thrownText } from './values.ts';

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
 * ```ts run
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

/**
 * A value's text for completion and inspection, which must not run a user's method: no display of the value's own or
 * registered for its class, no drawing, no `util.inspect.custom`. Never throws.
 */
export function previewText(value: unknown, limits: Partial<DisplayLimits>): string {
  const bounds = withLimits(limits);
  const text = dataBundle(value, bounds)?.data['text/plain'];
  return typeof text === 'string' ? text : inspectText(value, bounds, { customInspect: false });
}

/** Frames and tensors, whose own fields say what they are. */
function dataBundle(value: unknown, limits: DisplayLimits): DisplayBundle | undefined {
  try {
    return frameBundle(value, limits) ?? tensorBundle(value, limits);
  } catch {
    return undefined; // it only looked like one
  }
}

function rich(value: unknown, limits: DisplayLimits): Formatted | undefined {
  if (!isObject(value)) return undefined;
  try {
    const bundle = dataBundle(value, limits) ?? modelBundle(value, limits);
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

const handles = new WeakSet<object>();

/** Notes a handle, so that a cell that ends in `display(value)` does not show the handle below the value. */
export function asHandle<Handle extends object>(handle: Handle): Handle {
  handles.add(handle);
  return handle;
}

/** Whether `value` is a handle that `display` gave. */
function isHandle(value: unknown): boolean {
  return typeof value === 'object' && value !== null && handles.has(value);
}
