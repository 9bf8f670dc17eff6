/** The main thread's side of an interrupt; the watcher thread is the other. */
import { createRequire } from 'node:module';
import { Atomics, Math, Object, process, setImmediate, setTimeout } from '../primordials.ts';
import { hooks, installHook } from '../cell-names.ts';
import type { EventPipe } from './event-pipe.ts';
import { grace, type Evaluator } from './evaluate.ts';
import type { ErrorReport } from './protocol.ts';
import { KeyboardInterrupt, runOfCaller, runs, type Run } from './runs.ts';
import { word, type Shared } from './shared.ts';
import { sourcePlace } from './stack-maps.ts';
import { reportError } from './traceback.ts';

interface PausedFrame {
  readonly url: string;
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** Deals with interrupts. */
export class Interrupts {
  readonly #shared: Shared;
  readonly #evaluator: Evaluator;
  readonly #pipe: EventPipe;
  /** What was cut off, and where it was, until the main thread has dealt with it. */
  #broken: { run: Run; frames: readonly PausedFrame[] } | undefined;

  constructor(shared: Shared, evaluator: Evaluator, pipe: EventPipe) {
    this.#shared = shared;
    this.#evaluator = evaluator;
    this.#pipe = pipe;
    const internals = nodeInternals();
    installHook(hooks.pause, (frames: readonly PausedFrame[]) => {
      if (pipe.pauseWhenWritten()) return 'later';
      this.#broken = { run: runOfCaller(), frames };
      internals.clearAsyncStack();
      return 'terminate';
    });
  }

  /** The main thread is free to look at the interrupt of this number. */
  handle(count: number): void {
    if (Atomics.load(this.#shared.control, word.interrupts) >= count) return;
    Atomics.store(this.#shared.control, word.interrupts, count);
    const broken = this.#broken;
    this.#broken = undefined;
    const run = runs.current;
    if (broken) settleImmediates();
    if (broken && broken.run !== run) {
      // A timer or the like of an earlier cell was what did not end.
      this.#pipe.event(broken.run.id, { type: 'error', error: interruptReport(broken.frames) });
    }
    if (run) {
      run.interrupt();
      const cut = broken?.run === run ? broken.frames : undefined;
      // Code that was cut off never goes on; what waits may end by itself.
      if (cut) this.#evaluator.fail(run, interruptReport(cut));
      else setTimeout(() => this.#evaluator.fail(run, interruptReport([])), grace);
    }
    this.#pipe.event(run?.id ?? 0, { type: 'interrupted' });
  }
}

function interruptReport(frames: readonly PausedFrame[]): ErrorReport {
  const error = new KeyboardInterrupt();
  const lines = frames.flatMap(({ url, name, line, column }) => {
    const place = sourcePlace(url, line + 1, column + 1);
    if (!place) return [];
    const where = `${place.file}:${place.line}:${place.column}`;
    return name ? `    at ${name} (${where})` : `    at ${where}`;
  });
  error.stack = [`${error.name}: ${error.message}`, ...lines].join('\n');
  return reportError(error);
}

interface Internals {
  /** Forgets the async contexts that the stack is in, as Node itself does after an uncaught exception. */
  readonly clearAsyncStack: () => void;
  /** Number of `setImmediate` callbacks that Node believes to be waiting, at index 0; those that hold the loop at 1. */
  readonly immediates: Uint32Array | undefined;
}

let found: Internals | undefined;

/** Node has no public way to tidy up after code that was cut off; the runner is started with `--expose-internals`. */
function nodeInternals(): Internals {
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

/**
 * When a `setImmediate` callback was cut off, Node still counts the ones behind it although they are lost, and would
 * spin for ever. What remains counted while nothing is queued is taken off.
 */
function settleImmediates(): void {
  const { immediates } = nodeInternals();
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
