/** Gives the names that cells declared at their top level the variables that no other code of the process sees. */
import { variableOf } from '../cell-names.ts';
import { boundNames } from './declared.ts';
import { namedAs } from './patterns.ts';
import {
  compiler,
  type Identifier,
  type Node,
  type SourceFile,
  type TransformationContext,
  type TransformerFactory,
} from './typescript.ts';
import { isExported, isGenerated } from './typescript-insides.ts';

const ts = compiler();

/**
 * Replaces each use of a cell's name by its variable, where no function, block or class around it declares the name for
 * itself. Runs last, over plain JavaScript.
 *
 * @param isBound whether this or an earlier cell declared the name
 */
export function renameBindings(isBound: (name: string) => boolean): TransformerFactory<SourceFile> {
  return (context) => (file) => new Renamer(isBound, context).visit(file) as SourceFile;
}

class Renamer {
  readonly #isBound: (name: string) => boolean;
  readonly #context: TransformationContext;
  /** What the functions, blocks and classes around declare, innermost last. */
  readonly #scopes: ReadonlySet<string>[] = [];

  constructor(isBound: (name: string) => boolean, context: TransformationContext) {
    this.#isBound = isBound;
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
      return factory.updateBinaryExpression(
        node,
        left,
        operatorToken,
        namedAs(before.left.text, right, factory),
      );
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

  #reference(node: Identifier): Identifier {
    const { text } = node;
    if (isGenerated(node) || !this.#isBound(text) || this.#scopes.some((names) => names.has(text)))
      return node;
    if (isMember(node)) return node;
    const made = this.#context.factory.createIdentifier(variableOf(text));
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

function lexicalNames(statements: readonly Node[]): ReadonlySet<string> {
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
