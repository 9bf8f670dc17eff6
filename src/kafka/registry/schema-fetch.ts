/** A schema on its way from a registry, and those who wait for it: it is asked for as long as one of them does. */
import { unlessAborted } from '../../process/index.ts';

/** For whom a request is made: they may lose interest in it. */
export interface Asking {
  /** Ends it, in a pause or in a try, with its reason. */
  readonly stop: AbortSignal;
  /** Whether somebody waits for the answer: only then it is asked for again. */
  readonly isWanted: () => boolean;
}

/**
 * Begins to ask at once, and asks again while somebody waits; when the last of those who waited has gone, the asking ends, its
 * pauses and its connection.
 */
export class SchemaFetch {
  readonly #coming: Promise<void>;
  readonly #stop = new AbortController();
  readonly #again: () => SchemaFetch;
  #waiting = 0;

  /** @param again the fetch for those who come when this one is given up */
  constructor(ask: (asking: Asking) => Promise<void>, again: () => SchemaFetch) {
    this.#again = again;
    this.#coming = ask({ stop: this.#stop.signal, isWanted: () => this.#waiting > 0 });
    // Whoever waits gets the failure; that nobody does is no failure of the process.
    this.#coming.catch(() => {});
  }

  /** Whether all who waited for it have gone, so that it will not come. */
  get isGivenUp(): boolean {
    return this.#stop.signal.aborted;
  }

  /**
   * Resolves when the schema is there, or the registry has said that it has none.
   *
   * @param ends signals that end the wait
   * @throws the reason of one of them, or what asking failed with
   */
  async wait(ends: readonly (AbortSignal | undefined)[] = []): Promise<void> {
    if (this.isGivenUp) return this.#again().wait(ends);
    this.#waiting++;
    try {
      await ends.reduce((waiting, end) => unlessAborted(waiting, end), this.#coming);
    } finally {
      this.#waiting--;
      if (this.#waiting === 0) this.#stop.abort();
    }
  }
}
