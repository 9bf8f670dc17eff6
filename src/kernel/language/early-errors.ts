/**
 * Early errors: what no JavaScript engine takes, and what it would take in the form in which a cell is run. The checker finds
 * them where it is asked.
 */
import { parseCell } from './cell-text.ts';
import {
  boundIdentifiers,
  declaredNames,
  hasValues,
  importedNames,
  isAmbient,
  isNamespace,
} from './declared.ts';
import { exportFaults, isDefault, type Fault } from './export-faults.ts';
import { lexicalNames } from './rename.ts';
import type { Session } from './session.ts';
import {
  compiler,
  type Diagnostic,
  type Identifier,
  type Node,
  type SourceFile,
  type VariableDeclarationList,
} from './typescript.ts';

const ts = compiler();

/**
 * What is wrong with a cell that is not checked: names declared twice, `return` outside of functions and the like, constants
 * and patterns without a value.
 *
 * @param types imported names that have no value
 * @param earlier what earlier cells declared
 */
export function earlyErrors(
  text: string,
  types: ReadonlySet<string>,
  earlier: Pick<Session, 'bindings'>,
): readonly Diagnostic[] {
  const { file } = parseCell(text);
  const fault = faultIn(file);
  return [
    ...declaredTwice(file, types).map((name) =>
      fault(name, 2451, `Cannot redeclare block-scoped variable '${name.text}'.`),
    ),
    ...[...declaredNames(file).keys()]
      .filter((name) => reserved.has(name))
      .map((name) =>
        fault(
          declarationOf(name, file) ?? file,
          1214,
          `Identifier expected. '${name}' is a reserved word in strict mode.`,
        ),
      ),
    ...[...exportFaults(file, types, earlier.bindings), ...outOfPlace(file)].map(([node, code, message]) =>
      fault(node, code, message),
    ),
  ];
}

/** Where a name is first declared at the top level, or by `var` below it. */
function declarationOf(name: string, node: Node): Node | undefined {
  const { name: own } = node as Node & { readonly name?: Node };
  if (own && ts.isIdentifier(own) && own.text === name && declares(node)) return own;
  if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return undefined;
  return ts.forEachChild(node, (child) => declarationOf(name, child));
}

/** Whether a node's name is one that it declares, not that of a property or a function expression. */
function declares(node: Node): boolean {
  if (ts.isImportClause(node) || ts.isNamespaceImport(node) || ts.isImportSpecifier(node)) return true;
  return ts.isVariableDeclaration(node) || ts.isBindingElement(node) || ts.isStatement(node);
}

/** Imports of modules that are to run at their first use (`import defer`, `import.defer`): TypeScript knows them, no Node does. */
export function deferredImports(text: string): readonly Diagnostic[] {
  if (!/\bdefer\b/.test(text)) return [];
  const { file } = parseCell(text);
  const found: Diagnostic[] = [];
  const visit = (node: Node): void => {
    const isDeferred =
      (ts.isImportClause(node) && node.phaseModifier === ts.SyntaxKind.DeferKeyword) ||
      (ts.isMetaProperty(node) && node.name.text === 'defer');
    if (isDeferred)
      found.push(
        faultIn(file)(
          node,
          18060,
          'Node has no deferred imports. Import the module plainly, or by "await import()" where it is first used.',
        ),
      );
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function faultIn(file: SourceFile): (node: Node, code: number, messageText: string) => Diagnostic {
  return (node, code, messageText) => {
    const start = node.getStart(file);
    const category = ts.DiagnosticCategory.Error;
    return { category, code, messageText, file, start, length: node.end - start };
  };
}

/** What no variable of strict code may be called; the variable behind the name has another one. `eval` is let pass, as all globals. */
const reserved: ReadonlySet<string> = new Set([
  ...['arguments', 'await', 'implements', 'interface', 'let', 'package', 'private', 'protected', 'public'],
  ...['static', 'yield'],
]);

/** What a name is declared as, as far as that decides what else it may be. */
type Kind = 'lexical' | 'class' | 'function' | 'var' | 'enum' | 'namespace';

/** What one name may be declared as in one cell, the first one first. */
const together: ReadonlySet<string> = new Set([
  ...['var var', 'var function', 'function var', 'function function'],
  ...['namespace namespace', 'class namespace', 'function namespace', 'namespace function'],
  ...['enum enum', 'enum namespace', 'namespace enum'],
]);

/** Names that are declared twice although one of them is a constant, a `let`, a class, an import, an enum or the like. */
function declaredTwice(file: SourceFile, types: ReadonlySet<string>): Identifier[] {
  const found: Identifier[] = [];
  const kinds = new Map<string, Kind[]>();
  const add = (name: Identifier, kind: Kind) => {
    const before = kinds.get(name.text) ?? [];
    if (before.some((other) => !together.has(`${other} ${kind}`))) found.push(name);
    kinds.set(name.text, [...before, kind]);
  };
  for (const node of file.statements) {
    if (isAmbient(node)) continue;
    if (ts.isVariableStatement(node)) {
      const isLexical = (node.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0;
      for (const name of namesOf(node.declarationList)) add(name, isLexical ? 'lexical' : 'var');
    } else if (ts.isFunctionDeclaration(node)) {
      if (node.name && node.body) add(node.name, 'function');
    } else if (ts.isClassDeclaration(node)) {
      if (node.name) add(node.name, 'class');
    } else if (ts.isEnumDeclaration(node)) {
      add(node.name, 'enum');
    } else if (ts.isModuleDeclaration(node)) {
      if (isNamespace(node) && hasValues(node)) add(node.name, 'namespace');
    } else if (ts.isImportDeclaration(node)) {
      for (const [name, isType] of importedNames(node))
        if (!isType && !types.has(name.text)) add(name, 'lexical');
    } else if (ts.isImportEqualsDeclaration(node)) {
      if (!node.isTypeOnly && !types.has(node.name.text)) add(node.name, 'lexical');
    } else {
      for (const [name, isHidden] of nestedVars(node, [])) {
        if (isHidden) found.push(name);
        else add(name, 'var');
      }
    }
  }
  return found;
}

/** The names of `var` in blocks and loops, and whether a block between declares the name for itself. */
function* nestedVars(node: Node, around: readonly ReadonlySet<string>[]): Generator<[Identifier, boolean]> {
  if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return;
  if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) {
    for (const name of namesOf(node)) yield [name, around.some((names) => names.has(name.text))];
  }
  const own = blockNames(node);
  for (const child of childrenOf(node)) yield* nestedVars(child, own ? [...around, own] : around);
}

/** What a block or loop declares for itself. */
function blockNames(node: Node): ReadonlySet<string> | undefined {
  if (ts.isBlock(node)) return lexicalNames(node.statements);
  if (ts.isCaseBlock(node)) return lexicalNames(node.clauses.flatMap(({ statements }) => [...statements]));
  if (!ts.isForStatement(node) && !ts.isForInStatement(node) && !ts.isForOfStatement(node)) return undefined;
  const { initializer } = node;
  if (!initializer || !ts.isVariableDeclarationList(initializer)) return undefined;
  const isLexical = (initializer.flags & ts.NodeFlags.BlockScoped) !== 0;
  return isLexical ? new Set([...namesOf(initializer)].map(({ text }) => text)) : undefined;
}

function* namesOf(list: VariableDeclarationList): Generator<Identifier> {
  for (const { name } of list.declarations) yield* boundIdentifiers(name);
}

function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}

/** What belongs into a function and stands outside of any, and declarations that lack a value. */
function outOfPlace(file: SourceFile): Fault[] {
  const found: Fault[] = [];
  const visit = (node: Node, parent: Node | undefined, isInArrow: boolean): void => {
    if (isAmbient(node)) return;
    if (isNameless(node) && !isInArrow) {
      found.push([node, 1211, 'A declaration must have a name; write (class { ... }) for a value.']);
    } else if (ts.isExportAssignment(node) && node.isExportEquals) {
      found.push([node, 1203, "A cell is an ES module: write 'export default' in place of 'export ='."]);
    } else if (ts.isReturnStatement(node) && !isInArrow) {
      found.push([node, 1108, "A 'return' statement can only be used within a function body."]);
    } else if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.NewKeyword) {
      found.push([node, 17013, "Meta-property 'new.target' is only allowed in a function."]);
    } else if (ts.isIdentifier(node) && node.text === 'arguments' && !isCalledSo(node, parent)) {
      found.push([node, 2304, "Cannot find name 'arguments': a cell is no function."]);
    } else if (ts.isVariableDeclarationList(node) && !isInArrow && !isLoopOver(parent)) {
      found.push(...withoutValue(node));
    }
    if (ts.isClassLike(node) || (ts.isFunctionLike(node) && !ts.isArrowFunction(node))) return;
    const isInside = isInArrow || ts.isArrowFunction(node);
    ts.forEachChild(node, (child) => visit(child, node, isInside));
  };
  visit(file, undefined, false);
  return found;
}

/** A class or function that nobody could speak of, and that is no default export. */
function isNameless(node: Node): boolean {
  if (!ts.isClassDeclaration(node) && !ts.isFunctionDeclaration(node)) return false;
  return !node.name && !isDefault(node);
}

/** Whether a name only says what a property or a label is called. */
function isCalledSo(name: Identifier, parent: Node | undefined): boolean {
  if (parent === undefined || ts.isShorthandPropertyAssignment(parent)) return false;
  if (ts.isQualifiedName(parent)) return parent.right === name;
  const { name: own, propertyName, label } = parent as unknown as Record<string, unknown>;
  return [own, propertyName, label].includes(name);
}

function isLoopOver(node: Node | undefined): boolean {
  return node !== undefined && (ts.isForInStatement(node) || ts.isForOfStatement(node));
}

/** Constants without a value, which would be `undefined`, and patterns without one, which would take nothing. */
function* withoutValue(list: VariableDeclarationList): Generator<Fault> {
  const isConstant = (list.flags & (ts.NodeFlags.Const | ts.NodeFlags.Using)) !== 0;
  for (const each of list.declarations) {
    if (each.initializer) continue;
    if (!ts.isIdentifier(each.name))
      yield [each.name, 1182, 'A destructuring declaration must have an initializer.'];
    else if (isConstant) yield [each.name, 1155, "'const' declarations must be initialized."];
  }
}
