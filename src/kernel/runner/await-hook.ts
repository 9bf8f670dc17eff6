/** Lets the top-level `await` of a cell end when the user interrupts, so that its `finally` and `using` run. */
import { Promise, Symbol } from '../primordials.ts';
import type { Run } from './runs.ts';
import { runOfCaller } from './runs.ts';

/** Settles like `value`, but rejects with `KeyboardInterrupt` at an interrupt; see the contract's `AwaitHook`. */
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
