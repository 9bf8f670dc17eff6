/** Ctrl-C and its like: an orderly end at the first one, a hard end at the second. */
import { messageOf } from '../errors.ts';
import { stepLine } from '../terminal.ts';
import { descendants, endLeftovers, killDescendants } from './children.ts';

/** npm and the terminal both deliver one Ctrl-C; only a signal that comes later than this is a second one, ms. */
const SAME_PRESS_MS = 800;

/** How often to look whether npm still runs, ms. */
const LOOK_MS = 500;

/** Calls `first` at the first of these signals and `second` at each that comes as a second press; gives both ends. */
function onSignals(
  names: readonly NodeJS.Signals[],
  first: (signal: NodeJS.Signals) => void,
  second: (signal: NodeJS.Signals) => void,
): { press: (signal: NodeJS.Signals) => void; dispose: () => void } {
  let firstAt: number | undefined;
  const press = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      first(signal);
    } else if (performance.now() - firstAt > SAME_PRESS_MS) second(signal);
  };
  for (const name of names) process.on(name, press);
  return {
    press,
    dispose: () => {
      for (const name of names) process.off(name, press);
    },
  };
}

/** The reason with which work is aborted when the user interrupts. */
export class Interruption extends Error {
  /** 128 + the signal's number, as shells have it. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

/**
 * Listens for SIGINT and SIGTERM; `signal` is aborted with an {@link Interruption} at the first of them. Where closing
 * hangs, or the user is in a hurry, the second one ends the process.
 */
export function listenForInterrupts(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const codeOf = (signal: NodeJS.Signals): number => (signal === 'SIGTERM' ? 143 : 130);
  const { dispose } = onSignals(
    ['SIGINT', 'SIGTERM'],
    (signal) => controller.abort(new Interruption(codeOf(signal))),
    (signal) => process.exit(codeOf(signal)),
  );
  return { signal: controller.signal, dispose };
}

/** A signal with what has to be undone afterwards. */
export interface StopSignal {
  readonly signal: AbortSignal;
  dispose(): void;
}

/**
 * Aborted with `given`, and with `onProcess` at the first SIGINT or SIGTERM. From 800 ms after that on the signals have
 * their usual effect again: a second Ctrl-C ends the process at once, unless the program listens for it itself.
 */
export function stopSignal(given: AbortSignal | undefined, onProcess: boolean): StopSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let secondPress: NodeJS.Timeout | undefined;
  const { dispose: forget } = onSignals(
    onProcess ? ['SIGINT', 'SIGTERM'] : [],
    () => {
      abort();
      secondPress = setTimeout(() => forget(), SAME_PRESS_MS).unref();
    },
    () => {},
  );
  if (given?.aborted) abort();
  given?.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    dispose: () => {
      given?.removeEventListener('abort', abort);
      clearTimeout(secondPress);
      forget();
    },
  };
}

/** Something that runs until it is asked to stop. */
interface Running {
  /** Shown while it is being stopped: `JupyterLab`. */
  readonly title: string;
  readonly stop: () => Promise<void>;
}

/** What {@link stopOnSignals} gives. */
interface Shutdown {
  /** Resolves at the first Ctrl-C (or SIGTERM, SIGHUP). */
  readonly requested: Promise<NodeJS.Signals>;
  /** Notes something to stop; the last noted is stopped first. */
  add(running: Running): void;
  /**
   * Stops everything noted, then ends whatever else this process started and left behind.
   *
   * @returns false when something could not be stopped properly (it was said, and ended by force)
   */
  stopAll(): Promise<boolean>;
}

/**
 * Takes over Ctrl-C: the first one asks for an orderly stop, a second one kills all child processes and exits with 130.
 *
 * @param say prints a line
 * @example
 * ```ts
 * const broker = await startBroker();
 * const shutdown = stopOnSignals();
 * shutdown.add({ title: 'Kafka', stop: () => broker.stop() });
 * await shutdown.requested;
 * await shutdown.stopAll();
 * ```
 */
export function stopOnSignals(say: (line: string) => void = (line) => console.log(line)): Shutdown {
  const running: Running[] = [];
  let resolveRequested: (signal: NodeJS.Signals) => void = () => undefined;
  const requested = new Promise<NodeJS.Signals>((resolve) => (resolveRequested = resolve));
  const { press } = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], resolveRequested, () => {
    say('\nEnding everything at once.');
    killDescendants();
    process.exit(130);
  });
  watchNpm(() => press('SIGHUP'));
  // A closed terminal or pipe must not keep us from stopping the rest.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    requested,
    add: (one) => void running.push(one),
    async stopAll() {
      let isClean = true;
      for (const { title, stop } of running.splice(0).reverse()) {
        const started = performance.now();
        try {
          await stop();
          say(stepLine('✓', `${title} stopped`, `${((performance.now() - started) / 1000).toFixed(1)} s`));
        } catch (error) {
          isClean = false;
          say(`✗ ${title} did not stop by itself: ${messageOf(error)}`);
        }
      }
      const left = await endLeftovers(descendants());
      for (const { pid, command } of left) say(`  ended ${command} (process ${pid}), which was left over`);
      return isClean;
    },
  };
}

/** npm's shell does not pass SIGTERM on: when npm started us and has ended, that was a wish to stop. */
function watchNpm(onEnd: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onEnd();
  }, LOOK_MS);
  timer.unref();
}

/** Something to close before the process ends. */
interface Closable {
  close(): Promise<void>;
}

const CLOSE_AT = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const open = new Set<Closable>();

/**
 * Closes `stream` on Ctrl-C and its like; the returned function takes it off the list again. A library never ends the
 * process where anybody else listens for the signal: where the program has a handler of its own (`process.once`, an abort
 * handler, {@link stopOnSignals}), that one decides and nothing is done here. Where it has none, the process ends by the
 * signal as it would without us, after the stream was closed.
 */
export function closeOnSignal(stream: Closable): () => void {
  // Before all others: a handler that takes itself off the list while it runs must still be seen.
  if (open.size === 0) for (const signal of CLOSE_AT) process.prependListener(signal, closeAll);
  open.add(stream);
  return () => {
    if (!open.delete(stream) || open.size > 0) return;
    for (const signal of CLOSE_AT) process.off(signal, closeAll);
  };
}

function closeAll(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  const end = () => {
    for (const one of CLOSE_AT) process.off(one, closeAll);
    // Whoever began to listen meanwhile decides now.
    if (process.listenerCount(signal) > 0) return;
    // The signal's usual effect, exit status included.
    process.kill(process.pid, signal);
  };
  Promise.allSettled([...open].map((stream) => stream.close())).then(end, end);
  // A second Ctrl-C does not wait.
  for (const one of CLOSE_AT) process.off(one, closeAll);
}
