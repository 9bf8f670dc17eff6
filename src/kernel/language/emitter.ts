/** TypeScript's own passes over one text, by a program that is kept: `ts.transpileModule` makes one for each. */
import { addedFile } from './added-file.ts';
import { ts, type CompilerOptions } from './typescript.ts';
import type { CompilerHost, CustomTransformers, Program } from 'typescript';

/** A program keeps a little of each text; after so many, a new one begins. */
const mostTexts = 1000;

/** JavaScript, and its source map as JSON. */
export interface Output {
  readonly code: string;
  readonly sourceMap: string;
}

/** Compiles texts one by one, without their types. */
export class Emitter {
  readonly #options: CompilerOptions;
  readonly #name: string;
  #program: Program;
  #texts = 0;

  /** @param options those of `ts.transpileModule` */
  constructor(options: CompilerOptions, jsx: boolean) {
    this.#name = jsx ? '/cell.tsx' : '/cell.ts';
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

  /** Compiles a text; the transformers come before and after TypeScript's. */
  emit(text: string, transformers: CustomTransformers): Output {
    this.#texts += 1;
    if (this.#texts % mostTexts === 0) this.#program = this.#newProgram();
    const file = addedFile(this.#name, text, { languageVersion: this.#options.target! }, this.#options);
    const outputs = new Map<string, string>();
    const write = (name: string, written: string) => outputs.set(name.slice(name.lastIndexOf('.')), written);
    this.#program.emit(file, write, undefined, false, transformers);
    return { code: outputs.get('.js') ?? '', sourceMap: outputs.get('.map') ?? '{}' };
  }

  #newProgram(): Program {
    const host: CompilerHost = {
      getSourceFile: (name, version) =>
        name === this.#name ? ts.createSourceFile(name, '', version) : undefined,
      writeFile: () => undefined,
      getDefaultLibFileName: () => '',
      useCaseSensitiveFileNames: () => true,
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => '',
      getNewLine: () => '\n',
      fileExists: (name) => name === this.#name,
      readFile: () => undefined,
    };
    return ts.createProgram([this.#name], this.#options, host);
  }
}
