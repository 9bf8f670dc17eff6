/** Turns declarations into assignments: `var { a, b: [c = 1] } = x` becomes `({ a, b: [c = 1] } = x)`. */
import {
  compiler,
  type BinaryExpression,
  type BindingElement,
  type BindingName,
  type DotDotDotToken,
  type Expression,
  type ExpressionStatement,
  type Identifier,
  type Node,
  type NodeFactory,
  type PropertyName,
  type ShorthandPropertyAssignment,
  type VariableDeclaration,
  type VariableDeclarationList,
} from './typescript.ts';

const ts = compiler();

/** The assignment target that stands for a binding name or pattern. */
export function targetOf(name: BindingName, factory: NodeFactory): Expression {
  if (ts.isIdentifier(name)) return name;
  if (ts.isArrayBindingPattern(name)) {
    const elements = name.elements.map((element) => {
      if (ts.isOmittedExpression(element)) return element;
      const target = withDefault(element, factory);
      return element.dotDotDotToken ? placed(factory.createSpreadElement(target), element) : target;
    });
    return placed(factory.createArrayLiteralExpression(elements), name);
  }
  const properties = name.elements.map((element) => {
    if (element.dotDotDotToken) {
      return placed(factory.createSpreadAssignment(targetOf(element.name, factory)), element);
    }
    const key = element.propertyName ?? factory.createIdentifier((element.name as Identifier).text);
    return placed(factory.createPropertyAssignment(key, withDefault(element, factory)), element);
  });
  return placed(factory.createObjectLiteralExpression(properties), name);
}

function withDefault(element: BindingElement, factory: NodeFactory): Expression {
  const target = targetOf(element.name, factory);
  if (!element.initializer) return target;
  return placed(factory.createAssignment(target, element.initializer), element);
}

/**
 * The assignments that a list of declarations makes, as one expression.
 *
 * @param reset whether a declaration without a value sets `undefined`, as `let x` does and `var x` does not
 * @returns undefined when there is nothing to do
 */
export function assignmentsOf(
  list: VariableDeclarationList,
  reset: boolean,
  factory: NodeFactory,
): Expression | undefined {
  const parts: Expression[] = [];
  for (const declaration of list.declarations) {
    const { name, initializer } = declaration;
    if (!initializer && !reset) continue;
    const value = initializer ?? factory.createVoidZero();
    const assignment = factory.createAssignment(targetOf(name, factory), value);
    parts.push(
      placed(
        ts.isIdentifier(name) ? assignment : factory.createParenthesizedExpression(assignment),
        declaration,
      ),
    );
  }
  return parts.length > 0 ? chain(parts, factory) : undefined;
}

/** How the names of a pattern get their values. */
export interface NameMaker {
  /** Makes a name for a local of the cell. */
  readonly local: () => Identifier;
  /** Gives a name of the pattern its first value. */
  readonly assign: (name: Identifier, value: Expression) => Expression;
}

/**
 * `const { a, b = f() } = value` by way of locals: first the user's pattern and value, of which the engine says what it
 * always says, then an assignment to each name. The names of a value that cannot be taken apart stay as they were. Defaults
 * and computed keys see the names on their left, which get their values before.
 *
 * @returns the declarations of the locals, and the assignments
 */
export function throughLocals(
  { name: pattern, initializer }: VariableDeclaration,
  factory: NodeFactory,
  maker: NameMaker,
): { locals: VariableDeclaration[]; assignments: Expression[] } {
  const names: { readonly name: Identifier; readonly local: Identifier; isEarly: boolean }[] = [];
  const early = maker.local();
  const assignments = (): Expression[] =>
    names.map(({ name, local, isEarly }, index) => {
      const assignment = maker.assign(name, local);
      if (!isEarly) return assignment;
      // Once: a default may have changed the name since.
      const isDone = factory.createElementAccessExpression(early, index);
      const work = factory.createComma(assignment, factory.createTrue());
      return factory.createBinaryExpression(
        isDone,
        ts.SyntaxKind.BarBarEqualsToken,
        factory.createParenthesizedExpression(work),
      );
    });
  const afterNames = (value: Expression): Expression => {
    if (names.length === 0) return value;
    for (const each of names) each.isEarly = true;
    return factory.createParenthesizedExpression(chain([...assignments(), value], factory));
  };
  const withLocals = (name: BindingName): BindingName => {
    if (ts.isIdentifier(name)) {
      const local = maker.local();
      names.push({ name, local, isEarly: false });
      return local;
    }
    if (ts.isArrayBindingPattern(name)) {
      const elements = name.elements.map((each) =>
        ts.isOmittedExpression(each) ? each : element(each, undefined),
      );
      return placed(factory.createArrayBindingPattern(elements), name);
    }
    const elements = name.elements.map((each) => {
      if (each.dotDotDotToken) return element(each, undefined);
      const key = each.propertyName ?? factory.createIdentifier((each.name as Identifier).text);
      if (!ts.isComputedPropertyName(key)) return element(each, key);
      return element(each, factory.updateComputedPropertyName(key, afterNames(key.expression)));
    });
    return placed(factory.createObjectBindingPattern(elements), name);
  };
  const element = (each: BindingElement, key: PropertyName | undefined): BindingElement => {
    const { dotDotDotToken, name, initializer: fallback } = each;
    const named = fallback && ts.isIdentifier(name) ? namedAs(name.text, fallback, factory) : fallback;
    const value = named && (isInert(fallback!) ? named : afterNames(named));
    return placed(factory.createBindingElement(dotDotDotToken, key, withLocals(name), value), each);
  };
  const made = factory.createVariableDeclaration(withLocals(pattern), undefined, undefined, initializer);
  const list = factory.createArrayLiteralExpression([]);
  const isAsked = names.some(({ isEarly }) => isEarly);
  const marks = isAsked ? [factory.createVariableDeclaration(early, undefined, undefined, list)] : [];
  return { locals: [...marks, made], assignments: assignments() };
}

/** Whether a value is there without asking any name: constants and functions. */
function isInert(value: Expression): boolean {
  return (
    ts.isLiteralExpression(value) ||
    ts.isArrowFunction(value) ||
    ts.isFunctionExpression(value) ||
    [ts.SyntaxKind.NullKeyword, ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword].includes(value.kind)
  );
}

/**
 * A nameless function or class under the name that an assignment to the user's own variable would give it:
 * `{ name: value }.name`.
 */
export function namedAs(name: string, value: Expression, factory: NodeFactory): Expression {
  let inner = value;
  while (ts.isParenthesizedExpression(inner)) inner = inner.expression;
  const isNameless =
    ts.isArrowFunction(inner) ||
    ((ts.isFunctionExpression(inner) || ts.isClassExpression(inner)) && !inner.name);
  if (!isNameless) return value;
  const key = factory.createComputedPropertyName(factory.createStringLiteral(name));
  const holder = factory.createObjectLiteralExpression([factory.createPropertyAssignment(key, value)]);
  return factory.createElementAccessExpression(holder, factory.createStringLiteral(name));
}

/** Whether an assignment is what TypeScript makes of a declaration by `let`, `const`, `using` or `class` beside `using`. */
export function isHoistedDeclaration(node: Node): boolean {
  const made = ts.getOriginalNode(node);
  if (ts.isVariableDeclaration(made)) return (made.parent.flags & ts.NodeFlags.BlockScoped) !== 0;
  return ts.isClassDeclaration(made);
}

/**
 * The declarations of which TypeScript has made assignments beside `using`: `({ a } = value)` is `{ a } = value` again.
 *
 * @returns undefined where the statement is something else, or none of them has a pattern
 */
export function hoistedDeclarations(
  { expression }: ExpressionStatement,
  factory: NodeFactory,
): VariableDeclaration[] | undefined {
  const parts = partsOf(expression);
  if (!parts.every(isHoistedAssignment) || parts.every(({ left }) => ts.isIdentifier(left))) return undefined;
  return parts.map((part) => {
    const { left, right } = part;
    return placed(
      factory.createVariableDeclaration(bindingOf(left, factory), undefined, undefined, right),
      part,
    );
  });
}

/** The assignments of `a = 1, b = 2`. */
function partsOf(expression: Expression): Expression[] {
  if (ts.isParenthesizedExpression(expression)) return partsOf(expression.expression);
  const isList =
    ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.CommaToken;
  return isList ? [...partsOf(expression.left), ...partsOf(expression.right)] : [expression];
}

function isHoistedAssignment(node: Expression): node is BinaryExpression {
  return ts.isBinaryExpression(node) && isHoistedDeclaration(node);
}

/** The pattern of which `factory.converters.convertToAssignmentPattern` has made an assignment's target. */
function bindingOf(target: Expression, factory: NodeFactory): BindingName {
  const element = (each: Expression, key?: PropertyName, rest?: DotDotDotToken): BindingElement => {
    const isDefault = ts.isBinaryExpression(each);
    const name = bindingOf(isDefault ? each.left : each, factory);
    return placed(factory.createBindingElement(rest, key, name, isDefault ? each.right : undefined), each);
  };
  const rest = () => factory.createToken(ts.SyntaxKind.DotDotDotToken);
  if (ts.isArrayLiteralExpression(target)) {
    const elements = target.elements.map((each) => {
      if (ts.isOmittedExpression(each)) return each;
      return ts.isSpreadElement(each) ? element(each.expression, undefined, rest()) : element(each);
    });
    return placed(factory.createArrayBindingPattern(elements), target);
  }
  if (!ts.isObjectLiteralExpression(target)) return target as Identifier;
  const elements = target.properties.map((each) => {
    if (ts.isSpreadAssignment(each)) return element(each.expression, undefined, rest());
    if (ts.isPropertyAssignment(each)) return element(each.initializer, each.name);
    const { name, objectAssignmentInitializer: fallback } = each as ShorthandPropertyAssignment;
    return placed(factory.createBindingElement(undefined, undefined, name, fallback), each);
  });
  return placed(factory.createObjectBindingPattern(elements), target);
}

function chain(parts: readonly Expression[], factory: NodeFactory): Expression {
  return parts.reduce((left, right) => factory.createComma(left, right));
}

/** Gives a made node the source place of the node it stands for. */
export function placed<T extends Node>(made: T, from: Node): T {
  ts.setOriginalNode(made, from);
  ts.setSourceMapRange(made, ts.getSourceMapRange(from));
  ts.setCommentRange(made, ts.getCommentRange(from));
  return made;
}
