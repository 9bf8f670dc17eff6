/**
 * Checks and compiles cells by programs that are kept, since making one takes longer than a check. Only this file uses
 * TypeScript below its public API. Three things, tried with 5.9.3 and 6.0.3:
 *
 * 1. `bindSourceFile` gives a file its symbols that joins a program after it was made; `getJSXImplicitImportBase` and
 *    `getJSXRuntimeImport` say what its JSX imports.
 * 2. The program's `getSourceFile` and `getResolvedModule`, by which its checker asks, are replaced while a cell is
 *    checked.
 * 3. `Program.emit` takes a file that the program does not know, so one program compiles text after text.
 *
 * Where one of these is absent ({@link canKeep}), cells are checked by the plain checker: with the same results, which the
 * tests compare, in several times the time.
 */
import { PlainChecker, type EmitSettings, type EmittedText, type Work } from './checker.ts';
import { declaresGlobals } from './declared.ts';
import type { SessionText } from './session.ts';
import type { CellOptions } from './settings.ts';
import {
  compiler,
  writtenImports,
  type Compiler,
  type CompilerHost,
  type CompilerOptions,
  type Program,
  type ResolutionMode,
  type ResolvedModuleWithFailedLookupLocations as Resolved,
  type SourceFile,
  type StringLiteral,
} from './typescript.ts';

const ts = compiler();

interface Insides {
  readonly bindSourceFile: (file: SourceFile, options: CompilerOptions) => void;
  readonly getJSXImplicitImportBase: (options: CompilerOptions, file: SourceFile) => string | undefined;
  readonly getJSXRuntimeImport: (base: string | undefined, options: CompilerOptions) => string | undefined;
}

/** What a checker asks a program for. */
interface ProgramInsides {
  getSourceFile: (name: string) => SourceFile | undefined;
  getResolvedModule: (file: SourceFile, name: string, mode: ResolutionMode) => Resolved | undefined;
}

const insides = ts as unknown as Insides;

/** Whether this TypeScript has what {@link KeptChecker} needs. */
export function canKeep(typescript: typeof Compiler = ts): boolean {
  const names = ['bindSourceFile', 'getJSXImplicitImportBase', 'getJSXRuntimeImport'] as const;
  const has = (owner: unknown, name: string) =>
    typeof (owner as Record<string, unknown>)[name] === 'function';
  return names.every((name) => has(typescript, name)) && has(emptyProgram({}), 'getResolvedModule');
}

/** A checker keeps what it learned of each file, and an emitter a little of each text; after so many, new ones begin. */
const most = 1000;

/** Checks a cell by the program that is there, if it needs no other; a fault is reported by one made for it. */
export class KeptChecker extends PlainChecker {
  #extension: Extension | undefined;
  readonly #emitters = new Map<boolean, KeptEmitter>();

  override write(file: string, content: SessionText): void {
    super.write(file, content);
    if (file !== this.file) this.#extension?.put(file, content);
  }

  override setOptions(options: CellOptions): void {
    super.setOptions(options);
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
    const resolve = (name: string, mode: ResolutionMode) => this.resolve(name, mode);
    this.#extension = isGlobal ? undefined : new Extension(program, file, resolve);
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
    const program = this.program as unknown as ProgramInsides;
    const { getSourceFile, getResolvedModule } = program;
    const name = `${this.#folder}^check-${this.#count}${this.#ending}`;
    this.put(name, content);
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

/** TypeScript's own passes over one text after the other: `ts.transpileModule` makes a program for each. */
class KeptEmitter {
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
function emptyProgram(given: CompilerOptions): Program {
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

/**
 * A file as a program makes them: parsed, named, and with its symbols. A program's checker and emitter take it, although
 * the program does not know it; only its global declarations have no effect.
 */
function addedFile(
  name: string,
  text: string,
  isJsx: boolean,
  { languageVersion, impliedNodeFormat }: Pick<SourceFile, 'languageVersion' | 'impliedNodeFormat'>,
  options: CompilerOptions,
): SourceFile {
  const kind = isJsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(name, text, { languageVersion, impliedNodeFormat }, false, kind);
  const path = ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase();
  Object.assign(file, { path, resolvedPath: path, originalFileName: name });
  const imports = isJsx ? jsxImports(file, options) : [];
  Object.assign(file, { imports, moduleAugmentations: [], ambientModuleNames: [] });
  // Whatever its text, a cell is a module.
  Object.assign(file, { externalModuleIndicator: true });
  insides.bindSourceFile(file, options);
  return file;
}

/** The import that automatic JSX makes, as a program adds it to a file. */
function jsxImports(file: SourceFile, options: CompilerOptions): StringLiteral[] {
  const { getJSXImplicitImportBase, getJSXRuntimeImport } = insides;
  const module = getJSXRuntimeImport(getJSXImplicitImportBase(options, file), options);
  if (module === undefined) return [];
  const specifier = ts.factory.createStringLiteral(module);
  const declaration = ts.factory.createImportDeclaration(undefined, undefined, specifier);
  Object.assign(specifier, { parent: declaration, flags: specifier.flags & ~ts.NodeFlags.Synthesized });
  Object.assign(declaration, { parent: file, flags: declaration.flags & ~ts.NodeFlags.Synthesized });
  return [specifier];
}
