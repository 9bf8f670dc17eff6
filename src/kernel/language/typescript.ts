/** The TypeScript compiler, as its package declares it. No other file names the package. */
import { createRequire } from 'node:module';
import type * as Compiler from 'typescript';
import { collectGarbage, loadWithCode, type Loaded } from './engine.ts';

export type {
  BinaryExpression,
  BinaryOperator,
  BindingElement,
  BindingName,
  CompilerHost,
  CompilerOptions,
  CompletionEntry,
  CustomTransformers,
  Diagnostic,
  DotDotDotToken,
  EntityName,
  EnumMember,
  ExportDeclaration,
  Expression,
  ExpressionStatement,
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
  PropertyName,
  ResolutionMode,
  ResolvedModuleWithFailedLookupLocations,
  ResolvedProjectReference,
  ResolvedTypeReferenceDirectiveWithFailedLookupLocations,
  ScriptKind,
  ShorthandPropertyAssignment,
  SourceFile,
  Statement,
  StringLiteral,
  StringLiteralLike,
  Symbol,
  SymbolDisplayPart,
  TransformationContext,
  TransformerFactory,
  VariableDeclaration,
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
