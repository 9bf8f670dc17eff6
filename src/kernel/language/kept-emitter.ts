/** Compiles one text after the other by one program: `Program.emit` takes a file that the program does not know. */
import type { EmitSettings, EmittedText } from './checker.ts';
import { compiler, type CompilerHost, type CompilerOptions, type Program } from './typescript.ts';
import { addedFile } from './typescript-insides.ts';

const ts = compiler();

/** An emitter keeps a little of each text; after so many, a new one begins. */
const most = 1000;

/** TypeScript's own passes over one text after the other: `ts.transpileModule` makes a program for each. */
export class KeptEmitter {
  readonly #options: CompilerOptions;
  readonly #program: Program;
  #texts = 0;

  constructor(options: CompilerOptions) {
    this.#program = emptyProgram(options);
    this.#options = this.#program.getCompilerOptions();
  }

  get isOpen(): boolean {
    return this.#texts < most;
  }

  emit(text: string, { isJsx, passes }: EmitSettings): EmittedText {
    this.#texts += 1;
    const name = isJsx ? '/cell.tsx' : '/cell.ts';
    const kind = { languageVersion: this.#options.target! };
    const file = addedFile(name, text, isJsx, kind, this.#options);
    const outputs = new Map<string, string>();
    const write = (name: string, written: string) => outputs.set(name.slice(name.lastIndexOf('.')), written);
    this.#program.emit(file, write, undefined, false, passes);
    return { code: outputs.get('.js') ?? '', sourceMap: outputs.get('.map') ?? '{}' };
  }
}

/** A program of one empty file, with the options that `ts.transpileModule` would give it. */
export function emptyProgram(given: CompilerOptions): Program {
  const only = '/cell.ts';
  const options = { ...given, isolatedModules: true, noCheck: true, noLib: true, noResolve: true, types: [] };
  const host: CompilerHost = {
    getSourceFile: (name, version) => (name === only ? ts.createSourceFile(name, '', version) : undefined),
    writeFile: () => undefined,
    getDefaultLibFileName: () => '',
    useCaseSensitiveFileNames: () => true,
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => '',
    getNewLine: () => '\n',
    fileExists: (name) => name === only,
    readFile: () => undefined,
  };
  return ts.createProgram([only], options, host);
}
