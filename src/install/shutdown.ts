/** Stops what a program started, in reverse order, when the user presses Ctrl-C. */
import { messageOf } from '../errors.ts';
import { descendants, endLeftovers, killDescendants } from './process-tree.ts';

/** Something that runs until it is told to stop. */
export interface Running {
  /** Shown while it is being stopped: `JupyterLab`. */
  readonly title: string;
  readonly stop: () => Promise<void>;
}

/** What {@link stopOnSignals} gives. */
export interface Shutdown {
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

/** How often to look whether npm still runs, ms. */
const LOOK_MS = 500;

/** npm and the terminal both deliver one Ctrl-C; only a later one means "harder", ms. */
const SAME_PRESS_MS = 800;

/**
 * Takes over Ctrl-C: the first one asks for an orderly stop, a second one kills all child processes and exits with 130.
 *
 * @param say prints a line
 * @example
 * ```ts
 * const shutdown = stopOnSignals();
 * shutdown.add({ title: 'Kafka', stop: () => broker.stop() });
 * await shutdown.requested;
 * await shutdown.stopAll();
 * ```
 */
export function stopOnSignals(say: (line: string) => void = (line) => console.log(line)): Shutdown {
  const running: Running[] = [];
  let firstAt: number | undefined;
  let resolveRequested: (signal: NodeJS.Signals) => void = () => undefined;
  const requested = new Promise<NodeJS.Signals>((resolve) => (resolveRequested = resolve));
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      resolveRequested(signal);
    } else if (performance.now() - firstAt > SAME_PRESS_MS) {
      say('\nEnding everything at once.');
      killDescendants();
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  watchNpm(() => onSignal('SIGHUP'));
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
          say(`✓ ${`${title} stopped`.padEnd(34)} ${((performance.now() - started) / 1000).toFixed(1)} s`);
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

/** npm's shell does not pass SIGTERM on: when npm started us and is gone, that was a wish to stop. */
function watchNpm(onGone: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, LOOK_MS);
  timer.unref();
}
