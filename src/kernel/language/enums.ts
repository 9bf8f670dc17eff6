/** Values of enum members: the checker knows them over cells and files, what compiles one text alone does not. */
import {
  compiler,
  type CustomTransformers,
  type Diagnostic,
  type EnumMember,
  type Node,
  type NodeFactory,
  type Program,
  type SourceFile,
  type TransformerFactory,
} from './typescript.ts';

/** Values by where a member begins in the cell. */
export type EnumValues = ReadonlyMap<number, string | number>;

/** What the checker knows of a cell's enums. */
interface Enums {
  readonly values: EnumValues;
  /** Members that have no value and cannot get one by counting on. */
  readonly faults: readonly Diagnostic[];
}

/**
 * Values of members that stand for those of other cells and files (`enum E { A = limit, B }`), and of those that count on from
 * them. Literals are left as they are.
 *
 * @param offset where the user's text begins in the file
 */
export function enumsOf(program: Program, file: SourceFile, offset: number): Enums {
  const ts = compiler();
  const values = new Map<number, string | number>();
  const faults: Diagnostic[] = [];
  const checker = program.getTypeChecker();
  for (const member of membersOf(file)) {
    const start = member.getStart(file);
    const { initializer } = member;
    if (start < offset || (initializer && isLiteral(initializer))) continue;
    const value = checker.getConstantValue(member);
    if (value !== undefined) values.set(start - offset, value);
    else if (!initializer)
      faults.push({
        ...{
          category: ts.DiagnosticCategory.Error,
          code: 1061,
          messageText: 'Enum member must have initializer.',
        },
        ...{ file, start: start - offset, length: member.name.end - start },
      });
  }
  return { values, faults };
}

/** Passes that write the values down, before and after TypeScript's own. */
export function enumPasses(values: EnumValues): Required<Pick<CustomTransformers, 'before' | 'after'>> {
  if (values.size === 0) return { before: [], after: [] };
  const ts = compiler();
  const written = new Set<Node>();
  const before: TransformerFactory<SourceFile> = (context) => (file) => {
    const { factory } = context;
    const visit = (node: Node): Node => {
      if (!ts.isEnumMember(node)) return ts.visitEachChild(node, visit, context);
      const value = values.get(node.getStart(file));
      if (value === undefined) return node;
      const initializer = literal(value, factory);
      written.add(initializer);
      return factory.updateEnumMember(node, node.name, initializer);
    };
    return ts.visitEachChild(file, visit, context);
  };
  // A text has no way back to its name: E["A"] = "text", where TypeScript wrote E[E["A"] = "text"] = "A".
  const after: TransformerFactory<SourceFile> = (context) => (file) => {
    const visit = (node: Node): Node => {
      const inner = ts.isBinaryExpression(node) && ts.isElementAccessExpression(node.left) && node.left;
      const given = inner && ts.isBinaryExpression(inner.argumentExpression) && inner.argumentExpression;
      if (given && ts.isStringLiteral(given.right) && written.has(given.right)) return given;
      return ts.visitEachChild(node, visit, context);
    };
    return ts.visitEachChild(file, visit, context);
  };
  return { before: [before], after: [after] };
}

/**
 * Every member of every enum below a node, those left out that are only declared. The process of the cells has this file, too, and
 * loads the compiler once a file of the user's needs it.
 */
export function* membersOf(node: Node): Generator<EnumMember> {
  const ts = compiler();
  if (ts.isEnumMember(node)) yield node;
  const isDeclaration = ts.isEnumDeclaration(node) || ts.isModuleDeclaration(node);
  if (isDeclaration && ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Ambient) return;
  const children: Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* membersOf(child);
}

function isLiteral(node: Node): boolean {
  const ts = compiler();
  if (ts.isPrefixUnaryExpression(node)) return ts.isNumericLiteral(node.operand);
  return ts.isNumericLiteral(node) || ts.isStringLiteralLike(node);
}

function literal(value: string | number, factory: NodeFactory) {
  if (typeof value === 'string') return factory.createStringLiteral(value);
  const size = factory.createNumericLiteral(Math.abs(value));
  const isNegative = value < 0 || Object.is(value, -0);
  return isNegative ? factory.createPrefixUnaryExpression(compiler().SyntaxKind.MinusToken, size) : size;
}
