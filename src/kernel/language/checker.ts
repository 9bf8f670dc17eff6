/** What checks and compiles the texts of cells, by TypeScript's public API alone: a program for each cell. */
import { CellHost } from './host.ts';
import type { SessionText } from './session.ts';
import { emitOptions, type CellOptions } from './settings.ts';
import {
  compiler,
  type CustomTransformers,
  type LanguageService,
  type Program,
  type ResolutionMode,
  type ResolvedModuleWithFailedLookupLocations,
  type SourceFile,
} from './typescript.ts';

const ts = compiler();

/** JavaScript, and its source map as JSON. */
export interface EmittedText {
  readonly code: string;
  readonly sourceMap: string;
}

/** What a cell's text is compiled by. */
export interface EmitSettings {
  readonly isJsx: boolean;
  /** JSX calls what the text says by `@jsx`. */
  readonly isClassic: boolean;
  /** They come before and after TypeScript's own. */
  readonly passes: CustomTransformers;
}

/** Something that needs a program and the current cell's file in it. */
export type Work<T> = (program: Program, file: SourceFile) => T;

/** Checks and compiles one current cell after the other; see {@link PlainChecker} for what its parts mean. */
export interface CellChecker {
  readonly service: LanguageService;
  readonly file: string;
  readonly programs: number;
  write(file: string, content: SessionText): void;
  setOptions(options: CellOptions): void;
  enter(content: SessionText): void;
  check<T extends { readonly ok: boolean }>(
    cell: SessionText & { readonly isGlobal: boolean },
    work: Work<T>,
    isSound: (result: T) => boolean,
  ): T;
  adopt(): void;
  renew(): void;
  handOver(): string[];
  emit(text: string, settings: EmitSettings): EmittedText;
}

/**
 * Parsed files, kept for the language that follows when the runner is replaced (so `dispose` does not release them):
 * it starts in a fraction of the time.
 */
const documents = ts.createDocumentRegistry();

/** The plain implementation: a new program for every cell, and `ts.transpileModule`. */
export class PlainChecker implements CellChecker {
  /** Answers questions about the current cell. */
  readonly service: LanguageService;
  /** The current cell's file name. */
  readonly file: string;
  readonly #host: CellHost;
  #options: CellOptions;
  #program: Program | undefined;
  #programs = 0;

  /**
   * @param folder where cells run, with slashes and without one at its end
   * @param globals declarations of what every cell has
   */
  constructor(folder: string, options: CellOptions, globals: string) {
    this.file = `${folder}/^cell.mts`;
    const globalsFile = `${folder}/^globals.d.ts`;
    const ambient = new Set([...globals.matchAll(/declare module '([^']+)'/g)].map((match) => match[1]!));
    this.#options = options;
    this.#host = new CellHost(folder, options, [globalsFile, this.file], ambient);
    this.#host.setText(globalsFile, globals, false);
    this.service = ts.createLanguageService(this.#host, documents);
  }

  /** How many programs were made. */
  get programs(): number {
    return this.#programs;
  }

  /** Writes a file that cells import. */
  write(file: string, { text, isJsx }: SessionText): void {
    this.#host.setText(file, text, isJsx);
  }

  /** The project's settings were edited. */
  setOptions(options: CellOptions): void {
    this.#options = options;
    this.#host.setOptions(options);
  }

  /**
   * Makes a text the current cell's, and sees what changed on disk.
   *
   * @returns whether a file changed
   */
  enter(content: SessionText): boolean {
    this.write(this.file, content);
    return this.#host.refresh();
  }

  /**
   * Works with a program that has the current cell.
   *
   * @param isSound whether a result holds also if it comes of a program that was not made for the cell
   */
  check<T extends { readonly ok: boolean }>(
    _cell: SessionText & { readonly isGlobal: boolean },
    work: Work<T>,
    _isSound: (result: T) => boolean,
  ): T {
    const { program, file } = this.current();
    return work(program, file);
  }

  /** The service was asked something, and has a program for it; that one may check the next cells. */
  adopt(): void {}

  /** The next cell gets a program of its own. */
  renew(): void {}

  /**
   * The next checker of this process begins with the program of this one, if it has the same settings.
   *
   * @returns the files that the program was made of
   */
  handOver(): string[] {
    return [];
  }

  /** Compiles a text, without its types. */
  emit(text: string, { isJsx, isClassic, passes }: EmitSettings): EmittedText {
    const { outputText, sourceMapText } = ts.transpileModule(text, {
      fileName: isJsx ? '/cell.tsx' : '/cell.ts',
      compilerOptions: this.emitOptions(isClassic),
      transformers: passes,
    });
    return { code: outputText, sourceMap: sourceMapText ?? '{}' };
  }

  protected emitOptions(isClassic: boolean) {
    return emitOptions(this.#options.options, isClassic);
  }

  /** The program that was made for the current cell. */
  protected current(): { program: Program; file: SourceFile } {
    let program = this.service.getProgram();
    while (this.#host.readMore()) program = this.service.getProgram();
    const file = program?.getSourceFile(this.file);
    if (!program || !file) throw new Error('The language service lost the current cell.');
    if (program !== this.#program) this.#programs += 1;
    this.#program = program;
    return { program, file };
  }

  /** Where the types lie that the settings name for every file. */
  protected typesFiles(): (string | undefined)[] {
    return this.#host.typesFiles(this.file);
  }

  /** Resolves a module as the current cell would. */
  protected resolve(name: string, mode: ResolutionMode): ResolvedModuleWithFailedLookupLocations {
    return this.#host.resolve(name, this.file, mode);
  }
}
