/** Breakpoints as the user wants them, by path and line, and as the engine has them, in scripts. */
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

/** A breakpoint as DAP's answer tells it. */
interface Told {
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
  readonly #set = new Map<string, Wanted & { readonly path: string }>();

  constructor(ask: Ask, sources: Sources) {
    this.#ask = ask;
    this.#sources = sources;
  }

  /** As `debugInfo` lists them. */
  get list(): readonly object[] {
    return [...this.#wanted].map(([source, breakpoints]) => ({ source, breakpoints }));
  }

  /** What the user wants of a breakpoint of the engine's. */
  wanted(id: string): Wanted | undefined {
    return this.#set.get(id);
  }

  /** Replaces those of a path. Scripts that are yet to come get theirs before their first line runs. */
  async replace(path: string, wanted: readonly Wanted[]): Promise<readonly Told[]> {
    if (wanted.length > 0) this.#wanted.set(path, wanted);
    else this.#wanted.delete(path);
    const old = [...this.#set].filter(([, each]) => each.path === path).map(([id]) => id);
    for (const breakpointId of old) {
      this.#set.delete(breakpointId);
      await this.#ask('Debugger.removeBreakpoint', { breakpointId });
    }
    const scripts = this.#sources.inPath(path);
    const lines = await Promise.all(scripts.map((script) => this.apply(script)));
    const found = lines.at(-1);
    return wanted.map(({ line }, at): Told => {
      const place = { source: { path } };
      if (!found) return { ...place, verified: true, line };
      const actual = found[at];
      if (actual !== undefined) return { ...place, verified: true, line: actual };
      return { ...place, verified: false, line, message: 'Nothing runs on this line or below it.' };
    });
  }

  /** Puts what is wanted of its path into a script; the lines at which it will stop. */
  async apply(script: Script): Promise<readonly (number | undefined)[]> {
    const lines: (number | undefined)[] = [];
    for (const wanted of this.#wanted.get(script.path) ?? []) {
      const stopping = await this.#sources.stopping(script, wanted.line);
      lines.push(stopping?.place.line);
      if (!stopping) continue;
      const { location } = stopping;
      // Refused where another line's breakpoint came to the same place.
      const set = await this.#ask('Debugger.setBreakpoint', { location }).catch(() => undefined);
      if (set) this.#set.set(set.breakpointId, { ...wanted, path: script.path });
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
