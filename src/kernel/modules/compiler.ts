/** The TypeScript compiler and the project's settings for it, loaded with the first file of the user's. */
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as Compiler from 'typescript';
import type { CompilerOptions } from 'typescript';

let loaded: typeof Compiler | undefined;

/** The compiler; the first call takes a quarter of a second. */
export function compiler(): typeof Compiler {
  loaded ??= createRequire(import.meta.url)('typescript') as typeof Compiler;
  return loaded;
}

/** Settings of the nearest `tsconfig.json` of a folder; none when there is no such file. */
export function projectOptions(folder: string): CompilerOptions {
  const ts = compiler();
  const file = ts.findConfigFile(folder, (each) => ts.sys.fileExists(each));
  if (file === undefined) return {};
  const config: unknown = ts.readConfigFile(file, (each) => ts.sys.readFile(each)).config ?? {};
  const host = { ...ts.sys, readDirectory: () => [] };
  return ts.parseJsonConfigFileContent(config, host, path.dirname(file), undefined, file).options;
}
