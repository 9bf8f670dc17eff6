/** The seam between the steps of a dataset: each pulls a bounded number of items from the one above it. */
import { whenReady } from '../registry/errors.ts';

/** A value now, or a promise of it. Steps stay synchronous while data is at hand, which is what makes them fast. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * One pass over a dataset. A step never asks the one above for more than it hands on, so a Kafka position always
 * says exactly what was taken by the chain.
 */
export interface Puller<T> {
  /**
   * The next items: at least one, at most `max`; `undefined` at the end, and ever after. Never called again before
   * the last call has settled. `now`: the time by `performance.now()`, where the caller has just looked at it, as looking
   * once more for each record costs.
   */
  pull(max: number, now?: number): MaybePromise<readonly T[] | undefined>;
  /** Ends the pass and frees what it holds; may be called at any time and more than once. */
  close(): Promise<void>;
  /**
   * What ends the waits of steps below, such as those for a schema, before they are closed themselves: its `closed` is the same
   * one during the whole pass, and a step that closes the one above because it needs no more of it has one of its own.
   */
  readonly ends?: PassEnds | undefined;
}

/** What ends a pass before it has come to its end, or makes it another one. */
export interface PassEnds {
  /** Aborted when it is closed. */
  readonly closed?: AbortSignal | undefined;
  /** The callers' signals for the items that were given last: waits for what these need reject with the reason of one. */
  readonly signals?: readonly AbortSignal[] | undefined;
  /** Whether a topic was created again during the pass, so that the next one gives other items. */
  readonly restarted?: boolean | undefined;
}

/**
 * The ends of a step that closes the pass above it once that is used up: steps below may still wait for what they need of items
 * they have of it. They end with the step, and with the pass it follows.
 */
export class OwnEnds implements PassEnds {
  readonly #closing = new AbortController();
  readonly #close = (): void => this.#closing.abort();
  readonly closed = this.#closing.signal;
  #above: Puller<unknown> | undefined;

  /** The step reads of `above`, if there is one, from now on. */
  follow<P extends Puller<unknown> | undefined>(above: P): P {
    if (!above) return above;
    this.#above = above;
    const closed = above.ends?.closed;
    if (closed?.aborted) this.#close();
    else closed?.addEventListener('abort', this.#close, { once: true });
    return above;
  }

  /** The step closes the pass that it follows because it needs no more of it. */
  letGo(): void {
    this.#above?.ends?.closed?.removeEventListener('abort', this.#close);
  }

  /** The step itself is closed. */
  end(): void {
    this.letGo();
    this.#close();
  }

  get signals(): readonly AbortSignal[] | undefined {
    return this.#above?.ends?.signals;
  }

  get restarted(): boolean | undefined {
    return this.#above?.ends?.restarted;
  }
}

/**
 * The ends of a step that holds items back. It may give some of a pass that was used up before, whose signals are not those of
 * the pass that it reads by then: each item keeps the signals it came with.
 */
export class HeldEnds implements PassEnds {
  readonly #above: Puller<unknown>;
  signals: readonly AbortSignal[] = [];

  constructor(above: Puller<unknown>) {
    this.#above = above;
  }

  /** The signals of the items that the step above gave last. */
  get arriving(): readonly AbortSignal[] {
    return this.#above.ends?.signals ?? NO_SIGNALS;
  }

  /** Items that came with these signals are given. */
  give(came: readonly (readonly AbortSignal[])[]): void {
    const [first = NO_SIGNALS] = came;
    this.signals = came.every((signals) => signals === first) ? first : [...new Set(came.flat())];
  }

  get closed(): AbortSignal | undefined {
    return this.#above.ends?.closed;
  }

  get restarted(): boolean | undefined {
    return this.#above.ends?.restarted;
  }
}

/** The same list wherever there are none: lists that are one need not be compared. */
const NO_SIGNALS: readonly AbortSignal[] = [];

/** A signal as the list that ends of a pass have. */
export const signalsOf = (signal: AbortSignal | undefined): readonly AbortSignal[] =>
  signal === undefined ? NO_SIGNALS : [signal];

/** Goes on with `next` at once when `value` is there, else when its promise settles. */
export function chain<A, B>(value: MaybePromise<A>, next: (value: A) => MaybePromise<B>): MaybePromise<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** A step on the one above it, which is closed with it, and whose ends are its own. */
export const stepOn = <T>(
  above: Puller<unknown>,
  own: Pick<Puller<T>, 'pull'> & Partial<Puller<T>>,
): Puller<T> => ({
  get ends() {
    return above.ends;
  },
  close: () => above.close(),
  ...own,
});

/** The waits of a step that decodes for what its codec needs first: they end with the step, and with the pass above it. */
export class StepWait {
  readonly #above: Puller<unknown>;
  readonly #closed = new AbortController();

  constructor(above: Puller<unknown>) {
    this.#above = above;
  }

  /** The step is closed. */
  end(): void {
    this.#closed.abort();
  }

  /**
   * Goes on with `next` when what `error` says is missing is there; gives the end of the pass where it is closed meanwhile.
   *
   * @throws the error, if it is another one; what the wait fails with, or the reason of a caller's signal
   */
  async onceReady<T>(error: unknown, next: () => MaybePromise<T>): Promise<T | undefined> {
    const own = this.#closed.signal;
    const above = this.#above.ends;
    try {
      await whenReady(error, [own, above?.closed, ...(above?.signals ?? NO_SIGNALS)]);
    } catch (failed) {
      const closed = [own, above?.closed].find((signal) => signal?.aborted && failed === signal.reason);
      if (closed !== undefined) return undefined;
      throw failed;
    }
    return next();
  }
}

/** A pass over items that are already in memory. */
function pullFrom<T>(items: readonly T[]): Puller<T> {
  let at = 0;
  return {
    pull(max) {
      if (at >= items.length) return undefined;
      const part = items.slice(at, at + max);
      at += part.length;
      return part;
    },
    async close() {
      at = items.length;
    },
  };
}

/** A pass over any iterable or async iterable, one item at a time. */
function pullFromIterable<T>(items: Iterable<T> | AsyncIterable<T>): Puller<T> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let ended = false;
  return {
    pull() {
      if (ended) return undefined;
      const take = (step: IteratorResult<T>): readonly T[] | undefined => {
        if (!step.done) return [step.value];
        ended = true;
        return undefined;
      };
      return chain<IteratorResult<T>, readonly T[] | undefined>(iterator.next(), take);
    },
    async close() {
      if (ended) return;
      ended = true;
      await iterator.return?.();
    },
  };
}

/** The passes over items of the caller: those that are open end together, with all that steps below them wait for. */
export class OwnItems<T> {
  readonly #items: readonly T[] | Iterable<T> | AsyncIterable<T>;
  readonly #open = new Set<Puller<T>>();

  constructor(items: readonly T[] | Iterable<T> | AsyncIterable<T>) {
    this.#items = items;
  }

  /** A new pass. `signals` end what steps below wait for. */
  open(signals: readonly AbortSignal[] = NO_SIGNALS): Puller<T> {
    const items = this.#items;
    const from = Array.isArray(items) ? pullFrom<T>(items) : pullFromIterable(items);
    const closing = new AbortController();
    const pass: Puller<T> = {
      ...from,
      ends: { closed: closing.signal, signals },
      close: async () => {
        this.#open.delete(pass);
        closing.abort();
        await from.close();
      },
    };
    this.#open.add(pass);
    return pass;
  }

  /** Ends the passes that are open. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((pass) => pass.close()));
  }
}
