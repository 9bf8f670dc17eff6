/** Finds the imports of a cell that have no value at run time. */
import { ts, type SourceFile } from './typescript.ts';
import type { Identifier, Program } from 'typescript';

/** Import statements (by where they begin in the user's text) and names that are types only. */
export interface TypeOnly {
  readonly statements: ReadonlySet<number>;
  readonly names: ReadonlySet<string>;
}

/**
 * Imports that say `type`, and those whose names turn out to be types. What cannot be resolved counts as a value. An
 * import is left out when all its names are types; one without names runs for its effects.
 *
 * @param offset where the user's text begins in the file
 */
export function typeOnlyImports(program: Program, file: SourceFile, offset: number): TypeOnly {
  const statements = new Set<number>();
  const names = new Set<string>();
  for (const node of file.statements) {
    if (!ts.isImportDeclaration(node) || node.getStart(file) < offset || !node.importClause) continue;
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
    if (types.length === locals.length && locals.length > 0) statements.add(node.getStart(file) - offset);
  }
  return { statements, names };
}

function hasValue(name: Identifier, program: Program): boolean {
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(name);
  if (!symbol || !(symbol.flags & ts.SymbolFlags.Alias)) return true;
  const target = checker.getAliasedSymbol(symbol);
  if (checker.isUnknownSymbol(target)) return true;
  return (target.flags & ts.SymbolFlags.Value) !== 0;
}
