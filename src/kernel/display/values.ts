/** Reads values defensively (throwing getters, proxies) and writes any value as bounded text. */
import { inspect, types } from 'node:util';
import { Array, ArrayBuffer, Error, Map, Math, Object, Set, String } from '../primordials.ts';
import type { DisplayLimits } from './limits.ts';

/** Whether a value can carry properties. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The value of an own data property; getters are not run and proxies not asked. */
export function own(value: unknown, key: string): unknown {
  if (!isObject(value) || types.isProxy(value)) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

/** The value of any property, inherited or computed; `undefined` when reading it throws. */
export function read(value: unknown, key: PropertyKey): unknown {
  try {
    return isObject(value) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  } catch {
    return undefined;
  }
}

/** The name of a value's class, as far as it can be had without running code of the value. */
export function classNameOf(value: unknown): string {
  for (let at: unknown = value; isObject(at) && !types.isProxy(at); at = Object.getPrototypeOf(at)) {
    const name = own(own(at, 'constructor'), 'name');
    if (typeof name === 'string' && name !== '') return name.slice(0, 100);
  }
  return 'object';
}

/** The text of anything thrown, even of things that throw when asked for a text. */
export function thrownText(thrown: unknown): string {
  try {
    return (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 1000);
  } catch {
    return 'something that has no text';
  }
}

/** Cuts a text at `most` characters and says how many are missing. */
export function clipText(text: string, most: number): string {
  if (text.length <= most) return text;
  // Never between the two halves of one character.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 : most;
  return `${text.slice(0, Math.max(0, end))}… (${text.length - end} more characters)`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes a text safe inside HTML, in attributes too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** So many parts of a value are written at most; beyond that its inner objects stay closed. */
const mostParts = 20_000;

/**
 * Writes a value as text: Node's own form, with its missing bounds added. Never throws and never returns more than about
 * `limits.text` characters.
 *
 * @param options `customInspect: false` does not call a value's own `util.inspect.custom`
 */
export function inspectText(
  value: unknown,
  limits: DisplayLimits,
  { customInspect = true }: { customInspect?: boolean } = {},
): string {
  try {
    const { shown, depth, note } = bounded(value, limits);
    const text = inspect(shown, {
      depth,
      customInspect,
      colors: limits.colors,
      maxArrayLength: limits.items,
      maxStringLength: Math.min(limits.string, limits.text),
      breakLength: 100,
    });
    return clipText(text, limits.text) + note;
  } catch (error) {
    return clipText(`[${classNameOf(value)} that cannot be shown: ${thrownText(error)}]`, limits.text);
  }
}

/**
 * `util.inspect` bounds arrays and strings, but neither the properties of an object nor the product over the levels.
 * Here the depth is lowered until the parts fit; a single object that is too wide is cut.
 */
function bounded(value: unknown, limits: DisplayLimits): { shown: unknown; depth: number; note: string } {
  const depth = affordableDepth(value, limits);
  if (depth >= 0 || !isObject(value) || types.isProxy(value))
    return { shown: value, depth: Math.max(0, depth), note: '' };
  const keys = Object.keys(value);
  const kept = keys.slice(0, limits.items);
  const cut = Object.create(Object.getPrototypeOf(value) as object | null) as object;
  for (const key of kept) Object.defineProperty(cut, key, Object.getOwnPropertyDescriptor(value, key)!);
  return { shown: cut, depth: 0, note: `\n… ${keys.length - kept.length} more properties` };
}

/** The deepest level down to which writing the value touches few enough parts; -1 when its own are too many. */
function affordableDepth(value: unknown, { depth, items }: DisplayLimits): number {
  let level: unknown[] = [value];
  let parts = 0;
  for (let at = 0; at <= depth && level.length > 0; at += 1) {
    const next: unknown[] = [];
    for (const item of level) {
      const found = partsOf(item, items);
      parts += found.length;
      if (parts > mostParts) return at - 1;
      for (const part of found) if (isObject(part)) next.push(part);
    }
    level = next;
  }
  return depth;
}

/** What `util.inspect` would write of a value: its elements up to the bound, or its properties. */
function partsOf(value: unknown, items: number): unknown[] {
  if (!isObject(value) || types.isProxy(value) || ArrayBuffer.isView(value)) return [];
  if (Array.isArray(value)) {
    return Array.from({ length: Math.min(value.length, items) }, (_, index) => own(value, String(index)));
  }
  const keys = Object.keys(value);
  // Too many already: their values need not be looked up.
  const properties = keys.length > mostParts ? keys : keys.map((key) => own(value, key));
  return [...elementsOf(value, items), ...properties];
}

/** The first keys and values of a map, or members of a set. */
function elementsOf(value: object, items: number): unknown[] {
  const entries = types.isMap(value)
    ? (Map.prototype.entries.call(value) as Iterable<unknown[]>)
    : types.isSet(value)
      ? (Set.prototype.entries.call(value) as Iterable<unknown[]>)
      : [];
  const found: unknown[] = [];
  let count = 0;
  for (const entry of entries) {
    if (count++ >= items) break;
    found.push(...entry);
  }
  return found;
}
