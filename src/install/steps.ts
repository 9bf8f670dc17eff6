/** Runs the steps of set-up one after another, each on a line of its own with its time, and shows how far each is. */
import { readableBytes, StatusLine, stepLine, type TextTarget } from '../terminal.ts';

/** How far something is. */
export interface Progress {
  /** Done so far, bytes. */
  readonly done: number;
  /** The whole, bytes, when it is known. */
  readonly total?: number;
}

/** Called as a transfer goes on. */
export type OnProgress = (progress: Progress) => void;

/** What a step's work can say while it runs. */
export interface StepContext {
  /** Reports how far a long transfer is. */
  readonly onProgress: OnProgress;
  /** Prints a remark on an indented line of its own. */
  readonly note: (text: string) => void;
}

/** How a step ended: it did its work, there was nothing to do, or it could not and is not needed. */
export type StepOutcome = 'done' | 'already there' | 'left out';

/** One step of set-up. */
export interface Step {
  /** Shown to the user: `Python packages`. */
  readonly title: string;
  /** Does what is missing; safe to call again after an interruption. */
  readonly run: (context: StepContext) => Promise<StepOutcome>;
}

/** One line of the report of {@link runSteps}. */
export interface StepReport {
  readonly title: string;
  readonly outcome: StepOutcome;
  readonly seconds: number;
}

/**
 * Runs steps in order and prints `✓ title  12.3 s` or `✓ title  already there` for each; stops at the first that fails
 * (`✗ title  3.4 s`) and throws what it threw.
 *
 * @param target where to print; default stdout
 * @returns what each step did and how long it took
 * @example
 * ```ts
 * await runSteps([pythonStep(project), nativeTensorFlowStep({ project, cache, npmCli })]);
 * ```
 */
export async function runSteps(
  steps: readonly Step[],
  target: TextTarget = process.stdout,
): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for (const { title, run } of steps) {
    const meter = progressMeter(title, target);
    if (target.isTTY) target.write(`… ${title}`);
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    const wipe = () => {
      meter.clear();
      if (target.isTTY) target.write('\r\x1b[2K');
    };
    try {
      const outcome = await run({
        onProgress: meter.update,
        note: (text) => {
          wipe();
          target.write(`  ${text}\n`);
        },
      });
      wipe();
      const shown = outcome === 'done' ? `${seconds().toFixed(1)} s` : outcome;
      target.write(`${stepLine('✓', title, shown)}\n`);
      reports.push({ title, outcome, seconds: seconds() });
    } catch (error) {
      wipe();
      target.write(`${stepLine('✗', title, `${seconds().toFixed(1)} s`)}\n`);
      throw error;
    }
  }
  return reports;
}

/** Draws a {@link Progress} again and again. */
export interface ProgressMeter {
  update: OnProgress;
  /** Wipes the bar; whatever is printed next starts on a clean line. */
  clear(): void;
}

/** How often a log gets a line, ms. */
const LOG_MS = 10_000;

/**
 * Makes a meter for one step.
 *
 * @param title shown before the bar
 * @param target where to draw
 * @param now the clock, ms; for tests
 * @example
 * ```ts
 * const meter = progressMeter('Native TensorFlow', process.stdout);
 * await download({ url, to: 'tensorflow.tgz', sha256, onProgress: meter.update });
 * meter.clear();
 * ```
 */
export function progressMeter(
  title: string,
  target: TextTarget,
  now: () => number = () => performance.now(),
): ProgressMeter {
  if (target.isTTY) {
    const line = new StatusLine(target, now);
    const drawn = (progress: Progress) => `… ${title.padEnd(34)} ${bar(progress)}${describe(progress)}`;
    return { update: (progress) => line.draw(() => drawn(progress)), clear: () => line.wipe() };
  }
  let last = now();
  return {
    update(progress) {
      if (now() - last < LOG_MS) return;
      last = now();
      target.write(`  ${title}: ${describe(progress)}\n`);
    },
    clear: () => undefined,
  };
}

function describe({ done, total }: Progress): string {
  if (total === undefined || total <= 0) return readableBytes(done);
  return `${Math.floor((100 * done) / total)} % of ${readableBytes(total)}`;
}

function bar({ done, total }: Progress): string {
  if (total === undefined || total <= 0) return '';
  const width = 24;
  const full = Math.min(width, Math.floor((width * done) / total));
  return `[${'#'.repeat(full)}${' '.repeat(width - full)}] `;
}
