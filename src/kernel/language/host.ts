/** What the language service sees: the disk, and the texts of cells as if they were files of the folder. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { LargeIndexes } from './large-indexes.ts';
import type { CellOptions } from './settings.ts';
import {
  compiler,
  type CompilerOptions,
  type IScriptSnapshot,
  type LanguageServiceHost,
  type ModuleResolutionCache,
  type ResolutionMode,
  type ResolvedModuleWithFailedLookupLocations,
  type ResolvedProjectReference,
  type ResolvedTypeReferenceDirectiveWithFailedLookupLocations,
  type ScriptKind,
} from './typescript.ts';

const ts = compiler();

interface Known {
  version: string;
  snapshot: IScriptSnapshot;
  /** When the file was last changed, ms; undefined for texts of ours. */
  changed?: number | undefined;
  /** Of texts of ours. */
  kind?: ScriptKind;
}

/** Counts texts, so that no two of them share a version, not even those of two hosts. */
let versions = 0;

/** A language service host with texts of its own. Files of packages are read once, files of the user watched. */
export class CellHost implements LanguageServiceHost {
  readonly #cwd: string;
  #options: CellOptions;
  readonly #roots: readonly string[];
  readonly #texts = new Map<string, Known>();
  readonly #files = new Map<string, Known>();
  readonly #packages = new Map<string, string | undefined>();
  /** Modules that only exist as declarations of ours. */
  readonly #ambient: ReadonlySet<string>;
  #resolutions: ModuleResolutionCache;
  #missing = false;
  readonly #indexes = new LargeIndexes();

  constructor(cwd: string, options: CellOptions, roots: readonly string[], ambient: ReadonlySet<string>) {
    this.#cwd = cwd;
    this.#options = options;
    this.#roots = roots;
    this.#ambient = ambient;
    this.#resolutions = this.#newResolutions();
  }

  /** The project's settings were edited. */
  setOptions(options: CellOptions): void {
    this.#options = options;
    this.#resolutions = this.#newResolutions();
  }

  /** Puts a text at a path, in place of what was there. */
  setText(file: string, text: string, isJsx: boolean): void {
    const kind = isJsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    if (isJsx) this.#missing = true; // What makes JSX work may have been installed meanwhile.
    this.#indexes.add(file, text);
    const snapshot = ts.ScriptSnapshot.fromString(text);
    this.#texts.set(file, { version: `text ${++versions}`, snapshot, kind });
  }

  /**
   * Looks which of the user's files changed on disk, and forgets what was not found. Call before using the program.
   *
   * @returns whether a file changed
   */
  refresh(): boolean {
    let isChanged = this.readMore();
    for (const [file, known] of this.#files) {
      if (known.changed === undefined) continue;
      const changed = ts.sys.getModifiedTime?.(file)?.getTime();
      if (changed === known.changed) continue;
      this.#files.delete(file);
      isChanged = true;
    }
    if (!this.#missing) return isChanged;
    this.#missing = false;
    this.#packages.clear();
    this.#resolutions = this.#newResolutions();
    return isChanged;
  }

  /**
   * Lets indexes be resolved again of which something was named that is not read.
   *
   * @returns whether there are such: a program that was made before does not have it
   */
  readMore(): boolean {
    const again = this.#indexes.takeNamed();
    for (const file of again) {
      const known = this.#files.get(file);
      if (known) this.#files.set(file, { ...known, version: `package ${++versions}` });
    }
    return again.length > 0;
  }

  /** Where a module lies that a file imports. */
  resolve(
    name: string,
    from: string,
    mode: ResolutionMode,
    redirected?: ResolvedProjectReference,
  ): ResolvedModuleWithFailedLookupLocations {
    const cache = this.#resolutions;
    const found = ts.resolveModuleName(name, from, this.#options.options, this, cache, redirected, mode);
    // A program asks for what JSX would need whether or not there is any.
    if (!found.resolvedModule && !/\/jsx-(?:dev-)?runtime$/.test(name)) this.#missing = true;
    return found;
  }

  getCompilationSettings = () => this.#options.options;
  getScriptFileNames = () => [...this.#roots];
  getCurrentDirectory = () => this.#cwd;
  getDefaultLibFileName = ts.getDefaultLibFilePath;
  useCaseSensitiveFileNames = () => ts.sys.useCaseSensitiveFileNames;
  getModuleResolutionCache = () => this.#resolutions;
  directoryExists = (folder: string) => ts.sys.directoryExists(folder);
  getDirectories = (folder: string) => ts.sys.getDirectories(folder);
  realpath = (file: string) => (this.#texts.has(file) ? file : (ts.sys.realpath?.(file) ?? file));

  getScriptVersion = (file: string): string => this.#known(file)?.version ?? '';
  getScriptKind = (file: string) => this.#texts.get(file)?.kind ?? ts.ScriptKind.Unknown;
  getScriptSnapshot = (file: string) => this.#known(file)?.snapshot;

  fileExists = (file: string): boolean => this.#texts.has(file) || ts.sys.fileExists(file);

  readFile = (file: string): string | undefined => {
    const known = this.#texts.get(file);
    if (known) return known.snapshot.getText(0, known.snapshot.getLength());
    if (!file.endsWith('/package.json')) return ts.sys.readFile(file);
    if (!this.#packages.has(file)) this.#packages.set(file, ts.sys.readFile(file));
    return this.#packages.get(file);
  };

  readDirectory: NonNullable<LanguageServiceHost['readDirectory']> = (...given) =>
    ts.sys.readDirectory(...given);

  resolveModuleNameLiterals: NonNullable<LanguageServiceHost['resolveModuleNameLiterals']> = (
    literals,
    from,
    redirected,
    options,
    source,
  ) => {
    const found = literals.map((literal): ResolvedModuleWithFailedLookupLocations => {
      if (this.#ambient.has(literal.text)) return { resolvedModule: undefined };
      const mode = ts.getModeForUsageLocation(source, literal, options);
      return this.resolve(literal.text, from, mode, redirected);
    });
    return this.#indexes.resolved(source, literals, found);
  };

  resolveTypeReferenceDirectiveReferences: NonNullable<
    LanguageServiceHost['resolveTypeReferenceDirectiveReferences']
  > = (references, from, redirected, options) =>
    references.map((reference) => {
      const name = typeof reference === 'string' ? reference : reference.fileName;
      return this.#typesOf(name, from, options, redirected);
    });

  /** Where the types lie that the settings name for every file. */
  typesFiles(from: string): (string | undefined)[] {
    const { options } = this.#options;
    return (options.types ?? []).map(
      (name) => this.#typesOf(name, from, options).resolvedTypeReferenceDirective?.resolvedFileName,
    );
  }

  #typesOf(
    name: string,
    from: string,
    options: CompilerOptions,
    redirected?: ResolvedProjectReference,
  ): ResolvedTypeReferenceDirectiveWithFailedLookupLocations {
    const found = ts.resolveTypeReferenceDirective(name, from, options, this, redirected);
    if (found.resolvedTypeReferenceDirective || name !== 'node') return found;
    // Outside any project, Node's types are those that came with us.
    const here = fileURLToPath(import.meta.url);
    return ts.resolveTypeReferenceDirective(name, here, { ...options, typeRoots: undefined }, this);
  }

  #known(file: string): Known | undefined {
    const known = this.#texts.get(file) ?? this.#files.get(file);
    if (known) return known;
    const text = ts.sys.readFile(file);
    if (text === undefined) return undefined;
    const isUsers = !file.includes('/node_modules/') && !path.basename(file).startsWith('lib.');
    if (isUsers) this.#indexes.add(file, text);
    const changed = isUsers ? ts.sys.getModifiedTime?.(file)?.getTime() : undefined;
    const read = {
      version: String(changed ?? 'package'),
      snapshot: ts.ScriptSnapshot.fromString(text),
      changed,
    };
    this.#files.set(file, read);
    return read;
  }

  #newResolutions(): ModuleResolutionCache {
    const same = (name: string) => (ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase());
    return ts.createModuleResolutionCache(this.#cwd, same, this.#options.options);
  }
}
