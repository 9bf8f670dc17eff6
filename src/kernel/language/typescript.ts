/**
 * The TypeScript compiler. No other file names its package, and what the kernel reads of a parsed file beyond the declared
 * types is here, too.
 */
import { createRequire } from 'node:module';
import type * as Compiler from 'typescript';
import type { Diagnostic, Node, SourceFile, StringLiteralLike } from 'typescript';
import { TypeScriptPartError } from '../errors.ts';
import { collectGarbage, loadWithCode, type Loaded } from './engine.ts';

export type {
  BindingElement,
  BindingName,
  CompilerHost,
  CompilerOptions,
  CompletionEntry,
  CustomTransformers,
  Diagnostic,
  EntityName,
  Expression,
  ForInitializer,
  Identifier,
  ImportDeclaration,
  ImportEqualsDeclaration,
  IScriptSnapshot,
  JSDocTagInfo,
  JsxEmit,
  LanguageService,
  LanguageServiceHost,
  Modifier,
  ModuleDeclaration,
  ModuleResolutionCache,
  Node,
  NodeFactory,
  ParsedCommandLine,
  Program,
  ResolutionMode,
  ResolvedModuleWithFailedLookupLocations,
  ResolvedProjectReference,
  ResolvedTypeReferenceDirectiveWithFailedLookupLocations,
  ScriptKind,
  SourceFile,
  Statement,
  StringLiteral,
  SymbolDisplayPart,
  TransformationContext,
  TransformerFactory,
  VariableDeclarationList,
  VariableStatement,
} from 'typescript';
export type { Compiler };

let loaded: Pick<Loaded, 'exports' | 'keep'> | undefined;

/** As the CommonJS file that it is: an import as ESM would scan its nine megabytes. */
const load = () => createRequire(import.meta.url);

/** Takes a compiler that is loaded already, in place of loading it. */
export function useCompiler(exports: unknown): void {
  loaded = { exports, keep: () => undefined };
}

/** The compiler; the first call takes a quarter of a second, or half of that where its code was kept. */
export function compiler(): typeof Compiler {
  loaded ??= loadWithCode(compilerFile());
  return loaded.exports as typeof Compiler;
}

/** Where the compiler lies. */
export function compilerFile(): string {
  return load().resolve('typescript');
}

/** After the first cell, and now and then: keeps the compiler's code for the next start, and its heap small. */
export function settleCompiler(): void {
  loaded?.keep();
  collectGarbage();
}

/** The version of the compiler, which is not loaded for it. */
export function compilerVersion(): string {
  return (load()('typescript/package.json') as { version: string }).version;
}

/** What the parser and the binder of TypeScript (5.9.3, 6.0.3) write on nodes, beyond what the types declare. */
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
