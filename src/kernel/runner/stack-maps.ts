/** Maps every `error.stack` to the cell as the user typed it, and to local files as they are on disk. */
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import { withoutMarks } from '../cell-names.ts';
import { Error, JSON, Map, URL } from '../primordials.ts';

/** A place in what the user wrote; line and column count from 1. */
interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where the kernel's own code is. */
const kernelFolder = fileURLToPath(new URL('../', import.meta.url));

const texts = new Map<string, string>();
const maps = new Map<string, SourceMap | undefined>();

/** Adds the map from `fileName`, as it stands in stack traces, to its source. A later map replaces an earlier one. */
export function addSourceMap(fileName: string, sourceMap: string): void {
  const file = plainName(fileName);
  texts.set(file, sourceMap);
  maps.delete(file);
}

/**
 * The place in the source; unmapped files are where they say. `line` and `column` count from 1.
 *
 * @returns nothing for code that the compiler put around what the user wrote
 */
export function sourcePlace(fileName: string, line: number, column: number): Place | undefined {
  const file = plainName(fileName);
  const map = mapOf(file);
  if (!map) return { file, line, column };
  const entry = map.findEntry(line - 1, column - 1);
  // The nearest place before may be of another line, which is then of something else.
  if (!('originalLine' in entry) || entry.generatedLine !== line - 1) return undefined;
  return { file, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
}

/** The source text, where its map carries it. */
export function sourceText(file: string): string | undefined {
  const [text] = (mapOf(file)?.payload as { sourcesContent?: string[] } | undefined)?.sourcesContent ?? [];
  return text;
}

/** The map (version 3 JSON) of a compiled file, by the name that it has in stack traces. */
export function sourceMapOf(fileName: string): string | undefined {
  return texts.get(plainName(fileName));
}

/** Whether the file is one that was compiled for the user: a cell or a local module. */
export function isMapped(file: string): boolean {
  return texts.has(file);
}

/** Installs the mapping for all errors of this process. */
export function installStackMaps(): void {
  Error.prepareStackTrace = (error, sites) => {
    const head = headOf(error);
    const lines = usersSites(sites)
      .map(describe)
      .filter((text) => text !== undefined);
    return [head, ...lines.map((text) => `    at ${text}`)].join('\n');
  };
}

/** Where a user's code is on the stack, how the kernel came to run it is of no interest. */
function usersSites(sites: readonly NodeJS.CallSite[]): readonly NodeJS.CallSite[] {
  const files = sites.map((site) => plainName(site.getFileName() ?? ''));
  const last = files.findLastIndex((file) => texts.has(file));
  if (last < 0) return sites;
  const isKernels = (file: string) => file === 'node:vm' || file.startsWith(kernelFolder);
  const inner = sites.filter((_, index) => index <= last && !isKernels(files[index]!));
  const from = files.findIndex((file, index) => index > last && isKernels(file));
  return [...inner, ...sites.slice(last + 1, from < 0 ? undefined : from)];
}

function describe(site: NodeJS.CallSite): string | undefined {
  const text = withoutMarks((site as unknown as { toString: () => string }).toString());
  const file = site.getFileName();
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (!file || line === null || column === null) return text;
  if (!texts.has(plainName(file))) return text;
  const place = sourcePlace(file, line, column);
  if (!place) return undefined;
  return text.replace(`${file}:${line}:${column}`, `${place.file}:${place.line}:${place.column}`);
}

/** As V8 does it; an error whose name or message throws must not make its stack throw. */
function headOf(error: Error): string {
  try {
    return withoutMarks(Error.prototype.toString.call(error));
  } catch {
    return '<error>';
  }
}

function mapOf(file: string): SourceMap | undefined {
  if (maps.has(file)) return maps.get(file);
  const text = texts.get(file);
  let map: SourceMap | undefined;
  try {
    if (text !== undefined) map = new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    map = undefined; // A trace without mapping is better than none.
  }
  maps.set(file, map);
  return map;
}

function plainName(fileName: string): string {
  if (!fileName.startsWith('file:')) return fileName;
  try {
    return fileURLToPath(fileName);
  } catch {
    return fileName;
  }
}
