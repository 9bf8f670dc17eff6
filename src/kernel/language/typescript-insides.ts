/**
 * TypeScript below its public API: no other file names these parts. Tried with 5.9.3 and 6.0.3.
 *
 * 1. Facts that the parser and the binder leave on nodes: without `parseDiagnostics` or `imports`, the kernel refuses that
 *    TypeScript (`ST_KERNEL_TYPESCRIPT_PART`); a name whose facts are absent counts as the user's.
 * 2. Files that join a program after it was made: `bindSourceFile` gives a file its symbols, `getJSXImplicitImportBase` and
 *    `getJSXRuntimeImport` say what its JSX imports, and a program's checker asks its `getSourceFile` and
 *    `getResolvedModule`, which are replaced while a cell is checked. `Program.emit` takes a file that the program does not
 *    know. Where one of these is absent ({@link canAdd}), cells are checked by the plain checker of `checker.ts`: with the
 *    same results, which the tests compare, in several times the time.
 */
import { TypeScriptPartError } from '../errors.ts';
import {
  compiler,
  type Compiler,
  type CompilerOptions,
  type Diagnostic,
  type Node,
  type Program,
  type ResolutionMode,
  type ResolvedModuleWithFailedLookupLocations,
  type SourceFile,
  type StringLiteral,
  type StringLiteralLike,
} from './typescript.ts';

/** What the parser and the binder write on nodes, beyond what the types declare. */
interface Undeclared {
  readonly parseDiagnostics?: readonly Diagnostic[];
  readonly imports?: readonly StringLiteralLike[];
  readonly symbol?: { readonly exports?: ReadonlyMap<string, unknown> };
  readonly emitNode?: { readonly autoGenerate?: unknown };
  externalModuleIndicator?: unknown;
}

/**
 * What is wrong with the syntax of a parsed file, in order.
 *
 * @throws TypeScriptPartError (`ST_KERNEL_TYPESCRIPT_PART`) with a TypeScript that keeps them elsewhere
 */
export function syntaxFaults(file: SourceFile): readonly Diagnostic[] {
  const { parseDiagnostics } = file as Undeclared;
  if (!parseDiagnostics) throw new TypeScriptPartError({ part: 'parseDiagnostics of a file' });
  return parseDiagnostics;
}

/** What a file of a program imports, what TypeScript adds for JSX left aside. */
export function writtenImports(file: SourceFile): readonly StringLiteralLike[] {
  const { imports } = file as Undeclared;
  if (!imports) throw new TypeScriptPartError({ part: 'imports of a file' });
  return imports.filter(({ pos }) => pos >= 0);
}

/** Whether a namespace or enum exports the name. */
export function isExported(owner: Node, name: string): boolean {
  const { symbol } = owner as Undeclared;
  return symbol?.exports?.has(compiler().escapeLeadingUnderscores(name) as string) ?? false;
}

/** Whether TypeScript made the name: `A_1`. */
export function isGenerated(name: Node): boolean {
  return (name as Undeclared).emitNode?.autoGenerate !== undefined;
}

/** Lets a file be printed as a script: without `export {}`. */
export function printAsScript(file: SourceFile): SourceFile {
  (file as Undeclared).externalModuleIndicator = undefined;
  return file;
}

/** Functions of the compiler that its types do not declare. */
interface Insides {
  readonly bindSourceFile: (file: SourceFile, options: CompilerOptions) => void;
  readonly getJSXImplicitImportBase: (options: CompilerOptions, file: SourceFile) => string | undefined;
  readonly getJSXRuntimeImport: (base: string | undefined, options: CompilerOptions) => string | undefined;
}

const insides = () => compiler() as unknown as Insides;

/** What a checker asks its program for. */
interface ProgramQuestions {
  readonly getSourceFile: (name: string) => SourceFile | undefined;
  readonly getResolvedModule: (
    file: SourceFile,
    name: string,
    mode: ResolutionMode,
  ) => ResolvedModuleWithFailedLookupLocations | undefined;
}

/** Whether this TypeScript, by which the program was made, has what {@link addedFile} and {@link answering} need. */
export function canAdd(typescript: typeof Compiler, program: object): boolean {
  const names = ['bindSourceFile', 'getJSXImplicitImportBase', 'getJSXRuntimeImport'] as const;
  const has = typescript as unknown as Readonly<Record<string, unknown>>;
  if (names.some((name) => typeof has[name] !== 'function')) return false;
  return typeof (program as Partial<ProgramQuestions>).getResolvedModule === 'function';
}

/** Answers the program's checker otherwise while `work` is done, which may use it. */
export function answering<T>(
  program: Program,
  answers: (own: ProgramQuestions) => ProgramQuestions,
  work: () => T,
): T {
  const asked = program as unknown as ProgramQuestions;
  const { getSourceFile, getResolvedModule } = asked;
  Object.assign(asked, answers({ getSourceFile, getResolvedModule }));
  try {
    return work();
  } finally {
    Object.assign(asked, { getSourceFile, getResolvedModule });
  }
}

/**
 * A file as a program makes them: parsed, named, and with its symbols. A program's checker and emitter take it, although
 * the program does not know it; only its global declarations have no effect.
 */
export function addedFile(
  name: string,
  text: string,
  isJsx: boolean,
  { languageVersion, impliedNodeFormat }: Pick<SourceFile, 'languageVersion' | 'impliedNodeFormat'>,
  options: CompilerOptions,
): SourceFile {
  const ts = compiler();
  const kind = isJsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(name, text, { languageVersion, impliedNodeFormat }, false, kind);
  const path = ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase();
  Object.assign(file, { path, resolvedPath: path, originalFileName: name });
  const imports = isJsx ? jsxImports(file, options) : [];
  Object.assign(file, { imports, moduleAugmentations: [], ambientModuleNames: [] });
  // Whatever its text, a cell is a module.
  Object.assign(file, { externalModuleIndicator: true });
  insides().bindSourceFile(file, options);
  return file;
}

/** The import that automatic JSX makes, as a program adds it to a file. */
function jsxImports(file: SourceFile, options: CompilerOptions): StringLiteral[] {
  const ts = compiler();
  const { getJSXImplicitImportBase, getJSXRuntimeImport } = insides();
  const module = getJSXRuntimeImport(getJSXImplicitImportBase(options, file), options);
  if (module === undefined) return [];
  const specifier = ts.factory.createStringLiteral(module);
  const declaration = ts.factory.createImportDeclaration(undefined, undefined, specifier);
  Object.assign(specifier, { parent: declaration, flags: specifier.flags & ~ts.NodeFlags.Synthesized });
  Object.assign(declaration, { parent: file, flags: declaration.flags & ~ts.NodeFlags.Synthesized });
  return [specifier];
}
