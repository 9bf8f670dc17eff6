/** Ends a stream of rows when the user interrupts, so that what was taken before is finished in order. */

/** The same items; ends, without an error, as soon as the signal is aborted, even while the source is silent. */
export async function* untilInterrupted<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const source = items[Symbol.asyncIterator]();
  let end = (): void => {};
  const onAbort = (): void => end();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const step = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        end = () => resolve(undefined);
        source
          .next()
          .catch((error: unknown) => {
            // The source may have been waiting on the same signal.
            if (!signal.aborted) throw error;
            return undefined;
          })
          .then(resolve, reject);
      });
      if (step === undefined || step.done === true) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Told, not waited for: a source that waits for its next row would answer only then.
    source.return?.().catch(() => {});
  }
}
