/** Which cell a piece of running code belongs to. */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { AbortController, Set } from '../primordials.ts';

/** What a cell's waiting code is thrown at an interrupt, and the name users see. */
export class KeyboardInterrupt extends Error {
  override readonly name = 'KeyboardInterrupt';

  constructor(message = 'the cell was interrupted') {
    super(message);
  }
}

/** One execution of a cell, alive in the minds of its timers and promises long after it ended. */
export class Run {
  readonly id: number;
  readonly number: number;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly controller = new AbortController();
  /** Told when the run is interrupted. */
  readonly waiters = new Set<(reason: Error) => void>();
  /** Its `done` was sent. */
  over = false;

  constructor(id: number, number: number, { silent = false, allowStdin = false } = {}) {
    this.id = id;
    this.number = number;
    this.silent = silent;
    this.allowStdin = allowStdin;
  }

  /** Aborts the signal and rejects what waits. */
  interrupt(): void {
    const reason = new KeyboardInterrupt();
    this.controller.abort(reason);
    this.stopWaiting(reason);
  }

  /** Rejects what waits. */
  stopWaiting(reason: Error): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const waiter of waiters) waiter(reason);
  }
}

const storage = new AsyncLocalStorage<Run>();

/** Before any cell. */
const none = new Run(0, 0);

/** The run in progress, and the last one. */
export const runs: { current: Run | undefined; last: Run } = { current: undefined, last: none };

/** The run that the calling code belongs to; code of unknown origin belongs to the running cell, else to the last. */
export function runOfCaller(): Run {
  return storage.getStore() ?? runs.current ?? runs.last;
}

/**
 * Calls `work` in the name of `run`. The context is a fresh one, because work that is cut off by an interrupt never
 * puts the context before it back.
 */
export function inRun(run: Run, work: () => void): void {
  new AsyncResource('CELL').runInAsyncScope(() => storage.run(run, work));
}
