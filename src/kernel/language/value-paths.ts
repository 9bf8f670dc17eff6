/** Which value the code at a cursor speaks of, as a plain path such as `frame.columns`, which can be followed without running code. */
import {
  compiler,
  type Expression,
  type LanguageService,
  type Node,
  type Program,
  type SourceFile,
} from './typescript.ts';

const ts = compiler();

/** A cursor in the text that the language service holds. */
export interface Cursor {
  readonly source: string;
  readonly cursor: number;
  readonly file: string;
  /** Where the user's text begins in that file. */
  readonly offset: number;
}

/** An object whose members are asked for. */
interface Owner {
  readonly path: string;
  /** Its type has names that it does not say, as that of `process.env` does. */
  readonly takesAnyName: boolean;
  /** Where the text in quotes begins, for `process.env['PA`. */
  readonly from: number | undefined;
}

/** The object before the dot or bracket of the member that is typed. */
export function ownerAt(
  service: LanguageService,
  { source, cursor, file, offset }: Cursor,
): Owner | undefined {
  const program = service.getProgram();
  const text = program?.getSourceFile(file);
  if (!program || !text) return undefined;
  const at = offset + cursor;
  const find = (node: Node): { object: Expression; from?: number } | undefined => {
    if (node.pos > at) return undefined;
    if (ts.isPropertyAccessExpression(node) && node.name.pos <= at) {
      const isAfter = at > node.name.end && source.slice(node.name.end - offset, cursor).trim() !== '';
      if (at <= node.name.end || (isMissing(node.name) && !isAfter)) return { object: node.expression };
    }
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
      const { argumentExpression: key } = node;
      const from = key.getStart(text) + 1;
      if (at >= from && at <= key.end) return { object: node.expression, from: from - offset };
    }
    return ts.forEachChild(node, find);
  };
  const found = find(text);
  const path = found && pathOf(found.object, program, text, offset);
  if (!found || path === undefined) return undefined;
  const type = program.getTypeChecker().getTypeAtLocation(found.object).getNonNullableType();
  return { path, takesAnyName: type.getStringIndexType() !== undefined, from: found.from };
}

/** The value that the name at the cursor stands for. */
export function valueAt(service: LanguageService, { cursor, file, offset }: Cursor): string | undefined {
  const program = service.getProgram();
  const text = program?.getSourceFile(file);
  if (!program || !text) return undefined;
  const at = offset + cursor;
  const find = (node: Node, parent?: Node): Expression | undefined => {
    if (node.pos > at || node.end < at) return undefined;
    if (ts.isIdentifier(node) && node.getStart(text) <= at)
      return parent && ts.isPropertyAccessExpression(parent) && parent.name === node ? parent : node;
    return ts.forEachChild(node, (child) => find(child, node));
  };
  const found = find(text);
  return found && pathOf(found, program, text, offset);
}

const isMissing = (node: Node): boolean => node.pos === node.end;

/** A plain path, if its first name is no local of a function or block, whose value nobody can look up. */
function pathOf(node: Expression, program: Program, file: SourceFile, offset: number): string | undefined {
  if (ts.isNonNullExpression(node) || ts.isParenthesizedExpression(node) || ts.isAsExpression(node))
    return pathOf(node.expression, program, file, offset);
  const name = ts.isPropertyAccessExpression(node)
    ? node.name.text
    : ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)
      ? node.argumentExpression.text
      : undefined;
  if (name !== undefined) {
    const { expression } = node as typeof node & { readonly expression: Expression };
    const path = pathOf(expression, program, file, offset);
    return path !== undefined && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
      ? `${path}.${name}`
      : undefined;
  }
  if (!ts.isIdentifier(node)) return undefined;
  const declarations = program.getTypeChecker().getSymbolAtLocation(node)?.declarations ?? [];
  return declarations.some((each) => each.getSourceFile() === file && isInside(each)) ? undefined : node.text;
}

/** Whether a function, class or block is around a declaration. */
function isInside(node: Node): boolean {
  for (let at = node.parent; at && !ts.isSourceFile(at); at = at.parent)
    if (ts.isFunctionLike(at) || ts.isClassLike(at) || ts.isBlock(at) || ts.isIterationStatement(at, false))
      return true;
  return false;
}
