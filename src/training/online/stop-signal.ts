/** One signal out of the caller's and the process's own. */

/** A signal with what has to be undone afterwards. */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** Resolves when it is aborted. */
  readonly aborted: Promise<void>;
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
    aborted: new Promise((resolve) => {
      if (controller.signal.aborted) resolve();
      controller.signal.addEventListener('abort', () => resolve());
    }),
    dispose: () => {
      given?.removeEventListener('abort', abort);
      for (const name of names) process.off(name, abort);
    },
  };
}
