/** The TypeScript programs that check cells: as few as possible, since making one takes longer than a check. */
import { Extension } from './extension.ts';
import { CellHost } from './host.ts';
import type { CellOptions } from './options.ts';
import { ts, type ModuleDeclaration, type Program, type SourceFile } from './typescript.ts';
import type { LanguageService, ResolutionMode } from 'typescript';

/** Something that needs a program and the current cell's file in it. */
type Work<T> = (program: Program, file: SourceFile) => T;

/**
 * Parsed files, kept for the language that follows when the runner is replaced (so `dispose` does not release them):
 * it starts in a fraction of the time.
 */
const documents = ts.createDocumentRegistry();

/** A language service for the files of a folder, the texts of cells, and one current cell. */
export class Programs {
  readonly service: LanguageService;
  /** The current cell's file name. */
  readonly file: string;
  readonly #host: CellHost;
  readonly #reuse: boolean;
  /** The last program, which checks cells as long as they need no other. */
  #extension: Extension | undefined;
  #made = 0;

  /**
   * @param folder where cells run, with slashes and without one at its end
   * @param globals declarations of what every cell has
   * @param reuse `false`: a program for each cell
   */
  constructor(folder: string, options: CellOptions, globals: string, reuse: boolean) {
    this.file = `${folder}/^cell.mts`;
    const globalsFile = `${folder}/^globals.d.ts`;
    const ambient = new Set([...globals.matchAll(/declare module '([^']+)'/g)].map((match) => match[1]!));
    this.#host = new CellHost(folder, options, [globalsFile, this.file], ambient);
    this.#host.setText(globalsFile, globals);
    this.#reuse = reuse;
    this.service = ts.createLanguageService(this.#host, documents);
  }

  /** How many were made. */
  get made(): number {
    return this.#made;
  }

  /** Writes a file that cells import, which needs the names of the cells with these slots. */
  write(file: string, text: string, slots: ReadonlySet<number>): void {
    this.#host.setText(file, text);
    this.#extension?.put(file, text, slots);
  }

  /** The project's settings were edited. */
  setOptions(options: CellOptions): void {
    this.#host.setOptions(options);
    this.#extension = undefined;
  }

  /** Makes a text the current cell's, and sees what changed on disk. */
  enter(text: string): void {
    this.#host.setText(this.file, text);
    if (this.#host.refresh()) this.#extension = undefined;
  }

  /**
   * Works with the program that is there, to which the text is added.
   *
   * @returns undefined when there is none, or when the text needs another
   */
  byLast<T>(text: string, slots: ReadonlySet<number>, work: Work<T>): T | undefined {
    const extension = this.#extension;
    if (!this.#reuse || !extension?.isOpen) return undefined;
    return extension.check(text, slots, (file) => work(extension.program, file));
  }

  /** Works with a program that was made for the current cell. */
  byOwn<T extends { readonly ok: boolean }>(work: Work<T>): T {
    const { program, file } = this.#current();
    const result = work(program, file);
    this.goOn(result.ok);
    return result;
  }

  /** From now on, `byLast` means the program that the service has. `isGood`: its cell is finished and without fault. */
  goOn(isGood = false): void {
    const { program, file } = this.#current();
    if (this.#extension?.program === program) return;
    this.#made += 1;
    const find = (name: string, mode: ResolutionMode) => this.#host.resolve(name, this.file, mode);
    // What such a cell says of global things, or imports that does, must not stay.
    const mayTell = speaksOfGlobals(file) || (!isGood && hasImports(file));
    this.#extension = mayTell ? undefined : new Extension(program, file, find);
  }

  /** The next cell gets a program of its own. */
  renew(): void {
    this.#extension = undefined;
  }

  #current(): { program: Program; file: SourceFile } {
    const program = this.service.getProgram();
    const file = program?.getSourceFile(this.file);
    if (!program || !file) throw new Error('The language service lost the current cell.');
    return { program, file };
  }
}

/** `declare global`, `declare module`, references, imports without names: they go on when the cell's names are gone. */
export function speaksOfGlobals(file: SourceFile): boolean {
  const { referencedFiles, typeReferenceDirectives, libReferenceDirectives } = file;
  if (referencedFiles.length + typeReferenceDirectives.length + libReferenceDirectives.length > 0)
    return true;
  return file.statements.some(
    (each) =>
      (ts.isModuleDeclaration(each) && !isNamespace(each)) ||
      (ts.isImportDeclaration(each) && !each.importClause),
  );
}

/** Whether a program's file imports more than the names of earlier cells (and what TypeScript adds to each for JSX). */
function hasImports(file: SourceFile & { readonly imports?: readonly { readonly pos: number }[] }): boolean {
  return (file.imports?.filter(({ pos }) => pos >= 0).length ?? 2) > 1;
}

function isNamespace(node: ModuleDeclaration): boolean {
  return ts.isIdentifier(node.name) && !(node.flags & ts.NodeFlags.GlobalAugmentation);
}
