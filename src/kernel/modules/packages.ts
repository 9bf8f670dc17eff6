/** Finds files of the user's that are imported as packages: workspaces, `imports` with `#`, a package's own name. */
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { JSON, Object } from '../primordials.ts';
import { compiler } from './compiler.ts';

/**
 * The file, when the package is one of the user's own, outside of `node_modules`; packages that were installed are left
 * to Node. The compiler is loaded only for such a package.
 *
 * @param from full path of the file that imports
 */
export function packaged(specifier: string, from: string): string | undefined {
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
}

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
