/** Checks further cells with the checker that a program has already: a new program for each takes several times as long. */
import { addedFile } from './added-file.ts';
import type { Program, SourceFile } from './typescript.ts';
import type { ResolutionMode, ResolvedModuleWithFailedLookupLocations } from 'typescript';

/** What a checker asks a program for. These are methods of TypeScript 5.9, but not all are in its types. */
interface Insides {
  getSourceFile: (name: string) => SourceFile | undefined;
  getResolvedModule: (file: SourceFile, name: string, mode: ResolutionMode) => Resolved | undefined;
}
type Resolved = ResolvedModuleWithFailedLookupLocations;

/** A checker keeps what it learned of each file; after so many, a new one begins. */
const mostFiles = 1000;

/**
 * A program and files that were added to it after it was made. They may import each other (cells import earlier cells)
 * and whatever the program has loaded; what needs more than that needs a new program. So do global declarations, since
 * a checker gathers them only once.
 */
export class Extension {
  readonly program: Program;
  /** The program's own cell: added files are as it is. */
  readonly #cell: SourceFile;
  readonly #find: (name: string, mode: ResolutionMode) => Resolved;
  readonly #texts = new Map<string, string>();
  readonly #files = new Map<string, SourceFile>();
  /** The file by which an added file sees earlier cells. */
  readonly #sessions = new Map<string, string>();
  readonly #folder: string;
  readonly #ending: string;
  #count = 0;
  #missed = false;

  /** @param find resolves a module as a cell would */
  constructor(program: Program, cell: SourceFile, find: (name: string, mode: ResolutionMode) => Resolved) {
    this.program = program;
    this.#cell = cell;
    this.#find = find;
    this.#folder = cell.fileName.slice(0, cell.fileName.lastIndexOf('/') + 1);
    this.#ending = /\.\w+$/.exec(cell.fileName)![0];
  }

  /** Whether more files can be added. */
  get isOpen(): boolean {
    return this.#count < mostFiles;
  }

  /** Puts the text of a cell that ran, which imports what it needs from the cells with these slots. */
  put(file: string, text: string, slots: ReadonlySet<number>): void {
    const session = `${this.#folder}^session-${++this.#count}${this.#ending}`;
    const lines = [...slots].map((slot) => `export * from './^cell-${slot}${this.#ending}';\n`);
    this.#texts.set(session, `export {};\n${lines.join('')}`);
    this.#texts.set(file, text);
    this.#files.delete(file);
    this.#sessions.set(session, session).set(file, session);
  }

  /**
   * Adds the text of a cell for the time of `work`, which may use its file and the program's checker.
   *
   * @returns undefined when the program had not loaded all that was needed; what `work` found is worth nothing then
   */
  check<T>(text: string, slots: ReadonlySet<number>, work: (file: SourceFile) => T): T | undefined {
    const program = this.program as unknown as Insides;
    const { getSourceFile, getResolvedModule } = program;
    const name = `${this.#folder}^check-${this.#count}${this.#ending}`;
    this.put(name, text, slots);
    this.#missed = false;
    program.getSourceFile = (file) => this.#file(file) ?? getSourceFile(file);
    program.getResolvedModule = (file, module, mode) => {
      const session = this.#sessions.get(file.fileName);
      if (session === undefined) return getResolvedModule(file, module, mode);
      if (module.startsWith('./^session')) return resolvedTo(session);
      if (module.startsWith('./^cell')) return resolvedTo(`${this.#folder}${module.slice(2)}`);
      const known = getResolvedModule(this.#cell, module, mode);
      if (known?.resolvedModule) return known;
      const found = this.#find(module, mode);
      const { resolvedFileName } = found.resolvedModule ?? {};
      if (resolvedFileName === undefined || !getSourceFile(resolvedFileName)) this.#missed = true;
      return found;
    };
    try {
      const result = work(program.getSourceFile(name)!);
      return this.#missed ? undefined : result;
    } finally {
      Object.assign(program, { getSourceFile, getResolvedModule });
      for (const each of [name, this.#sessions.get(name)!]) {
        this.#texts.delete(each);
        this.#files.delete(each);
        this.#sessions.delete(each);
      }
    }
  }

  #file(name: string): SourceFile | undefined {
    const known = this.#files.get(name);
    const text = this.#texts.get(name);
    if (known || text === undefined) return known;
    const made = addedFile(name, text, this.#cell, this.program.getCompilerOptions());
    this.#files.set(name, made);
    return made;
  }
}

function resolvedTo(file: string): Resolved {
  const extension = /\.\w+$/.exec(file)![0];
  const resolvedModule = { resolvedFileName: file, extension, resolvedUsingTsExtension: true };
  return { resolvedModule: { ...resolvedModule, isExternalLibraryImport: false } };
}
