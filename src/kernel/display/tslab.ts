/** What `import * as tslab from 'tslab'` gives in our kernel: tslab's whole API, with bundles, updates and clearing. */
import { randomBytes } from 'node:crypto';
import { process } from '../primordials.ts';
import { kernelBridge } from './bridge.ts';
import { SingleDisplay, type KernelDisplay } from './display.ts';

export { display } from './display.ts';

/** The tslab whose API this is. */
const tslabVersion = '1.0.22';

/** The version strings of the kernel, TypeScript and Node. */
export const versions: { readonly tslab: string; readonly typescript: string; readonly node: string } = {
  tslab: tslabVersion,
  get typescript() {
    return kernelBridge('tslab.versions').versions()['typescript'] ?? 'unknown';
  },
  node: process.version,
};

/**
 * A new display that shows and then overwrites a single output.
 *
 * @example
 * ```ts
 * const progress = tslab.newDisplay();
 * for (let step = 1; step <= 3; step += 1) progress.text(`${step} of 3`);
 * ```
 */
export function newDisplay(): KernelDisplay {
  return new SingleDisplay(randomBytes(8).toString('hex'));
}
