/** Waiting that an `AbortSignal` ends, or `return()`: for the outcome of a promise, and for the next item of a stream. */

/** Where on `globalThis` a notebook's kernel says which signal is that of the calling cell: a function without parameters. */
const cellSignalKey = Symbol.for('streamtrain.cellSignal');

/**
 * The default of `signal` in calls that users wait for: the signal of the notebook's cell in whose name the caller runs, aborted
 * when the user interrupts that cell while it runs. `undefined` where no kernel gives one, as in a program or in stock tslab.
 */
export function cellSignal(): AbortSignal | undefined {
  const ofCaller = (globalThis as Record<symbol, unknown>)[cellSignalKey];
  return typeof ofCaller === 'function' ? (ofCaller as () => AbortSignal | undefined)() : undefined;
}

/** These options, with the {@link cellSignal} where they name no signal. */
export function withCellSignal<Options extends { readonly signal?: AbortSignal }>(options: Options): Options {
  const signal = options.signal ?? cellSignal();
  return signal === undefined ? options : { ...options, signal };
}

/** What `work` gives; rejects with the signal's reason as soon as it is aborted, and leaves `work` to itself. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return orAtAbort<T>(work, signal, (_resolve, reject) => reject(signal.reason));
}

/** What `work` gives; undefined as soon as the signal is aborted. A failure after that concerns nobody. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return orAtAbort<T | undefined>(work, signal, (resolve) => resolve(undefined));
}

/** What `work` gives; undefined where it fails with the reason of the signal, which it was to end at. */
export async function unlessStopped<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** One that waits for an abort, between those before and behind it. */
interface Waiting {
  call: () => void;
  before: Waiting | undefined;
  next: Waiting | undefined;
}

/** All that wait for a signal, and the one listener that calls them. */
interface Ring {
  readonly head: Waiting;
  readonly callAll: () => void;
}

const rings = new WeakMap<AbortSignal, Ring>();

/**
 * Calls `call` when the signal is aborted, in the order of these calls; returns what forgets it. For waits that come and go by the
 * thousand. A listener that was removed from an `AbortSignal` still points to the one added after it (Node 20): one that got old
 * then keeps all later ones alive, with all that they wait for, until the next full collection of garbage. Here nothing points
 * to one that was forgotten, nor from it; a listener points to a ring at most, which is empty when the listener goes.
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const ring = rings.get(signal) ?? makeRing(signal);
  const { head } = ring;
  const one: Waiting = { call, before: head.before, next: head };
  head.before!.next = one;
  head.before = one;
  return () => {
    forget(one);
    // Node keeps a signal that is made of others as long as it has a listener.
    if (head.next !== head || rings.get(signal) !== ring) return;
    rings.delete(signal);
    signal.removeEventListener('abort', ring.callAll);
  };
}

function makeRing(signal: AbortSignal): Ring {
  const head: Waiting = { call: () => {}, before: undefined, next: undefined };
  head.before = head.next = head;
  const callAll = (): void => {
    for (let one = head.next!; one !== head; one = head.next!) {
      forget(one);
      one.call();
    }
  };
  const ring = { head, callAll };
  rings.set(signal, ring);
  signal.addEventListener('abort', callAll, { once: true });
  return ring;
}

function forget(one: Waiting): void {
  if (one.next === undefined) return;
  one.before!.next = one.next;
  one.next.before = one.before;
  one.before = one.next = undefined;
}

/** No `Promise.race` with a lasting promise: that would keep every value alive as long as the promise lives. */
function orAtAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
  atAbort: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => atAbort(resolve, reject);
    let forget = (): void => {};
    const settle = (end: () => void): void => {
      forget();
      end();
    };
    if (signal.aborted) stop();
    else forget = onAbort(signal, stop);
    // Its outcome is looked at also after an abort: nobody else does, and a failure must not be one of the process.
    work.then(
      (value) => settle(() => resolve(value)),
      (error: Error) => settle(() => reject(error)),
    );
  });
}

/**
 * The same items, until the signal is aborted, even while the source is silent. Then it throws the signal's reason, or with
 * `quietly` it just ends.
 */
export async function* abortable<Item>(
  items: AsyncIterable<Item>,
  signal: AbortSignal,
  { quietly = false }: { quietly?: boolean } = {},
): AsyncGenerator<Item, void, undefined> {
  const source = items[Symbol.asyncIterator]();
  let stop: (() => void) | undefined;
  // One listener for the whole stream: to add and remove one for each item would cost more than the item.
  const onAbort = (): void => stop?.();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<Item> | undefined>((resolve, reject) => {
        stop = () => resolve(undefined);
        source.next().then(resolve, reject);
      });
      if (next === undefined) break;
      if (next.done === true) return;
      yield next.value;
    }
    if (!quietly) signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', onAbort);
    // A source that is waiting would only end this call when its wait is over: it is asked to end, not waited for.
    source.return?.().catch(() => undefined);
  }
}

/**
 * The items that `make` yields. `return()` of a plain async generator waits until a `next()` under way has settled, which for a
 * silent stream may be never. Here it aborts `ended` where a `next()` waits: `make` ends what it waits for then, by a plain
 * return or by the reason of `ended`, and that `next()` is done. Where none waits, all is as with a plain generator.
 */
export function endable<Item, Last = void>(
  make: (ended: AbortSignal) => AsyncGenerator<Item, Last, undefined>,
): AsyncGenerator<Item, Last, undefined> {
  return new Endable(make);
}

class Endable<Item, Last> implements AsyncGenerator<Item, Last, undefined> {
  readonly #ending = new AbortController();
  readonly #items: AsyncGenerator<Item, Last, undefined>;
  /** Calls of `next()` that have not settled. */
  #waiting = 0;

  constructor(make: (ended: AbortSignal) => AsyncGenerator<Item, Last, undefined>) {
    this.#items = make(this.#ending.signal);
  }

  next(): Promise<IteratorResult<Item, Last>> {
    this.#waiting++;
    return this.#items.next().then(
      (step) => {
        this.#waiting--;
        return step;
      },
      (error: unknown) => {
        this.#waiting--;
        const { signal } = this.#ending;
        if (!signal.aborted || error !== signal.reason) throw error;
        return { done: true, value: undefined as Last };
      },
    );
  }

  return(value: Last | PromiseLike<Last>): Promise<IteratorResult<Item, Last>> {
    if (this.#waiting > 0) this.#ending.abort();
    return this.#items.return(value);
  }

  throw(error: unknown): Promise<IteratorResult<Item, Last>> {
    return this.#items.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return(undefined as Last);
  }
}

/** Aborted as soon as one of them is, the given one or that of an {@link endable}. */
export function anySignal(given: AbortSignal | undefined, ended: AbortSignal): AbortSignal {
  return given === undefined ? ended : AbortSignal.any([given, ended]);
}

/** The same items. An abort calls `return()` of their iterator, also while a `next()` waits; how that ends is up to the source. */
export function endedBy<Source extends Iterable<unknown> | AsyncIterable<unknown>>(
  source: Source,
  signal: AbortSignal,
): Source {
  if (!(Symbol.asyncIterator in source)) return source;
  const open = (): AsyncIterator<unknown> => {
    const items = source[Symbol.asyncIterator]();
    onAbort(signal, () => void items.return?.().catch(() => undefined));
    return items;
  };
  return { [Symbol.asyncIterator]: open } as Source;
}
