/** Looking at values that may bite: getters that throw, proxies, revoked things. */
import { types } from 'node:util';
import { Error, Math, Object, String } from '../primordials.ts';

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
