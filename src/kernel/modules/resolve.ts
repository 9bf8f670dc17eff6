/** Finds the user's file that a specifier means: TypeScript behind `.js`, without an ending, through `paths`. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CompilerOptions } from 'typescript';
import { packaged } from './packages.ts';
import { JSON, Object, URL, decodeURIComponent } from '../primordials.ts';

/** Endings of the files that are compiled or given a version. */
export const endings = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'] as const;

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
export function isUsers(file: string): boolean {
  return !file.split(path.sep).includes('node_modules');
}

/** Whether the nearest `package.json` says `"type": "module"`. */
export function isModulePackage(file: string): boolean {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      const text = readFileSync(path.join(folder, 'package.json'), 'utf8');
      return (JSON.parse(text) as { type?: unknown }).type === 'module';
    } catch {
      if (folder === path.dirname(folder)) return false;
    }
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
