/** Makes waiting for the next item of an async iterable end when a signal is aborted. */

/** The same items; rejects with the signal's reason as soon as it is aborted, even while the source is silent. */
export async function* abortable<Item>(
  items: AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const source = items[Symbol.asyncIterator]();
  let stop: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => stop?.(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<Item>>((resolve, reject) => {
        stop = reject;
        source.next().then(resolve, reject);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // A source that is waiting would only end this call when its wait is over: it is told, not waited for.
    source.return?.().catch(() => undefined);
  }
}
