/** What keeps a cell from running although its own types are right. */
import vm from 'node:vm';
import { withoutMarks } from '../cell-names.ts';
import type { CellDiagnostic } from '../contracts.ts';
import type { CellText } from './diagnostics.ts';
import { ts, type Diagnostic, type Node, type Program, type SourceFile } from './typescript.ts';

/**
 * Syntax errors of the user's files that the cell imports, directly or not: they would fail at run time with less said.
 * What an earlier cell imported is of no concern to this one.
 */
export function brokenImports(program: Program, current: SourceFile): Diagnostic[] {
  const checker = program.getTypeChecker();
  const found = new Set<SourceFile>();
  const follow = (file: SourceFile): void => {
    for (const specifier of specifiersOf(file)) {
      const target = checker.getSymbolAtLocation(specifier)?.declarations?.find(ts.isSourceFile);
      if (!target || found.has(target) || !isUsers(program, target)) continue;
      found.add(target);
      follow(target);
    }
  };
  follow(current);
  return [...found].flatMap((file) => [...program.getSyntacticDiagnostics(file)]);
}

function isUsers(program: Program, file: SourceFile): boolean {
  if (file.isDeclarationFile || program.isSourceFileFromExternalLibrary(file)) return false;
  return !/\/\^(?:cell|session|globals|check)[^/]*$/.test(file.fileName);
}

/** What a file imports, exports from, or loads by `import()` and `require`. */
function specifiersOf(file: Node): Node[] {
  const found: Node[] = [];
  const visit = (node: Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier) found.push(node.moduleSpecifier);
    } else if (ts.isExternalModuleReference(node)) found.push(node.expression);
    else if (ts.isCallExpression(node) && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0])) {
      const { expression } = node;
      const isRequire = ts.isIdentifier(expression) && expression.text === 'require';
      if (isRequire || expression.kind === ts.SyntaxKind.ImportKeyword) found.push(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
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
