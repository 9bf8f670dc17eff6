/** Compiles a cell to JavaScript that runs as a plain script, with its source map. */
import { hidden, hooks, variableOf } from '../cell-names.ts';
import type { EmittedText } from './checker.ts';
import { isAmbient } from './declared.ts';
import { enumPasses, type EnumValues } from './enums.ts';
import { hoistCell, type HoistOptions } from './hoist.ts';
import { namedAs, placed } from './patterns.ts';
import { renameBindings, type Bindings } from './rename.ts';
import {
  compiler,
  type CustomTransformers,
  type EntityName,
  type Expression,
  type ImportEqualsDeclaration,
  type Node,
  type SourceFile,
  type Statement,
  type TransformerFactory,
  type VariableStatement,
} from './typescript.ts';

const ts = compiler();

/** What to compile. */
interface EmitRequest extends Omit<HoistOptions, 'late'> {
  readonly source: string;
  readonly number: number;
  /** `In [5]`. */
  readonly fileName: string;
  readonly enums: EnumValues;
  /** What this cell and earlier ones declared. */
  readonly bindings: Bindings;
}

/**
 * `(function () { return (async () => { the cell })() })()`: the bindings are lexical variables of the global scope, seen by
 * every cell's functions and as fast as any variable, under names that no other code has. Functions and `var` are there from
 * the cell's beginning, the others from where they are declared. Imports that follow their module are read from the module's
 * namespace, which such a variable holds.
 */
export function emitCell(
  request: EmitRequest,
  emit: (passes: CustomTransformers) => EmittedText,
): EmittedText {
  const { source, number, fileName, names, live, bindings } = request;
  const late = new Set<string>();
  const values = enumPasses(request.enums);
  const made = emit({
    before: [...values.before, prepareCell(request.typeOnly.statements)],
    after: [...values.after, hoistCell({ ...request, late }), renameBindings(bindings)],
  });
  const body = made.code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '');
  const early = [...names].filter((name) => !late.has(name) && !live.has(name));
  const lets = early.map((name) => `${hooks.declare}[${JSON.stringify(variableOf(name))}];`).join('');
  // Locals of the cell, no globals: a package that finds a global `module` would take itself for CommonJS.
  const isCommon = /\b(?:module|exports)\b/.test(body);
  const common = isCommon ? `const { module, exports } = ${hidden.cell};` : '';
  const isAsked = isCommon || body.includes(hidden.cell);
  const cell = isAsked ? `const ${hidden.cell} = ${hooks.cells}.cell(${number});${common}` : '';
  const map = JSON.parse(made.sourceMap) as { mappings?: string };
  return {
    code: `${lets}(function () { 'use strict'; ${cell}\n${body}\n}).call(undefined);\n`,
    sourceMap: JSON.stringify({
      version: 3,
      file: fileName,
      sources: [fileName],
      sourcesContent: [source],
      names: [],
      mappings: `;${map.mappings ?? ''}`,
    }),
  };
}

/**
 * Makes the last expression the cell's result (`return { value }`), `import()` and `import.meta` those of the folder,
 * awaits of the top level interruptible, and `let x` one with the value `undefined`: it takes that in its line. Runs before
 * TypeScript's own passes, while `await` is still visible.
 *
 * @param typeOnly imports without a value, by where they begin
 */
function prepareCell(typeOnly: ReadonlySet<number>): TransformerFactory<SourceFile> {
  return (context) => (file) => {
    const { factory } = context;
    const call = (name: string, ...values: Expression[]) =>
      factory.createCallExpression(factory.createIdentifier(name), undefined, values);
    const member = (name: string) =>
      factory.createPropertyAccessExpression(factory.createIdentifier(hidden.cell), name);

    const visit = (node: Node, outer: boolean): Node => {
      const inside = outer && !ts.isFunctionLike(node);
      const visited = ts.visitEachChild(node, (child) => visit(child, inside), context);
      if (ts.isCallExpression(visited) && visited.expression.kind === ts.SyntaxKind.ImportKeyword) {
        return placed(factory.createCallExpression(member('import'), undefined, visited.arguments), node);
      }
      if (ts.isMetaProperty(visited) && visited.keywordToken === ts.SyntaxKind.ImportKeyword) {
        return placed(member('meta'), node);
      }
      if (!inside) return visited;
      if (ts.isAwaitExpression(visited)) {
        return factory.updateAwaitExpression(visited, call(hidden.wait, visited.expression));
      }
      if (ts.isForOfStatement(visited) && visited.awaitModifier) {
        const { awaitModifier, initializer, expression, statement } = visited;
        const walked = call(hidden.wait, expression);
        return factory.updateForOfStatement(visited, awaitModifier, initializer, walked, statement);
      }
      return visited;
    };

    const last = lastStatement(file);
    const statements = file.statements.map((statement) => {
      const visited = visit(statement, true) as Statement;
      if (ts.isImportEqualsDeclaration(visited)) {
        if (typeOnly.has(statement.getStart(file))) return factory.createEmptyStatement();
        return plainImport(visited) ?? visited;
      }
      if (ts.isVariableStatement(visited)) return withValues(visited);
      const value = resultOf(visited);
      if (!value) return visited;
      if (statement !== last) return placed(factory.createExpressionStatement(value), visited);
      const result = factory.createObjectLiteralExpression([
        factory.createPropertyAssignment('value', unnamed(value)),
      ]);
      return placed(factory.createReturnStatement(result), visited);
    });
    return factory.updateSourceFile(file, statements);

    /** A nameless function stays one: `{ value: () => 1 }` would call it `value`. That of `export default` is called so. */
    function unnamed(value: Expression): Expression {
      const isDefault = last !== undefined && ts.isExportAssignment(last);
      return isDefault
        ? namedAs('default', value, factory)
        : factory.createComma(factory.createNumericLiteral(0), value);
    }

    function entity(name: EntityName): Expression {
      if (ts.isIdentifier(name)) return factory.createIdentifier(name.text);
      return factory.createPropertyAccessExpression(entity(name.left), name.right.text);
    }

    function withValues(node: VariableStatement): Statement {
      const { modifiers, declarationList: list } = node;
      if (!(list.flags & ts.NodeFlags.Let) || isAmbient(node)) return node;
      const declarations = list.declarations.map((each) => {
        const { name, type, initializer } = each;
        if (initializer || !ts.isIdentifier(name)) return each;
        return factory.updateVariableDeclaration(each, name, undefined, type, factory.createVoidZero());
      });
      const updated = factory.updateVariableDeclarationList(list, declarations);
      return factory.updateVariableStatement(node, modifiers, updated);
    }

    /** `import a = require('b')` and `import a = B.c` as constants. */
    function plainImport(node: ImportEqualsDeclaration): Statement | undefined {
      if (node.isTypeOnly) return undefined;
      const { moduleReference } = node;
      const value = ts.isExternalModuleReference(moduleReference)
        ? factory.createCallExpression(member('require'), undefined, [moduleReference.expression])
        : entity(moduleReference);
      const declaration = factory.createVariableDeclaration(node.name, undefined, undefined, value);
      const list = factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const);
      return placed(factory.createVariableStatement(undefined, list), node);
    }
  };
}

/** The expression of `value;` and of `export default value;`. */
function resultOf(node: Statement): Expression | undefined {
  if (ts.isExpressionStatement(node) || ts.isExportAssignment(node)) return node.expression;
  return undefined;
}

/** The last statement that runs: types and lone semicolons after it do not count. */
function lastStatement(file: SourceFile): Statement | undefined {
  return file.statements.findLast(
    (each) =>
      !ts.isInterfaceDeclaration(each) && !ts.isTypeAliasDeclaration(each) && !ts.isEmptyStatement(each),
  );
}
