/** Turns declarations into assignments: `const { a, b: [c = 1] } = x` becomes `({ a, b: [c = 1] } = x)`. */
import {
  compiler,
  type BindingElement,
  type BindingName,
  type Expression,
  type Identifier,
  type Node,
  type NodeFactory,
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
 * @param valueOf what is assigned in place of a value
 * @returns undefined when there is nothing to do
 */
export function assignmentsOf(
  list: VariableDeclarationList,
  reset: boolean,
  factory: NodeFactory,
  valueOf: (name: BindingName, value: Expression) => Expression = (_, value) => value,
): Expression | undefined {
  const parts: Expression[] = [];
  for (const declaration of list.declarations) {
    const { name, initializer } = declaration;
    if (!initializer && !reset) continue;
    const value = initializer ?? factory.createVoidZero();
    const assignment = factory.createAssignment(targetOf(name, factory), valueOf(name, value));
    parts.push(
      placed(
        ts.isIdentifier(name) ? assignment : factory.createParenthesizedExpression(assignment),
        declaration,
      ),
    );
  }
  return parts.length > 0 ? chain(parts, factory) : undefined;
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
