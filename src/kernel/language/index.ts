/** The language side of the kernel: checks, compiles, completes and explains cells, knowing all that ran before. */
import type { CreateCellLanguage } from '../contracts.ts';
import { Language } from './language.ts';

/**
 * Makes the language side for the cells of one runner. The first `compile` reads TypeScript's libraries (about a
 * second); later ones take milliseconds. Load this module lazily: it loads the TypeScript compiler.
 *
 * @example
 * ```ts
 * const language = createCellLanguage({ cwd: process.cwd(), globals: globalsTypes });
 * const compiled = language.compile('const x: number = 1; x', 1);
 * if (compiled.ok) language.accept(compiled.cell);
 * ```
 */
export const createCellLanguage: CreateCellLanguage = (options) => new Language(options);

export { checkingOf } from './magic.ts';
