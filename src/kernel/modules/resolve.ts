/** Finds the user's file that a specifier means: TypeScript behind `.js`, without an ending, by `paths`, as a package. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiler, type CompilerOptions } from '../language/typescript.ts';
import { JSON, Object, URL, decodeURIComponent } from '../primordials.ts';

/** Endings of the files that are compiled or given a version. */
const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'] as const;

const sources: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx', '.js', '.jsx'],
  '.jsx': ['.tsx', '.jsx'],
  '.mjs': ['.mts', '.mjs'],
  '.cjs': ['.cts', '.cjs'],
};

/**
 * The file, or undefined when the specifier is one for Node: a package, `node:fs`, a file that is not there or of another
 * kind, anything below `node_modules`.
 *
 * @param from full path of the file that imports
 * @param options gives `paths` and `baseUrl`
 */
export function resolveLocal(
  specifier: string,
  from: string,
  options: () => CompilerOptions,
): string | undefined {
  let file: string | undefined;
  if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
    file = fileAt(path.resolve(path.dirname(from), decoded(specifier)));
  } else if (specifier.startsWith('file:')) {
    file = fileAt(fileURLToPath(new URL(specifier.replace(/[?#].*$/, ''))));
  } else if (!/^(?:node|data|https?):/.test(specifier)) {
    file = mapped(specifier, options()) ?? packaged(specifier, from);
  }
  return file !== undefined && isUsers(file) ? file : undefined;
}

/** Whether a file belongs to the user, not to a package. */
function isUsers(file: string): boolean {
  return !file.split(path.sep).includes('node_modules');
}

/** Whether the nearest `package.json` says `"type": "module"`. */
export function isModulePackage(file: string): boolean {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const described = packageAt(folder);
    if (described || folder === path.dirname(folder)) return described?.type === 'module';
  }
}

function decoded(specifier: string): string {
  const plain = specifier.replace(/\?.*$/, '');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

function fileAt(place: string): string | undefined {
  const ending = path.extname(place);
  const bare = place.slice(0, place.length - ending.length);
  for (const other of sources[ending] ?? []) if (isFile(bare + other)) return bare + other;
  if (isFile(place)) return (endings as readonly string[]).includes(ending) ? place : undefined;
  for (const each of endings) if (isFile(place + each)) return place + each;
  for (const each of endings) {
    const index = path.join(place, `index${each}`);
    if (isFile(index)) return index;
  }
  return undefined;
}

/** Follows `paths` of the tsconfig, the longest matching pattern first, then `baseUrl`. */
function mapped(specifier: string, options: CompilerOptions): string | undefined {
  const { paths = {}, baseUrl } = options;
  const base = baseUrl ?? (options['pathsBasePath'] as string | undefined);
  if (base === undefined) return undefined;
  const patterns = Object.keys(paths).sort((one, other) => prefixOf(other).length - prefixOf(one).length);
  for (const pattern of patterns) {
    const star = matchOf(specifier, pattern);
    if (star === undefined) continue;
    for (const target of paths[pattern] ?? []) {
      const file = fileAt(
        path.resolve(
          base,
          target.replace('*', () => star),
        ),
      );
      if (file !== undefined) return file;
    }
  }
  return baseUrl === undefined ? undefined : fileAt(path.resolve(baseUrl, specifier));
}

function prefixOf(pattern: string): string {
  return pattern.split('*')[0]!;
}

function matchOf(specifier: string, pattern: string): string | undefined {
  const [before, after] = pattern.split('*') as [string, string?];
  if (after === undefined) return specifier === before ? '' : undefined;
  const fits =
    specifier.length >= before.length + after.length &&
    specifier.startsWith(before) &&
    specifier.endsWith(after);
  return fits ? specifier.slice(before.length, specifier.length - after.length) : undefined;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * The file of a package that is the user's own, outside of `node_modules`: of a workspace, by `imports` with `#`, by the
 * package's own name. Packages that were installed are left to Node. The compiler is loaded only for such a package.
 *
 * @param from full path of the file that imports
 */
function packaged(specifier: string, from: string): string | undefined {
  if (!isOwnPackage(specifier, from)) return undefined;
  const ts = compiler();
  const options = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ['node'],
    allowJs: true,
    resolveJsonModule: true,
  };
  const { resolvedModule } = ts.resolveModuleName(specifier, from, options, ts.sys);
  const file = resolvedModule?.resolvedFileName;
  return file === undefined || /\.d\.[cm]?ts$/.test(file) ? undefined : path.normalize(file);
}

function isOwnPackage(specifier: string, from: string): boolean {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  for (let folder = path.dirname(from), inside = true; ; folder = path.dirname(folder)) {
    const described = inside ? packageAt(folder) : undefined;
    if (described) {
      inside = false; // Only the nearest one counts.
      if (specifier.startsWith('#')) return described.imports !== undefined;
      if (described.name === name && described.exports !== undefined) return true;
    }
    const place = realPath(path.join(folder, 'node_modules', name));
    if (place !== undefined) return !place.split(path.sep).includes('node_modules');
    if (folder === path.dirname(folder)) return false;
  }
}

interface Described {
  readonly name?: unknown;
  readonly exports?: unknown;
  readonly imports?: unknown;
  readonly type?: unknown;
}

/** The `package.json` of a folder, if it has one that can be read. */
function packageAt(folder: string): Described | undefined {
  try {
    return Object(JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))) as Described;
  } catch {
    return undefined;
  }
}

function realPath(place: string): string | undefined {
  try {
    return realpathSync(place);
  } catch {
    return undefined;
  }
}
