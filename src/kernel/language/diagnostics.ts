/** What is wrong with a cell, in terms of the cell as the user typed it. */
import { SourceMap, type SourceMapPayload } from 'node:module';
import vm from 'node:vm';
import { withoutMarks } from '../cell-names.ts';
import type { CellDiagnostic, Checking } from '../contracts.ts';
import { compiler, type Diagnostic, type Node, type Program, type SourceFile } from './typescript.ts';

/** Where a cell's own text lies inside the text that was checked. */
export interface CellText {
  readonly source: string;
  /** `In [5]`. */
  readonly fileName: string;
  /** Characters before it. */
  readonly offset: number;
}

/** Lines and columns from 1 of an offset. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, Math.max(0, Math.min(offset, text.length)));
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: before.length - start + 1 };
}

/**
 * The line of the place with one before it, and a marker under the place.
 *
 * @example
 * ```ts run
 * console.log(excerptOf("const x: number = 'a'", 6, 1));
 * // 1 | const x: number = 'a'
 * //   |       ^
 * ```
 */
export function excerptOf(text: string, offset: number, length: number): string {
  const { line, column } = placeOf(text, offset);
  const lines = text.split('\n');
  const width = String(line).length;
  const shown = (lines[line - 1] ?? '').replaceAll('\t', ' ').replace(/\r$/, '');
  // A very long line is cut around the place.
  const from = column > 120 ? column - 60 : 0;
  const cut = (line: string) => line.slice(from, from + 160);
  const marks = Math.max(1, Math.min(length, shown.length - column + 1, 160 - (column - from)));
  const row = (number: number, content: string) => `${String(number).padStart(width)} | ${content}`;
  const before = line > 1 ? [row(line - 1, cut((lines[line - 2] ?? '').replace(/\r$/, '')))] : [];
  return [
    ...before,
    row(line, cut(shown)),
    `${' '.repeat(width)} | ${' '.repeat(column - 1 - from)}${marks === 1 ? '^' : '~'.repeat(marks)}`,
  ].join('\n');
}

/**
 * No faults in a cell: packages without types (they are `any`), `import a = require('b')`, which we compile, and
 * `<T>value` and `<T>(value: T) => value`, which only the `.mts` that cells are called for TypeScript forbids.
 */
const tolerated: ReadonlySet<number> = new Set([7016, 1202, 7059, 7060]);

/**
 * What runs although the types do not know it: a global that this Node has, a module by its `file:` or `data:` URL. For
 * TypeScript they are `any` then.
 */
function isKnownToNode({ code, messageText }: Diagnostic): boolean {
  const text = compiler().flattenDiagnosticMessageText(messageText, '\n');
  if ([2304, 2503, 2552, 2583, 2584, 2591].includes(code)) {
    const name = /^Cannot find (?:name|namespace) '([^']+)'/.exec(text)?.[1];
    return name !== undefined && name in globalThis;
  }
  return code === 2307 && /^Cannot find module '(?:file|data):/.test(text);
}

/** Turns what TypeScript found in the cell into the kernel's form; what lies outside the user's text is left out. */
export function cellDiagnostics(
  found: readonly Diagnostic[],
  cell: CellText,
  checking: Checking,
): CellDiagnostic[] {
  const results: CellDiagnostic[] = [];
  for (const each of found) {
    const start = (each.start ?? cell.offset) - cell.offset;
    if (start < 0 || tolerated.has(each.code) || isKnownToNode(each)) continue;
    const offset = Math.min(start, cell.source.length);
    results.push({
      severity: severityOf(each, checking),
      code: each.code,
      message: messageOf(each),
      file: cell.fileName,
      ...placeOf(cell.source, offset),
      excerpt: excerptOf(cell.source, offset, each.length ?? 1),
    });
  }
  return results;
}

/** What the types of Node declare and not every Node has. */
const perhapsMissing = ['WebSocket', 'EventSource'];

/** Globals that a cell makes objects of and the running Node does not have, what cells and local modules declare left out. */
export function missingGlobals(program: Program, file: SourceFile, cell: CellText): CellDiagnostic[] {
  const ts = compiler();
  const checker = program.getTypeChecker();
  const isDeclared = (name: Node): boolean => {
    const declarations = checker.getSymbolAtLocation(name)?.declarations ?? [];
    return declarations.some((each) => !each.getSourceFile().isDeclarationFile);
  };
  const found: CellDiagnostic[] = [];
  const visit = (node: Node): void => {
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
      const { text: name } = node.expression;
      const at = node.expression.getStart(file) - cell.offset;
      if (at >= 0 && perhapsMissing.includes(name) && !(name in globalThis) && !isDeclared(node.expression))
        found.push({
          severity: 'error',
          code: 2304,
          message: `Cannot find name '${name}': Node ${process.version} does not have it.`,
          file: cell.fileName,
          ...placeOf(cell.source, at),
          excerpt: excerptOf(cell.source, at, name.length),
        });
    }
    ts.forEachChild(node, visit);
  };
  if (perhapsMissing.some((name) => cell.source.includes(name))) visit(file);
  return found;
}

/** Faults of a file of the user's that the cell imports. */
export function fileDiagnostics(found: readonly Diagnostic[], checking: Checking): CellDiagnostic[] {
  return found.flatMap((each) => {
    if (!each.file) return [];
    const cell = { source: each.file.text, fileName: each.file.fileName, offset: 0 };
    return cellDiagnostics([each], cell, checking);
  });
}

/** Faults of the project's settings: the cell runs all the same. */
export function settingsDiagnostics(found: readonly Diagnostic[], configFile = ''): CellDiagnostic[] {
  return found.flatMap((each): CellDiagnostic[] => {
    if (each.file) return fileDiagnostics([each], 'warn');
    const place = { file: configFile, line: 1, column: 1, excerpt: '' };
    return [{ severity: 'warning', code: each.code, message: messageOf(each), ...place }];
  });
}

function severityOf({ category }: Diagnostic, checking: Checking): CellDiagnostic['severity'] {
  const { DiagnosticCategory } = compiler();
  if (category === DiagnosticCategory.Error) return checking === 'error' ? 'error' : 'warning';
  return category === DiagnosticCategory.Warning ? 'warning' : 'suggestion';
}

function messageOf(found: Diagnostic): string {
  const text = compiler().flattenDiagnosticMessageText(found.messageText, '\n');
  return readable(found.code === 2632 ? text.replace('it is an import', 'it is a constant') : text);
}

/** Types and names without the files and stamps by which we pass them from cell to cell. */
export function readable(text: string): string {
  return text
    .replace(/import\("[^"]*\/\^(?:cell-\d+|cell|session)(?:\.\w+)?"\)\./g, '')
    .replace(/import\("[^"]*\/\^(?:cell-\d+|cell|session)(?:\.\w+)?"\)/g, 'cell')
    .replace(/\$st\d*\b/g, '');
}

/**
 * Syntax errors of the user's files that the cell imports, directly or not: they would fail at run time with less said.
 * What an earlier cell imported is of no concern to this one.
 */
export function brokenImports(program: Program, current: SourceFile): Diagnostic[] {
  const checker = program.getTypeChecker();
  const found = new Set<SourceFile>();
  const follow = (file: SourceFile): void => {
    for (const specifier of specifiersOf(file)) {
      const target = checker.getSymbolAtLocation(specifier)?.declarations?.find(compiler().isSourceFile);
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
  const ts = compiler();
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
export function refusalOf(
  { code, sourceMap }: { readonly code: string; readonly sourceMap: string },
  { source, fileName }: CellText,
): CellDiagnostic | undefined {
  try {
    void new vm.Script(code, { filename: fileName });
    return undefined;
  } catch (error) {
    const { message, stack = '' } = error as Error;
    // "In [5]:3", the line, and marks under the place.
    const [, row, , marks = ''] = /^.*:(\d+)\n(.*)\n( *\^*)/.exec(stack) ?? [];
    const map = new SourceMap(JSON.parse(sourceMap) as SourceMapPayload);
    const found = map.findEntry(Number(row ?? 1) - 1, marks.indexOf('^'));
    const at = 'originalLine' in found ? found : { originalLine: 0, originalColumn: 0 };
    const before = source.split('\n').slice(0, at.originalLine);
    const offset = before.reduce((sum, line) => sum + line.length + 1, at.originalColumn);
    const excerpt = row === undefined ? '' : excerptOf(source, offset, 1);
    const place = placeOf(source, offset);
    return { severity: 'error', code: 0, message: withoutMarks(message), file: fileName, ...place, excerpt };
  }
}
