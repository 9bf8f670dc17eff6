/** The names that every cell has without an import. */
import { checkOneOf, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import type { Checking } from '../contracts.ts';
import { Object, Symbol } from '../primordials.ts';
import type { Comm, CommMessage, CommSendOptions } from '../comms/comms.ts';
import { bridgeKey, kernelBridge, type RunnerBridge } from './bridge.ts';
import { controlsHook, controlsKey } from './controls-hook.ts';
import { display } from './display.ts';
import { alert, confirm, installStdin, password, prompt } from './input.ts';
import { displayLimits, setDisplayLimits, type DisplayLimits } from './limits.ts';
import { registerDisplay } from './registry.ts';

/** What `kernel.options` takes. */
interface KernelOptions {
  /** What a type error does: stop the cell, show only, or nothing. */
  checking?: Checking;
  /** How much of a value is shown. */
  display?: Partial<DisplayLimits>;
}

const kernelOptions: OptionNames<KernelOptions> = { checking: true, display: true };
const checkings: readonly Checking[] = ['error', 'warn', 'off'];

/**
 * Sets how the kernel treats the cells that follow.
 *
 * @returns the display bounds now in force
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`); then nothing was changed
 * @example
 * ```ts
 * kernel.options({ checking: 'warn', display: { rows: 50 } });
 * ```
 */
function setKernelOptions(options: KernelOptions): { display: DisplayLimits } {
  refuseUnknownOptions('kernel.options', options, kernelOptions);
  const { checking, display: limits } = options;
  if (checking !== undefined) checkOneOf('checking', checking, checkings);
  if (limits !== undefined) setDisplayLimits(limits);
  if (checking !== undefined) kernelBridge('kernel.options').setChecking(checking);
  return { display: displayLimits() };
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Opens a comm to something in the front end that knows the target, such as a widget manager or an extension.
 *
 * @throws CommContentError (`ST_KERNEL_COMM_CONTENT`)
 */
function openComm(target: string, data?: Json, options?: CommSendOptions): Comm {
  return kernelBridge('kernel.comms').comms.open(target, data, options);
}

/**
 * Lets the front end open comms to `target`.
 *
 * @returns takes it back
 * @throws CommTargetTakenError (`ST_KERNEL_COMM_TARGET_TAKEN`)
 */
function registerComm(target: string, handler: (comm: Comm, message: CommMessage) => unknown): () => void {
  return kernelBridge('kernel.comms').comms.register(target, handler);
}

/** Where on `globalThis` a function is that gives the signal of the calling cell: for libraries, which import no kernel. */
const cellSignalKey = Symbol.for('streamtrain.cellSignal');

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
    comms: { open: openComm, register: registerComm },
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
  Object.defineProperty(globalThis, controlsKey, hidden(controlsHook));
  Object.defineProperty(
    globalThis,
    cellSignalKey,
    hidden(() => bridge.interruptSignal),
  );
  for (const [name, value] of Object.entries(cellGlobals))
    Object.defineProperty(globalThis, name, hidden(value));
  if (stdin) installStdin(bridge);
}
