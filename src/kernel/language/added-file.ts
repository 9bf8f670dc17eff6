/**
 * Files as a program makes them, for programs that are there already. TypeScript has no public way: `bindSourceFile` gives a
 * file its symbols, `getJSXImplicitImportBase` and `getJSXRuntimeImport` say what its JSX imports (tried with 5.9.3 and
 * 6.0.3; where one is absent, see {@link canAdd}).
 */
import {
  compiler,
  type Compiler,
  type CompilerOptions,
  type SourceFile,
  type StringLiteral,
} from './typescript.ts';

const ts = compiler();

interface Insides {
  readonly bindSourceFile: (file: SourceFile, options: CompilerOptions) => void;
  readonly getJSXImplicitImportBase: (options: CompilerOptions, file: SourceFile) => string | undefined;
  readonly getJSXRuntimeImport: (base: string | undefined, options: CompilerOptions) => string | undefined;
}

const insides = ts as unknown as Insides;

/** Whether this TypeScript has what {@link addedFile} needs. */
export function canAdd(typescript: typeof Compiler): boolean {
  const names = ['bindSourceFile', 'getJSXImplicitImportBase', 'getJSXRuntimeImport'] as const;
  const has = typescript as unknown as Readonly<Record<string, unknown>>;
  return names.every((name) => typeof has[name] === 'function');
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
