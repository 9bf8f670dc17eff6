/** The project's settings for the compiler: those of the nearest `tsconfig.json`, read again when they were edited. */
import { statSync } from 'node:fs';
import path from 'node:path';
import type * as Compiler from 'typescript';
import type { CompilerOptions, Diagnostic, ParsedCommandLine } from 'typescript';

/** What is known of a project. */
export interface Project {
  /** Path of the `tsconfig.json` whose options hold, if there is one. */
  readonly configFile: string | undefined;
  readonly options: CompilerOptions;
  /** What is wrong with the file, or with those that it extends. */
  readonly problems: readonly Diagnostic[];
}

/** No inputs found, an empty list of files: of no interest to cells. */
const tolerated: ReadonlySet<number> = new Set([18002, 18003]);

/** Finds and keeps the settings for a folder. */
export class ProjectSettings {
  readonly #compiler: () => typeof Compiler;
  readonly #folder: string;
  #known: Project | undefined;
  /** When each file that counts was changed. */
  #stamps = new Map<string, number | undefined>();

  /** @param compiler loads TypeScript */
  constructor(compiler: () => typeof Compiler, folder: string) {
    this.#compiler = compiler;
    this.#folder = folder;
  }

  /** The settings; the same object as long as nothing was edited. */
  get(): Project {
    if (this.#known && [...this.#stamps].every(([file, stamp]) => stampOf(file) === stamp))
      return this.#known;
    this.#stamps = new Map();
    // A file that comes to lie nearer counts, too.
    for (let folder = this.#folder; ; folder = path.dirname(folder)) {
      const file = path.join(folder, 'tsconfig.json');
      this.#note(file);
      if (this.#stamps.get(file) !== undefined) return (this.#known = this.#read(file));
      if (folder === path.dirname(folder)) break;
    }
    return (this.#known = { configFile: undefined, options: {}, problems: [] });
  }

  #read(file: string): Project {
    const { parsed, problems } = this.#parse(file);
    const references = parsed.projectReferences ?? [];
    // A "solution" has no files of its own: what counts is the project of the folder, else its first one.
    const raw = parsed.raw as RawConfig | undefined;
    const isSolution = references.length > 0 && raw?.files?.length === 0 && raw.include === undefined;
    if (!isSolution) return { configFile: file, options: parsed.options, problems };
    const projects = references.map(({ path: at }) => {
      const target = this.#compiler().resolveProjectReferencePath({ path: at });
      return { file: target, ...this.#parse(target) };
    });
    const chosen = projects.find(({ parsed: { wildcardDirectories } }) =>
      this.#isWithin(wildcardDirectories),
    );
    const { file: configFile, parsed: project, problems: more } = chosen ?? projects[0]!;
    return { configFile, options: project.options, problems: [...problems, ...more] };
  }

  #isWithin(folders: Readonly<Record<string, unknown>> = {}): boolean {
    return Object.keys(folders).some((each) => !path.relative(each, this.#folder).startsWith('..'));
  }

  #parse(file: string): { parsed: ParsedCommandLine; problems: Diagnostic[] } {
    const ts = this.#compiler();
    this.#note(file);
    const read = ts.readJsonConfigFile(file, (each) => ts.sys.readFile(each));
    const syntax = (read as { parseDiagnostics?: Diagnostic[] }).parseDiagnostics ?? [];
    // What cannot be read has no statements, and TypeScript would fail on it.
    if (!(read as { statements?: unknown }).statements)
      return { parsed: { options: {}, fileNames: [], errors: [] }, problems: syntax };
    // The list of files is of no interest, and long to make.
    const host = { ...ts.sys, readDirectory: () => [] };
    const parsed = ts.parseJsonSourceFileConfigFileContent(read, host, path.dirname(file), undefined, file);
    for (const each of read.extendedSourceFiles ?? []) this.#note(each);
    if (parsed.errors.some(({ code }) => code === 6053))
      this.#noteMissing(path.dirname(file), (parsed.raw as RawConfig | undefined)?.extends);
    const problems = [...syntax, ...parsed.errors].filter(({ code }) => !tolerated.has(code));
    return {
      parsed,
      problems: [...new Map(problems.map((each) => [`${each.code} ${each.start}`, each])).values()],
    };
  }

  /** What is extended may come to be there: by an edit, or by `npm install`. */
  #noteMissing(from: string, extended: unknown): void {
    for (const name of [extended].flat()) {
      if (typeof name !== 'string') continue;
      const isPath = /^\.{0,2}\//.test(name);
      for (let folder = from; ; folder = path.dirname(folder)) {
        const place = isPath ? path.resolve(from, name) : path.join(folder, 'node_modules', name);
        for (const each of [place, `${place}.json`, path.join(place, 'tsconfig.json')]) this.#note(each);
        if (isPath || folder === path.dirname(folder)) break;
      }
    }
  }

  #note(file: string): void {
    this.#stamps.set(file, stampOf(file));
  }
}

interface RawConfig {
  readonly extends?: unknown;
  readonly files?: readonly unknown[];
  readonly include?: unknown;
}

function stampOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
