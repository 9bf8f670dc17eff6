/** Waiting that an `AbortSignal` ends: for the outcome of a promise, and for the next item of a stream. */

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
