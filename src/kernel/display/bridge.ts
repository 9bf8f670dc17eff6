/** The way from code in a cell to the kernel. */
import type { Comms } from '../comms/comms.ts';
import type { Checking, DisplayBundle } from '../contracts.ts';
import { NotInKernelError } from '../errors.ts';
import { Symbol } from '../primordials.ts';

/** Takes outputs in place of the cell. */
export interface OutputSink {
  text(name: 'stdout' | 'stderr', text: string): void;
  /** @returns false when it is not for this sink: the update of an output that stands elsewhere */
  display(bundle: DisplayBundle): boolean;
  clear(wait: boolean): void;
}

/** What code inside the runner may ask of the kernel. Every call belongs to the cell whose async context makes it. */
export interface RunnerBridge {
  display(bundle: DisplayBundle): void;
  clearOutput(wait: boolean): void;
  /** Asks the user for a line; refused when the front end does not allow it. */
  input(prompt: string, password: boolean): Promise<string>;
  /** Aborted when the user interrupts the cell of the caller. */
  readonly interruptSignal: AbortSignal;
  /** How often the user has interrupted so far. */
  readonly interrupts: number;
  /** Number of the cell of the caller, 0 outside any. */
  readonly cellNumber: number;
  setChecking(checking: Checking): void;
  /** Channels to what lies in the front end. */
  readonly comms: Comms;
  /** Whether the front end takes questions for the cell of the caller: then somebody sits before it. */
  readonly isAttended: boolean;
  /** Calls `work`; what it prints and shows goes to `sink`. */
  capture<T>(sink: OutputSink, work: () => T): T;
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
