/** Files that join a program after it was made. */
import { isJsx, jsxImports } from './jsx.ts';
import { ts, type CompilerOptions, type SourceFile } from './typescript.ts';
import type { ResolutionMode, ScriptTarget } from 'typescript';

/** What a file is besides its text. */
export interface FileKind {
  readonly languageVersion: ScriptTarget;
  readonly impliedNodeFormat?: ResolutionMode;
}

/** Gives a file its symbols: exported by TypeScript 5.9, to which `package.json` holds us, but not in its types. */
const { bindSourceFile } = ts as unknown as {
  readonly bindSourceFile: (file: SourceFile, options: CompilerOptions) => void;
};

/**
 * A file as a program makes them: parsed, named, and with its symbols. A program's checker and emitter take it, although
 * the program does not know it; only what it says of global things is not heard.
 */
export function addedFile(
  name: string,
  text: string,
  { languageVersion, impliedNodeFormat }: FileKind,
  options: CompilerOptions,
  jsx = isJsx(text),
): SourceFile {
  const kind = jsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(name, text, { languageVersion, impliedNodeFormat }, false, kind);
  const path = ts.sys.useCaseSensitiveFileNames ? name : name.toLowerCase();
  Object.assign(file, { path, resolvedPath: path, originalFileName: name });
  const imports = jsx ? jsxImports(file, options) : [];
  Object.assign(file, { imports, moduleAugmentations: [], ambientModuleNames: [] });
  // Whatever its text, a cell is a module.
  Object.assign(file, { externalModuleIndicator: true });
  bindSourceFile(file, options);
  return file;
}
