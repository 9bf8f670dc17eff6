/** The display side of the kernel: how values look, what cells can show, ask and set. */

export * from './errors.ts';
export { bridgeKey } from './bridge.ts';
export { formatResult, formatValue } from './format.ts';
export { defaultLimits, displayLimits, setDisplayLimits, type DisplayLimits } from './limits.ts';
export { displayMethod, registerDisplay, type AnyClass, type Shown } from './registry.ts';
export { plotlyMime, rendererKey } from './figure.ts';
export type { MimeBundle } from './mime.ts';
export { display } from './display.ts';
export type { DisplayFunction, DisplayHandle, DisplayOptions, KernelDisplay } from './display.ts';
export { alert, confirm, password, prompt } from './input.ts';
export { cellGlobals, installGlobals, setKernelOptions, type KernelOptions } from './globals.ts';
export { globalsTypes } from './globals-types.ts';
export { NotebookStdin, installStdin } from './stdin.ts';
