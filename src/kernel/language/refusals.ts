/** What keeps a cell from running although its own types are right. */
import vm from 'node:vm';
import { withoutMarks } from '../cell-names.ts';
import type { CellDiagnostic } from '../contracts.ts';
import type { CellText } from './diagnostics.ts';
import type { Diagnostic, Program, SourceFile } from './typescript.ts';

/** Syntax errors of the user's files that the program holds: they would fail at run time with less said. */
export function brokenImports(program: Program, current: SourceFile): Diagnostic[] {
  return program.getSourceFiles().flatMap((file) => {
    if (file === current || file.isDeclarationFile || program.isSourceFileFromExternalLibrary(file))
      return [];
    if (/\/\^(?:cell|session|globals)[^/]*$/.test(file.fileName)) return [];
    return [...program.getSyntacticDiagnostics(file)];
  });
}

/** What V8 refuses although TypeScript let it pass; unchecked cells can hold such things. */
export function refusalOf(code: string, cell: CellText): CellDiagnostic | undefined {
  try {
    void new vm.Script(code, { filename: cell.fileName });
    return undefined;
  } catch (error) {
    const message = withoutMarks(error instanceof Error ? error.message : String(error));
    return { severity: 'error', code: 0, message, file: cell.fileName, line: 1, column: 1, excerpt: '' };
  }
}
