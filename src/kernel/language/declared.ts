/** Finds what a cell declares at its top level: for values, for types, and for everybody. */
import {
  compiler,
  type BindingName,
  type Identifier,
  type ImportDeclaration,
  type ModuleDeclaration,
  type Node,
  type Program,
  type SourceFile,
  type Statement,
  type Symbol,
} from './typescript.ts';

const ts = compiler();

/** How a name was declared. `assignable` names may be given a new value by later cells. */
export interface Declared {
  readonly name: string;
  /** Stands for a value. */
  value: boolean;
  /** Made by the cell itself at run time, not only described by `declare` or `import type`. */
  binding: boolean;
  /** Can stand for a type (or namespace). */
  type: boolean;
  /** Made by `let` or `var`. */
  assignable: boolean;
  /** Made by `const`, `using` or an import: at run time, too, it takes no other value. */
  constant: boolean;
  /** Made by enums and namespaces only. */
  grows: boolean;
  /** Made by `interface` or `type` alone, whose meaning lives on beside a later value of the name. */
  alias?: { readonly parameters: string; readonly names: readonly string[] } | undefined;
}

/**
 * The names declared at the top level, `var` in blocks included.
 *
 * @param types imported names that have no value, as far as that is known; something else may have the name and a value
 */
export function declaredNames(
  file: SourceFile,
  types: ReadonlySet<string> = new Set(),
): Map<string, Declared> {
  const found = new Map<string, Declared>();
  const add = (name: string, what: Partial<Omit<Declared, 'name'>>) => {
    const entry = found.get(name) ?? {
      name,
      value: false,
      binding: false,
      type: false,
      assignable: false,
      constant: false,
      grows: true,
    };
    entry.value ||= what.value ?? what.binding ?? false;
    entry.binding ||= what.binding ?? false;
    entry.type ||= what.type ?? false;
    entry.assignable ||= what.assignable ?? false;
    entry.constant ||= what.constant ?? false;
    entry.grows &&= what.grows ?? false;
    entry.alias ??= what.alias;
    found.set(name, entry);
  };
  for (const statement of file.statements) addStatement(statement, add, file, types);
  return found;
}

type Add = (name: string, what: Partial<Omit<Declared, 'name'>>) => void;

function addStatement(node: Statement, add: Add, file: SourceFile, types: ReadonlySet<string>): void {
  if (ts.isVariableStatement(node)) {
    const binding = !isAmbient(node);
    const assignable = !(node.declarationList.flags & (ts.NodeFlags.Const | ts.NodeFlags.Using));
    for (const { name } of node.declarationList.declarations) {
      for (const text of boundNames(name))
        add(text, { value: true, binding, assignable, constant: !assignable });
    }
  } else if (ts.isFunctionDeclaration(node)) {
    if (node.name) add(node.name.text, { value: true, binding: !isAmbient(node) });
  } else if (ts.isClassDeclaration(node)) {
    if (node.name) add(node.name.text, { value: true, type: true, binding: !isAmbient(node) });
  } else if (ts.isEnumDeclaration(node)) {
    add(node.name.text, { value: true, type: true, binding: !isAmbient(node), grows: true });
  } else if (ts.isModuleDeclaration(node)) {
    if (isNamespace(node)) {
      const value = hasValues(node);
      add(node.name.text, { value, type: true, binding: value && !isAmbient(node), grows: true });
    }
  } else if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
    const { typeParameters } = node;
    const parameters = typeParameters ? `<${typeParameters.map((each) => each.getText(file)).join()}>` : '';
    const names = typeParameters?.map((each) => each.name.text) ?? [];
    add(node.name.text, { type: true, alias: { parameters, names } });
  } else if (ts.isImportDeclaration(node)) {
    for (const [{ text }, typeOnly] of importedNames(node)) addImported(text, typeOnly);
  } else if (ts.isImportEqualsDeclaration(node)) {
    addImported(node.name.text, node.isTypeOnly);
  } else {
    addNestedVar(node, add);
  }

  function addImported(name: string, typeOnly: boolean): void {
    const binding = !typeOnly && !types.has(name);
    add(name, { value: true, type: true, binding, constant: binding });
  }
}

/** Local names of an import and whether each says `type`. */
export function* importedNames(node: ImportDeclaration): Generator<[Identifier, boolean]> {
  const clause = node.importClause;
  if (!clause) return;
  if (clause.name) yield [clause.name, clause.isTypeOnly];
  const bindings = clause.namedBindings;
  if (!bindings) return;
  if (ts.isNamespaceImport(bindings)) yield [bindings.name, clause.isTypeOnly];
  else for (const each of bindings.elements) yield [each.name, clause.isTypeOnly || each.isTypeOnly];
}

/** The names that a binding pattern makes. */
export function* boundNames(name: BindingName): Generator<string> {
  for (const { text } of boundIdentifiers(name)) yield text;
}

/** The same as identifiers. */
export function* boundIdentifiers(name: BindingName): Generator<Identifier> {
  if (ts.isIdentifier(name)) {
    if (name.text !== '') yield name;
  } else {
    for (const element of name.elements)
      if (ts.isBindingElement(element)) yield* boundIdentifiers(element.name);
  }
}

/** A namespace of types only leaves nothing to run. */
export function hasValues(node: Node): boolean {
  if (ts.isModuleDeclaration(node)) return isAmbient(node) || (node.body ? hasValues(node.body) : false);
  if (ts.isModuleBlock(node)) return node.statements.some(hasValues);
  return !ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node);
}

function addNestedVar(node: Node, add: Add): void {
  if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return;
  if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) {
    for (const { name } of node.declarations) {
      for (const text of boundNames(name)) add(text, { binding: true, assignable: true });
    }
  }
  ts.forEachChild(node, (child) => addNestedVar(child, add));
}

/** Whether a declaration says `declare`. */
export function isAmbient(node: Node): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false;
}

/** Every identifier's text in a file: what it may use of earlier cells. */
export function usedNames(file: SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

/** `declare global`, `declare module`, references, imports without names: they hold even when the cell's names are replaced. */
export function declaresGlobals(file: SourceFile): boolean {
  const { referencedFiles, typeReferenceDirectives, libReferenceDirectives } = file;
  if (referencedFiles.length + typeReferenceDirectives.length + libReferenceDirectives.length > 0)
    return true;
  return file.statements.some(
    (each) =>
      (ts.isModuleDeclaration(each) && !isNamespace(each)) ||
      (ts.isImportDeclaration(each) && !each.importClause),
  );
}

/** Whether it declares a namespace, not a module or global things. */
export function isNamespace(
  node: ModuleDeclaration,
): node is ModuleDeclaration & { readonly name: Identifier } {
  return ts.isIdentifier(node.name) && !(node.flags & ts.NodeFlags.GlobalAugmentation);
}

/** What the checker knows of a cell's imports. */
interface Imported {
  /** Imports of types only: statements (by where they begin in the user's text) and names. */
  readonly typeOnly: { readonly statements: ReadonlySet<number>; readonly names: ReadonlySet<string> };
  /** Names whose value the module may change later. */
  readonly live: ReadonlySet<string>;
}

/**
 * Imports that say `type`, and those whose names turn out to be types, `import A = B.C` among them. What cannot be resolved counts as a value. An
 * import is left out when all its names are types; one without names runs for its effects.
 *
 * @param offset where the user's text begins in the file
 */
export function importsOf(program: Program, file: SourceFile, offset: number): Imported {
  const statements = new Set<number>();
  const names = new Set<string>();
  const live = new Set<string>();
  for (const node of file.statements) {
    if (node.getStart(file) < offset) continue;
    if (ts.isImportEqualsDeclaration(node) && (node.isTypeOnly || !hasValue(node.name, program))) {
      names.add(node.name.text);
      statements.add(node.getStart(file) - offset);
    }
    if (!ts.isImportDeclaration(node) || !node.importClause) continue;
    const { name, namedBindings, isTypeOnly } = node.importClause;
    const locals: { name: Identifier; typeOnly: boolean }[] = [];
    if (name) locals.push({ name, typeOnly: isTypeOnly });
    if (namedBindings && ts.isNamespaceImport(namedBindings)) {
      locals.push({ name: namedBindings.name, typeOnly: isTypeOnly });
    } else {
      for (const each of namedBindings?.elements ?? []) {
        locals.push({ name: each.name, typeOnly: isTypeOnly || each.isTypeOnly });
      }
    }
    const types = locals.filter((local) => local.typeOnly || !hasValue(local.name, program));
    for (const local of types) names.add(local.name.text);
    for (const local of locals) if (mayChange(local.name, program)) live.add(local.name.text);
    if (types.length === locals.length && locals.length > 0) statements.add(node.getStart(file) - offset);
  }
  return { typeOnly: { statements, names }, live };
}

function hasValue(name: Identifier, program: Program): boolean {
  const target = importedSymbol(name, program);
  return !target || (target.flags & ts.SymbolFlags.Value) !== 0;
}

/** Whether an imported name stands for a variable, not for a constant, function or class; also where nobody knows. */
function mayChange(name: Identifier, program: Program): boolean {
  const target = importedSymbol(name, program);
  if (!target) return !ts.isNamespaceImport(name.parent);
  const { flags, valueDeclaration } = target;
  if (!(flags & ts.SymbolFlags.Variable)) return false;
  return !valueDeclaration || !(ts.getCombinedNodeFlags(valueDeclaration) & ts.NodeFlags.Constant);
}

/** What an import's name stands for, as far as the checker knows. */
function importedSymbol(name: Identifier, program: Program): Symbol | undefined {
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(name);
  if (!symbol || !(symbol.flags & ts.SymbolFlags.Alias)) return undefined;
  const target = checker.getAliasedSymbol(symbol);
  return checker.isUnknownSymbol(target) ? undefined : target;
}
