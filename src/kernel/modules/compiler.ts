/** The TypeScript compiler, loaded with the first file of the user's. */
import { createRequire } from 'node:module';
import type * as Compiler from 'typescript';

let loaded: typeof Compiler | undefined;

/** The compiler; the first call takes a quarter of a second. */
export function compiler(): typeof Compiler {
  loaded ??= createRequire(import.meta.url)('typescript') as typeof Compiler;
  return loaded;
}
