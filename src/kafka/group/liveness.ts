/** What a member knows of being alive: whether its caller still asks, and when its group last knew it. ms, monotonic. */
export class Liveness {
  #awaySince: number | undefined;
  #knownAt = -Infinity;

  /** The caller is asking for data. */
  back(): void {
    this.#awaySince = undefined;
  }

  /** The caller was given data and is working on it. */
  away(now = performance.now()): void {
    this.#awaySince ??= now;
  }

  /** Whether the caller has been working for longer than that. */
  isAwayFor(ms: number): boolean {
    return this.#awaySince !== undefined && performance.now() - this.#awaySince > ms;
  }

  /** Makes a request that the group answers to members only; the moment it was sent counts. */
  async known<T>(request: () => Promise<T>): Promise<T> {
    const sentAt = performance.now();
    const answer = await request();
    this.#knownAt = sentAt;
    return answer;
  }

  /** Whether nothing was heard of the group for longer than that. */
  isUnknownFor(ms: number, now = performance.now()): boolean {
    return now - this.#knownAt > ms;
  }
}
