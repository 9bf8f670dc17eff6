/** Runs driver.py, the checks of a kernel's promises, on one kernel. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runPython } from '../../../src/jupyter/run-notebook.ts';

/** One promise, and what was wrong with it: `null` when it was kept. */
export interface Check {
  readonly promise: string;
  readonly problem: string | null;
  /** Whether it was asked: a promise of TypeScript is not asked of Python. */
  readonly asked: boolean;
  readonly seconds: number;
}

/**
 * Checks every promise on the kernel of that name.
 *
 * @param options.deadline how many seconds a cell may take before it counts as hanging
 * @param options.others ask for what other kernels promise, too
 * @param options.only the names of the checks to run; default: all
 * @throws Error with what Python printed when the driver itself failed
 */
export async function runDriver(
  kernel: string,
  {
    env = process.env,
    deadline = 10,
    others = false,
    only = [],
  }: { env?: NodeJS.ProcessEnv; deadline?: number; others?: boolean; only?: readonly string[] } = {},
): Promise<Record<string, Check>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-driver-'));
  try {
    const results = path.join(folder, 'results.json');
    const driver = path.join(import.meta.dirname, 'driver.py');
    const more = [...(others ? ['--others'] : []), ...(only.length > 0 ? ['--only', ...only] : [])];
    const { code, stderr } = await runPython(
      [driver, kernel, results, '--deadline', String(deadline), ...more],
      env,
    );
    if (code !== 0) throw new Error(`driver.py on ${kernel} ended with code ${code}: ${stderr}`);
    return JSON.parse(await readFile(results, 'utf8')) as Record<string, Check>;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
