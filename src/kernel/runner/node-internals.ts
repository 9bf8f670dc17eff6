/**
 * The kernel's only use of Node's internal modules: tidying up after code that an interrupt has cut off.
 *
 * Why: a terminated callback leaves two things behind that Node tidies up only after an exception. The stack of async
 * contexts still holds what was cut off, on which Node aborts the process; and the `setImmediate` callbacks behind it
 * still count as waiting although they are lost, so that the event loop spins for ever. There is no public way to either.
 *
 * What: `internalBinding('async_wrap').clearAsyncIdStack()` and `internalBinding('timers').immediateInfo`, reached by
 * `internal/test/binding`, which needs the flag `--expose-internals`. Tried on Node 20.19, 22, 24 and 26.
 *
 * Where they are absent: cells run as ever, and awaits and loops are interrupted. An endless loop in a callback may
 * then end the process of the cells, which the server reports and replaces.
 */
import { createRequire } from 'node:module';
import { Math, Object, process, setImmediate } from '../primordials.ts';

/** Lets `import.meta.resolve` of a cell look from the cell's folder, where Node has it. */
const resolveFlag = '--experimental-import-meta-resolve';

/** Flags of the Node that runs cells. */
export const runnerFlags: readonly string[] = [
  '--expose-internals',
  ...(process.allowedNodeEnvironmentFlags.has(resolveFlag) ? [resolveFlag] : []),
];

interface Internals {
  /** Forgets the async contexts that the stack is in, as Node itself does after an uncaught exception. */
  readonly clearAsyncStack: () => void;
  /** Number of `setImmediate` callbacks that Node believes to be waiting, at index 0; those that hold the loop at 1. */
  readonly immediates: Uint32Array | undefined;
}

/** Loads the internals; call it before code that may be cut off runs. */
export function loadNodeInternals(): void {
  internals();
}

/** Forgets the async contexts of the code that is about to be cut off. */
export function clearAsyncStack(): void {
  internals().clearAsyncStack();
}

/** Takes off the count of waiting `setImmediate` callbacks what remains counted while nothing is queued. */
export function settleImmediates(): void {
  const { immediates } = internals();
  if (!immediates) return;
  let least = Infinity;
  let turns = 0;
  const look = () => {
    least = Math.min(least, immediates[0] ?? 0);
    turns += 1;
    if (turns < 5) return void setImmediate(look);
    immediates[0] = Math.max(0, (immediates[0] ?? 0) - least);
    immediates[1] = Math.max(0, (immediates[1] ?? 0) - least);
  };
  setImmediate(look);
}

let found: Internals | undefined;

function internals(): Internals {
  if (found) return found;
  const emitWarning = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  try {
    process.emitWarning = () => undefined; // It warns that this is not for everybody.
    const require = createRequire(import.meta.url);
    const { internalBinding } = require('internal/test/binding') as {
      internalBinding: ((name: 'async_wrap') => { clearAsyncIdStack: () => void }) &
        ((name: 'timers') => { immediateInfo?: Uint32Array });
    };
    const asyncWrap = internalBinding('async_wrap');
    found = {
      clearAsyncStack: () => asyncWrap.clearAsyncIdStack(),
      immediates: internalBinding('timers').immediateInfo,
    };
  } catch {
    found = { clearAsyncStack: () => undefined, immediates: undefined };
  } finally {
    if (emitWarning) Object.defineProperty(process, 'emitWarning', emitWarning);
  }
  return found;
}
