/** JSX in cells: which cells hold it, and what it uses without its being written. */
import { ts, type CompilerOptions, type Diagnostic, type SourceFile } from './typescript.ts';
import type { StringLiteral } from 'typescript';

/** Whether a text is JSX: `<T>value` is none, and what can be read both ways is no JSX. */
export function isJsx(text: string): boolean {
  if (!/<(?:[\p{ID_Start}$_]|\s*>)/u.test(text)) return false;
  const faults = (name: string) => {
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, false);
    return (file as SourceFile & { parseDiagnostics: readonly Diagnostic[] }).parseDiagnostics.length;
  };
  const plain = faults('/cell.ts');
  return plain > 0 && faults('/cell.tsx') < plain;
}

/** The comment that a text with `@jsx h` needs to be compiled as it says, where the project's JSX is automatic. */
export function classicPragma(text: string): string {
  return /@jsx\s/.test(text) && !/@jsx(?:Runtime|ImportSource)\s/.test(text)
    ? '/** @jsxRuntime classic */'
    : '';
}

/** Names that JSX uses without their being written. */
export function jsxNames(text: string, options: CompilerOptions): string[] {
  const { jsxFactory = 'React', jsxFragmentFactory = 'React' } = options;
  const said = [...text.matchAll(/@jsx(?:Frag)?\s+([\w$.]+)/g)].map(([, name]) => name!);
  return [jsxFactory, jsxFragmentFactory, ...said].map((name) => name.split('.')[0]!);
}

/** Functions of TypeScript 5.9, to which `package.json` holds us, that are not in its types. */
const internals = ts as unknown as {
  readonly getJSXImplicitImportBase: (options: CompilerOptions, file: SourceFile) => string | undefined;
  readonly getJSXRuntimeImport: (base: string | undefined, options: CompilerOptions) => string | undefined;
};

/** The import that automatic JSX makes, as a program adds it to a file. */
export function jsxImports(file: SourceFile, options: CompilerOptions): StringLiteral[] {
  const { getJSXImplicitImportBase, getJSXRuntimeImport } = internals;
  const module = getJSXRuntimeImport(getJSXImplicitImportBase(options, file), options);
  if (module === undefined) return [];
  const specifier = ts.factory.createStringLiteral(module);
  const declaration = ts.factory.createImportDeclaration(undefined, undefined, specifier);
  Object.assign(specifier, { parent: declaration, flags: specifier.flags & ~ts.NodeFlags.Synthesized });
  Object.assign(declaration, { parent: file, flags: declaration.flags & ~ts.NodeFlags.Synthesized });
  return [specifier];
}
