/** The TypeScript compiler, loaded as the CommonJS file it is: importing it as ESM would scan its nine megabytes. */
import { createRequire } from 'node:module';
import type * as Compiler from 'typescript';

export const ts = createRequire(import.meta.url)('typescript') as typeof Compiler;

export type {
  BindingName,
  CompilerOptions,
  Diagnostic,
  Expression,
  ForInitializer,
  Identifier,
  ImportDeclaration,
  ImportEqualsDeclaration,
  Modifier,
  ModuleDeclaration,
  VariableDeclarationList,
  VariableStatement,
  Node,
  Program,
  SourceFile,
  Statement,
} from 'typescript';
