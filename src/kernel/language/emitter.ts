/** TypeScript's own passes over one text, by a program that is kept: `ts.transpileModule` makes one for each. */
import { addedFile } from './added-file.ts';
import { isJsx } from './jsx.ts';
import { ts, type CompilerOptions } from './typescript.ts';
import type { CompilerHost, CustomTransformers, Program } from 'typescript';

/** A program keeps a little of each text; after so many, a new one begins. */
const mostTexts = 1000;

/** The file that the program is made with. */
const first = '/cell.ts';

/** JavaScript, and its source map as JSON. */
export interface Output {
  readonly code: string;
  readonly sourceMap: string;
}

/** Compiles texts one by one, without their types. */
export class Emitter {
  readonly #options: CompilerOptions;
  #program: Program;
  #texts = 0;

  /** @param options those of `ts.transpileModule` */
  constructor(options: CompilerOptions) {
    this.#options = {
      ...options,
      isolatedModules: true,
      noCheck: true,
      noLib: true,
      noResolve: true,
      types: [],
    };
    this.#program = this.#newProgram();
  }

  /**
   * Compiles a text; the transformers come before and after TypeScript's.
   *
   * @param options.classic JSX calls what `@jsx` says, although the options say automatic
   */
  emit(
    text: string,
    transformers: CustomTransformers,
    { jsx = isJsx(text), classic = false }: { jsx?: boolean; classic?: boolean } = {},
  ): Output {
    this.#texts += 1;
    if (this.#texts % mostTexts === 0) this.#program = this.#newProgram();
    const name = jsx ? '/cell.tsx' : '/cell.ts';
    const file = addedFile(name, text, { languageVersion: this.#options.target! }, this.#options, jsx);
    if (classic) {
      const { pragmas } = file as unknown as { pragmas: Map<string, unknown> };
      pragmas.set('jsxruntime', { arguments: { factory: 'classic' } });
    }
    const outputs = new Map<string, string>();
    const write = (name: string, written: string) => outputs.set(name.slice(name.lastIndexOf('.')), written);
    this.#program.emit(file, write, undefined, false, transformers);
    return { code: outputs.get('.js') ?? '', sourceMap: outputs.get('.map') ?? '{}' };
  }

  #newProgram(): Program {
    const host: CompilerHost = {
      getSourceFile: (name, version) => (name === first ? ts.createSourceFile(name, '', version) : undefined),
      writeFile: () => undefined,
      getDefaultLibFileName: () => '',
      useCaseSensitiveFileNames: () => true,
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => '',
      getNewLine: () => '\n',
      fileExists: (name) => name === first,
      readFile: () => undefined,
    };
    return ts.createProgram([first], this.#options, host);
  }
}
