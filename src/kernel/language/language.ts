/** Knows every cell that ran, checks the next one against them, and compiles it. */
import path from 'node:path';
import type {
  CellDiagnostic,
  CellLanguage,
  Checking,
  Compiled,
  CompiledCell,
  CompletionList,
  LiveValues,
} from '../contracts.ts';
import { ProjectSettings, type Project } from '../project-settings.ts';
import { completenessOf, type Completeness } from './completeness.ts';
import { completionsAt, type Cursor } from './completion.ts';
import { declaredNames, usedNames, type Declared } from './declared.ts';
import {
  cellDiagnostics,
  fileDiagnostics,
  isOfStrictness,
  settingsDiagnostics,
  type CellText,
} from './diagnostics.ts';
import { emitCell, emitOptions } from './emit.ts';
import { Emitter } from './emitter.ts';
import { ExportIndex } from './export-index.ts';
import { inspectionAt } from './inspection.ts';
import { classicPragma, isJsx, jsxNames } from './jsx.ts';
import { checkingOf, habitHint, pragmasOf } from './magic.ts';
import { cellOptions, type CellOptions } from './options.ts';
import { Programs, speaksOfGlobals } from './programs.ts';
import { brokenImports, refusalOf } from './refusals.ts';
import { Session } from './session.ts';
import { typeOnlyImports } from './type-only.ts';
import { ts, type Program, type SourceFile } from './typescript.ts';

/** What a {@link Language} is made of. */
export interface LanguageOptions {
  /** Where cells run. */
  readonly cwd: string;
  /** Declarations of what every cell has. */
  readonly globals: string;
  /** `false`: each cell is checked by a program of its own, several times as slow; to compare with. */
  readonly reuse?: boolean;
}

/** A cell that is the current one. */
interface Entered {
  readonly source: string;
  readonly number: number;
  /** What is checked: the source behind what brings earlier names into scope. */
  readonly text: string;
  readonly own: ReadonlyMap<string, Declared>;
  /** The earlier cells that it needs. */
  readonly slots: ReadonlySet<number>;
  /** Where the source begins in the text. */
  readonly offset: number;
  /** It tells of global things, which outlive its names. */
  readonly pinned: boolean;
}

/** A cell that was compiled and may begin to run. */
type Pending = Pick<Entered, 'text' | 'own' | 'slots' | 'pinned'>;

/** So many compiled cells are remembered until they are accepted. */
const mostPending = 100;

/** See {@link CellLanguage}. */
export class Language implements CellLanguage {
  checking: Checking = 'error';
  readonly #settings: ProjectSettings;
  readonly #cwd: string;
  #project: Project;
  #options: CellOptions;
  readonly #programs: Programs;
  readonly #session: Session;
  #exports: ExportIndex;
  #emitter: Emitter;
  /** What is wrong with the project's settings, until it was told. */
  #problems: readonly CellDiagnostic[];
  readonly #pending = new Map<string, Pending>();

  constructor({ cwd, globals, reuse = true }: LanguageOptions) {
    this.#cwd = cwd;
    this.#settings = new ProjectSettings(() => ts, cwd);
    this.#project = this.#settings.get();
    this.#options = cellOptions(this.#project);
    this.#problems = settingsDiagnostics(this.#options.problems, this.#options.configFile);
    const folder = cwd.replaceAll(path.sep, '/').replace(/\/$/, '');
    this.#programs = new Programs(folder, this.#options, globals, reuse);
    this.#session = new Session(
      (name) => `${folder}/${name}.mts`,
      (file, text, slots) => this.#programs.write(file, text, slots),
    );
    this.#exports = new ExportIndex(cwd, this.#options.options);
    this.#emitter = new Emitter(emitOptions(this.#options.options));
  }

  /** How many TypeScript programs were made so far; a cell that needs nothing new needs no new one. */
  get programs(): number {
    return this.#programs.made;
  }

  compile(source: string, number: number): Compiled {
    this.#renewSettings();
    const entered = this.#enter(source, number, true);
    const compiled = this.#quickly(entered) ?? this.#programs.byOwn((...at) => this.#compile(entered, ...at));
    if (this.#problems.length === 0 || number === 0) return compiled;
    const problems = this.#problems;
    this.#problems = [];
    if (!compiled.ok) return { ok: false, diagnostics: [...problems, ...compiled.diagnostics] };
    const { cell } = compiled;
    return { ok: true, cell: { ...cell, diagnostics: [...problems, ...cell.diagnostics] } };
  }

  accept(cell: CompiledCell): void {
    const pending = this.#pending.get(cell.code);
    if (!pending) return;
    this.#pending.delete(cell.code);
    if (pending.pinned) this.#programs.renew();
    this.#session.add(pending);
  }

  complete(source: string, cursor: number, live?: LiveValues): Promise<CompletionList> {
    const at = this.#cursor(source, cursor);
    const importable = (prefix: string) => this.#exports.find(prefix);
    const found = completionsAt(this.#programs.service, at, importable, live);
    this.#programs.goOn();
    return found;
  }

  inspect(
    source: string,
    cursor: number,
    detail: 0 | 1,
    live?: LiveValues,
  ): Promise<{ plain: string; markdown: string } | undefined> {
    const found = inspectionAt(this.#programs.service, this.#cursor(source, cursor), detail, live);
    this.#programs.goOn();
    return found;
  }

  isComplete(source: string): Completeness {
    return completenessOf(source);
  }

  dispose(): void {
    this.#exports.dispose();
  }

  /** A cell may say what JSX calls, where the project says nothing. */
  #classic(source: string): string {
    return this.#project.options.jsx === undefined ? classicPragma(source) : '';
  }

  /** Takes up what was edited in the project's settings. */
  #renewSettings(): void {
    const project = this.#settings.get();
    if (project === this.#project) return;
    this.#project = project;
    this.#options = cellOptions(project);
    this.#problems = settingsDiagnostics(this.#options.problems, this.#options.configFile);
    this.#programs.setOptions(this.#options);
    this.#emitter = new Emitter(emitOptions(this.#options.options));
    this.#exports.dispose();
    this.#exports = new ExportIndex(this.#cwd, this.#options.options);
  }

  #cursor(source: string, cursor: number): Cursor {
    const { offset } = this.#enter(source, 0, false);
    const { file } = this.#programs;
    return { source, cursor: Math.max(0, Math.min(cursor, source.length)), file, offset };
  }

  /** Makes a text the current cell's. */
  #enter(source: string, number: number, onlyUsed: boolean): Entered {
    const jsx = isJsx(source);
    const kind = jsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const parsed = ts.createSourceFile(this.#programs.file, source, ts.ScriptTarget.ESNext, false, kind);
    const own = declaredNames(parsed);
    const used = onlyUsed ? usedNames(parsed) : undefined;
    if (jsx) for (const name of jsxNames(source, this.#options.options)) used?.add(name);
    const prefix = this.#session.prefix(own, used);
    const pragmas = pragmasOf(source) + this.#classic(source);
    const head = `${pragmas === '' ? '' : `${pragmas}\n`}${prefix.text}`;
    const text = `${head}${source}`;
    this.#programs.enter(text);
    const pinned = speaksOfGlobals(parsed);
    return { source, number, text, own, slots: prefix.slots, offset: head.length, pinned };
  }

  /** By the program that is there. A fault is told by one that was made for the cell. */
  #quickly(entered: Entered): Compiled | undefined {
    if (entered.pinned) return undefined;
    const compiled = this.#programs.byLast(entered.text, entered.slots, (...at) =>
      this.#compile(entered, ...at),
    );
    return compiled?.ok && compiled.cell.diagnostics.every(isOfStrictness) ? compiled : undefined;
  }

  #compile(entered: Entered, program: Program, file: SourceFile): Compiled {
    const { source, number, own, offset } = entered;
    const fileName = `In [${number}]`;
    const checking = checkingOf(source) ?? this.checking;
    const cell: CellText = { source, fileName, offset };
    const syntax = cellDiagnostics(program.getSyntacticDiagnostics(file), cell, 'error');
    if (syntax.length > 0) return { ok: false, diagnostics: withHint(syntax, source) };
    const diagnostics = checking === 'off' ? [] : this.#check(program, file, cell, checking);
    if (diagnostics.some(({ severity }) => severity === 'error')) {
      return { ok: false, diagnostics: withHint(diagnostics, source) };
    }

    const bindings = [...own.values()].filter(({ binding }) => binding);
    const typeOnly = typeOnlyImports(program, file, offset);
    const names = bindings.map(({ name }) => name).filter((name) => !typeOnly.names.has(name));
    const declaredHere = new Set(names);
    const request = {
      source,
      number,
      fileName,
      fresh: names.filter((name) => !this.#session.isDeclared(name)),
      names: declaredHere,
      classic: this.#classic(source) !== '',
      isBound: (name: string) => declaredHere.has(name) || this.#session.isDeclared(name),
      anew: new Set(bindings.filter(({ grows }) => grows).map(({ name }) => name)),
      typeOnly,
    };
    const emitted = emitCell(request, this.#emitter);
    const refused = refusalOf(emitted.code, cell);
    if (refused) return { ok: false, diagnostics: [refused] };
    const declared = new Map(own);
    for (const name of typeOnly.names) {
      const entry = declared.get(name);
      if (entry) declared.set(name, { ...entry, binding: false });
    }
    this.#remember(emitted.code, { ...entered, own: declared });
    return { ok: true, cell: { number, fileName, ...emitted, diagnostics } };
  }

  #check(program: Program, file: SourceFile, cell: CellText, checking: Checking): CellDiagnostic[] {
    const found = cellDiagnostics(program.getSemanticDiagnostics(file), cell, checking);
    const asked = this.#options.configFile !== undefined;
    const own = found.map((each): CellDiagnostic =>
      !asked && isOfStrictness(each) && each.severity === 'error' ? { ...each, severity: 'warning' } : each,
    );
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

/** What people type out of habit of other notebooks gets a word on how it is done here. */
function withHint([first, ...others]: readonly CellDiagnostic[], source: string): CellDiagnostic[] {
  const hint = habitHint(source);
  const told = hint === undefined ? first! : { ...first!, message: `${first!.message}\n${hint}` };
  return [told, ...others];
}
