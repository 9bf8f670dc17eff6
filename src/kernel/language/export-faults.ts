/** What is wrong with the exports of a cell that is not checked; no engine sees them, since a cell runs as a script. */
import { boundIdentifiers, declaredNames, hasValues, isAmbient } from './declared.ts';
import {
  compiler,
  type ExportDeclaration,
  type Node,
  type SourceFile,
  type Statement,
} from './typescript.ts';

const ts = compiler();

/** A node, the number that TypeScript has for its fault, and what it says. */
export type Fault = readonly [node: Node, code: number, message: string];

/**
 * Second defaults, names that are exported twice, and names that nothing declares.
 *
 * @param types imported names that have no value
 * @param earlier what earlier cells declared
 */
export function exportFaults(
  file: SourceFile,
  types: ReadonlySet<string>,
  earlier: ReadonlyMap<string, unknown>,
): Fault[] {
  const found = defaults(file)
    .slice(1)
    .map((node): Fault => [node, 2528, 'A module cannot have multiple default exports.']);
  const own = declaredNames(file);
  const exported = new Set(file.statements.flatMap(exportedHere));
  for (const node of file.statements) {
    if (!ts.isExportDeclaration(node)) continue;
    for (const { name, local } of specifiers(node)) {
      if (local && !own.has(local.text) && !earlier.has(local.text))
        found.push([local, 2304, `Cannot find name '${local.text}': no cell declares it.`]);
      if (name.text === 'default' || (local && isOnlyType(local.text))) continue;
      if (exported.has(name.text)) found.push([name, 2300, `Duplicate identifier '${name.text}'.`]);
      exported.add(name.text);
    }
  }
  return found;

  /** A type and a value of one name are two exports. */
  function isOnlyType(name: string): boolean {
    return types.has(name) || own.get(name)?.value === false;
  }
}

/** What a module gives as its default; an interface may stand beside it. */
function defaults(file: SourceFile): Node[] {
  return file.statements.flatMap((each): readonly Node[] => {
    if (ts.isExportAssignment(each)) return each.isExportEquals ? [] : [each];
    if (ts.isExportDeclaration(each))
      return specifiers(each)
        .filter(({ name }) => name.text === 'default')
        .map(({ node }) => node);
    const isValue = ts.isFunctionDeclaration(each) ? each.body : ts.isClassDeclaration(each);
    return isValue && isDefault(each) ? [each] : [];
  });
}

/** Whether a declaration says `default`. */
export function isDefault(node: Node): boolean {
  return says(node, ts.SyntaxKind.DefaultKeyword);
}

function says(node: Node, keyword: Node['kind']): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return ts.getModifiers(node)?.some(({ kind }) => kind === keyword) ?? false;
}

/** The values that a declaration with `export` in front of it exports under their own names. */
function exportedHere(node: Statement): string[] {
  if (!says(node, ts.SyntaxKind.ExportKeyword) || isDefault(node) || isAmbient(node)) return [];
  if (ts.isVariableStatement(node))
    return node.declarationList.declarations.flatMap(({ name }) =>
      [...boundIdentifiers(name)].map(({ text }) => text),
    );
  const isNamed = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node);
  const isValue = isNamed || (ts.isModuleDeclaration(node) && hasValues(node));
  return isValue && node.name ? [node.name.text] : [];
}

/** What `export { local as name }` and `export * as name` export, types left out; `local` where it is a name of the cell's. */
function specifiers({ isTypeOnly, exportClause, moduleSpecifier }: ExportDeclaration) {
  if (isTypeOnly || !exportClause) return [];
  if (!ts.isNamedExports(exportClause))
    return [{ node: exportClause, name: exportClause.name, local: undefined }];
  return exportClause.elements
    .filter((each) => !each.isTypeOnly)
    .map((node) => {
      const local = moduleSpecifier ? undefined : (node.propertyName ?? node.name);
      return { node, name: node.name, local };
    });
}
