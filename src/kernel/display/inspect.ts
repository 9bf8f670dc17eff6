/** Any value as readable, bounded text: Node's own look, with its missing bounds added. */
import { inspect, types } from 'node:util';
import type { DisplayLimits } from './limits.ts';
import { classNameOf, clipText, isObject, own, thrownText } from './safe.ts';

/** So many parts of a value are written at most; beyond that its inner objects stay closed. */
const mostParts = 20_000;

/** Writes a value as text; never throws and never returns more than about `limits.text` characters. */
export function inspectText(value: unknown, limits: DisplayLimits): string {
  try {
    const { shown, depth, note } = bounded(value, limits);
    const text = inspect(shown, {
      depth,
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
  for (let depth = limits.depth; depth >= 0; depth -= 1) {
    if (partsWithin(value, depth, limits.items)) return { shown: value, depth, note: '' };
  }
  if (!isObject(value) || types.isProxy(value)) return { shown: value, depth: 0, note: '' };
  const keys = Object.keys(value);
  const kept = keys.slice(0, limits.items);
  const cut = Object.create(Object.getPrototypeOf(value) as object | null) as object;
  for (const key of kept) Object.defineProperty(cut, key, Object.getOwnPropertyDescriptor(value, key)!);
  return { shown: cut, depth: 0, note: `\n… ${keys.length - kept.length} more properties` };
}

/** Whether writing the value down to a depth touches few enough parts. */
function partsWithin(value: unknown, depth: number, items: number): boolean {
  let level: unknown[] = [value];
  let parts = 0;
  for (let at = 0; at <= depth && level.length > 0; at += 1) {
    const next: unknown[] = [];
    for (const item of level) {
      for (const part of partsOf(item, items)) {
        parts += 1;
        if (parts > mostParts) return false;
        if (isObject(part)) next.push(part);
      }
    }
    level = next;
  }
  return true;
}

function* partsOf(value: unknown, items: number): Generator {
  if (!isObject(value) || types.isProxy(value) || ArrayBuffer.isView(value)) return;
  if (types.isMap(value)) {
    let count = 0;
    for (const [key, item] of Map.prototype.entries.call(value) as Iterable<[unknown, unknown]>) {
      if (count++ >= items) break;
      yield key;
      yield item;
    }
  } else if (types.isSet(value)) {
    let count = 0;
    for (const item of Set.prototype.values.call(value) as Iterable<unknown>) {
      if (count++ >= items) break;
      yield item;
    }
  }
  if (Array.isArray(value)) {
    const length = Math.min(value.length, items);
    for (let index = 0; index < length; index += 1) yield own(value, String(index));
    return;
  }
  // Not Object.keys: the walk stops early, and a list of a million names is never made twice.
  for (const key in value) yield own(value, key);
}
