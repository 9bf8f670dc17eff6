/** The last pass over a cell, then JavaScript: its declarations become assignments to bindings that outlive it. */
import { hidden, holderOf, hooks, variableOf } from '../cell-names.ts';
import {
  assignmentsOf,
  hoistedDeclarations,
  isHoistedDeclaration,
  namedAs,
  placed,
  targetOf,
  throughLocals,
} from './patterns.ts';
import {
  compiler,
  type BindingName,
  type Expression,
  type ForInitializer,
  type Identifier,
  type ImportDeclaration,
  type Modifier,
  type Node,
  type NodeFactory,
  type SourceFile,
  type Statement,
  type TransformationContext,
  type TransformerFactory,
  type VariableDeclaration,
  type VariableDeclarationList,
  type VariableStatement,
} from './typescript.ts';
import { isGenerated, printAsScript } from './typescript-insides.ts';

const ts = compiler();

/** What the pass has to know of the cell. */
export interface HoistOptions {
  /** Names that become bindings of the session. */
  readonly names: ReadonlySet<string>;
  /** Those of them that are enums or namespaces and nothing else, which start empty and do not grow. */
  readonly restarted: ReadonlySet<string>;
  /** Import statements, by where they begin in the source, and imported names that have no value at run time. */
  readonly typeOnly: { readonly statements: ReadonlySet<number>; readonly names: ReadonlySet<string> };
  /** Imported names that have the module's value of the moment. */
  readonly live: ReadonlySet<string>;
  /** Gets the names whose variables are made where their declarations stand; the others' have to be there before. */
  readonly late: Set<string>;
}

/**
 * Puts the cell into `return (async () => { ... })()`, imports first, then functions (as if hoisted), then the rest in
 * order, with every top-level declaration turned into an assignment.
 */
export function hoistCell(options: HoistOptions): TransformerFactory<SourceFile> {
  return (context) => (file) => {
    const { factory } = context;
    const hoister = new Hoister(options, context, ts.getParseTreeNode(file, ts.isSourceFile) ?? file);
    for (const statement of file.statements) hoister.add(statement);
    const body = factory.createBlock([...hoister.imports, ...hoister.functions, ...hoister.body], true);
    const modifiers = [factory.createModifier(ts.SyntaxKind.AsyncKeyword)];
    const arrow = factory.createArrowFunction(modifiers, undefined, [], undefined, undefined, body);
    const call = factory.createCallExpression(factory.createParenthesizedExpression(arrow), undefined, []);
    // The script around it is no module: nothing may be exported.
    return printAsScript(factory.updateSourceFile(file, [factory.createReturnStatement(call)]));
  };
}

class Hoister {
  readonly imports: Statement[] = [];
  readonly functions: Statement[] = [];
  readonly body: Statement[] = [];
  readonly #options: HoistOptions;
  readonly #context: TransformationContext;
  readonly #factory: NodeFactory;
  /** The cell as parsed. */
  readonly #file: SourceFile;
  #modules = 0;
  #parts = 0;

  constructor(options: HoistOptions, context: TransformationContext, file: SourceFile) {
    this.#file = file;
    this.#options = options;
    this.#context = context;
    this.#factory = context.factory;
  }

  add(node: Statement): void {
    const factory = this.#factory;
    if (ts.isImportDeclaration(node)) this.#import(node);
    else if (ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier) this.imports.push(this.#statement(this.#load(node.moduleSpecifier), node));
    } else if (ts.isExportAssignment(node)) {
      this.body.push(this.#statement(node.expression, node));
    } else if (ts.isFunctionDeclaration(node)) {
      const { asteriskToken, name, parameters, body } = node;
      const modifiers = node.modifiers?.filter(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
      const value = factory.createFunctionExpression(
        modifiers as Modifier[] | undefined,
        asteriskToken,
        undefined, // Nameless, so that calls of itself go to what the name stands for by then.
        undefined,
        parameters,
        undefined,
        body ?? factory.createBlock([]),
      );
      if (name) this.functions.push(this.#assign(name, placed(value, node), node));
    } else if (ts.isClassDeclaration(node)) {
      const { name, heritageClauses, members } = node;
      const value = factory.createClassExpression(undefined, name, undefined, heritageClauses, members);
      const expression = placed(value, node);
      // A class without a name is a default export; TypeScript names it where it has static members.
      const nameless = () => factory.createParenthesizedExpression(namedAs('default', expression, factory));
      const made =
        name && this.#isOurs(name) ? this.#assign(name, this.#first(name, expression), node) : undefined;
      this.body.push(made ?? this.#statement(nameless(), node));
    } else {
      const visited = this.#visit(node) as Statement | Statement[] | undefined;
      this.body.push(...[visited ?? []].flat());
    }
  }

  #assign(name: Expression, value: Expression, from: Node): Statement {
    return this.#statement(this.#factory.createAssignment(name, value), from);
  }

  /** The first value of a name: until it is there, the name cannot be read, also when the cell ends before. */
  #first = ({ text }: Identifier, value: Expression): Expression => {
    const factory = this.#factory;
    this.#options.late.add(text);
    // No call: the debugger would stop at it.
    const declared = factory.createElementAccessExpression(
      factory.createIdentifier(hooks.declare),
      factory.createStringLiteral(variableOf(text)),
    );
    const both = factory.createArrayLiteralExpression([namedAs(text, value, factory), declared]);
    return factory.createElementAccessExpression(both, 0);
  };

  #statement(expression: Expression, from: Node): Statement {
    return placed(this.#factory.createExpressionStatement(expression), from);
  }

  /** Rewrites `var`, and at the top level every declaration, of the session's names; functions are left alone. */
  #visit = (node: Node): Node | Node[] | undefined => {
    const factory = this.#factory;
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return node;
    if (ts.isVariableStatement(node)) return this.#variables(node);
    const hoisted = ts.isExpressionStatement(node) ? hoistedDeclarations(node, factory) : undefined;
    if (hoisted) return hoisted.flatMap((each) => this.#declaration(each, node as Statement));
    if (ts.isBinaryExpression(node) && isHoistedDeclaration(node) && ts.isIdentifier(node.left)) {
      const { left, operatorToken, right } = node;
      if (!this.#isOurs(left)) return ts.visitEachChild(node, this.#visit, this.#context);
      return factory.updateBinaryExpression(node, left, operatorToken, this.#first(left, right));
    }
    if (ts.isForStatement(node) && this.#isSessions(node.initializer)) {
      const list = node.initializer as VariableDeclarationList;
      const { condition, incrementor, statement } = node;
      const first = assignmentsOf(list, false, factory);
      return factory.updateForStatement(
        node,
        first,
        condition,
        incrementor,
        this.#visit(statement) as Statement,
      );
    }
    if ((ts.isForOfStatement(node) || ts.isForInStatement(node)) && this.#isSessions(node.initializer)) {
      const list = node.initializer as VariableDeclarationList;
      const target = targetOf(list.declarations[0]!.name, factory) as ForInitializer;
      const statement = this.#visit(node.statement) as Statement;
      return ts.isForInStatement(node)
        ? factory.updateForInStatement(node, target, node.expression, statement)
        : factory.updateForOfStatement(node, node.awaitModifier, target, node.expression, statement);
    }
    return ts.visitEachChild(node, this.#visit, this.#context);
  };

  #variables(node: VariableStatement): Statement | Statement[] {
    const factory = this.#factory;
    const list = node.declarationList;
    const made = ts.getOriginalNode(node);
    const isTop = ts.isEnumDeclaration(made) || ts.isModuleDeclaration(made) || isTopLevel(made);
    const isVar = !(list.flags & ts.NodeFlags.BlockScoped);
    if (!isVar && !isTop) return node;
    const kept = list.declarations.filter((each) => !this.#isOurs(each.name));
    const ours = list.declarations.filter((each) => this.#isOurs(each.name));
    if (ours.length === 0) return node;
    // An enum or namespace starts empty, it does not grow the one of an earlier cell.
    const reset = !isVar || ts.isEnumDeclaration(made) || ts.isModuleDeclaration(made);
    // Beside `using`, TypeScript declares all names ahead, enums and namespaces among them; exported ones by `export let`.
    const isBare = isVar || list.declarations.every(({ initializer }) => !initializer);
    const isHoisted = isBare && made === node && node.pos < 0;
    const declared = isHoisted
      ? ours.filter(({ name }) => ts.isIdentifier(name) && this.#options.restarted.has(name.text))
      : ours;
    if (kept.length > 0) {
      // Helpers of TypeScript's, declared beside the user's names.
      this.body.unshift(
        factory.createVariableStatement(undefined, factory.createVariableDeclarationList(kept)),
      );
    }
    if (!isVar) return declared.flatMap((each) => this.#declaration(each, node));
    const fresh = factory.createVariableDeclarationList(declared);
    const expression = assignmentsOf(fresh, reset || isHoisted, factory);
    // A statement in any case: `if (ready) var x;` needs one.
    return expression ? this.#statement(expression, node) : factory.createEmptyStatement();
  }

  /** A declaration by `let` or `const`. */
  #declaration(declaration: VariableDeclaration, node: Statement): Statement[] {
    const factory = this.#factory;
    const { name, initializer } = declaration;
    const assign = (to: Identifier, value: Expression) =>
      factory.createAssignment(to, this.#first(to, value));
    if (ts.isIdentifier(name)) {
      const assignment = assign(name, initializer ?? factory.createVoidZero());
      return [this.#statement(placed(assignment, declaration), node)];
    }
    const local = () => factory.createIdentifier(`${hidden.part}${this.#parts++}`);
    const { locals, assignments } = throughLocals(declaration, factory, { local, assign });
    const list = factory.createVariableDeclarationList(locals, ts.NodeFlags.Const);
    return [
      placed(factory.createVariableStatement(undefined, list), node),
      // In the line where the value is: for the debugger, one step.
      ...assignments.map((each) => this.#statement(each, initializer ?? node)),
    ];
  }

  #isSessions(list: Node | undefined): boolean {
    if (!list || !ts.isVariableDeclarationList(list) || list.flags & ts.NodeFlags.BlockScoped) return false;
    return list.declarations.every((each) => this.#isOurs(each.name));
  }

  #isOurs(name: BindingName): boolean {
    if (ts.isIdentifier(name)) return this.#options.names.has(name.text) && !isGenerated(name);
    return name.elements.every((each) => !ts.isBindingElement(each) || this.#isOurs(each.name));
  }

  #load(specifier: Expression, attributes?: Expression): Expression {
    const factory = this.#factory;
    const loader = factory.createPropertyAccessExpression(factory.createIdentifier(hidden.cell), 'import');
    const load = factory.createCallExpression(
      loader,
      undefined,
      attributes ? [specifier, attributes] : [specifier],
    );
    const wait = factory.createCallExpression(factory.createIdentifier(hidden.wait), undefined, [load]);
    return factory.createAwaitExpression(wait);
  }

  /** `with { type: 'json' }` as `import()` takes it. */
  #attributes({ attributes }: ImportDeclaration): Expression | undefined {
    if (!attributes) return undefined;
    const factory = this.#factory;
    const given = attributes.elements.map(({ name, value }) => factory.createPropertyAssignment(name, value));
    const all = factory.createObjectLiteralExpression(given);
    return factory.createObjectLiteralExpression([factory.createPropertyAssignment('with', all)]);
  }

  #import(node: ImportDeclaration): void {
    const factory = this.#factory;
    const written = ts.getParseTreeNode(node); // Nothing where TypeScript made it, for JSX.
    if (written && this.#options.typeOnly.statements.has(written.getStart(this.#file))) return;
    const clause = node.importClause;
    const load = this.#load(node.moduleSpecifier, this.#attributes(node));
    if (!clause) return void this.imports.push(this.#statement(load, node));
    const module = factory.createIdentifier(`${hidden.module}${this.#modules++}`);
    const declaration = factory.createVariableDeclaration(module, undefined, undefined, load);
    const list = factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const);
    this.imports.push(placed(factory.createVariableStatement(undefined, list), node));
    const take = (name: Identifier, what: string) => {
      if (this.#options.typeOnly.names.has(name.text)) return;
      const taken = (how: string, ...more: string[]) =>
        factory.createCallExpression(
          factory.createPropertyAccessExpression(factory.createIdentifier(hidden.cell), how),
          undefined,
          [module, ...[what, ...more].map((text) => factory.createStringLiteral(text))],
        );
      const value = taken('pick');
      if (this.#options.live.has(name.text)) {
        const holder = factory.createIdentifier(holderOf(name.text));
        this.imports.push(this.#assign(holder, taken('follow', name.text), name));
      } else if (this.#isOurs(name)) {
        this.imports.push(this.#assign(factory.createIdentifier(name.text), this.#first(name, value), name));
      } else {
        const made = factory.createVariableDeclaration(name, undefined, undefined, value);
        const constant = factory.createVariableDeclarationList([made], ts.NodeFlags.Const);
        this.imports.push(factory.createVariableStatement(undefined, constant)); // A helper of TypeScript's: JSX.
      }
    };
    if (clause.name) take(clause.name, 'default');
    const bindings = clause.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) take(bindings.name, '*');
    else for (const each of bindings?.elements ?? []) take(each.name, (each.propertyName ?? each.name).text);
  }
}

function isTopLevel(node: Node): boolean {
  return node.parent === undefined || ts.isSourceFile(node.parent);
}
