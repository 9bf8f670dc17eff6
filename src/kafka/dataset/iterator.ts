/** The iterator at the end of a data set's chain of steps. */
import { giveTurn, turnIsDue } from './breathe.ts';
import type { Puller } from './pull.ts';

/**
 * Iterates one pass of a data set. The pass is opened by the first `next()`, so an iterator that is never used holds
 * nothing; it is closed at its end, on an error, by `return()` (which `break` in a `for await` calls), and by
 * closing the data set.
 */
export class DatasetIterator<T> implements AsyncIterableIterator<T> {
  readonly #open: () => Puller<T>;
  readonly #onEnd: (iterator: DatasetIterator<T>) => void;
  #pass: Puller<T> | undefined;
  #ended = false;
  #queue: Promise<unknown> | undefined;

  constructor(open: () => Puller<T>, onEnd: (iterator: DatasetIterator<T>) => void = () => {}) {
    this.#open = open;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next item; calls made before the last one has settled wait their turn. */
  next(): Promise<IteratorResult<T, undefined>> {
    const step = this.#queue ? this.#queue.then(() => this.#step()) : this.#step();
    const settled: Promise<unknown> = step.then(
      () => this.#settled(settled),
      () => this.#settled(settled),
    );
    this.#queue = settled;
    return step;
  }

  /** Closes the pass; every later `next()` says it is done. */
  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#end();
    return { done: true, value: undefined };
  }

  #settled(step: Promise<unknown>): void {
    if (this.#queue === step) this.#queue = undefined;
  }

  async #step(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return { done: true, value: undefined };
    try {
      if (turnIsDue()) await giveTurn();
      this.#pass ??= this.#open();
      const got = this.#pass.pull(1);
      const items = got instanceof Promise ? await got : got;
      if (items) return { done: false, value: items[0] as T };
    } catch (error) {
      await this.#end();
      throw error;
    }
    await this.#end();
    return { done: true, value: undefined };
  }

  async #end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(this);
    await this.#pass?.close();
  }
}
