/** The compiler options of cells: those of the nearest `tsconfig.json`, adapted to code that runs cell by cell. */
import type { Project } from '../project-settings.ts';
import { ts, type CompilerOptions, type Diagnostic } from './typescript.ts';

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
 * `types` are kept; what speaks of files to write, or of a whole project's habits (unused names), is not for cells.
 * Without one: strict, ESNext, the resolution of bundlers, Node's types.
 */
export function cellOptions({ configFile, options: given, problems }: Project): CellOptions {
  const isNode = isNodeResolution(given);
  const target = Math.max(given.target ?? ts.ScriptTarget.ESNext, ts.ScriptTarget.ES2022);
  const options: CompilerOptions = {
    strict: configFile === undefined,
    ...given,
    target,
    lib: libraries(given),
    jsx: given.jsx ?? ts.JsxEmit.ReactJSX,
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
  const newer = newerParts.filter(([, has]) => has()).map(([name]) => `lib.${name}.d.ts`);
  return [...new Set([...own, ...full, 'lib.es2023.d.ts', ...newer])];
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
