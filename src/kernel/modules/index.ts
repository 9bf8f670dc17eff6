/** How cells load modules, in the runner's process: the user's files are compiled on the way, and again when edited. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { Object, Reflect, String, process } from '../primordials.ts';
import { holderOf, hooks, installHook } from '../cell-names.ts';
import type { InstallModuleHooks } from '../contracts.ts';
import { followExport, pickExport } from './interop.ts';
import { LocalModules } from './local-modules.ts';

/**
 * Makes `import`, `require`, `module`, `import.meta`, `__dirname` and `__filename` work in cells, resolved from `cwd`. TypeScript
 * files and other files of the user (outside of `node_modules`) get a new URL when they, or what they import, were
 * edited, so that the next import runs the new code while cells that hold the old one keep it. What was not edited
 * stays the same module. The TypeScript compiler is loaded with the first such file.
 *
 * @example
 * ```ts
 * const { scriptOptions } = installModuleHooks({ cwd: process.cwd(), tslab, addSourceMap, mapComment });
 * new vm.Script(cell.code, { filename: cell.fileName, ...scriptOptions?.(cell.fileName) }).runInThisContext();
 * ```
 */
export const installModuleHooks: InstallModuleHooks = ({ cwd, tslab, ...maps }) => {
  const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  withoutWarning(
    () => new vm.Script('import("node:path")', { importModuleDynamically }).runInThisContext() as unknown,
  );
  const anchor = path.join(cwd, 'cell.mjs');
  const local = new LocalModules({ cwd, replacements: { tslab }, ...maps });

  const require = local.requireFrom(anchor, createRequire(anchor));
  // As pasted CommonJS has it: what a cell exports, later cells can read; `require.main === module` holds.
  const filename = path.join(cwd, 'cell');
  const module = {
    id: '.',
    path: cwd,
    filename,
    loaded: false,
    exports: {},
    children: [],
    paths: [],
    require,
  };
  require.main = module as unknown as NodeJS.Module;
  const pick = (module: object, name: string) => pickExport(module, name, () => local.isBundlers);
  const cell = (number: number) => {
    const file = path.join(cwd, `In [${number}]`);
    return {
      meta: {
        url: pathToFileURL(file).href,
        dirname: cwd,
        filename: file,
        resolve: (specifier: string) => local.resolve(specifier, anchor),
      },
      import: (specifier: unknown, options?: ImportCallOptions) =>
        local.import(String(specifier), anchor, options),
      require,
      module,
      exports: module.exports,
      pick,
      follow: (module: object, name: string, local: string): object => {
        const holder = followExport(module, name, local, pick);
        Reflect.get(Reflect.get(globalThis, hooks.declare) as object, holderOf(local));
        return holder;
      },
    };
  };
  const hidden = (value: unknown) => ({ value, writable: true, configurable: true, enumerable: false });
  installHook(hooks.cells, { cell, local });
  Object.defineProperty(globalThis, 'require', hidden(require));
  Object.defineProperty(globalThis, '__dirname', hidden(cwd));
  Object.defineProperty(globalThis, '__filename', hidden(filename));
  return { scriptOptions: () => ({ importModuleDynamically }) };
};

/** Node 20 says once that the constant above is new; nobody who runs a cell asked. */
function withoutWarning(run: () => unknown): void {
  const emitWarning: unknown = Reflect.get(process, 'emitWarning');
  process.emitWarning = () => undefined;
  try {
    run();
  } finally {
    Reflect.set(process, 'emitWarning', emitWarning);
  }
}
