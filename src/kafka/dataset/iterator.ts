/** The iterator at the end of a dataset's chain of steps. */
import { cellSignal, giveTurn, onAbort, turnIsDue } from '../../process/index.ts';
import type { Puller } from '../read/pull.ts';

/** The iterators that closing a dataset ends. */
export type Running = Set<{ return(): Promise<unknown> }>;

/**
 * Iterates one pass of a dataset. The pass is opened by the first `next()`, so an iterator that is never used holds
 * nothing; it is closed at its end, on an error, by `return()` (which `break` in a `for await` calls), and by
 * closing the dataset.
 */
export class DatasetIterator<T> implements AsyncIterableIterator<T> {
  readonly #open: () => Puller<T>;
  readonly #running: readonly Running[];
  #pass: Puller<T> | undefined;
  #ended = false;
  #ending: Promise<void> | undefined;
  #isWhole = false;
  #queue: Promise<unknown> | undefined;

  /** While it is in use the iterator is a member of each of `running`. */
  constructor(open: () => Puller<T>, running: readonly Running[]) {
    this.#open = open;
    this.#running = running;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Whether the pass came to its own end: nobody closed it before, and no topic was created again during it. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The next item; calls made before the last one has settled wait their turn. */
  next(): Promise<IteratorResult<T, undefined>> {
    return this.#queue ? this.#inTurn(this.#queue) : this.#step();
  }

  /** Runs a step behind the one under way. */
  #inTurn(before: Promise<unknown>): Promise<IteratorResult<T, undefined>> {
    return this.#busy(before.then(() => this.#step()));
  }

  /** Makes later calls wait until `step` has settled. */
  #busy(step: Promise<IteratorResult<T, undefined>>): Promise<IteratorResult<T, undefined>> {
    const free = () => {
      if (this.#queue === settled) this.#queue = undefined;
    };
    const settled: Promise<void> = step.then(free, free);
    this.#queue = settled;
    return step;
  }

  /** Closes the pass, also while a `next()` waits: that one, and every later one, says it is done. */
  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#end();
    return { done: true, value: undefined };
  }

  #step(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    if (!this.#pass) for (const running of this.#running) running.add(this);
    const now = performance.now();
    if (turnIsDue(now)) return this.#busy(giveTurn().then(() => this.#pull()));
    // Data at hand is handed over without a detour, which is most of what iterating costs.
    return this.#pull(now);
  }

  #pull(now?: number): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    try {
      this.#pass ??= this.#open();
      const got = this.#pass.pull(1, now);
      if (got instanceof Promise) return this.#busy(this.#arrival(got));
      if (got) return Promise.resolve({ done: false, value: got[0] as T });
    } catch (error) {
      return this.#busy(this.#end().then(() => thrown(error)));
    }
    return this.#busy(this.#arrival(Promise.resolve(undefined)));
  }

  /** Waits for a pull; ends the pass when it brings nothing or fails. One that was cut off by that end brings nothing. */
  async #arrival(pulled: Promise<readonly T[] | undefined>): Promise<IteratorResult<T, undefined>> {
    try {
      const items = await pulled;
      if (items) return { done: false, value: items[0] as T };
    } catch (error) {
      const isCutOff = this.#ended;
      await this.#end();
      if (!isCutOff) throw error;
    }
    const ends = this.#pass?.ends;
    this.#isWhole = !this.#ended && !ends?.closed?.aborted && !ends?.restarted;
    await this.#end();
    return { done: true, value: undefined };
  }

  /** Whoever ends it waits until the pass is closed, and so does a `next()` that ends by that. */
  #end(): Promise<void> {
    this.#ending ??= this.#close();
    return this.#ending;
  }

  async #close(): Promise<void> {
    this.#ended = true;
    for (const running of this.#running) running.delete(this);
    await this.#pass?.close();
  }
}

/**
 * Calls `use` with every item, waiting for each call's promise. In a notebook, an interrupt of the calling cell ends it with the
 * signal's reason.
 */
export async function useEach<T>(
  dataset: { [Symbol.asyncIterator](): DatasetIterator<T> },
  use: (item: T) => unknown,
): Promise<void> {
  const signal = cellSignal();
  signal?.throwIfAborted();
  const items = dataset[Symbol.asyncIterator]();
  const forget = signal && onAbort(signal, () => void items.return().catch(() => {}));
  try {
    for await (const item of items) await use(item);
  } finally {
    forget?.();
  }
  signal?.throwIfAborted();
}

function thrown(error: unknown): never {
  throw error;
}
