/** How libraries that the kernel knows nothing of put controls into the notebook: an object behind a well-known symbol. */
import type { Comms } from '../comms/comms.ts';
import { Symbol } from '../primordials.ts';
import { kernelBridge, type OutputSink } from './bridge.ts';
import { display } from './display.ts';
import { format } from './format.ts';
import { withLimits } from './limits.ts';
import type { DisplayBundle } from '../contracts.ts';

/** Where on `globalThis` the hook is. */
export const controlsKey = Symbol.for('streamtrain.controls');

/** What the hook gives. Its users declare for themselves what they need of it: they import no kernel. */
export const controlsHook = {
  get comms(): Comms {
    return kernelBridge('controls').comms;
  },
  /** Somebody sits before the cell of the caller. */
  get isAttended(): boolean {
    return kernelBridge('controls').isAttended;
  },
  /** How often the user has interrupted so far: what ran at that moment may have been cut off. */
  get interrupts(): number {
    return kernelBridge('controls').interrupts;
  },
  /** Shows a value under the cell; gives what replaces it. */
  show(value: unknown): { update(value: unknown): unknown } {
    return display(value);
  },
  /** The MIME bundle of a value, for a place other than under the cell. */
  async bundle(value: unknown): Promise<DisplayBundle> {
    const { now, later } = format(value, withLimits({}));
    return later ?? now;
  },
  /** Calls `work`; what it prints and shows goes to `sink`. */
  capture<T>(sink: OutputSink, work: () => T): T {
    return kernelBridge('controls').capture(sink, work);
  },
};
