/**
 * Checks and compiles cells by programs that are kept, since making one takes longer than a check: a cell's file joins a
 * program that is there, by what `typescript-insides.ts` has for it.
 */
import { PlainChecker, type EmitSettings, type EmittedText, type Work } from './checker.ts';
import { declaresGlobals } from './declared.ts';
import { emptyProgram, KeptEmitter } from './kept-emitter.ts';
import type { SessionText } from './session.ts';
import type { CellOptions } from './settings.ts';
import {
  compiler,
  type Compiler,
  type Program,
  type ResolutionMode,
  type ResolvedModuleWithFailedLookupLocations as Resolved,
  type SourceFile,
} from './typescript.ts';
import { addedFile, answering, canAdd, writtenImports } from './typescript-insides.ts';

const ts = compiler();

/** Whether this TypeScript has what {@link KeptChecker} needs. */
export function canKeep(typescript: typeof Compiler = ts): boolean {
  return canAdd(typescript, emptyProgram({}));
}

/** A checker keeps what it learned of each file; after so many, a new one begins. */
const most = 1000;

/** A program that an earlier checker of the process leaves to the next one, and what that has to have alike. */
let left: { program: Program; cell: SourceFile; facts: string } | undefined;

/** Checks a cell by the program that is there, if it needs no other; a fault is reported by one made for it. */
export class KeptChecker extends PlainChecker {
  readonly #folder: string;
  readonly #globals: string;
  #settings: CellOptions;
  #extension: Extension | undefined;
  readonly #emitters = new Map<boolean, KeptEmitter>();

  constructor(folder: string, options: CellOptions, globals: string) {
    super(folder, options, globals);
    this.#folder = folder;
    this.#globals = globals;
    this.#settings = options;
  }

  override write(file: string, content: SessionText): void {
    super.write(file, content);
    if (file !== this.file) this.#extension?.put(file, content);
  }

  override setOptions(options: CellOptions): void {
    super.setOptions(options);
    this.#settings = options;
    left = undefined;
    this.#extension = undefined;
    this.#emitters.clear();
  }

  override enter(content: SessionText): boolean {
    const isChanged = super.enter(content);
    if (isChanged) this.#extension = undefined;
    return isChanged;
  }

  override check<T extends { readonly ok: boolean }>(
    cell: SessionText & { readonly isGlobal: boolean },
    work: Work<T>,
    isSound: (result: T) => boolean,
  ): T {
    this.#takeOver();
    const extension = cell.isGlobal || !this.#extension?.isOpen ? undefined : this.#extension;
    const quick = extension?.check(cell, (file) => work(extension.program, file));
    if (quick && isSound(quick)) return quick;
    const result = super.check(cell, work, isSound);
    this.#keep(result.ok);
    return result;
  }

  override adopt(): void {
    this.#keep(false);
  }

  override renew(): void {
    this.#extension = undefined;
  }

  override handOver(): string[] {
    const { program, file } = this.current();
    left = { program, cell: file, facts: this.#facts() };
    return program
      .getSourceFiles()
      .map(({ fileName }) => fileName)
      .filter((name) => !name.includes('^'));
  }

  /** Before the first cell, the program that was left for it is as good as one of its own. */
  #takeOver(): void {
    const given = left;
    left = undefined;
    if (!given || this.#extension || this.programs > 0 || given.facts !== this.#facts()) return;
    this.#extension = new Extension(given.program, given.cell, `${this.#folder}/`, this.#find);
  }

  /** What decides about a program besides the text of its cell. */
  #facts(): string {
    const { options, configFile } = this.#settings;
    return JSON.stringify([options, configFile, this.#globals, this.typesFiles()]);
  }

  readonly #find = (name: string, mode: ResolutionMode) => this.resolve(name, mode);

  override emit(text: string, settings: EmitSettings): EmittedText {
    const { isClassic } = settings;
    let emitter = this.#emitters.get(isClassic);
    if (!emitter?.isOpen) {
      emitter = new KeptEmitter(this.emitOptions(isClassic));
      this.#emitters.set(isClassic, emitter);
    }
    return emitter.emit(text, settings);
  }

  /** Keeps the current cell's program. `isGood`: the cell is finished and without fault. */
  #keep(isGood: boolean): void {
    const { program, file } = this.current();
    if (this.#extension?.program === program) return;
    // Global declarations of such a cell, or of what it imports, must not stay.
    const isGlobal = declaresGlobals(file) || (!isGood && writtenImports(file).length > 1);
    this.#extension = isGlobal ? undefined : new Extension(program, file, `${this.#folder}/`, this.#find);
  }
}

/**
 * A program and files that were added to it after it was made. They may import each other (cells import earlier cells)
 * and whatever the program has loaded; what needs more than that needs a new program. So do global declarations, since
 * a checker gathers them only once.
 */
class Extension {
  readonly program: Program;
  /** The program's own cell: added files are as it is. */
  readonly #cell: SourceFile;
  readonly #find: (name: string, mode: ResolutionMode) => Resolved;
  readonly #texts = new Map<string, Pick<SessionText, 'text' | 'isJsx'>>();
  readonly #files = new Map<string, SourceFile>();
  /** The file by which an added file sees earlier cells. */
  readonly #sessions = new Map<string, string>();
  readonly #folder: string;
  readonly #ending: string;
  #count = 0;
  #missed = false;

  /**
   * @param folder where cells run, with a slash at its end: another one than the program's, where that was left by another
   * @param find resolves a module as a cell would
   */
  constructor(
    program: Program,
    cell: SourceFile,
    folder: string,
    find: (name: string, mode: ResolutionMode) => Resolved,
  ) {
    this.program = program;
    this.#cell = cell;
    this.#folder = folder;
    this.#find = find;
    this.#ending = /\.\w+$/.exec(cell.fileName)![0];
  }

  /** Whether more files can be added. */
  get isOpen(): boolean {
    return this.#count < most;
  }

  /** Puts the text of a cell that ran. */
  put(file: string, { text, isJsx, slots }: SessionText): void {
    const session = `${this.#folder}^session-${++this.#count}${this.#ending}`;
    const lines = [...slots].map((slot) => `export * from './^cell-${slot}${this.#ending}';\n`);
    this.#texts.set(session, { text: `export {};\n${lines.join('')}`, isJsx: false });
    this.#texts.set(file, { text, isJsx });
    this.#files.delete(file);
    this.#sessions.set(session, session).set(file, session);
  }

  /**
   * Adds the text of a cell for the time of `work`, which may use its file and the program's checker.
   *
   * @returns undefined when the program had not loaded all that was needed; what `work` found is worth nothing then
   */
  check<T>(content: SessionText, work: (file: SourceFile) => T): T | undefined {
    const name = `${this.#folder}^check-${this.#count}${this.#ending}`;
    this.put(name, content);
    this.#missed = false;
    try {
      const result = answering(
        this.program,
        ({ getSourceFile, getResolvedModule }) => ({
          getSourceFile: (file) => this.#file(file) ?? getSourceFile(file),
          getResolvedModule: (file, module, mode) => {
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
          },
        }),
        () => work(this.program.getSourceFile(name)!),
      );
      return this.#missed ? undefined : result;
    } finally {
      for (const each of [name, this.#sessions.get(name)!]) {
        this.#texts.delete(each);
        this.#files.delete(each);
        this.#sessions.delete(each);
      }
    }
  }

  #file(name: string): SourceFile | undefined {
    const known = this.#files.get(name);
    const content = this.#texts.get(name);
    if (known || content === undefined) return known;
    const made = addedFile(name, content.text, content.isJsx, this.#cell, this.program.getCompilerOptions());
    this.#files.set(name, made);
    return made;
  }
}

function resolvedTo(file: string): Resolved {
  const extension = /\.\w+$/.exec(file)![0];
  const resolvedModule = { resolvedFileName: file, extension, resolvedUsingTsExtension: true };
  return { resolvedModule: { ...resolvedModule, isExternalLibraryImport: false } };
}
