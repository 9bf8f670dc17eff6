/** The main thread's side of an interrupt; the watcher thread is the other. */
import { hooks, installHook } from '../cell-names.ts';
import { Atomics, setTimeout } from '../primordials.ts';
import { grace, type Evaluator } from './evaluate.ts';
import type { EventPipe } from './event-pipe.ts';
import { clearAsyncStack, loadNodeInternals, settleImmediates } from './node-internals.ts';
import type { ErrorReport } from './protocol.ts';
import { KeyboardInterrupt, runOfCaller, runs, type Run } from './runs.ts';
import { word, type Shared } from './shared-pipe.ts';
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
    loadNodeInternals();
    installHook(hooks.pause, (frames: readonly PausedFrame[]) => {
      const { control } = shared;
      // This thread came to it by itself, and may run the next cell already.
      if (Atomics.load(control, word.interrupts) >= Atomics.load(control, word.asked)) return 'goOn';
      if (pipe.pauseWhenWritten()) return 'later';
      this.#broken = { run: runOfCaller(), frames };
      clearAsyncStack();
      return 'terminate';
    });
  }

  /**
   * The main thread is free to look at the interrupt of this number.
   *
   * @param last the run that was last asked for when it came
   */
  handle(count: number, last: number): void {
    if (Atomics.load(this.#shared.control, word.interrupts) >= count) return;
    Atomics.store(this.#shared.control, word.interrupts, count);
    const broken = this.#broken;
    this.#broken = undefined;
    const lost = runs.current ? undefined : this.#evaluator.lostRun(last);
    const run = runs.current;
    if (broken) settleImmediates();
    if (broken && !lost && broken.run !== run) {
      // A timer or the like of an earlier cell was what did not end.
      this.#pipe.event(broken.run.id, { type: 'error', error: interruptReport(broken.frames) });
    }
    if (run) {
      run.interrupt();
      const cut = broken?.run === run ? broken.frames : undefined;
      // Code that was cut off never goes on; what waits may end by itself.
      if (lost) this.#evaluator.fail(run, interruptReport([]));
      else if (cut) this.#evaluator.fail(run, interruptReport(cut));
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
