/** Versions of a model that were refused: why, and when they are looked at again. */

/** A refused version is looked at again at every so many looks: it may have been copied to its end, or mended, since. */
const LOOKS_AGAIN = 10;

/** What was refused of a store that is looked at again and again. */
export class Refusals {
  readonly #reasons = new Map<string, string>();
  /** Tried on rows, and found to be worse: that stands. */
  readonly #final = new Set<string>();
  #looks = 0;

  /** Why each was refused. */
  get reasons(): ReadonlyMap<string, string> {
    return this.#reasons;
  }

  /** A look begins. What the store holds no longer is forgotten: another one may come under its name. */
  begin(ids: readonly string[]): void {
    this.#looks++;
    for (const id of this.#reasons.keys())
      if (!ids.includes(id)) {
        this.#reasons.delete(id);
        this.#final.delete(id);
      }
  }

  /** Whether this look passes the version over. */
  passesOver(id: string): boolean {
    return this.#reasons.has(id) && (this.#final.has(id) || this.#looks % LOOKS_AGAIN !== 0);
  }

  /**
   * Notes a refusal.
   *
   * @param isFinal whether the version is not looked at again
   * @returns whether that is news
   */
  add(id: string, reason: string, { isFinal = false } = {}): boolean {
    const isNews = this.#reasons.get(id) !== reason;
    this.#reasons.set(id, reason);
    if (isFinal) this.#final.add(id);
    return isNews;
  }

  /** The version can be used. That it was found to be worse stands, also where it was asked for nevertheless. */
  used(id: string): void {
    if (!this.#final.has(id)) this.#reasons.delete(id);
  }
}
