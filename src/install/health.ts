/** Examines parts of a set-up and reports on each, for `npm run doctor` and bug reports. */
import { messageOf } from '../errors.ts';
import { InstallError } from './errors.ts';

/** How one part is doing. */
export interface Health {
  /** `warning`: works, but something is worth knowing. */
  readonly status: 'ok' | 'warning' | 'broken';
  /** Version, place, size: one line. */
  readonly detail: string;
  /** What the user can do, when not ok. */
  readonly toDo?: string;
}

/** One part to examine. */
export interface HealthCheck {
  readonly name: string;
  /** What it throws counts as broken. */
  readonly examine: () => Promise<Health>;
}

/** A part and how it is doing. */
export interface HealthReport extends Health {
  readonly name: string;
}

/**
 * Examines parts one after another; a check that throws is a broken part, and the others still run.
 *
 * @param onReport called as each part is done
 * @example
 * ```ts
 * const reports = await examine(machineChecks(project, cache), (report) => console.log(healthLine(report)));
 * process.exitCode = isHealthy(reports) ? 0 : 1;
 * ```
 */
export async function examine(
  checks: readonly HealthCheck[],
  onReport: (report: HealthReport) => void = () => undefined,
): Promise<HealthReport[]> {
  const reports: HealthReport[] = [];
  for (const { name, examine: look } of checks) {
    const report = { name, ...(await look().catch(broken)) };
    reports.push(report);
    onReport(report);
  }
  return reports;
}

/** Whether nothing is broken. */
export function isHealthy(reports: readonly HealthReport[]): boolean {
  return reports.every(({ status }) => status !== 'broken');
}

/** One part as text: `✓ Node   v20.20.2`, with what to do on a line below. */
export function healthLine({ name, status, detail, toDo }: HealthReport): string {
  const mark = { ok: '✓', warning: '!', broken: '✗' }[status];
  const indent = ' '.repeat(24);
  const advice = toDo === undefined ? '' : `\n${indent}-> ${toDo.replaceAll('\n', `\n${indent}   `)}`;
  return `${mark} ${name.padEnd(21)} ${detail.trim().replaceAll('\n', `\n${indent}`)}${advice}`;
}

function broken(error: unknown): Health {
  if (error instanceof InstallError) {
    return {
      status: 'broken',
      detail: error.answered.trim().split('\n').slice(-8).join('\n'),
      toDo: error.toDo,
    };
  }
  return { status: 'broken', detail: messageOf(error), toDo: 'Run "npm run setup".' };
}
