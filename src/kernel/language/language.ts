/** The language side of the kernel: checks, compiles, completes and explains cells, knowing all that ran before. */
import path from 'node:path';
import type {
  CellDiagnostic,
  CellLanguage,
  Checking,
  Compiled,
  CompiledCell,
  CompletionList,
  CreateCellLanguage,
  Dialect,
  LiveValues,
} from '../contracts.ts';
import {
  checkingOf,
  completenessOf,
  jsxNames,
  parseCell,
  pragmasOf,
  typescriptOnly,
  withHint,
  withoutHashbang,
  type Completeness,
} from './cell-text.ts';
import { PlainChecker, type CellChecker } from './checker.ts';
import { completionsAt } from './completion.ts';
import { declaredNames, declaresGlobals, importsOf, usedNames, type Declared } from './declared.ts';
import {
  brokenImports,
  cellDiagnostics,
  fileDiagnostics,
  missingGlobals,
  refusalOf,
  settingsDiagnostics,
  type CellText,
} from './diagnostics.ts';
import { deferredImports, earlyErrors } from './early-errors.ts';
import { emitCell } from './emit.ts';
import { enumsOf } from './enums.ts';
import { ExportIndex } from './export-index.ts';
import { compileExpression } from './expression.ts';
import { IdleTasks } from './idle.ts';
import { inspectionAt } from './inspection.ts';
import { canKeep, KeptChecker } from './kept-checker.ts';
import { isSound, LenientCheck } from './lenient.ts';
import { Session, type AddedCell, type SessionText } from './session.ts';
import { cellOptions, isClassicJsx, ProjectSettings, type CellOptions, type Project } from './settings.ts';
import { settleCompiler, type Program, type SourceFile } from './typescript.ts';
import type { Cursor } from './value-paths.ts';

/** What a {@link Language} is made of. */
interface LanguageOptions {
  /** Where cells run. */
  readonly cwd: string;
  /** Declarations of what every cell has. */
  readonly globals: string;
  /** `false`: each cell is checked by a program of its own, in several times the time. */
  readonly reuse?: boolean;
  /** What cells are written in. Default `typescript`; `javascript` is not checked, and refuses what only TypeScript has. */
  readonly dialect?: Dialect;
  /** In place of the `tsconfig.json` that is found from `cwd`. */
  readonly project?: Project;
}

/** A cell that is the current one. */
interface Entered extends SessionText {
  readonly source: string;
  readonly number: number;
  readonly own: ReadonlyMap<string, Declared>;
  /** Where the source begins in the text. */
  readonly offset: number;
  /** It declares global things, which outlive its names. */
  readonly isGlobal: boolean;
  /** JSX calls what the cell says by `@jsx`. */
  readonly isClassic: boolean;
}

/** A cell that was compiled and may begin to run. */
type Pending = SessionText & AddedCell;

/** So many compiled cells are remembered until they are accepted. */
const mostPending = 100;
/** When nothing was asked for so many ms after the first cell, the compiler is settled. */
const settledAfter = 2000;
/** Again after so many cells, when the answer to the last one is on its way. */
const settledEvery = 100;

/**
 * Makes the language side for the cells of one runner. The first `compile` reads TypeScript's libraries (about a
 * second); later ones take milliseconds. Load this module lazily: it loads the TypeScript compiler.
 *
 * @example
 * ```ts
 * const language = createCellLanguage({ cwd: process.cwd(), globals: globalsTypes });
 * const compiled = language.compile('const x: number = 1; x', 1);
 * if (compiled.ok) language.accept(compiled.cell);
 * ```
 */
export const createCellLanguage: CreateCellLanguage = (options) => new Language(options);

/** See {@link CellLanguage}. */
export class Language implements CellLanguage {
  checking: Checking;
  readonly #dialect: Dialect;
  readonly #settings: Pick<ProjectSettings, 'get'>;
  readonly #cwd: string;
  #project: Project;
  #options: CellOptions;
  readonly #checker: CellChecker;
  readonly #session: Session;
  #exports: ExportIndex;
  /** What is wrong with the project's settings, until it was shown. */
  #problems: readonly CellDiagnostic[];
  readonly #pending = new Map<string, Pending>();
  readonly #lenient = new LenientCheck();
  readonly #settling = new IdleTasks([{ after: settledAfter, work: settleCompiler }]);
  #compiled = 0;

  constructor({ cwd, globals, reuse = true, dialect = 'typescript', project }: LanguageOptions) {
    this.checking = dialect === 'javascript' ? 'off' : 'error';
    this.#dialect = dialect;
    this.#cwd = cwd;
    this.#settings = project ? { get: () => project } : new ProjectSettings(cwd);
    this.#project = this.#settings.get();
    this.#options = cellOptions(this.#project);
    this.#problems = settingsDiagnostics(this.#options.problems, this.#options.configFile);
    const folder = cwd.replaceAll(path.sep, '/').replace(/\/$/, '');
    const Checker = reuse && canKeep() ? KeptChecker : PlainChecker;
    this.#checker = new Checker(folder, this.#options, globals);
    this.#session = new Session(
      (name) => `${folder}/${name}.mts`,
      (file, content) => this.#checker.write(file, content),
    );
    this.#exports = new ExportIndex(cwd, this.#options.options);
  }

  /** How many TypeScript programs were made so far; a cell that needs nothing new needs no new one. */
  get programs(): number {
    return this.#checker.programs;
  }

  compile(written: string, number: number): Compiled {
    const source = withoutHashbang(written);
    this.#renewSettings();
    if ((this.#compiled += 1) % settledEvery === 0) setImmediate(settleCompiler);
    const entered = this.#enter(source, number, true);
    const compiled = this.#checker.check(entered, (...at) => this.#compile(entered, ...at), isSound);
    this.#settling.asked();
    if (this.#problems.length === 0 || number === 0) return compiled;
    const problems = this.#problems;
    this.#problems = [];
    if (!compiled.ok) return { ok: false, diagnostics: [...problems, ...compiled.diagnostics] };
    const diagnostics = [...problems, ...compiled.cell.diagnostics];
    return { ok: true, cell: { ...compiled.cell, diagnostics } };
  }

  accept(cell: CompiledCell): void {
    const pending = this.#pending.get(cell.code);
    if (!pending) return;
    this.#pending.delete(cell.code);
    if (pending.isGlobal) this.#checker.renew();
    this.#session.add(pending);
  }

  complete(source: string, cursor: number, live?: LiveValues): Promise<CompletionList> {
    const at = this.#cursor(source, cursor);
    const importable = (prefix: string) => this.#exports.find(prefix);
    const found = completionsAt(this.#checker.service, at, importable, live);
    this.#checker.adopt();
    this.#settling.asked();
    return found;
  }

  inspect(
    source: string,
    cursor: number,
    detail: 0 | 1,
    live?: LiveValues,
  ): ReturnType<CellLanguage['inspect']> {
    const found = inspectionAt(this.#checker.service, this.#cursor(source, cursor), detail, live);
    this.#checker.adopt();
    this.#settling.asked();
    return found;
  }

  isComplete(source: string): Completeness {
    return completenessOf(source);
  }

  expression(source: string, locals: readonly string[]): string {
    return compileExpression(source, this.#session.seenWith(new Map(), new Set(), new Set(locals)));
  }

  /** Ends, and leaves its program to the next language with the same settings. @returns the program's files */
  handOver(): string[] {
    this.dispose();
    return this.#checker.handOver();
  }

  dispose(): void {
    this.#exports.dispose();
    this.#settling.dispose();
  }

  /** Takes up what was edited in the project's settings. */
  #renewSettings(): void {
    const project = this.#settings.get();
    if (project === this.#project) return;
    this.#project = project;
    this.#options = cellOptions(project);
    this.#problems = settingsDiagnostics(this.#options.problems, this.#options.configFile);
    this.#checker.setOptions(this.#options);
    this.#exports.dispose();
    this.#exports = new ExportIndex(this.#cwd, this.#options.options);
  }

  #cursor(source: string, cursor: number): Cursor {
    const { offset } = this.#enter(source, 0, false);
    const { file } = this.#checker;
    return { source, cursor: Math.max(0, Math.min(cursor, source.length)), file, offset };
  }

  /** Makes a text the current cell's. */
  #enter(source: string, number: number, onlyUsed: boolean): Entered {
    const { file, isJsx } = parseCell(source);
    const own = declaredNames(file);
    const used = onlyUsed ? usedNames(file) : undefined;
    if (isJsx) for (const name of jsxNames(source, this.#options.options)) used?.add(name);
    const prefix = this.#session.prefix(own, used);
    const isClassic = isClassicJsx(source, this.#project.options);
    const pragmas = pragmasOf(source) + (isClassic ? '/** @jsxRuntime classic */' : '');
    const head = `${pragmas === '' ? '' : `${pragmas}\n`}${prefix.text}`;
    const content: SessionText = { text: `${head}${source}`, isJsx, slots: prefix.slots };
    this.#checker.enter(content);
    const isGlobal = declaresGlobals(file);
    return { ...content, source, number, own, offset: head.length, isGlobal, isClassic };
  }

  #compile(entered: Entered, program: Program, file: SourceFile): Compiled {
    const { source, number, own, offset, isJsx, isClassic } = entered;
    const fileName = `In [${number}]`;
    const checking = checkingOf(source) ?? this.checking;
    const cell: CellText = { source, fileName, offset };
    const syntax = cellDiagnostics(program.getSyntacticDiagnostics(file), cell, 'error');
    if (this.#dialect === 'javascript')
      syntax.push(...cellDiagnostics(typescriptOnly(source), { ...cell, offset: 0 }, 'error'));
    syntax.push(...cellDiagnostics(deferredImports(source), { ...cell, offset: 0 }, 'error'));
    if (syntax.length > 0) return { ok: false, diagnostics: withHint(syntax, source) };
    const { typeOnly, live: changing } = importsOf(program, file, offset);
    const enums = enumsOf(program, file, offset);
    const early =
      checking === 'error' ? [] : [...earlyErrors(source, typeOnly.names, this.#session), ...enums.faults];
    if (early.length > 0)
      return { ok: false, diagnostics: cellDiagnostics(early, { ...cell, offset: 0 }, 'error') };
    const diagnostics = checking === 'off' ? [] : this.#check(program, file, cell, checking);
    if (diagnostics.some(({ severity }) => severity === 'error')) {
      return { ok: false, diagnostics: withHint(diagnostics, source) };
    }
    const declared = typeOnly.names.size === 0 ? own : declaredNames(parseCell(source).file, typeOnly.names);
    const bindings = [...declared.values()].filter(({ binding }) => binding);
    const names = bindings.map(({ name }) => name);
    // A name that is a lexical variable stays one, with the value of the import's moment.
    const live = new Set(names.filter((name) => changing.has(name) && !this.#session.isDeclared(name)));
    const request = {
      source,
      number,
      fileName,
      names: new Set(names),
      bindings: this.#session.seenWith(declared, live),
      restarted: new Set(bindings.filter(({ grows }) => grows).map(({ name }) => name)),
      typeOnly,
      live,
      enums: enums.values,
    };
    const emitted = emitCell(request, (passes) => this.#checker.emit(source, { isJsx, isClassic, passes }));
    const refused = refusalOf(emitted, cell);
    if (refused) return { ok: false, diagnostics: [refused] };
    this.#remember(emitted.code, { ...entered, own: declared, live });
    return { ok: true, cell: { number, fileName, ...emitted, diagnostics } };
  }

  #check(program: Program, file: SourceFile, cell: CellText, checking: Checking): CellDiagnostic[] {
    const all = program.getSemanticDiagnostics(file);
    const isStrict = this.#options.configFile !== undefined;
    const found = isStrict
      ? cellDiagnostics(all, cell, checking)
      : this.#lenient.diagnostics(all, cell, checking);
    const hinted = found.map((each) => this.#exports.hinted(each));
    if (checking === 'error') hinted.push(...missingGlobals(program, file, cell));
    return [...hinted, ...fileDiagnostics(brokenImports(program, file), checking)];
  }

  #remember(code: string, pending: Pending): void {
    this.#pending.set(code, pending);
    for (const oldest of this.#pending.keys()) {
      if (this.#pending.size <= mostPending) break;
      this.#pending.delete(oldest);
    }
  }
}
