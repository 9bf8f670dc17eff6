/** The project's settings: those of the nearest `tsconfig.json`, read again when edited, and what cells make of them. */
import path from 'node:path';
import { Map, Math, Object, Set } from '../primordials.ts';
import { stampOf } from './files.ts';
import {
  compiler,
  type CompilerOptions,
  type Diagnostic,
  type JsxEmit,
  type ParsedCommandLine,
} from './typescript.ts';
import { syntaxFaults } from './typescript-insides.ts';

/** What is known of a project. */
export interface Project {
  /** Path of the `tsconfig.json` whose options hold, if there is one. */
  readonly configFile: string | undefined;
  readonly options: CompilerOptions;
  /** What is wrong with the file, or with those that it extends. */
  readonly problems: readonly Diagnostic[];
}

/** Where there is no `tsconfig.json`. */
export const noProject: Project = { configFile: undefined, options: {}, problems: [] };

/** No inputs found, an empty list of files: of no interest to cells. */
const tolerated: ReadonlySet<number> = new Set([18002, 18003]);

/** Finds and keeps the settings for a folder. */
export class ProjectSettings {
  readonly #folder: string;
  #known: Project | undefined;
  /** What each file that counts looked like. */
  #stamps = new Map<string, string | undefined>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The settings; the same object as long as nothing was edited. Loads the compiler where there is a `tsconfig.json`. */
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
    return (this.#known = noProject);
  }

  #read(file: string): Project {
    const { parsed, problems } = this.#parse(file);
    const references = parsed.projectReferences ?? [];
    // A "solution" has no files of its own: what counts is the project of the folder, else its first one; one of nothing
    // but the settings of tools is passed over.
    const raw = parsed.raw as RawConfig | undefined;
    const isSolution = references.length > 0 && raw?.files?.length === 0 && raw.include === undefined;
    if (!isSolution) return { configFile: file, options: parsed.options, problems };
    const projects = references.map(({ path: at }) => {
      const target = compiler().resolveProjectReferencePath({ path: at });
      return { file: target, ...this.#parse(target) };
    });
    const forCode = projects.filter(({ parsed: { raw: of } }) => !isOfTools(of as RawConfig));
    const chosen = forCode.find(({ parsed }) => this.#isWithin(parsed.wildcardDirectories));
    const { file: configFile, parsed: project, problems: more } = chosen ?? forCode[0] ?? projects[0]!;
    return { configFile, options: project.options, problems: [...problems, ...more] };
  }

  #isWithin(folders: Readonly<Record<string, unknown>> = {}): boolean {
    return Object.keys(folders).some((each) => !path.relative(each, this.#folder).startsWith('..'));
  }

  #parse(file: string): { parsed: ParsedCommandLine; problems: Diagnostic[] } {
    const ts = compiler();
    this.#note(file);
    const read = ts.readJsonConfigFile(file, (each) => ts.sys.readFile(each));
    const syntax = syntaxFaults(read);
    // What cannot be read has no statements, and TypeScript would fail on it.
    if (!(read as { statements?: unknown }).statements)
      return { parsed: { options: {}, fileNames: [], errors: [] }, problems: [...syntax] };
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

/** A project of nothing but `vite.config.ts` and its like. */
function isOfTools({ files = [], include = [] }: RawConfig = {}): boolean {
  const inputs = [...files, ...[include].flat()];
  return inputs.length > 0 && inputs.every((each) => /\.config\.[^/]+$/.test(String(each)));
}

interface RawConfig {
  readonly extends?: unknown;
  readonly files?: readonly unknown[];
  readonly include?: unknown;
}

/** Options, and where they came from. */
export interface CellOptions {
  readonly options: CompilerOptions;
  /** Path of the `tsconfig.json`, if there is one. */
  readonly configFile?: string | undefined;
  /** What is wrong with the settings. */
  readonly problems: readonly Diagnostic[];
}

/**
 * From those of the project. Strictness, `paths`, `jsx`, `lib`, decorators and
 * `types` are kept; what concerns files to write, or a whole project's habits (unused names), is not for cells.
 * Without one: strict, ESNext, the resolution of bundlers, Node's types.
 */
export function cellOptions({ configFile, options: given, problems }: Project): CellOptions {
  const ts = compiler();
  const isNode = isNodeResolution(given);
  const target = Math.max(given.target ?? ts.ScriptTarget.ESNext, ts.ScriptTarget.ES2022);
  const options: CompilerOptions = {
    strict: configFile === undefined,
    ...given,
    target,
    lib: libraries(given),
    jsx: jsxOf(given),
    module: isNode ? ts.ModuleKind.NodeNext : ts.ModuleKind.ESNext,
    moduleResolution: isNode ? ts.ModuleResolutionKind.NodeNext : ts.ModuleResolutionKind.Bundler,
    customConditions: isNode ? given.customConditions : ['node', ...(given.customConditions ?? [])],
    moduleDetection: ts.ModuleDetectionKind.Force,
    // Whatever a project's own code has, cells run in Node.
    types: [...new Set([...(given.types ?? []), 'node'])],
    typeRoots: given.typeRoots,
    noEmit: true,
    allowJs: true,
    checkJs: false,
    maxNodeModuleJsDepth: 0,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    allowSyntheticDefaultImports: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    allowUnusedLabels: true,
    allowUnreachableCode: true,
  };
  for (const name of notForCells) delete options[name];
  return { options, configFile, problems };
}

const notForCells = [
  'isolatedModules',
  'isolatedDeclarations',
  'verbatimModuleSyntax',
  'erasableSyntaxOnly',
  'rewriteRelativeImportExtensions',
  'composite',
  'incremental',
  'tsBuildInfoFile',
  'declaration',
  'declarationMap',
  'declarationDir',
  'emitDeclarationOnly',
  'noEmitOnError',
  'sourceMap',
  'inlineSourceMap',
  'inlineSources',
  'outDir',
  'outFile',
  'rootDir',
  'plugins',
  'noLib',
  'noResolve',
  'importsNotUsedAsValues',
  'preserveValueImports',
] as const;

function isNodeResolution({ module, moduleResolution }: CompilerOptions): boolean {
  const ts = compiler();
  if (moduleResolution !== undefined) {
    return (
      moduleResolution === ts.ModuleResolutionKind.Node16 ||
      moduleResolution === ts.ModuleResolutionKind.NodeNext
    );
  }
  return module !== undefined && module >= ts.ModuleKind.Node16 && module <= ts.ModuleKind.NodeNext;
}

/** The project's own, what every Node has, and of the newer parts those that the running one has. */
function libraries({ lib = [] }: CompilerOptions): string[] {
  const own = lib.filter((name) => !/^lib\.(?:es2024|esnext)(?:\.full)?\.d\.ts$/.test(name));
  const full = lib.some((name) => name.endsWith('.full.d.ts')) ? ['lib.es2023.full.d.ts'] : [];
  return [...new Set([...own, ...full, 'lib.es2023.d.ts', ...newerLibraries()])];
}

/** Parts of JavaScript that not every Node has, and whether this one does. */
const newerParts: readonly (readonly [name: string, has: () => boolean])[] = [
  ['esnext.disposable', () => true],
  ['esnext.decorators', () => true],
  ['es2024.arraybuffer', () => 'transfer' in ArrayBuffer.prototype],
  ['es2024.collection', () => 'groupBy' in Map],
  ['es2024.object', () => 'groupBy' in Object],
  ['es2024.promise', () => 'withResolvers' in Promise],
  ['es2024.regexp', () => 'unicodeSets' in RegExp.prototype],
  ['es2024.sharedmemory', () => 'waitAsync' in Atomics],
  ['es2024.string', () => 'isWellFormed' in String.prototype],
  ['esnext.array', () => 'fromAsync' in Array],
  ['esnext.collection', () => 'union' in Set.prototype],
  ['esnext.error', () => 'isError' in Error],
  ['esnext.float16', () => 'Float16Array' in globalThis],
  ['esnext.intl', () => 'DurationFormat' in Intl],
  ['esnext.iterator', () => 'Iterator' in globalThis],
  ['esnext.promise', () => 'try' in Promise],
  ['esnext.sharedmemory', () => 'pause' in Atomics],
];

let newer: readonly string[] | undefined;

/** Names the newer parts that this Node has. */
export function newerLibraries(): readonly string[] {
  return (newer ??= newerParts.filter(([, has]) => has()).map(([name]) => `lib.${name}.d.ts`));
}

/** Takes the answer of an ordinary process of this Node: while a snapshot is made of one, it lacks some of the parts. */
export function useLibraries(names: readonly string[]): void {
  newer = names;
}

/** What in a project's settings changes the JavaScript that a text becomes. */
export function javaScriptOptions(given: CompilerOptions): CompilerOptions {
  const { jsx, jsxFactory, jsxFragmentFactory, jsxImportSource } = given;
  const { experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields } = given;
  return {
    ...{ jsx, jsxFactory, jsxFragmentFactory, jsxImportSource },
    ...{ experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields },
  };
}

/** How JSX is meant: automatic where the settings say nothing, or leave it to another compiler (`preserve`) without a factory. */
function jsxOf({ jsx, jsxFactory }: CompilerOptions): JsxEmit {
  const { JsxEmit } = compiler();
  if (jsx !== undefined && jsx !== JsxEmit.Preserve && jsx !== JsxEmit.ReactNative) return jsx;
  return jsxFactory === undefined ? JsxEmit.ReactJSX : JsxEmit.React;
}

/** How JSX becomes JavaScript: never left as it is. */
export function jsxEmit(options: CompilerOptions, isClassic: boolean): JsxEmit {
  return isClassic ? compiler().JsxEmit.React : jsxOf(options);
}

/** Whether JSX calls what the text says by `@jsx h`, where the project says nothing. */
export function isClassicJsx(text: string, { jsx }: CompilerOptions): boolean {
  return jsx === undefined && /@jsx\s/.test(text) && !/@jsx(?:Runtime|ImportSource)\s/.test(text);
}

/** How cells are compiled where these are the compiler options. */
export function emitOptions(options: CompilerOptions, isClassic = false): CompilerOptions {
  const ts = compiler();
  return {
    ...javaScriptOptions(options),
    jsx: jsxEmit(options, isClassic),
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
    verbatimModuleSyntax: true,
    preserveConstEnums: true,
    sourceMap: true,
    inlineSources: false,
    removeComments: true,
  };
}
