/** The way from code in a cell to the kernel. */
import { Symbol } from '../primordials.ts';
import type { RunnerBridge } from '../contracts.ts';
import { NotInKernelError } from './errors.ts';

/** Where the runner puts its {@link RunnerBridge}. */
export const bridgeKey = Symbol.for('streamtrain.kernel');

/**
 * The bridge of this process's kernel.
 *
 * @param what what was asked for, for the error
 * @throws NotInKernelError (`ST_KERNEL_NOT_RUNNING`) outside of the kernel's runner
 */
export function kernelBridge(what: string): RunnerBridge {
  const bridge = (globalThis as Record<symbol, unknown>)[bridgeKey] as RunnerBridge | undefined;
  if (!bridge) throw new NotInKernelError(what);
  return bridge;
}
