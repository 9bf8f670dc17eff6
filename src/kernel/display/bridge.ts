/** The way from code in a cell to the kernel. */
import type { Checking, DisplayBundle } from '../contracts.ts';
import { NotInKernelError } from '../errors.ts';
import { Symbol } from '../primordials.ts';

/** What code inside the runner may ask of the kernel. Every call belongs to the cell whose async context makes it. */
export interface RunnerBridge {
  display(bundle: DisplayBundle): void;
  clearOutput(wait: boolean): void;
  /** Asks the user for a line; refused when the front end does not allow it. */
  input(prompt: string, password: boolean): Promise<string>;
  /** Aborted when the user interrupts the cell of the caller. */
  readonly interruptSignal: AbortSignal;
  /** Number of the cell of the caller, 0 outside any. */
  readonly cellNumber: number;
  setChecking(checking: Checking): void;
  versions(): Readonly<Record<string, string>>;
}

/** Where on `globalThis` the runner puts its {@link RunnerBridge}. */
export const bridgeKey = Symbol.for('streamtrain.kernel');

/**
 * The bridge of this process's kernel.
 *
 * @param what what was asked for, for the error
 * @throws NotInKernelError (`ST_KERNEL_NOT_RUNNING`) outside of the kernel's runner
 */
export function kernelBridge(what: string): RunnerBridge {
  const bridge = (globalThis as Record<symbol, unknown>)[bridgeKey] as RunnerBridge | undefined;
  if (!bridge) throw new NotInKernelError({ what });
  return bridge;
}
