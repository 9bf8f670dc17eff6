/** The names that Node's modules, the project's files and its packages export, to suggest imports from. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { CellDiagnostic } from '../contracts.ts';
import { compiler, type CompilerOptions, type SourceFile } from './typescript.ts';

const ts = compiler();

/** A name and the module that exports it. */
export interface Importable {
  readonly name: string;
  readonly module: string;
  readonly isDefault: boolean;
}

/** Node's modules that people look for by the names they export. */
const nodeModules =
  'assert/strict buffer child_process crypto dns events fs fs/promises http https module net os path perf_hooks ' +
  'readline/promises stream stream/promises timers/promises tls url util v8 vm worker_threads zlib';

/** Bounds of the search, so that a huge folder or package costs no seconds. */
const most = { files: 300, filesOfPackage: 200, depth: 4, found: 50, packages: 100 } as const;

/** A completion waits so long for the project's files to be read, ms; the others are read in the background. */
const patience = 50;

/** Made lazily; packages are read one by one in the background, and so is what a completion has no time for. */
export class ExportIndex {
  readonly #cwd: string;
  readonly #options: CompilerOptions;
  readonly #packages = new Map<string, readonly string[]>();
  readonly #files = new Map<string, { changed: number; names: readonly Importable[] }>();
  #node: readonly Importable[] | undefined;
  #unread: string[] = [];
  #waiting: string[] | undefined;
  #isReading = false;
  #listed = -Infinity;
  #disposed = false;

  constructor(cwd: string, options: CompilerOptions) {
    this.#cwd = cwd;
    this.#options = options;
  }

  /**
   * Exports whose names begin so, nearest first: the project's, its packages', Node's.
   *
   * @param exact they are exactly so; all files of the project are read for it
   */
  find(prefix: string, exact = false): Importable[] {
    this.#start(exact ? Infinity : patience);
    const wanted = prefix.toLowerCase();
    const fits = ({ name }: Importable) =>
      exact ? name === prefix : name.slice(0, wanted.length).toLowerCase() === wanted;
    const found: Importable[] = [];
    const add = (from: Iterable<Importable>) => {
      for (const each of from) if (found.length < most.found && fits(each)) found.push(each);
    };
    for (const { names } of this.#files.values()) add(names);
    for (const [module, names] of this.#packages)
      add(names.map((name) => ({ name, module, isDefault: false })));
    add(this.#node ?? []);
    return found;
  }

  /** Says where an unknown name could be imported from. */
  hinted(found: CellDiagnostic): CellDiagnostic {
    const name = /^Cannot find name '([^']+)'/.exec(found.message)?.[1];
    if (name === undefined || (found.code !== 2304 && found.code !== 2552)) return found;
    const hints = this.find(name, true).slice(0, 3);
    if (hints.length === 0) return found;
    const lines = hints.map(({ module }) => `  import { ${name} } from '${module}';`);
    return { ...found, message: `${found.message}\nPerhaps an import is missing:\n${lines.join('\n')}` };
  }

  dispose(): void {
    this.#disposed = true;
  }

  #start(ms: number): void {
    this.#node ??= namesOfNode();
    const now = performance.now();
    if (now - this.#listed > 2000) {
      this.#listed = now;
      this.#listFiles();
    }
    while (this.#unread.length > 0 && performance.now() - now < ms) this.#readFile(this.#unread.shift()!);
    this.#waiting ??= dependenciesOf(this.#cwd).slice(0, most.packages);
    if (!this.#isReading) this.#next();
  }

  #next(): void {
    this.#isReading = this.#unread.length + this.#waiting!.length > 0 && !this.#disposed;
    if (!this.#isReading) return;
    // A timer: where nothing else happens, an immediate that holds no process alive waits until something does.
    setTimeout(() => {
      if (this.#disposed) return;
      const file = this.#unread.shift();
      const name = file === undefined ? this.#waiting!.shift() : undefined;
      if (file !== undefined) this.#readFile(file);
      else if (name !== undefined) this.#packages.set(name, this.#namesOfPackage(name));
      this.#next();
    }).unref();
  }

  #listFiles(): void {
    const found: string[] = [];
    const walk = (folder: string, depth: number): void => {
      for (const entry of entriesOf(folder)) {
        if (found.length >= most.files) return;
        const place = path.join(folder, entry.name);
        if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name === 'dist') continue;
        if (entry.isDirectory() && depth > 0) walk(place, depth - 1);
        else if (entry.isFile() && /(?<!\.d)\.[cm]?[jt]sx?$/.test(entry.name)) found.push(place);
      }
    };
    walk(this.#cwd, most.depth);
    const there = new Set(found);
    for (const known of this.#files.keys()) if (!there.has(known)) this.#files.delete(known);
    this.#unread = found.filter((file) => this.#files.get(file)?.changed !== changeOf(file));
  }

  #readFile(file: string): void {
    const module = `./${path.relative(this.#cwd, file).replaceAll(path.sep, '/')}`;
    const changed = changeOf(file);
    const names = exportsOf(file, () => undefined, new Set());
    this.#files.set(file, {
      changed,
      names: names.map((name) => ({ name, module, isDefault: false })),
    });
  }

  #namesOfPackage(name: string): readonly string[] {
    const from = path.join(this.#cwd, 'cell.mts');
    const find = (specifier: string, file: string) =>
      ts.resolveModuleName(specifier, file, this.#options, ts.sys, undefined, undefined, ts.ModuleKind.ESNext)
        .resolvedModule?.resolvedFileName;
    const entry = find(name, from);
    return entry === undefined || !/\.[cm]?ts$/.test(entry) ? [] : exportsOf(entry, find, new Set());
  }
}

function changeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Direct dependencies of the nearest `package.json`, and its own name. */
function dependenciesOf(cwd: string): string[] {
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    try {
      const text = readFileSync(path.join(folder, 'package.json'), 'utf8');
      const found = JSON.parse(text) as { name?: string; dependencies?: object; devDependencies?: object };
      const names = [...Object.keys(found.dependencies ?? {}), ...Object.keys(found.devDependencies ?? {})];
      return [
        ...(found.name === undefined ? [] : [found.name]),
        ...names.filter((name) => !name.startsWith('@types/')),
      ];
    } catch {
      if (folder === path.dirname(folder)) return [];
    }
  }
}

function namesOfNode(): Importable[] {
  return nodeModules.split(' ').flatMap((name) => {
    const whole = process.getBuiltinModule(`node:${name}`) as object;
    const names = Object.keys(whole).filter((each) => /^[a-zA-Z]\w*$/.test(each));
    return names.map((each) => ({ name: each, module: `node:${name}`, isDefault: false }));
  });
}

/** Names a file exports, `export *` followed where `find` finds the file. */
function exportsOf(
  file: string,
  find: (specifier: string, from: string) => string | undefined,
  seen: Set<string>,
): string[] {
  if (seen.has(file) || seen.size >= most.filesOfPackage) return [];
  seen.add(file);
  const text = ts.sys.readFile(file);
  if (text === undefined || text.length > 2_000_000) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, false);
  return [
    ...new Set(
      namesOf(source, (specifier) => {
        const other = find(specifier, file);
        return other === undefined ? [] : exportsOf(other, find, seen);
      }),
    ),
  ];
}

function* namesOf(source: SourceFile, follow: (specifier: string) => string[]): Generator<string> {
  for (const node of source.statements) {
    if (ts.isExportDeclaration(node)) {
      const { exportClause, moduleSpecifier } = node;
      if (!exportClause && moduleSpecifier && ts.isStringLiteral(moduleSpecifier))
        yield* follow(moduleSpecifier.text);
      else if (exportClause && ts.isNamedExports(exportClause)) {
        for (const { name } of exportClause.elements) if (name.text !== 'default') yield name.text;
      } else if (exportClause && ts.isNamespaceExport(exportClause)) yield exportClause.name.text;
      continue;
    }
    if (!ts.canHaveModifiers(node)) continue;
    const modifiers = node.modifiers?.map(({ kind }) => kind) ?? [];
    if (!modifiers.includes(ts.SyntaxKind.ExportKeyword) || modifiers.includes(ts.SyntaxKind.DefaultKeyword))
      continue;
    if (ts.isVariableStatement(node)) {
      for (const { name } of node.declarationList.declarations) if (ts.isIdentifier(name)) yield name.text;
    } else if ('name' in node && node.name && ts.isIdentifier(node.name)) {
      yield node.name.text;
    }
  }
}
