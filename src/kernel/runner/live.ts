/** Looks at values of the running process for completion and inspection, without running any code of the user's. */
import { types } from 'node:util';
import vm from 'node:vm';
import { Buffer, Function, Map, Object, Set, process } from '../primordials.ts';
import { holderOf, variableOf } from '../cell-names.ts';
import { previewText } from '../display/format.ts';
import { isObject } from '../display/values.ts';

/** At most so many names of one object. */
const most = 2000;

/** Own and inherited property names of the value at a plain path such as `frame.columns`. */
export function propertiesOf(path: string): string[] {
  const found = valueAt(path);
  const names = new Set<string>();
  for (let object = found?.value; isObject(object) && !types.isProxy(object);) {
    for (const name of Object.getOwnPropertyNames(object)) if (names.size < most) names.add(name);
    object = Object.getPrototypeOf(object);
    if (object === Object.prototype || object === Function.prototype) break;
  }
  return [...names].filter((name) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name));
}

/** A short text of the value at a plain path. */
export function preview(path: string): string | undefined {
  const found = valueAt(path);
  if (!found || found.value === undefined) return undefined;
  return previewText(found.value, { text: 400, items: 10, depth: 1, rows: 5 });
}

/** Follows data properties only: a getter may do anything. */
function valueAt(path: string): { readonly value: unknown } | undefined {
  const [first = '', ...names] = path.split('.');
  const start = globalValue(first);
  if (!start) return undefined;
  let { value } = start;
  for (const name of names) {
    const property = isObject(value) ? propertyOf(value, name) : undefined;
    if (!property || !('value' in property)) return undefined;
    value = property.value as unknown;
  }
  return { value };
}

/** What a name means to cells: what one of them declared, else a property of the global object. */
function globalValue(name: string): { readonly value: unknown } | undefined {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return undefined;
  const declared = declaredValue(name);
  if (declared) return declared;
  const property = propertyOf(globalThis, name);
  if (property && 'value' in property) return { value: property.value as unknown };
  // Node gives these by getters, which a cell may have replaced.
  return property && nodes.get(getterOf(property));
}

/** Globals of Node that have getters, as they were before the first cell. */
const nodes = new Map<unknown, { readonly value: unknown }>(
  Object.entries({ process, Buffer }).map(([name, value]) => [
    getterOf(propertyOf(globalThis, name)),
    { value },
  ]),
);

function getterOf(property: PropertyDescriptor | undefined): unknown {
  return property?.get; // eslint-disable-line @typescript-eslint/unbound-method -- compared, not called
}

/** The value of a variable of cells, or of an import that follows its module. */
function declaredValue(name: string): { readonly value: unknown } | undefined {
  for (const read of [variableOf(name), `${holderOf(name)}.${name}`]) {
    try {
      return { value: new vm.Script(read).runInThisContext() as unknown };
    } catch {
      // Nothing of that kind is declared.
    }
  }
  return undefined;
}

function propertyOf(object: object, name: string): PropertyDescriptor | undefined {
  for (
    let at: object | null = object;
    at && !types.isProxy(at);
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property) return property;
  }
  return undefined;
}

/** Whether a cell has declared the name, and its variable has a value. */
export function isCellsName(name: string): boolean {
  return declaredValue(name) !== undefined;
}
