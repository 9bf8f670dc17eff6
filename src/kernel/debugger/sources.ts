/** Cells and local modules as a front end sees them, by path, and as the engine does, by script; places in both. */
import { SourceMap, type SourceMapPayload } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hooks, mapPrefix } from '../cell-names.ts';
import type { Ask } from './inspector.ts';

/** A place in what the user wrote; lines and columns count from 1. */
export interface Place {
  readonly path: string;
  /** `In [5]`, or the file's name. */
  readonly label: string;
  readonly line: number;
  readonly column: number;
}

/** A place where the engine can stop, and where that is for the user. */
export interface Stopping {
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly place: Place;
}

/** One script that the engine compiled from the user's code. */
export interface Script {
  readonly id: string;
  readonly path: string;
  readonly label: string;
  readonly text: string;
  readonly map: SourceMap;
}

/** Any number will do; front ends ask for it. */
const hashSeed = 0xc70f6907;

/** All sources of the session. */
export class Sources {
  /** What `debugInfo` says of the names of cells' files. They are names only: no such file is written. */
  readonly naming: {
    readonly hashMethod: 'Murmur2';
    readonly hashSeed: number;
    readonly tmpFilePrefix: string;
    readonly tmpFileSuffix: string;
  };
  readonly #ask: Ask;
  readonly #scripts = new Map<string, Script>();
  /** Cells that a front end spoke of, by path. */
  readonly #cells = new Map<string, string>();

  constructor(ask: Ask, extension: string) {
    this.#ask = ask;
    const folder = path.join(os.tmpdir(), `streamtrain_${process.pid}`);
    this.naming = {
      hashMethod: 'Murmur2',
      hashSeed,
      tmpFilePrefix: `${folder}${path.sep}`,
      tmpFileSuffix: extension,
    };
  }

  /** The path by which front ends name a cell. */
  cellPath(code: string): string {
    const { tmpFilePrefix, tmpFileSuffix } = this.naming;
    const file = `${tmpFilePrefix}${murmur2(code, hashSeed)}${tmpFileSuffix}`;
    this.#cells.set(file, code);
    return file;
  }

  /** The text behind a path, if it is one of the session. */
  text(file: string): string | undefined {
    return this.#cells.get(file) ?? this.inPath(file).at(-1)?.text;
  }

  /** Local modules and cells that ran. */
  get files(): readonly Script[] {
    return [...new Map([...this.#scripts.values()].map((script) => [script.path, script])).values()];
  }

  /** All scripts of a path: a cell that ran twice has two. */
  inPath(file: string): readonly Script[] {
    return [...this.#scripts.values()].filter((script) => script.path === file);
  }

  /** Whether the engine's script is one of the user's. */
  has(scriptId: string): boolean {
    return this.#scripts.has(scriptId);
  }

  /**
   * Takes up a script that the engine has compiled; none if it was not compiled for the user.
   *
   * @param mapUrl what the script's last line says of its map
   */
  async add(id: string, url: string, mapUrl = ''): Promise<Script | undefined> {
    const known = this.#scripts.get(id);
    if (known) return known;
    const map = mapUrl.startsWith(mapPrefix)
      ? decodeURIComponent(mapUrl.slice(mapPrefix.length))
      : await this.#mapOf(url);
    if (map === undefined) return undefined;
    const payload = JSON.parse(map) as SourceMapPayload;
    const [text = ''] = payload.sourcesContent;
    const isCell = url.startsWith('In [');
    const file = isCell ? this.cellPath(text) : plainPath(url);
    const label = isCell ? url : path.basename(file);
    const script: Script = { id, path: file, label, text, map: new SourceMap(payload) };
    this.#scripts.set(id, script);
    return script;
  }

  /** The map of a script, evaluated where the cells stand or between two of their instructions. */
  async #mapOf(url: string): Promise<string | undefined> {
    const expression = `${hooks.debug}.sourceMap(${JSON.stringify(url)})`;
    const { result } = await this.#ask('Runtime.evaluate', { expression, returnByValue: true, silent: true });
    return typeof result.value === 'string' ? result.value : undefined;
  }

  /** The place in the user's code; none for code that the compiler put around it. Lines and columns of V8 count from 0. */
  place(scriptId: string, line: number, column: number): Place | undefined {
    const script = this.#scripts.get(scriptId);
    const entry = script?.map.findEntry(line, column);
    if (!script || !entry || !('originalLine' in entry) || entry.generatedLine !== line) return undefined;
    const { originalLine, originalColumn } = entry;
    return { path: script.path, label: script.label, line: originalLine + 1, column: originalColumn + 1 };
  }

  /** Where a breakpoint of this line stops: at the line's beginning, or at that of the next line that does something. */
  async stopping({ id }: Script, line: number): Promise<Stopping | undefined> {
    const start = { scriptId: id, lineNumber: 0, columnNumber: 0 };
    const { locations } = await this.#ask('Debugger.getPossibleBreakpoints', { start });
    const all = locations.flatMap(({ scriptId, lineNumber, columnNumber = 0 }): Stopping[] => {
      const place = this.place(scriptId, lineNumber, columnNumber);
      return place && place.line >= line ? [{ location: { scriptId, lineNumber, columnNumber }, place }] : [];
    });
    const [first, ...others] = all;
    if (!first) return undefined;
    const isBefore = (one: Place, two: Place) =>
      one.line !== two.line ? one.line < two.line : one.column < two.column;
    return others.reduce((best, each) => (isBefore(each.place, best.place) ? each : best), first);
  }

  /** The process of the cells has ended, and its scripts with it. */
  forget(): void {
    this.#scripts.clear();
  }
}

function plainPath(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

/** MurmurHash2 of the text's UTF-8 bytes, 32 bits, as JupyterLab and ipykernel compute it. */
function murmur2(text: string, seed: number): number {
  const bytes = Buffer.from(text, 'utf8');
  const whole = bytes.length - (bytes.length % 4);
  let hash = seed ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), 0x5bd1e995);
    word = Math.imul(word ^ (word >>> 24), 0x5bd1e995);
    hash = Math.imul(hash, 0x5bd1e995) ^ word;
  }
  if (whole < bytes.length)
    hash = Math.imul(hash ^ bytes.readUIntLE(whole, bytes.length - whole), 0x5bd1e995);
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
  return (hash ^ (hash >>> 15)) >>> 0;
}
