/** Index files that name megabytes of declarations (`aws-sdk` has 51): of what they import, only that is read which somebody names. */
import {
  compiler,
  type ResolvedModuleWithFailedLookupLocations as Resolved,
  type SourceFile,
  type Statement,
  type StringLiteralLike,
} from './typescript.ts';

const ts = compiler();

/** An index is large if what it imports has so many bytes. */
const large = 4 * 2 ** 20;
/** So many bytes of declarations take about as long as finding and opening one more file. */
const perFile = 1024;
/** An index of fewer imports is read whole. */
const fewest = 20;

/**
 * Leaves unread what large indexes import, until one of its names is in a text of the user or of another package. A name
 * that is not read yet has the type `any`. Upper and lower case are the same here: `{ s3: ... }` names `S3`, too.
 */
export class LargeIndexes {
  /** By index: the names of each module that it imports and that is not read. */
  readonly #left = new Map<string, readonly (readonly string[])[]>();
  readonly #named = new Set<string>();
  /** Texts whose words were not looked at, by file: they are only where there is a large index. */
  readonly #texts = new Map<string, string>();

  /** A text that may name what an index exports. */
  add(file: string, text: string): void {
    this.#texts.set(file, text);
  }

  /**
   * What a file imports, without what is not to be read.
   *
   * @param found what `literals` stand for
   */
  resolved(
    source: SourceFile,
    literals: readonly StringLiteralLike[],
    found: readonly Resolved[],
  ): readonly Resolved[] {
    const home = packageOf(source.fileName);
    if (found.some(({ resolvedModule: to }) => to && packageOf(to.resolvedFileName) !== home))
      this.add(source.fileName, source.text);
    if (home === undefined || literals.length < fewest || !isLarge(source, found)) return found;
    const exported = exportsOf(source);
    if (!exported) return found;
    this.#look();
    const left = new Set(literals.flatMap(({ text }) => exported.get(text) ?? [])); // names
    for (const name of left) if (this.#named.has(name)) left.delete(name);
    const isLeft = ({ text }: StringLiteralLike) =>
      exported.get(text)?.every((name) => left.has(name)) === true;
    const unread = literals.filter(isLeft).map(({ text }) => exported.get(text)!);
    this.#left.set(source.fileName, unread);
    return found.map((each, at) => (isLeft(literals[at]!) ? { resolvedModule: undefined } : each));
  }

  /** Indexes of which something was named meanwhile that is not read: they are to be resolved again. */
  takeNamed(): string[] {
    if (this.#left.size === 0) return [];
    this.#look();
    const again = [...this.#left].filter(([, unread]) => unread.flat().some((name) => this.#named.has(name)));
    for (const [file] of again) this.#left.delete(file);
    return again.map(([file]) => file);
  }

  #look(): void {
    for (const text of this.#texts.values())
      for (const [word] of text.matchAll(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu))
        this.#named.add(word.toLowerCase());
    this.#texts.clear();
  }
}

/** The folder of the installed package that a file belongs to. */
function packageOf(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function isLarge({ fileName }: SourceFile, found: readonly Resolved[]): boolean {
  const home = packageOf(fileName);
  let bytes = 0;
  for (const { resolvedModule: to } of found) {
    if (to === undefined || packageOf(to.resolvedFileName) !== home) continue;
    bytes += perFile + (ts.sys.getFileSize?.(to.resolvedFileName) ?? 0);
    if (bytes >= large) return true;
  }
  return false;
}

/**
 * The names, in lower case, under which an index exports what it imports, by module; modules whose names it does not tell
 * (`export *`) are left out. Undefined for a file that does more than that.
 */
function exportsOf({ statements }: SourceFile): Map<string, string[]> | undefined {
  const names = new Map<string, string[]>();
  const whole = new Set<string>();
  const aliases = new Map<string, string>();
  for (const statement of statements) {
    const read = importOf(statement);
    if (!read) return undefined;
    const { module, pairs } = read;
    if (module === undefined) for (const [inner, outer] of pairs ?? []) aliases.set(inner, outer);
    else if (pairs) names.set(module, [...(names.get(module) ?? []), ...pairs.flat()]);
    else whole.add(module);
  }
  for (const module of whole) names.delete(module);
  const inLowerCase = (name: string) =>
    [name, aliases.get(name) ?? name].filter((each) => each !== 'default').map((each) => each.toLowerCase());
  return new Map([...names].map(([module, all]) => [module, all.flatMap(inLowerCase)] as const).filter(([, all]) => all.length > 0)); // prettier-ignore
}

/** What a statement imports or exports: without a module, local names and those they are exported by. */
function importOf(
  statement: Statement,
): { module?: string; pairs?: readonly (readonly [string, string])[] } | undefined {
  if (ts.isImportEqualsDeclaration(statement)) {
    const { moduleReference: to, name } = statement;
    if (!ts.isExternalModuleReference(to) || !ts.isStringLiteral(to.expression)) return undefined;
    return { module: to.expression.text, pairs: [[name.text, name.text]] };
  }
  if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
    const { importClause: clause, moduleSpecifier } = statement;
    const module = moduleSpecifier.text;
    if (!clause) return { module };
    const { name, namedBindings: bindings } = clause;
    const named =
      bindings === undefined ? [] : ts.isNamespaceImport(bindings) ? [bindings] : bindings.elements;
    return { module, pairs: [...(name ? [{ name }] : []), ...named].map((each) => pairOf(each)) };
  }
  if (!ts.isExportDeclaration(statement)) return undefined;
  const { exportClause: clause, moduleSpecifier } = statement;
  const module = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
  const pairs =
    clause && (ts.isNamedExports(clause) ? clause.elements : [clause]).map((each) => pairOf(each));
  return { ...(module !== undefined && { module }), ...(pairs && { pairs }) };
}

/** The name before `as`, and the one after it. */
function pairOf(part: {
  name: { text: string };
  propertyName?: { text: string };
}): readonly [string, string] {
  return [part.propertyName?.text ?? part.name.text, part.name.text];
}
