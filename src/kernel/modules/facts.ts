/** What is known of one file of the user's: its text, what it imports, and whether it is ESM or CommonJS. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { stampOf } from '../language/files.ts';
import { compiler, type Node, type SourceFile } from '../language/typescript.ts';
import { Set } from '../primordials.ts';
import { isModulePackage } from './resolve.ts';

/** How a file is run. */
type Format = 'module' | 'commonjs' | 'json';

/** A file as it was read. */
export interface FileFacts {
  readonly file: string;
  readonly text: string;
  /** Digest of the text. */
  readonly digest: string;
  readonly format: Format;
  /** What it imports or requires, as written. */
  readonly specifiers: readonly string[];
  /** Names it exports, if it is CommonJS and they can be seen in its text. */
  readonly exports: readonly string[];
  /** Size and time, to see changes by. */
  readonly stamp: string;
}

/** Reads and looks through a file. */
export function readFacts(file: string): FileFacts {
  const stamp = stampOf(file) ?? '';
  const text = readFileSync(file, 'utf8');
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const ending = path.extname(file);
  if (ending === '.json') return { file, text, digest, stamp, format: 'json', specifiers: [], exports: [] };
  const ts = compiler();
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, false);
  const seen = lookThrough(source);
  const format = formatOf(ending, seen, () => isModulePackage(file));
  return { file, text, digest, stamp, format, specifiers: seen.specifiers, exports: [...seen.exports] };
}

interface Seen {
  readonly specifiers: string[];
  readonly exports: Set<string>;
  /** Has `import` or `export`. */
  isModule: boolean;
  /** Uses `require`, `module`, `exports`, `__dirname`, `export =`. */
  isCommonJs: boolean;
}

function formatOf(ending: string, seen: Seen, isModule: () => boolean): Format {
  if (ending === '.mts' || ending === '.mjs') return 'module';
  if (ending === '.cts' || ending === '.cjs') return 'commonjs';
  if (isModule()) return 'module';
  // No word from package.json: by what the file looks like, as Node itself does it for `.js`.
  if (ending === '.js') return seen.isModule ? 'module' : 'commonjs';
  return seen.isCommonJs || !seen.isModule ? 'commonjs' : 'module';
}

function lookThrough(source: SourceFile): Seen {
  const ts = compiler();
  const seen: Seen = { specifiers: [], exports: new Set(), isModule: false, isCommonJs: false };
  const free = new Set(['require', 'module', 'exports', '__dirname', '__filename']);
  const visit = (node: Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      seen.isModule = true;
      if (node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
        seen.specifiers.push(node.moduleSpecifier.text);
      }
      if (ts.isExportDeclaration(node) && node.exportClause && ts.isNamedExports(node.exportClause)) {
        for (const { name } of node.exportClause.elements) seen.exports.add(name.text);
      }
    } else if (ts.isExportAssignment(node)) {
      if (node.isExportEquals) seen.isCommonJs = true;
      else seen.isModule = true;
    } else if (ts.isImportEqualsDeclaration(node)) {
      const { moduleReference } = node;
      if (ts.isExternalModuleReference(moduleReference)) {
        seen.isCommonJs = true;
        const { expression } = moduleReference;
        if (ts.isStringLiteral(expression)) seen.specifiers.push(expression.text);
      }
    } else if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const { expression } = node;
      const loads =
        expression.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(expression) && expression.text === 'require');
      if (loads && first && ts.isStringLiteralLike(first)) seen.specifiers.push(first.text);
    } else if (ts.isIdentifier(node) && free.has(node.text)) {
      seen.isCommonJs = true;
    }
    noteExports(node, seen);
    if (
      ts.canHaveModifiers(node) &&
      node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    ) {
      seen.isModule = true;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return seen;
}

/** `exports.a = 1`, `module.exports = { a }`, `export const a = 1`. */
function noteExports(node: Node, seen: Seen): void {
  const ts = compiler();
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    const { left, right } = node;
    if (!ts.isPropertyAccessExpression(left)) return;
    const owner = nameOf(left.expression);
    if (owner === 'exports' || owner === 'module.exports') seen.exports.add(left.name.text);
    if (nameOf(left) === 'module.exports' && ts.isObjectLiteralExpression(right)) {
      for (const { name } of right.properties) if (name && ts.isIdentifier(name)) seen.exports.add(name.text);
    }
  } else if (
    ts.canHaveModifiers(node) &&
    node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  ) {
    if (ts.isVariableStatement(node)) {
      for (const { name } of node.declarationList.declarations) {
        if (ts.isIdentifier(name)) seen.exports.add(name.text);
      }
    } else if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) {
      const isDefault = node.modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
      if (node.name && !isDefault) seen.exports.add(node.name.text);
    }
  }
}

function nameOf(node: Node): string {
  const ts = compiler();
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return `${nameOf(node.expression)}.${node.name.text}`;
  return '';
}
