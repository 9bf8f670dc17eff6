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

/** No `Promise.race` with a lasting promise: that would keep every value alive as long as the promise lives. */
function orAtAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
  atAbort: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => atAbort(resolve, reject);
    const settle = (end: () => void): void => {
      signal.removeEventListener('abort', stop);
      end();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
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
