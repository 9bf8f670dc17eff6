/** Versions of a model that were refused: why, and when they are looked at again. */

/** A checkpoint as it was when it was loaded. */
export interface LoadedCheckpoint {
  /** Its id; `null` where a model is of no checkpoint. */
  readonly version: string | null;
  /** When it was written. */
  readonly created: Date;
  /** What its store gave as its stamp before it was loaded. */
  stamp?: string | undefined;
}

/** A refused version is looked at again at every so many looks: it may have been copied to its end, or mended, since. */
const LOOKS_AGAIN = 10;

/** What was refused of a store that is looked at again and again. */
export class Refusals {
  readonly #reasons = new Map<string, string>();
  /** Tried on rows, and found to be worse: that stands, as long as they are these. */
  readonly #lost = new Map<string, LoadedCheckpoint>();
  #looks = 0;

  /** Why each was refused. */
  get reasons(): ReadonlyMap<string, string> {
    return this.#reasons;
  }

  /** Those that lost their trial. */
  get lost(): ReadonlyMap<string, LoadedCheckpoint> {
    return this.#lost;
  }

  /** A look begins. What the store holds no longer is forgotten: another one may come under its name. */
  begin(ids: readonly string[]): void {
    this.#looks++;
    for (const id of this.#reasons.keys()) if (!ids.includes(id)) this.forget(id);
  }

  /** Another version is there under its name. */
  forget(id: string): void {
    this.#reasons.delete(id);
    this.#lost.delete(id);
  }

  /** Whether this look passes the version over. */
  passesOver(id: string): boolean {
    return this.#reasons.has(id) && (this.#lost.has(id) || this.#looks % LOOKS_AGAIN !== 0);
  }

  /**
   * Notes a refusal.
   *
   * @param lost the version as it was when it lost its trial: it is not looked at again
   * @returns whether that is news
   */
  add(id: string, reason: string, lost?: LoadedCheckpoint): boolean {
    const isNews = this.#reasons.get(id) !== reason;
    this.#reasons.set(id, reason);
    if (lost) this.#lost.set(id, { version: id, created: lost.created, stamp: lost.stamp });
    return isNews;
  }

  /** The version can be used. That it was found to be worse stands, also where it was asked for nevertheless. */
  used(id: string): void {
    if (!this.#lost.has(id)) this.#reasons.delete(id);
  }
}
