/** Runs the steps of set-up one after another, each on a line of its own with its time. */
import { performance } from 'node:perf_hooks';
import { progressMeter } from './progress.ts';
import type { OnProgress, ProgressTarget } from './progress.ts';

/** What a step's work can say while it runs. */
export interface StepContext {
  /** Reports how far a long transfer is. */
  readonly onProgress: OnProgress;
  /** Tells the user something on an indented line of its own. */
  readonly note: (text: string) => void;
}

/** How a step ended: it did its work, or there was nothing to do. */
export type StepOutcome = 'done' | 'already there';

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
 * await runSteps([pythonStep(project), nativeTensorFlowStep(project)]);
 * ```
 */
export async function runSteps(
  steps: readonly Step[],
  target: ProgressTarget = process.stdout,
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
      target.write(`✓ ${title.padEnd(34)} ${shown}\n`);
      reports.push({ title, outcome, seconds: seconds() });
    } catch (error) {
      wipe();
      target.write(`✗ ${title.padEnd(34)} ${seconds().toFixed(1)} s\n`);
      throw error;
    }
  }
  return reports;
}
