/** One signal out of the caller's and the process's own. */

/** A signal with what has to be undone afterwards. */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** `work`'s value; undefined as soon as it is aborted. A failure after that concerns nobody. */
  readonly unlessAborted: <T>(work: Promise<T>) => Promise<T | undefined>;
  dispose(): void;
}

const names = ['SIGINT', 'SIGTERM'] as const;

/** Aborted with `given`, and with `onProcess` at the first SIGINT or SIGTERM; the second one has its usual effect. */
export function stopSignal(given: AbortSignal | undefined, onProcess: boolean): StopSignal {
  const controller = new AbortController();
  const abort = (): void => {
    for (const name of names) process.off(name, abort);
    controller.abort();
  };
  if (given?.aborted) abort();
  given?.addEventListener('abort', abort);
  if (onProcess) for (const name of names) process.on(name, abort);
  return {
    signal: controller.signal,
    unlessAborted: (work) => untilAborted(work, controller.signal),
    dispose: () => {
      given?.removeEventListener('abort', abort);
      for (const name of names) process.off(name, abort);
    },
  };
}

/** No `Promise.race` with a lasting promise: that would keep every value alive as long as the promise lives. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
