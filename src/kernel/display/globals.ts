/** The names that every cell has without an import. */
import { JSON, Object } from '../primordials.ts';
import type { Checking, RunnerBridge } from '../contracts.ts';
import { bridgeKey, kernelBridge } from './bridge.ts';
import { display } from './display.ts';
import { KernelOptionError } from './errors.ts';
import { alert, confirm, password, prompt } from './input.ts';
import { displayLimits, setDisplayLimits, type DisplayLimits } from './limits.ts';
import { registerDisplay } from './registry.ts';
import { installStdin } from './stdin.ts';

/** What `kernel.options` takes. */
export interface KernelOptions {
  /** What a type error does: stop the cell, show only, or nothing. */
  checking?: Checking;
  /** How much of a value is shown. */
  display?: Partial<DisplayLimits>;
}

/**
 * Sets how the kernel treats the cells that follow.
 *
 * @returns the display bounds now in force
 * @throws KernelOptionError (`ST_KERNEL_OPTION`) for an unknown name or value; then nothing was changed
 * @example
 * ```ts
 * kernel.options({ checking: 'warn', display: { rows: 50 } });
 * ```
 */
export function setKernelOptions(options: KernelOptions): { display: DisplayLimits } {
  for (const name of Object.keys(options)) {
    if (!['checking', 'display'].includes(name)) {
      throw new KernelOptionError(name, 'is not known; there are checking and display');
    }
  }
  const { checking, display: limits } = options;
  if (checking !== undefined && !['error', 'warn', 'off'].includes(checking)) {
    throw new KernelOptionError(
      'checking',
      `is ${JSON.stringify(checking)}; it takes "error", "warn" or "off"`,
    );
  }
  if (limits !== undefined) {
    try {
      setDisplayLimits(limits);
    } catch (error) {
      throw new KernelOptionError('display', `is refused: ${(error as Error).message.replace(/\.$/, '')}`);
    }
  }
  if (checking !== undefined) kernelBridge('kernel.options').setChecking(checking);
  return { display: displayLimits() };
}

/** The global names and their values; `interrupt.signal` is that of the cell that reads it. */
export const cellGlobals = {
  display,
  prompt,
  confirm,
  password,
  alert,
  versions: () => kernelBridge('versions').versions(),
  interrupt: {
    get signal(): AbortSignal {
      return kernelBridge('interrupt.signal').interruptSignal;
    },
  },
  kernel: {
    options: setKernelOptions,
    registerDisplay,
    get cell(): number {
      return kernelBridge('kernel.cell').cellNumber;
    },
  },
} as const;

/**
 * Makes {@link cellGlobals} global in this process and reads `process.stdin` from the notebook. A cell may declare
 * the same names for itself: they are ordinary, replaceable properties.
 *
 * @param options `stdin: false` leaves `process.stdin` alone
 */
export function installGlobals(bridge: RunnerBridge, { stdin = true }: { stdin?: boolean } = {}): void {
  const hidden = (value: unknown) => ({ value, writable: true, configurable: true, enumerable: false });
  Object.defineProperty(globalThis, bridgeKey, hidden(bridge));
  for (const [name, value] of Object.entries(cellGlobals))
    Object.defineProperty(globalThis, name, hidden(value));
  if (stdin) installStdin(bridge);
}
