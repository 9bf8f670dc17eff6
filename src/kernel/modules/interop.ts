/** What an import statement of a cell takes from a module: ESM as it is, CommonJS with every name that it has. */
import vm from 'node:vm';
import { JSON, Object, SyntaxError, WeakMap } from '../primordials.ts';

type Exports = Record<string, unknown>;

const namespaces = new WeakMap<object, object>();

/**
 * The value of `import { name }`, of `import it` (`default`) or of `import * as it` (`*`).
 *
 * Node finds the names of a CommonJS module by reading its text and misses some; here every property of
 * `module.exports` can be imported, as TypeScript's types promise.
 *
 * @param bundlers whether `default` of a transpiled ES module in CommonJS form means its own default export, as
 *   bundlers and TypeScript's `bundler` resolution see it, not the whole of its exports, as Node sees it
 */
export function pickExport(module: object, name: string, bundlers: () => boolean): unknown {
  const exports = module as Exports;
  if (name === '*') return namespaceOf(module);
  if (name === 'default') {
    const value = exports['default'];
    return isTranspiled(value) && isCommonJs(exports) && bundlers() ? value['default'] : value;
  }
  if (name in exports) return exports[name];
  const whole = exports['default'];
  if (isObject(whole) && name in whole) return whole[name];
  throw new SyntaxError(`The module has no export named '${name}'`);
}

/**
 * An object whose property has an export's value of the moment, as a name that was imported has in a module. What only
 * `module.exports` has is taken once.
 *
 * @param local the property
 * @param pick {@link pickExport}, as it holds for the cells
 */
export function followExport(
  module: object,
  name: string,
  local: string,
  pick: (module: object, name: string) => unknown,
): object {
  const value = pick(module, name);
  const exports = module as Exports;
  // The default of a CommonJS module may be another one for bundlers.
  const isFollowed = name in exports && Object.is(exports[name], value);
  if (!isFollowed) return Object.create(null, { [local]: { value } }) as object;
  if (name === local) return module;
  // On a prototype, because an object with a getter of its own is a dictionary to V8; and a function of its own text, not a
  // closure that all imports share: either takes six times as long.
  const text = `return { get ${local}() { return module[${JSON.stringify(name)}]; } };`;
  const read = vm.compileFunction(text, ['module']) as (module: object) => object;
  return Object.create(read(module)) as object;
}

function namespaceOf(module: object): object {
  const known = namespaces.get(module);
  if (known) return known;
  const exports = module as Exports;
  const whole = exports['default'];
  let result: object = module;
  if (isObject(whole) && isCommonJs(exports)) {
    const missing = Object.keys(whole).filter((name) => !(name in exports));
    if (missing.length > 0) {
      const properties: PropertyDescriptorMap = {};
      for (const name of Object.keys(exports)) properties[name] = lazily(exports, name);
      for (const name of missing) properties[name] = lazily(whole, name);
      result = Object.create(null, properties) as object;
    }
  }
  namespaces.set(module, result);
  return result;
}

function lazily(source: Exports, name: string): PropertyDescriptor {
  return { get: () => source[name], enumerable: true };
}

/** The namespace of a CommonJS module holds `module.exports` as `default`, and some of its names. */
function isCommonJs(exports: Exports): boolean {
  if ('module.exports' in exports) return true;
  const whole = exports['default'];
  if (!isObject(whole)) return false;
  return Object.keys(exports).every(
    (name) =>
      name === 'default' || name === '__esModule' || (name in whole && same(exports[name], whole[name])),
  );
}

function same(one: unknown, other: unknown): boolean {
  return Object.is(one, other);
}

function isTranspiled(value: unknown): value is Exports {
  return isObject(value) && value['__esModule'] === true;
}

function isObject(value: unknown): value is Exports {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
