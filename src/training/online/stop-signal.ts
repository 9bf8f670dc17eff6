/** One signal out of the caller's and the process's own. */

/** A signal with what has to be undone afterwards. */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** `work`'s value; undefined as soon as it is aborted. A failure after that concerns nobody. */
  readonly unlessAborted: <T>(work: Promise<T>) => Promise<T | undefined>;
  dispose(): void;
}

const names = ['SIGINT', 'SIGTERM'] as const;

/** A terminal and npm both deliver one Ctrl-C; only a signal that comes later than this is a second one, ms. */
const SAME_PRESS_MS = 800;

/**
 * Aborted with `given`, and with `onProcess` at the first SIGINT or SIGTERM. From 800 ms after that on the signals have
 * their usual effect again: a second Ctrl-C ends the process at once, unless the program listens for it itself.
 */
export function stopSignal(given: AbortSignal | undefined, onProcess: boolean): StopSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const forget = (): void => {
    for (const name of names) process.off(name, onSignal);
  };
  let secondPress: NodeJS.Timeout | undefined;
  const onSignal = (): void => {
    abort();
    secondPress ??= setTimeout(forget, SAME_PRESS_MS).unref();
  };
  if (given?.aborted) abort();
  given?.addEventListener('abort', abort);
  if (onProcess) for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    unlessAborted: (work) => untilAborted(work, controller.signal),
    dispose: () => {
      given?.removeEventListener('abort', abort);
      clearTimeout(secondPress);
      forget();
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
