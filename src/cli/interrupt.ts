/** Turns Ctrl-C into an orderly end: first a signal to close things, then, if asked again, a hard stop. */
import { exitCodes } from './exit-codes.ts';

/** The reason with which work is aborted when the user interrupts. */
export class Interruption extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

/** A terminal and npm (`npx`) both deliver one Ctrl-C; only one that comes later than this is a second one, ms. */
const samePress = 800;

/** Listens for SIGINT and SIGTERM; `signal` is aborted with an {@link Interruption} at the first of them. */
export function listenForInterrupts(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  let first = 0;
  const stop = (exitCode: number) => (): void => {
    if (controller.signal.aborted) {
      // Closing hangs, or the user is in a hurry: the second time ends it.
      if (performance.now() - first > samePress) process.exit(exitCode);
      return;
    }
    first = performance.now();
    controller.abort(new Interruption(exitCode));
  };
  const onInterrupt = stop(exitCodes.interrupted);
  const onTerminate = stop(exitCodes.terminated);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onTerminate);
    },
  };
}
