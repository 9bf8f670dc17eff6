/** The compiler options of cells: those of the nearest `tsconfig.json`, adapted to code that runs cell by cell. */
import path from 'node:path';
import { ts, type CompilerOptions } from './typescript.ts';

/** Options, and where they came from. */
export interface CellOptions {
  readonly options: CompilerOptions;
  /** Path of the `tsconfig.json`, if there is one. */
  readonly configFile?: string | undefined;
  /** Whether cells may hold JSX (then `<T>value` casts are not possible, as in any `.tsx`). */
  readonly jsx: boolean;
}

/**
 * Reads the nearest `tsconfig.json` of `cwd` (with what it extends). Strictness, `paths`, `jsx`, `lib`, decorators and
 * `types` are kept; what speaks of files to write, or of a whole project's habits (unused names), is not for cells.
 * Without one: strict, ESNext, the resolution of bundlers, Node's types.
 */
export function cellOptions(cwd: string): CellOptions {
  const configFile = ts.findConfigFile(cwd, (file) => ts.sys.fileExists(file));
  const given = configFile ? readOptions(configFile) : {};
  const isNode = isNodeResolution(given);
  const jsx = given.jsx !== undefined && given.jsx !== ts.JsxEmit.None;
  const target = Math.max(given.target ?? ts.ScriptTarget.ESNext, ts.ScriptTarget.ES2022);
  const options: CompilerOptions = {
    strict: configFile === undefined,
    ...given,
    target,
    lib: libraries(given),
    // A `.tsx` cell is CommonJS or ESM as package.json says; cells are always ESM.
    module: isNode && !jsx ? ts.ModuleKind.NodeNext : ts.ModuleKind.ESNext,
    moduleResolution: isNode && !jsx ? ts.ModuleResolutionKind.NodeNext : ts.ModuleResolutionKind.Bundler,
    customConditions: isNode && !jsx ? given.customConditions : ['node', ...(given.customConditions ?? [])],
    moduleDetection: ts.ModuleDetectionKind.Force,
    types: given.types ?? ['node'],
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
  return { options, configFile, jsx };
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

function readOptions(configFile: string): CompilerOptions {
  const read = ts.readConfigFile(configFile, (file) => ts.sys.readFile(file));
  // The list of files is of no interest, and long to make.
  const host = { ...ts.sys, readDirectory: () => [] };
  const config: unknown = read.config ?? {};
  return ts.parseJsonConfigFileContent(config, host, path.dirname(configFile), undefined, configFile).options;
}

function isNodeResolution({ module, moduleResolution }: CompilerOptions): boolean {
  if (moduleResolution !== undefined) {
    return (
      moduleResolution === ts.ModuleResolutionKind.Node16 ||
      moduleResolution === ts.ModuleResolutionKind.NodeNext
    );
  }
  return module !== undefined && module >= ts.ModuleKind.Node16 && module <= ts.ModuleKind.NodeNext;
}

/** The project's own, and never less than what Node 20 runs. */
function libraries({ lib }: CompilerOptions): string[] {
  if (!lib || lib.includes('lib.esnext.d.ts')) return lib ?? ['lib.esnext.d.ts'];
  return [
    ...new Set([...lib, 'lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.esnext.decorators.d.ts']),
  ];
}
