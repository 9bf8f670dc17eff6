/** Breakpoints as the user wants them, by path and line, and as the engine has them, in scripts. */
import { messageOf } from '../../errors.ts';
import type { Ask } from './inspector.ts';
import type { Script, Sources } from './sources.ts';

/** What the user wants of a line. */
export interface Wanted {
  readonly line: number;
  /** Stop only where this expression is true. */
  readonly condition?: string | undefined;
  /** Do not stop, but print this, with `{expressions}`. */
  readonly logMessage?: string | undefined;
}

/** A breakpoint in DAP's answer. JupyterLab's panel ends for good at one without its source. */
export interface AnsweredBreakpoint {
  readonly verified: boolean;
  readonly line: number;
  readonly source: { readonly path: string };
  readonly message?: string;
}

/** All breakpoints. */
export class Breakpoints {
  readonly #ask: Ask;
  readonly #sources: Sources;
  readonly #wanted = new Map<string, readonly Wanted[]>();
  /** By the engine's id. */
  readonly #set = new Map<string, { readonly path: string; readonly wanted: Wanted[] }>();

  constructor(ask: Ask, sources: Sources) {
    this.#ask = ask;
    this.#sources = sources;
  }

  /** As `debugInfo` lists them. */
  get list(): readonly object[] {
    return [...this.#wanted].map(([source, breakpoints]) => ({ source, breakpoints }));
  }

  /** What the user wants of a breakpoint of the engine's: several things, where several of his lines end in one place. */
  wanted(id: string): readonly Wanted[] {
    return this.#set.get(id)?.wanted ?? [];
  }

  /** Replaces those of a path. Scripts that are yet to come get theirs before their first line runs. */
  async replace(path: string, wanted: readonly Wanted[]): Promise<readonly AnsweredBreakpoint[]> {
    if (wanted.length > 0) this.#wanted.set(path, wanted);
    else this.#wanted.delete(path);
    const old = [...this.#set].filter(([, each]) => each.path === path).map(([id]) => id);
    for (const breakpointId of old) {
      this.#set.delete(breakpointId);
      await this.#ask('Debugger.removeBreakpoint', { breakpointId });
    }
    const scripts = this.#sources.inPath(path);
    const lines = await Promise.all(scripts.map((script) => this.apply(script)));
    const found = lines.findLast((each) => each !== undefined);
    return wanted.map(({ line }, at): AnsweredBreakpoint => {
      const place = { source: { path } };
      if (!found) return { ...place, verified: true, line };
      const actual = found[at];
      if (actual !== undefined) return { ...place, verified: true, line: actual };
      return { ...place, verified: false, line, message: 'Nothing runs on this line or below it.' };
    });
  }

  /**
   * Puts what is wanted of its path into a script; the lines at which it will stop. None where the engine has dropped the
   * script: it ran to its end and left no function, so it never runs again.
   */
  async apply(script: Script): Promise<readonly (number | undefined)[] | undefined> {
    try {
      return await this.#put(script);
    } catch (error) {
      if (!isDropped(error)) throw error;
      return undefined;
    }
  }

  async #put(script: Script): Promise<readonly (number | undefined)[]> {
    const lines: (number | undefined)[] = [];
    const places = new Map<string, Wanted[]>();
    for (const wanted of this.#wanted.get(script.path) ?? []) {
      const stopping = await this.#sources.stopping(script, wanted.line);
      lines.push(stopping?.place.line);
      if (!stopping) continue;
      const { location } = stopping;
      const place = `${location.lineNumber}:${location.columnNumber}`;
      const there = places.get(place);
      if (there) {
        there.push(wanted);
        continue;
      }
      const all = [wanted];
      places.set(place, all);
      const { breakpointId } = await this.#ask('Debugger.setBreakpoint', { location });
      this.#set.set(breakpointId, { path: script.path, wanted: all });
    }
    return lines;
  }

  /** The session is over: nothing is wanted any more. */
  clear(): void {
    this.#wanted.clear();
    this.#set.clear();
  }

  /** The process of the cells has ended, and the engine's breakpoints with it. */
  forget(): void {
    this.#set.clear();
  }
}

/** What V8 says of a script that its garbage collector took; of one that it takes just before a breakpoint is set, the second. */
function isDropped(error: unknown): boolean {
  return /Script not found|Could not resolve breakpoint/.test(messageOf(error));
}
