/** Which cell a piece of running code belongs to, and how what it waits for ends at an interrupt. */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { AbortController, Promise, Set, Symbol } from '../primordials.ts';
import type { RunnerEvent } from './protocol.ts';

/** What a cell's waiting code throws at an interrupt; users see its name. */
export class KeyboardInterrupt extends Error {
  override readonly name = 'KeyboardInterrupt';

  constructor(message = 'the cell was interrupted') {
    super(message);
  }
}

/** How a cell came out, as its `done` says it. */
export type Outcome = Omit<Extract<RunnerEvent, { type: 'done' }>, 'type'>;

/** One execution of a cell; its timers and promises belong to it long after it ended. */
export class Run {
  readonly id: number;
  readonly number: number;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly controller = new AbortController();
  /** Called when the run is interrupted. */
  readonly waiters = new Set<(reason: Error) => void>();
  /** Its outcome is known; nothing more is shown of it. */
  over = false;
  /** From when it is known until it was sent. */
  outcome: Outcome | undefined;

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

/**
 * What compiled cells wrap each top-level `await` and the source of each top-level `for await` in (by the hidden name
 * that `cell-names.ts` has for it), so that `finally` and `using` run at an interrupt.
 *
 * @returns a promise that settles like `value`, but rejects with `KeyboardInterrupt` at an interrupt; an async iterable
 *   comes back as an async iterable, anything else as it is
 */
export function awaitHook<T>(value: T): T {
  const run = runOfCaller();
  if (run.over || typeof value !== 'object' || value === null) return value;
  const isThenable = typeof (value as { then?: unknown }).then === 'function';
  const isIterable =
    typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function';
  if (isThenable === isIterable) return value;
  if (isThenable) return interruptible(value as unknown as PromiseLike<unknown>, run) as T;
  return iterable(value as unknown as AsyncIterable<unknown>, run) as T;
}

function interruptible(value: PromiseLike<unknown>, run: Run): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (reason: Error) => reject(reason);
    run.waiters.add(stop);
    const leave = () => void run.waiters.delete(stop);
    value.then(leave, leave);
    value.then(resolve, reject);
  });
}

/** A `for await` does not close an iterator whose `next` failed: at an interrupt this does it. */
function iterable(source: AsyncIterable<unknown>, run: Run): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      return {
        async next(...args: [] | [unknown]) {
          const close = () => void Promise.resolve(iterator.return?.()).catch(() => undefined);
          run.waiters.add(close);
          try {
            return (await interruptible(iterator.next(...args), run)) as IteratorResult<unknown>;
          } finally {
            run.waiters.delete(close);
          }
        },
        ...(iterator.return && { return: (value?: unknown) => iterator.return!(value) }),
      };
    },
  };
}
