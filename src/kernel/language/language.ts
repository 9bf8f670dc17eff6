/** Knows every cell that ran, checks the next one against them, and compiles it. */
import path from 'node:path';
import vm from 'node:vm';
import type {
  CellDiagnostic,
  CellLanguage,
  Checking,
  Compiled,
  CompiledCell,
  CompletionList,
  LiveValues,
} from '../contracts.ts';
import { completenessOf, type Completeness } from './completeness.ts';
import { completionsAt, type Cursor } from './completion.ts';
import { declaredNames, usedNames, type Declared } from './declared.ts';
import { cellDiagnostics, fileDiagnostics, type CellText } from './diagnostics.ts';
import { emitCell } from './emit.ts';
import { ExportIndex } from './export-index.ts';
import { CellHost } from './host.ts';
import { inspectionAt } from './inspection.ts';
import { checkingOf, pragmasOf } from './magic.ts';
import { cellOptions, type CellOptions } from './options.ts';
import { Session } from './session.ts';
import { typeOnlyImports } from './type-only.ts';
import {
  ts,
  type CompilerOptions,
  type Diagnostic,
  type SourceFile,
  type ModuleDeclaration,
} from './typescript.ts';
import type { LanguageService, Program } from 'typescript';

/** A cell that was compiled and may begin to run. */
interface Pending {
  readonly text: string;
  readonly own: ReadonlyMap<string, Declared>;
  readonly slots: ReadonlySet<number>;
  readonly pinned: boolean;
}

/** So many compiled cells are remembered until they are accepted. */
const mostPending = 100;

/**
 * Parsed files, kept for the language that follows when the runner is replaced (so `dispose` does not release them):
 * it starts in a fraction of the time.
 */
const documents = ts.createDocumentRegistry();

/** See {@link CellLanguage}. */
export class Language implements CellLanguage {
  checking: Checking = 'error';
  readonly #options: CellOptions;
  readonly #file: string;
  readonly #host: CellHost;
  readonly #service: LanguageService;
  readonly #session: Session;
  readonly #exports: ExportIndex;
  readonly #pending = new Map<string, Pending>();

  constructor({ cwd, globals }: { readonly cwd: string; readonly globals: string }) {
    this.#options = cellOptions(cwd);
    const folder = cwd.replaceAll(path.sep, '/').replace(/\/$/, '');
    const ending = this.#options.jsx ? '.tsx' : '.mts';
    this.#file = `${folder}/^cell${ending}`;
    const globalsFile = `${folder}/^globals.d.ts`;
    const ambient = new Set([...globals.matchAll(/declare module '([^']+)'/g)].map((match) => match[1]!));
    this.#host = new CellHost(folder, this.#options, [globalsFile, this.#file], ambient);
    this.#host.setText(globalsFile, globals);
    this.#session = new Session(
      (name) => `${folder}/${name}${ending}`,
      (file, text) => this.#host.setText(file, text),
    );
    this.#exports = new ExportIndex(cwd, this.#options.options);
    this.#service = ts.createLanguageService(this.#host, documents);
  }

  compile(source: string, number: number): Compiled {
    const fileName = `In [${number}]`;
    const checking = checkingOf(source) ?? this.checking;
    const { text, own, slots, offset } = this.#enter(source, true);
    const cell: CellText = { source, fileName, offset };
    const { program, file } = this.#program();
    const syntax = cellDiagnostics(program.getSyntacticDiagnostics(file), cell, 'error');
    if (syntax.length > 0) return { ok: false, diagnostics: syntax };
    const diagnostics = checking === 'off' ? [] : this.#check(program, file, cell, checking);
    if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics };

    const bindings = [...own.values()].filter(({ binding }) => binding);
    const typeOnly = typeOnlyImports(program, file, offset);
    const names = bindings.map(({ name }) => name).filter((name) => !typeOnly.names.has(name));
    const emitted = emitCell({
      source,
      number,
      fileName,
      fresh: names.filter((name) => !this.#session.isDeclared(name)),
      names: new Set(names),
      anew: new Set(bindings.filter(({ grows }) => grows).map(({ name }) => name)),
      typeOnly,
      options: this.#options.options,
      jsx: this.#options.jsx,
    });
    const refused = refusal(emitted.code, names, cell);
    if (refused) return { ok: false, diagnostics: [refused] };
    const declared = new Map(own);
    for (const name of typeOnly.names) {
      const entry = declared.get(name);
      if (entry) declared.set(name, { ...entry, binding: false });
    }
    this.#remember(emitted.code, { text, own: declared, slots, pinned: speaksOfGlobals(file) });
    return { ok: true, cell: { number, fileName, ...emitted, diagnostics } };
  }

  accept(cell: CompiledCell): void {
    const pending = this.#pending.get(cell.code);
    if (!pending) return;
    this.#pending.delete(cell.code);
    this.#session.add(pending);
  }

  complete(source: string, cursor: number, live?: LiveValues): Promise<CompletionList> {
    const at = this.#cursor(source, cursor);
    return completionsAt(this.#service, at, (prefix) => this.#exports.find(prefix), live);
  }

  inspect(
    source: string,
    cursor: number,
    detail: 0 | 1,
    live?: LiveValues,
  ): Promise<{ plain: string; markdown: string } | undefined> {
    return inspectionAt(this.#service, this.#cursor(source, cursor), detail, live);
  }

  isComplete(source: string): Completeness {
    return completenessOf(source, this.#options.jsx);
  }

  dispose(): void {
    this.#exports.dispose();
  }

  #cursor(source: string, cursor: number): Cursor {
    const { offset } = this.#enter(source, false);
    return { source, cursor: Math.max(0, Math.min(cursor, source.length)), file: this.#file, offset };
  }

  /** Makes a text the current cell's. */
  #enter(source: string, onlyUsed: boolean) {
    const kind = this.#options.jsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const parsed = ts.createSourceFile(this.#file, source, ts.ScriptTarget.ESNext, false, kind);
    const own = declaredNames(parsed);
    const used = onlyUsed ? usedNames(parsed) : undefined;
    if (this.#options.jsx) for (const name of jsxNames(this.#options.options)) used?.add(name);
    const prefix = this.#session.prefix(own, used);
    const pragmas = pragmasOf(source);
    const head = `${pragmas === '' ? '' : `${pragmas}\n`}${prefix.text}`;
    const text = `${head}${source}`;
    this.#host.setText(this.#file, text);
    this.#host.refresh();
    return { text, own, slots: prefix.slots, offset: head.length };
  }

  #program(): { program: Program; file: SourceFile } {
    const program = this.#service.getProgram();
    const file = program?.getSourceFile(this.#file);
    if (!program || !file) throw new Error('The language service lost the current cell.');
    return { program, file };
  }

  #check(program: Program, file: SourceFile, cell: CellText, checking: Checking): CellDiagnostic[] {
    const own = cellDiagnostics(program.getSemanticDiagnostics(file), cell, checking);
    const hinted = own.map((each) => this.#hinted(each));
    return [...hinted, ...fileDiagnostics(brokenImports(program, file), checking)];
  }

  /** Says where an unknown name could be imported from. */
  #hinted(found: CellDiagnostic): CellDiagnostic {
    const name = /^Cannot find name '([^']+)'/.exec(found.message)?.[1];
    if (name === undefined || (found.code !== 2304 && found.code !== 2552)) return found;
    const hints = this.#exports.find(name, true).slice(0, 3);
    if (hints.length === 0) return found;
    const lines = hints.map(({ module }) => `  import { ${name} } from '${module}';`);
    return { ...found, message: `${found.message}\nPerhaps an import is missing:\n${lines.join('\n')}` };
  }

  #remember(code: string, pending: Pending): void {
    this.#pending.set(code, pending);
    for (const oldest of this.#pending.keys()) {
      if (this.#pending.size <= mostPending) break;
      this.#pending.delete(oldest);
    }
  }
}

/** Names that JSX uses without their being written. */
function jsxNames({ jsxFactory = 'React', jsxFragmentFactory = 'React' }: CompilerOptions): string[] {
  return [jsxFactory, jsxFragmentFactory].map((name) => name.split('.')[0]!);
}

/** Syntax errors of the user's files that the program holds: they would fail at run time with less said. */
function brokenImports(program: Program, current: SourceFile): Diagnostic[] {
  return program.getSourceFiles().flatMap((file) => {
    if (file === current || file.isDeclarationFile || program.isSourceFileFromExternalLibrary(file))
      return [];
    if (/\/\^(?:cell|session|globals)[^/]*$/.test(file.fileName)) return [];
    return [...program.getSyntacticDiagnostics(file)];
  });
}

/** What V8 refuses although TypeScript let it pass; unchecked cells can hold such things. */
function refusal(code: string, names: readonly string[], cell: CellText): CellDiagnostic | undefined {
  try {
    const fixed = names.find((name) => ['undefined', 'NaN', 'Infinity'].includes(name));
    if (fixed !== undefined)
      throw new SyntaxError(`The name ${fixed} is JavaScript's own, it cannot be declared`);
    void new vm.Script(code, { filename: cell.fileName });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { severity: 'error', code: 0, message, file: cell.fileName, line: 1, column: 1, excerpt: '' };
  }
}

/** `declare global` and `declare module` go on when the cell's names are gone. */
function speaksOfGlobals(file: SourceFile): boolean {
  return file.statements.some((each) => ts.isModuleDeclaration(each) && !isNamespace(each));
}

function isNamespace(node: ModuleDeclaration): boolean {
  return ts.isIdentifier(node.name) && !(node.flags & ts.NodeFlags.GlobalAugmentation);
}
