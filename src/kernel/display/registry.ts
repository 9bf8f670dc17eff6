/** How users' own types are shown: by a method of theirs, or by a function registered for them. */
import { Boolean, Function, Object, Reflect, Symbol } from '../primordials.ts';
import type { MimeBundle } from './mime.ts';
import { isObject, read } from './values.ts';

/** What a type's display gives: a MIME bundle, or text; at once or later. */
export type Shown = MimeBundle | string | Promise<MimeBundle | string>;

/** A class, abstract ones included. */
type AnyClass<T> = abstract new (...args: never[]) => T;

interface Entry {
  readonly matches: (value: unknown) => boolean;
  readonly show: (value: unknown) => unknown;
}

/** The method by which a value shows itself, as in Deno's kernel: it returns a MIME bundle, at once or later. */
export const displayMethod = Symbol.for('Jupyter.display');

// On globalThis, because a user's copy of this package and the kernel's may be two.
const entriesKey = Symbol.for('streamtrain.kernel.displays');
const entries = ((globalThis as Record<symbol, unknown>)[entriesKey] ??= []) as Entry[];

/**
 * Says how values of a class, or those a predicate picks, are shown as a cell's result and by `display`. The latest
 * registration that fits wins; one that throws is named in the output and the value is shown plainly.
 *
 * @returns takes the registration back
 * @example
 * ```ts
 * class Celsius { constructor(readonly degrees: number) {} }
 * registerDisplay(Celsius, ({ degrees }) => ({ 'text/html': `<b>${degrees} °C</b>` }));
 * new Celsius(21)
 * ```
 */
export function registerDisplay<T>(
  matches: (value: unknown) => value is T,
  show: (value: T) => Shown,
): () => void;
export function registerDisplay(
  matches: (value: unknown) => boolean,
  show: (value: unknown) => Shown,
): () => void;
export function registerDisplay<T>(type: AnyClass<T>, show: (value: T) => Shown): () => void;
export function registerDisplay(
  match: AnyClass<unknown> | ((value: unknown) => boolean),
  show: (value: never) => Shown,
): () => void {
  const matches = isClass(match) ? (value: unknown) => value instanceof match : match;
  const entry: Entry = { matches, show: show as (value: unknown) => unknown };
  entries.unshift(entry);
  return () => {
    const at = entries.indexOf(entry);
    if (at >= 0) entries.splice(at, 1);
  };
}

/** The way a value wants to be shown, if there is one; its own method comes before the registry. */
export function ownDisplay(value: unknown): (() => unknown) | undefined {
  const method = isObject(value) ? read(value, displayMethod) : undefined;
  if (typeof method === 'function') return () => Reflect.apply(method, value, []) as unknown;
  const entry = entries.find(({ matches }) => fits(matches, value));
  return entry && (() => entry.show(value));
}

function fits(matches: (value: unknown) => boolean, value: unknown): boolean {
  try {
    return Boolean(matches(value));
  } catch {
    return false; // a predicate written for other values must not break this one
  }
}

/** A class, as against a predicate: written `class`, built in, or with methods on its prototype. */
function isClass(match: unknown): match is AnyClass<unknown> {
  const source = Function.prototype.toString.call(match);
  if (source.startsWith('class')) return true;
  const prototype = (match as { prototype?: unknown }).prototype;
  return (
    isObject(prototype) &&
    (source.includes('[native code]') || Object.getOwnPropertyNames(prototype).length > 1)
  );
}
