/** Gives the names that cells declared at their top level the variables that no other code of the process sees. */
import { hidden, holderOf, variableOf } from '../cell-names.ts';
import { boundNames } from './declared.ts';
import { namedAs } from './patterns.ts';
import {
  compiler,
  type BinaryOperator,
  type Expression,
  type Identifier,
  type Node,
  type SourceFile,
  type TransformationContext,
  type TransformerFactory,
} from './typescript.ts';
import { isExported, isGenerated } from './typescript-insides.ts';

const ts = compiler();

/** The names that cells declared at their top level. */
export interface Bindings {
  readonly isBound: (name: string) => boolean;
  /** Whether it is a constant, so that an assignment to it throws. */
  readonly isConstant: (name: string) => boolean;
  /** Whether it is an import that has the module's value of the moment, read from its holder. */
  readonly isFollowed: (name: string) => boolean;
}

/**
 * Replaces each use of a cell's name by its variable, where no function, block or class around it declares the name for
 * itself. What assigns to a constant assigns to `hidden.constant`, which throws. Runs last, over plain JavaScript.
 */
export function renameBindings(bindings: Bindings): TransformerFactory<SourceFile> {
  return (context) => (file) => new Renamer(bindings, context).visit(file) as SourceFile;
}

class Renamer {
  readonly #bindings: Bindings;
  readonly #context: TransformationContext;
  /** What the functions, blocks and classes around declare, innermost last. */
  readonly #scopes: ReadonlySet<string>[] = [];

  constructor(bindings: Bindings, context: TransformationContext) {
    this.#bindings = bindings;
    this.#context = context;
  }

  visit(node: Node): Node {
    if (ts.isIdentifier(node)) return this.#reference(node);
    return this.#within(namesIn(node), () => this.#changed(node, this.#children(node)));
  }

  /** What becomes of a node whose children were visited. */
  #changed(before: Node, node: Node): Node {
    const { factory } = this.#context;
    if (ts.isShorthandPropertyAssignment(node)) {
      const { name, objectAssignmentInitializer: fallback } = node;
      const target = this.#reference(name);
      if (target === name) return node;
      const value = fallback && factory.createAssignment(target, namedAs(name.text, fallback, factory));
      // As a plain key it would set the prototype.
      const key =
        name.text === '__proto__'
          ? factory.createComputedPropertyName(factory.createStringLiteral(name.text))
          : name.text;
      return factory.createPropertyAssignment(key, value ?? target);
    }
    if (
      ts.isBinaryExpression(node) &&
      ts.isBinaryExpression(before) &&
      namesItsValue(node.operatorToken.kind)
    ) {
      const { left, operatorToken, right } = node;
      if (left === before.left || !ts.isIdentifier(before.left)) return node;
      const value = namedAs(before.left.text, right, factory);
      const plain = shortCircuits.get(operatorToken.kind);
      if (plain === undefined || !isConstant(left))
        return factory.updateBinaryExpression(node, left, operatorToken, value);
      // It assigns only where the constant's value asks for it.
      const held = this.#read(before.left.text);
      return factory.createBinaryExpression(held, plain, factory.createAssignment(left, value));
    }
    return node;
  }

  #children(node: Node): Node {
    const { name, propertyName, label, body } = node as Partial<
      Record<'name' | 'propertyName' | 'label' | 'body', Node>
    >;
    return ts.visitEachChild(
      node,
      (child) => {
        // What an object, a declaration or a label is called is no use of a variable.
        if (ts.isIdentifier(child) && [name, propertyName, label].includes(child)) return child;
        if (child !== body || !isVariablesScope(node)) return this.visit(child);
        return this.#within(variablesIn(child), () => this.visit(child));
      },
      this.#context,
    );
  }

  #within<T>(names: ReadonlySet<string> | undefined, work: () => T): T {
    if (!names) return work();
    this.#scopes.push(names);
    const result = work();
    this.#scopes.pop();
    return result;
  }

  /** `name`, or `(0, holder.name)`: called, it gets no `this`. */
  #read(name: string): Expression {
    const { factory } = this.#context;
    if (!this.#bindings.isFollowed(name)) return factory.createIdentifier(variableOf(name));
    const held = factory.createPropertyAccessExpression(factory.createIdentifier(holderOf(name)), name);
    return factory.createParenthesizedExpression(factory.createComma(factory.createNumericLiteral(0), held));
  }

  #reference(node: Identifier): Expression {
    const { text } = node;
    const { isBound, isConstant } = this.#bindings;
    if (isGenerated(node) || !isBound(text) || this.#scopes.some((names) => names.has(text))) return node;
    if (isMember(node)) return node;
    const isRefused = isConstant(text) && isAssigned(node);
    const made = isRefused ? this.#context.factory.createIdentifier(hidden.constant) : this.#read(text);
    ts.setSourceMapRange(made, ts.getSourceMapRange(node));
    return ts.setTextRange(made, node);
  }
}

/** An exported member of a namespace or enum around, which TypeScript writes as a property when it prints. */
function isMember(name: Identifier): boolean {
  const written = ts.getParseTreeNode(name, ts.isIdentifier);
  for (let node: Node | undefined = written?.parent; node; node = node.parent) {
    if (!ts.isModuleDeclaration(node) && !ts.isEnumDeclaration(node)) continue;
    if (node.name !== written && isExported(node, name.text)) return true;
  }
  return false;
}

/** The names that hold inside a node, `var` left aside. */
function namesIn(node: Node): ReadonlySet<string> | undefined {
  if (ts.isFunctionLike(node)) {
    const own = ts.isFunctionExpression(node) && node.name ? [node.name.text] : [];
    return new Set([...own, ...node.parameters.flatMap(({ name }) => [...boundNames(name)])]);
  }
  if (ts.isClassLike(node)) return node.name && new Set([node.name.text]);
  if (ts.isBlock(node)) return lexicalNames(node.statements);
  if (ts.isCaseBlock(node)) return lexicalNames(node.clauses.flatMap(({ statements }) => [...statements]));
  if (ts.isCatchClause(node))
    return new Set(node.variableDeclaration && boundNames(node.variableDeclaration.name));
  if (ts.isForStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node)) {
    const { initializer } = node;
    if (initializer && ts.isVariableDeclarationList(initializer)) {
      return new Set(initializer.declarations.flatMap(({ name }) => [...boundNames(name)]));
    }
  }
  return undefined;
}

/** The names that statements of a block declare for it. */
export function lexicalNames(statements: readonly Node[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const each of statements) {
    if (ts.isVariableStatement(each) && each.declarationList.flags & ts.NodeFlags.BlockScoped) {
      for (const { name } of each.declarationList.declarations)
        for (const text of boundNames(name)) names.add(text);
    } else if ((ts.isFunctionDeclaration(each) || ts.isClassDeclaration(each)) && each.name) {
      names.add(each.name.text);
    }
  }
  return names;
}

/** Whether `var` inside the node's body belongs to the node. */
function isVariablesScope(node: Node): boolean {
  return ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node);
}

/** The names that `var` makes in the body of a function. */
function variablesIn(body: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: Node): void => {
    if (isVariablesScope(node) || ts.isClassLike(node)) return;
    if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) {
      for (const { name } of node.declarations) for (const text of boundNames(name)) names.add(text);
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return names;
}

/** What `a ||= b` and its like look at before they assign. */
const shortCircuits: ReadonlyMap<number, BinaryOperator> = new Map([
  [ts.SyntaxKind.BarBarEqualsToken, ts.SyntaxKind.BarBarToken],
  [ts.SyntaxKind.AmpersandAmpersandEqualsToken, ts.SyntaxKind.AmpersandAmpersandToken],
  [ts.SyntaxKind.QuestionQuestionEqualsToken, ts.SyntaxKind.QuestionQuestionToken],
]);

function isConstant(node: Node): boolean {
  return ts.isIdentifier(node) && node.text === hidden.constant;
}

/** Whether the user wrote a name where it takes a value: `name = 1`, `name++`, `[name] = list`, `for (name of list)`. */
function isAssigned(name: Identifier): boolean {
  let node: Node | undefined = ts.getParseTreeNode(name);
  for (let parent = node?.parent; node && parent; node = parent, parent = node.parent) {
    if (ts.isBinaryExpression(parent)) {
      const { FirstAssignment, LastAssignment } = ts.SyntaxKind;
      const { kind } = parent.operatorToken;
      if (parent.left !== node || kind < FirstAssignment || kind > LastAssignment) return false;
      // A default inside a pattern, too: `[name = 1] = list`.
      return true;
    }
    if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
      const { PlusPlusToken, MinusMinusToken } = ts.SyntaxKind;
      return parent.operator === PlusPlusToken || parent.operator === MinusMinusToken;
    }
    if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === node;
    // Parts of a pattern, if one it is; and what leaves no trace at run time.
    const isPart =
      ts.isArrayLiteralExpression(parent) ||
      ts.isObjectLiteralExpression(parent) ||
      ts.isSpreadElement(parent) ||
      ts.isSpreadAssignment(parent) ||
      (ts.isShorthandPropertyAssignment(parent) && parent.name === node) ||
      (ts.isPropertyAssignment(parent) && parent.initializer === node) ||
      ts.isParenthesizedExpression(parent) ||
      ts.isAsExpression(parent) ||
      ts.isSatisfiesExpression(parent) ||
      ts.isTypeAssertionExpression(parent) ||
      ts.isNonNullExpression(parent);
    if (!isPart) return false;
  }
  return false;
}

/** Whether an assignment of this kind gives a nameless function its name. */
function namesItsValue(operator: number): boolean {
  const { EqualsToken, BarBarEqualsToken, AmpersandAmpersandEqualsToken, QuestionQuestionEqualsToken } =
    ts.SyntaxKind;
  const all: readonly number[] = [
    EqualsToken,
    BarBarEqualsToken,
    AmpersandAmpersandEqualsToken,
    QuestionQuestionEqualsToken,
  ];
  return all.includes(operator);
}
